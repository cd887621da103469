"""What happened at a sign-in activity. Each event says everything that folding it and paying it needs."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from fairground_contracts.activities import Status
from fairground_contracts.message import Id, Message
from fairground_contracts.rewards import Reward
from fairground_signin.contract.commands import Account, Day, Pays, Token
from fairground_signin.contract.refusals import Reason

#: Whom it counts for, where that is not the member.
Person = Annotated[str, Field(max_length=128)]

#: By what it was earned: a signed day, frozen days, the first day ever, a special date, a streak, a number of days.
EarnedBy = Literal["base", "frozen", "first", "date", "streak", "total"]

#: What becomes of a reward whose day or tier is no longer reached.
OnRevoke = Literal["keep", "reverse", "debt"]


class Earned(Message):
    """One reward of a day, which stands here completely."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    rule: str  # the rule's id: base, or as the activity file calls it
    by: EarnedBy  # what earned it
    days: int = Field(default=0, ge=0)  # how many of them it took, where it was more than this one
    reward: Reward  # what the member is owed
    on_revoke: OnRevoke = "keep"  # what becomes of it when it is no longer reached
    ever: bool = False  # never again, whatever comes


class Lost(Message):
    """A reward that is no longer reached."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    rule: str  # the rule's id
    becomes: OnRevoke  # what becomes of it
    reward_id: str = ""  # the ce_id of its reward.granted; empty where it is kept and nobody needs it
    cycle: str = ""  # first day of the cycle in which a kept one is not paid again; empty: the next one pays the debt
    member_id: str = ""  # who was granted it; empty in events that are older than this field, and where it is kept
    reward: Reward | None = None  # what it was, without its name; null like `member_id`
    saved: tuple[Day, ...] = ()  # frozen days that it was for: where one is saved again, it earns again
    paid_on: str = ""  # the day on which it was due and paid a debt, which is owed again; empty: it was granted


class _Member(Message):
    activity_id: Id
    version: int  # of the rules that decided
    member_id: Id
    person_id: Person = ""  # whom it counts for, where that is not the member


class _Counted(_Member):
    day: Day  # business day
    prize_id: Literal["signed", "made_up"] = "signed"  # how it came to count; statistics count outcomes by it
    streak: int = Field(ge=0)  # days in a row within the cycle, with this one
    total: int = Field(ge=0)  # days that count in the cycle, with this one
    shown: int = Field(ge=0)  # the streak as members see it: across cycles where the rules say so
    level: int = 0  # the member's, as on the command
    plan: int = 0  # by which of the rules' plans: 0 the general one, else that of the n-th level
    earned: tuple[Earned, ...] = ()  # its rewards
    positions: tuple[int, ...] = ()  # where the rules of these rewards stand in the plan
    owed_before: tuple[str, ...] = ()  # rules that were due and paid nothing: they were paid already, or pay a debt


class DaySigned(_Counted):
    """A member signed in."""

    type: ClassVar[str] = "signin.day.signed.v1"
    frozen: tuple[Day, ...] = ()  # missed days before it that a freeze saved and that earn the base reward now
    ranked: bool = False  # whether the n-th of the day is rewarded: the activity is asked


class DayMadeUp(_Counted):
    """A missed day was made up."""

    type: ClassVar[str] = "signin.day.made_up.v1"
    prize_id: Literal["signed", "made_up"] = "made_up"  # how it came to count
    pays: Pays  # what paid it
    funding_id: str = ""  # the funding that paid it; empty for a card
    base: bool = False  # whether it earned the base reward


class First(Message):
    """What the first sign-in of that day came to."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    event_id: str  # of the event that said so
    streak: int  # as it said
    earned: tuple[Earned, ...] = ()  # as it said


class _Refused(_Member):
    reason: Reason
    zh: str
    en: str
    help_zh: str = ""  # what would help; empty when nothing does
    help_en: str = ""  # the same in English


class SignInRefused(_Refused):
    """A sign-in that did not count. It may count when its reason is gone."""

    type: ClassVar[str] = "signin.day.refused.v1"
    day: str = ""  # business day; empty where no rules say when days begin
    first: First | None = None  # of a repeated one: what the first one came to, as long as it is the member's last day
    risk: int = 0  # as on the command


class MakeUpRequested(_Member):
    """A make-up waits for points or money."""

    type: ClassVar[str] = "signin.make_up.requested.v1"
    day: Day  # the day that is to be made up
    funding_id: Id  # the funding that is asked for
    pays: Literal["points", "money"]  # from which balance
    amount: int = Field(ge=1)  # points, or fen
    level: int = 0  # the member's, as on the command
    answer_by: AwareDatetime  # a later confirmation buys nothing


class MakeUpFailed(_Member):
    """It was not paid: nothing was made up."""

    type: ClassVar[str] = "signin.make_up.failed.v1"
    day: Day  # which one
    funding_id: Id  # the funding that it is about
    why: str  # as whoever owns the balance says
    reason: Reason
    zh: str
    en: str


class MakeUpReleased(_Member):
    """It was paid, and nothing can be made up for it any more: what was taken goes back."""

    type: ClassVar[str] = "signin.make_up.released.v1"
    funding_id: Id  # the funding that it is about
    why: str  # as a code: too_late, closed, not_awaited, not_missed, quota_used


class MakeUpRefused(_Refused):
    """A make-up, or the answer to one, that changes nothing."""

    type: ClassVar[str] = "signin.make_up.refused.v1"
    day: str = ""  # as on the command
    funding_id: str = ""  # as on the answer
    risk: int = 0  # as on the command


class DayRevoked(_Member):
    """A day counts no more, and never will."""

    type: ClassVar[str] = "signin.day.revoked.v1"
    day: Day  # which one
    was: Literal["signed", "made_up", "missed"]  # what it was
    streak: int = Field(ge=0)  # days in a row within the day's cycle that reach to its newest one
    total: int = Field(ge=0)  # days that count in the day's cycle
    lost: tuple[Lost, ...] = ()  # rewards that are no longer reached, and what becomes of them
    by: str  # who asked for it
    why: str  # the reason that was given; may be empty


class TokensGranted(_Member):
    """The member has more make-up cards or freezes."""

    type: ClassVar[str] = "signin.tokens.granted.v1"
    token: Token  # of what kind
    count: int = Field(ge=1)  # how many
    cause: Id  # what they were given for
    day: Day  # freezes save days from this one on
    why: str = ""
    granted_by: str = ""  # of a reward: the activity that granted it; empty in events that are older than this field


class TokensTaken(_Member):
    """Unused make-up cards or freezes went back, and what they were given for gives none any more."""

    type: ClassVar[str] = "signin.tokens.taken.v1"
    token: Token  # of what kind
    count: int = Field(ge=0)  # how many; 0: all were used, or they had never been granted
    cause: Id  # what they were given for
    why: str = ""


class RequestRefused(_Refused):
    """Something about tokens, revocations, rewards or links that changes nothing."""

    type: ClassVar[str] = "signin.request.refused.v1"
    asked: str  # the command's type
    cause: str = ""  # what tokens were to be given for; empty where it is about something else
    granted_by: str = ""  # of a reward of tokens: the activity that granted it


class RewardCompensated(_Member):
    """A reward could not be delivered; this is given instead, once."""

    type: ClassVar[str] = "signin.reward.compensated.v1"
    reward_id: Id  # of the one that could not
    rejected: str  # why, as a code
    reward: Reward  # what the member is owed instead


class RewardUndelivered(_Member):
    """A reward could not be delivered, and the rules give nothing instead."""

    type: ClassVar[str] = "signin.reward.undelivered.v1"
    reward_id: Id  # of the one that could not
    rejected: str  # why, as a code


class MemberLinked(_Member):
    """The member is counted for the person from here on; all that was known goes there."""

    type: ClassVar[str] = "signin.member.linked.v1"
    account: Account  # the member's, as it was


class AccountJoined(_Member):
    """What was known of a linked member counts for the person, too. Nothing is paid for it."""

    type: ClassVar[str] = "signin.account.joined.v1"
    account: Account  # the member's, as it was
    revoked_again: tuple[Day, ...] = ()  # days that one had and that were revoked for the other: now for both


class CommandForwarded(_Member):
    """The member is counted under a person: the command comes again, for that one."""

    type: ClassVar[str] = "signin.command.forwarded.v1"
    asked: str  # the command's type
    content: dict[str, Any]  # its data, with the person
    forwarded_id: Id  # its new ce_id


class RulesFollowed(Message):
    """From here on this partition decides by these rules, or refuses by this status."""

    type: ClassVar[str] = "signin.rules.followed.v1"
    activity_id: Id
    place: Id  # the record key, which belongs to the partition
    revision: int = Field(ge=0)  # offset of the command that they follow from
    version: int = Field(ge=1)
    status: Status  # as of the last move
    rules: dict[str, Any]  # the published form


class RulesKnown(Message):
    """These rules, or newer ones, were followed before: nothing changes."""

    type: ClassVar[str] = "signin.rules.known.v1"
    activity_id: Id
    place: Id  # the record key, which belongs to the partition
    revision: int = Field(ge=0)  # as on the command
    known: int = Field(ge=0)  # the one that is followed


class RankTaken(Message):
    """A sign-in was the n-th of its day over all members."""

    type: ClassVar[str] = "signin.rank.taken.v1"
    activity_id: Id
    version: int
    member_id: Id
    person_id: Person = ""  # whom it counts for, where that is not the member
    day: Day  # which one
    nth: int = Field(ge=1)  # its place over all members
    rule: str = ""  # the rule that rewards this place; empty: none does
    reward: Reward | None = None  # what the member is owed
    withheld: Literal["", "budget_used", "sold_out"] = ""  # why that rule gave nothing
    on_revoke: Literal["keep", "reverse"] = "keep"  # what becomes of the reward when the day is revoked


class RankNoted(_Member):
    """The member's reward for a place goes back with its day."""

    type: ClassVar[str] = "signin.rank.noted.v1"
    day: Day  # which one
    rule: str  # the rule that rewards the place
    reward_id: Id  # the ce_id of the reward.granted
    instead_of: str = ""  # the place's own reward, where that could not be delivered, and this was given instead
    reward: Reward  # what it is, without its name
    gone: bool  # whether the day is revoked already: then it goes back at once


class RankRefused(_Refused):
    """A sign-in that has no place in the order of its day."""

    type: ClassVar[str] = "signin.rank.refused.v1"
    day: Day  # which one
