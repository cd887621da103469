"""The messages of the lottery: commands, events and reasons of refusal."""

from fairground_contracts import activities
from fairground_contracts.message import CommandMessage, Message
from fairground_lottery.contract.commands import (
    BuyChances,
    Draw,
    EarnChances,
    FinishPlay,
    GrantChances,
    LinkMember,
    MemberCommand,
    RaiseLimit,
    RevokeOrder,
    SettlePurchase,
    StartPlay,
)
from fairground_lottery.contract.events import (
    ChancesGranted,
    ChancesRefused,
    ChancesRevoked,
    CommandForwarded,
    DrawMissed,
    DrawRefused,
    LinkRefused,
    MemberJoined,
    MembersLinked,
    OrderCounted,
    PlayMissed,
    PlayRefused,
    PlayStarted,
    PlayWon,
    PrizeWon,
    PurchaseFailed,
    PurchaseReleased,
    PurchaseRequested,
    Taken,
)
from fairground_lottery.contract.fulfilment import (
    ClaimPrize,
    ExpirePrize,
    GrantWithdrawn,
    ParcelReported,
    PrizeClaimed,
    RejectReward,
    ReportParcel,
    RewardCompensated,
    RewardOwed,
    RewardRefused,
    RewardTakenBack,
    RewardUndelivered,
    WithdrawGrant,
)
from fairground_lottery.contract.refusals import Reason

#: The name of the service in topics, keys and ids.
SERVICE = "lottery"

#: What the record key of its commands is, in words: the reference of messages tells it to whoever sends some.
KEY = "the activity's id"

_COMMANDS: tuple[type[CommandMessage], ...] = (
    Draw, StartPlay, FinishPlay, GrantChances, EarnChances, RevokeOrder, BuyChances, SettlePurchase, LinkMember,
    RaiseLimit, RejectReward, WithdrawGrant, ClaimPrize, ReportParcel, ExpirePrize,
    activities.PublishActivity, activities.PauseActivity, activities.ResumeActivity, activities.StopActivity,
    activities.EndActivity, activities.ArchiveActivity,
)  # fmt: skip
_EVENTS: tuple[type[Message], ...] = (
    PrizeWon, DrawMissed, DrawRefused, PlayStarted, PlayWon, PlayMissed, PlayRefused, ChancesGranted, OrderCounted,
    ChancesRefused, ChancesRevoked,
    GrantWithdrawn, RewardCompensated, RewardUndelivered, RewardTakenBack, RewardOwed, PrizeClaimed,
    ParcelReported, RewardRefused, PurchaseRequested, PurchaseFailed, PurchaseReleased, MembersLinked, MemberJoined,
    CommandForwarded, LinkRefused,
    activities.ActivityPublished, activities.ActivityPaused, activities.ActivityResumed, activities.ActivityStopped,
    activities.ActivityEnded, activities.ActivityArchived, activities.ActivityRefused,
)  # fmt: skip

#: What it understands and what it says, by CloudEvents type.
COMMANDS: dict[str, type[CommandMessage]] = {message.type: message for message in _COMMANDS}
EVENTS: dict[str, type[Message]] = {message.type: message for message in _EVENTS}

__all__ = [
    "COMMANDS", "EVENTS", "SERVICE", "BuyChances", "ChancesGranted", "ChancesRefused", "ChancesRevoked", "ClaimPrize",
    "CommandForwarded", "Draw", "DrawMissed", "DrawRefused", "EarnChances", "ExpirePrize", "FinishPlay", "GrantChances",
    "GrantWithdrawn", "LinkMember", "LinkRefused", "MemberCommand", "MemberJoined", "MembersLinked", "OrderCounted",
    "ParcelReported", "PlayMissed", "PlayRefused", "PlayStarted", "PlayWon", "PrizeClaimed", "PrizeWon",
    "PurchaseFailed", "PurchaseReleased", "PurchaseRequested", "RaiseLimit", "Reason", "RejectReward", "ReportParcel",
    "RevokeOrder", "RewardCompensated", "RewardOwed", "RewardRefused", "RewardTakenBack", "RewardUndelivered",
    "SettlePurchase", "StartPlay", "Taken", "WithdrawGrant",
]  # fmt: skip
