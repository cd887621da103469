"""The messages of red packets: commands, events and reasons of refusal."""

from fairground_contracts import activities
from fairground_contracts.message import CommandMessage, Message
from fairground_redpacket.contract import ids
from fairground_redpacket.contract.commands import (
    ActivityKeyed,
    AnswerFunding,
    CancelFunding,
    ClosePacket,
    CreatePacket,
    ExpirePacket,
    ForgetPacket,
    GiftPacket,
    Grab,
    HoldPacket,
    OpenPacket,
    PacketKeyed,
    ReportPayout,
    ReturnRemainder,
    RevokeGift,
)
from fairground_redpacket.contract.events import (
    BudgetReturned,
    ChangeRefused,
    FundingRefused,
    FundingReturned,
    GiftRevoked,
    GrabRefused,
    PacketCancelled,
    PacketClosed,
    PacketCreated,
    PacketEmptied,
    PacketForgotten,
    PacketHeld,
    PacketOpened,
    PacketRefused,
    PacketRequested,
    PayoutRefused,
    PayoutReported,
    PayoutRetried,
    PayoutReturned,
    RemainderRefused,
    ShareGrabbed,
)
from fairground_redpacket.contract.ids import SERVICE
from fairground_redpacket.contract.packet import Packet
from fairground_redpacket.contract.refusals import Reason

#: What the record key of its commands is, in words: the reference of messages tells it to whoever sends some.
KEY = "the packet's id where the command has one, else the activity's id"

_COMMANDS: tuple[type[CommandMessage], ...] = (
    CreatePacket, GiftPacket, RevokeGift, AnswerFunding, CancelFunding, ReturnRemainder, OpenPacket, Grab,
    ExpirePacket, ClosePacket, HoldPacket, ReportPayout, ForgetPacket,
    activities.PublishActivity, activities.PauseActivity, activities.ResumeActivity, activities.StopActivity,
    activities.EndActivity, activities.ArchiveActivity,
)  # fmt: skip
_EVENTS: tuple[type[Message], ...] = (
    PacketRequested, PacketCreated, PacketRefused, PacketCancelled, FundingReturned, FundingRefused, GiftRevoked,
    BudgetReturned, RemainderRefused, PacketOpened, ShareGrabbed, PacketEmptied, PacketClosed, PacketHeld, GrabRefused,
    ChangeRefused, PayoutReported, PayoutRetried, PayoutReturned, PayoutRefused, PacketForgotten,
    activities.ActivityPublished, activities.ActivityPaused, activities.ActivityResumed, activities.ActivityStopped,
    activities.ActivityEnded, activities.ActivityArchived, activities.ActivityRefused,
)  # fmt: skip

#: What it understands and what it says, by CloudEvents type.
COMMANDS: dict[str, type[CommandMessage]] = {message.type: message for message in _COMMANDS}
EVENTS: dict[str, type[Message]] = {message.type: message for message in _EVENTS}

__all__ = [
    "COMMANDS", "EVENTS", "SERVICE", "ActivityKeyed", "AnswerFunding", "BudgetReturned", "CancelFunding",
    "ChangeRefused", "ClosePacket", "CreatePacket", "ExpirePacket", "ForgetPacket", "FundingRefused",
    "FundingReturned", "GiftPacket", "GiftRevoked", "Grab", "GrabRefused", "HoldPacket", "OpenPacket", "Packet",
    "PacketCancelled", "PacketClosed", "PacketCreated", "PacketEmptied", "PacketForgotten", "PacketHeld", "PacketKeyed",
    "PacketOpened", "PacketRefused", "PacketRequested", "PayoutRefused", "PayoutReported", "PayoutRetried",
    "PayoutReturned", "Reason", "RemainderRefused", "ReportPayout", "ReturnRemainder", "RevokeGift",
    "ShareGrabbed", "ids",
]  # fmt: skip
