"""The messages of sign-in: commands, events and reasons of refusal."""

from fairground_contracts import activities
from fairground_contracts.message import CommandMessage, Message
from fairground_signin.contract.commands import (
    Account,
    ClaimRank,
    FollowRules,
    GiveTokens,
    JoinAccount,
    LapseMakeUp,
    LinkMember,
    MakeUp,
    MemberCommand,
    Newest,
    NoteRank,
    Owed,
    RejectReward,
    RevokeDay,
    SettleMakeUp,
    SignIn,
    TakeTokens,
)
from fairground_signin.contract.events import (
    AccountJoined,
    CommandForwarded,
    DayMadeUp,
    DayRevoked,
    DaySigned,
    Earned,
    First,
    Lost,
    MakeUpFailed,
    MakeUpRefused,
    MakeUpReleased,
    MakeUpRequested,
    MemberLinked,
    OnRevoke,
    RankNoted,
    RankRefused,
    RankTaken,
    RequestRefused,
    RewardCompensated,
    RewardUndelivered,
    RulesFollowed,
    RulesKnown,
    SignInRefused,
    TokensGranted,
    TokensTaken,
)
from fairground_signin.contract.refusals import Reason

#: The name of the service in topics, keys and ids.
SERVICE = "signin"

#: What the record key of its commands is, in words: the reference of messages tells it to whoever sends some.
KEY = "the person's id where there is one, else the member's; of the activity's own commands the activity's id"

_COMMANDS: tuple[type[CommandMessage], ...] = (
    SignIn, MakeUp, SettleMakeUp, LapseMakeUp, RevokeDay, GiveTokens, TakeTokens, RejectReward, LinkMember, JoinAccount,
    FollowRules, ClaimRank, NoteRank,
    activities.PublishActivity, activities.PauseActivity, activities.ResumeActivity, activities.StopActivity,
    activities.EndActivity, activities.ArchiveActivity,
)  # fmt: skip
_EVENTS: tuple[type[Message], ...] = (
    DaySigned, SignInRefused, DayMadeUp, MakeUpRequested, MakeUpFailed, MakeUpReleased, MakeUpRefused, DayRevoked,
    TokensGranted, TokensTaken, RequestRefused, RewardCompensated, RewardUndelivered, MemberLinked, AccountJoined,
    CommandForwarded, RulesFollowed, RulesKnown, RankTaken, RankNoted, RankRefused,
    activities.ActivityPublished, activities.ActivityPaused, activities.ActivityResumed, activities.ActivityStopped,
    activities.ActivityEnded, activities.ActivityArchived, activities.ActivityRefused,
)  # fmt: skip

#: What it understands and what it says, by CloudEvents type.
COMMANDS: dict[str, type[CommandMessage]] = {message.type: message for message in _COMMANDS}
EVENTS: dict[str, type[Message]] = {message.type: message for message in _EVENTS}

__all__ = [
    "COMMANDS", "EVENTS", "SERVICE", "Account", "AccountJoined", "ClaimRank", "CommandForwarded", "DayMadeUp",
    "DayRevoked", "DaySigned", "Earned", "First", "FollowRules", "GiveTokens", "JoinAccount", "LapseMakeUp",
    "LinkMember", "Lost", "MakeUp", "MakeUpFailed", "MakeUpRefused", "MakeUpReleased", "MakeUpRequested",
    "MemberCommand", "MemberLinked", "Newest", "NoteRank", "OnRevoke", "Owed", "RankNoted", "RankRefused", "RankTaken",
    "Reason", "RejectReward", "RequestRefused", "RevokeDay", "RewardCompensated", "RewardUndelivered", "RulesFollowed",
    "RulesKnown", "SettleMakeUp", "SignIn", "SignInRefused", "TakeTokens", "TokensGranted", "TokensTaken",
]  # fmt: skip
