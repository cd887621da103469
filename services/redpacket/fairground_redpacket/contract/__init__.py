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
    DropLink,
    ExpirePacket,
    FollowSwitch,
    ForgetPacket,
    GiftPacket,
    Grab,
    HoldPacket,
    LinkMember,
    OpenPacket,
    PacketKeyed,
    PlaceKeyed,
    ReportPayout,
    ReturnRemainder,
    RevokeGift,
    SweepPackets,
    SwitchPackets,
    UnlinkMember,
)
from fairground_redpacket.contract.events import (
    BudgetReturned,
    ChangeRefused,
    CommandForwarded,
    FundingRefused,
    FundingReturned,
    GiftRevoked,
    GrabRefused,
    LinkDropped,
    LinkRefused,
    MemberLinked,
    MemberUnlinked,
    PacketCancelled,
    PacketClosed,
    PacketCreated,
    PacketEmptied,
    PacketForgotten,
    PacketHeld,
    PacketOpened,
    PacketRefused,
    PacketRequested,
    PacketsSwept,
    PacketsSwitched,
    PayoutRefused,
    PayoutReported,
    PayoutRetried,
    PayoutReturned,
    RemainderRefused,
    ShareGrabbed,
    SwitchFollowed,
    SwitchKnown,
)
from fairground_redpacket.contract.ids import SERVICE
from fairground_redpacket.contract.packet import Packet
from fairground_redpacket.contract.refusals import Reason

#: What the record key of its commands is, in words: the reference of messages tells it to whoever sends some.
KEY = "the packet's id where the command has one, or the place; else the activity's id"

_COMMANDS: tuple[type[CommandMessage], ...] = (
    CreatePacket, GiftPacket, RevokeGift, AnswerFunding, CancelFunding, ReturnRemainder, OpenPacket, Grab,
    ExpirePacket, ClosePacket, HoldPacket, ReportPayout, ForgetPacket, SwitchPackets, SweepPackets, FollowSwitch,
    LinkMember, UnlinkMember, DropLink,
    activities.PublishActivity, activities.PauseActivity, activities.ResumeActivity, activities.StopActivity,
    activities.EndActivity, activities.ArchiveActivity,
)  # fmt: skip
_EVENTS: tuple[type[Message], ...] = (
    PacketRequested, PacketCreated, PacketRefused, PacketCancelled, FundingReturned, FundingRefused, GiftRevoked,
    BudgetReturned, RemainderRefused, PacketOpened, ShareGrabbed, PacketEmptied, PacketClosed, PacketHeld, GrabRefused,
    ChangeRefused, PayoutReported, PayoutRetried, PayoutReturned, PayoutRefused, PacketForgotten, PacketsSwitched,
    PacketsSwept, SwitchFollowed, SwitchKnown, MemberLinked, MemberUnlinked, LinkDropped, LinkRefused,
    CommandForwarded,
    activities.ActivityPublished, activities.ActivityPaused, activities.ActivityResumed, activities.ActivityStopped,
    activities.ActivityEnded, activities.ActivityArchived, activities.ActivityRefused,
)  # fmt: skip

#: What it understands and what it says, by CloudEvents type.
COMMANDS: dict[str, type[CommandMessage]] = {message.type: message for message in _COMMANDS}
EVENTS: dict[str, type[Message]] = {message.type: message for message in _EVENTS}

__all__ = [
    "COMMANDS", "EVENTS", "SERVICE", "ActivityKeyed", "AnswerFunding", "BudgetReturned", "CancelFunding",
    "ChangeRefused", "ClosePacket", "CommandForwarded", "CreatePacket", "DropLink", "ExpirePacket", "FollowSwitch",
    "ForgetPacket", "FundingRefused", "FundingReturned", "GiftPacket", "GiftRevoked", "Grab", "GrabRefused",
    "HoldPacket", "LinkDropped", "LinkMember", "LinkRefused", "MemberLinked", "MemberUnlinked", "OpenPacket",
    "Packet", "PacketCancelled", "PacketClosed", "PacketCreated", "PacketEmptied", "PacketForgotten", "PacketHeld",
    "PacketKeyed", "PacketOpened", "PacketRefused", "PacketRequested", "PacketsSwept", "PacketsSwitched",
    "PayoutRefused", "PayoutReported", "PayoutRetried", "PayoutReturned", "PlaceKeyed", "Reason", "RemainderRefused",
    "ReportPayout", "ReturnRemainder", "RevokeGift", "ShareGrabbed", "SweepPackets", "SwitchFollowed", "SwitchKnown",
    "SwitchPackets", "UnlinkMember", "ids",
]  # fmt: skip
