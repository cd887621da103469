"""What may be asked of a sign-in activity. Publication, pause, resume, stop, end and archive are those of all.

Whatever a member does is keyed by the person, else the member, so that a person is one order of events; what is counted
over all members is keyed by the activity; rules go to each partition under a key of its own.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from fairground_contracts.activities import Status
from fairground_contracts.message import CommandMessage, Id, Message
from fairground_contracts.rewards import Reward

_Text = Annotated[str, Field(max_length=256)]

#: A business day, 2017-11-30.
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]

#: What is known of a member: a number, a text, yes or no, or several texts, such as tags.
Fact = bool | int | float | _Text | Annotated[tuple[_Text, ...], Field(max_length=64)]

#: By what a make-up can be paid.
Pays = Literal["card", "points", "money"]

#: What a member can be given beside days.
Token = Literal["make_up_card", "freeze"]

#: How many tokens one command may grant; of more it grants none.
MAX_TOKENS = 100


class MemberCommand(CommandMessage):
    """What all of them carry. The record key is the person's id where there is one, else the member's."""

    activity_id: Id
    member_id: Id
    person_id: str = Field(default="", max_length=128)  # whom the member counts for, where the sender knows; else empty


class SignIn(MemberCommand):
    """Sign in; the command's time says on which day. A day is signed once, however often this is sent."""

    type: ClassVar[str] = "signin.day.sign.v1"
    facts: dict[str, Fact] = Field(default={}, max_length=64)  # about the member, put in by whoever publishes it
    risk: int = Field(default=0, ge=0, le=4)  # 0 pass, 1 and 2 verify, 3 and 4 as the activity's rules say


class MakeUp(MemberCommand):
    """Make up a missed day with a card, points or money. The command's id is the request's."""

    type: ClassVar[str] = "signin.day.make_up.v1"
    day: Day  # which one
    pays: Pays = "card"  # with what
    facts: dict[str, Fact] = Field(default={}, max_length=64)  # about the member, put in by whoever publishes it
    risk: int = Field(default=0, ge=0, le=4)  # as of a sign-in: who may not sign in may not make up


class SettleMakeUp(MemberCommand):
    """Whoever owns the points or the money has answered; the command's time is when."""

    type: ClassVar[str] = "signin.make_up.settle.v1"
    funding_id: Id  # of the funding that the make-up had asked for
    paid: bool  # whether it was taken
    why: str = Field(default="", max_length=64)  # why it was not, as a code


class LapseMakeUp(MemberCommand):
    """Nobody has answered in time. The timer service sends it, as was asked for with the make-up."""

    type: ClassVar[str] = "signin.make_up.lapse.v1"
    funding_id: Id  # of the funding that the make-up had asked for


class RevokeDay(MemberCommand):
    """Take a day back for good (fraud, a refund): streak and totals are those of the days that are left."""

    type: ClassVar[str] = "signin.day.revoke.v1"
    day: Day  # which one
    by: Id = "operator"  # who asks: an operator's account, or a system
    why: str = Field(default="", max_length=1000)  # the reason, for those who look it up later


class GiveTokens(MemberCommand):
    """Give make-up cards or streak freezes. `cause` is natural: the same cause gives only once."""

    type: ClassVar[str] = "signin.tokens.give.v1"
    token: Token  # of what kind
    count: int = Field(default=1, ge=1, le=10**12)  # how many; more than 100 are refused
    cause: Id  # what they are given for
    why: str = Field(default="", max_length=1000)
    granted_by: str = Field(default="", max_length=128)  # of a reward: the activity that granted it


class TakeTokens(MemberCommand):
    """What these were given for is void: those that are not used go back. Before the grant, it prevents the grant."""

    type: ClassVar[str] = "signin.tokens.take.v1"
    token: Token  # of what kind
    count: int = Field(default=1, ge=1, le=10**12)  # how many had been given
    cause: Id  # what they were given for
    why: str = Field(default="", max_length=1000)


class RejectReward(MemberCommand):
    """A reward of the member cannot be delivered; what is given instead is said by the rules."""

    type: ClassVar[str] = "signin.reward.reject.v1"
    reward_id: Id  # the ce_id of the reward.granted
    rejected: str = Field(min_length=1, max_length=64)  # why, as a code


class LinkMember(MemberCommand):
    """A member turned out to be a person's: from here on both are counted as one. Keyed by the member."""

    type: ClassVar[str] = "signin.member.link.v1"
    person_id: Id  # the person, named as on `shop.members`; may be another member


class Newest(Message):
    """What a member's newest sign-in came to."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    event_id: Id  # of the event that said so
    version: int = Field(ge=1)  # of the rules that decided
    streak: int = Field(ge=0)  # as it said
    frozen: int = Field(default=0, ge=0)  # missed days that earned the base reward with it
    positions: tuple[int, ...] = ()  # as it said
    lengths: tuple[int, ...] = ()  # how many days each of these took


class Owed(Message):
    """A rule that pays nothing the next time it is due: it was paid already, or pays a debt."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    rule: str  # the rule's id
    cycle: str = ""  # first day of the cycle in which this holds; empty: whenever it is due
    reward_id: str = ""  # of a debt: the ce_id of the reward.granted that is owed; empty where nobody knows any more


class Account(Message):
    """All that is known of a member, to be counted for the person from now on."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    signed: tuple[Day, ...] = ()  # days on which the member signed in
    made_up: tuple[Day, ...] = ()  # days that were made up
    revoked: tuple[Day, ...] = ()  # days that do not count and never will
    earned_base: tuple[Day, ...] = ()  # days that were not signed, and earned the base reward nevertheless
    freezes: tuple[Day, ...] = ()  # a day for each freeze that was granted
    cards: int = 0  # make-up cards that are left
    ever: tuple[str, ...] = ()  # rules that are paid once for all and were
    causes: tuple[str, ...] = ()  # what counted already, by UTC day: 17481:<8 bytes each, in hex>
    partitions: tuple[int, ...] = ()  # where rewards of the member may have been granted
    before_total: int = 0  # days that counted before the first one that is kept
    before_longest: int = 0  # the longest streak before it
    cycle: str = ""  # first day of the cycle in which the member acted last; empty: in none
    version: int = 0  # of the rules that hold for the member in it
    level: int = 0  # the member's, as of the newest sign-in
    newest: Newest | None = None  # what the newest of the signed days came to, where that is known
    owing: tuple[Owed, ...] = ()  # rules that pay nothing the next time they are due
    joined: tuple[str, ...] = ()  # ids of the events by which other accounts have come into this one


class JoinAccount(MemberCommand):
    """Count the days of a member who was linked for the person as well. Keyed by the person."""

    type: ClassVar[str] = "signin.account.join.v1"
    person_id: Id  # the person
    account: Account  # the member's, as it was


class FollowRules(CommandMessage):
    """Rules and status as they are from now on, for one partition: the activity's own events send it to each."""

    type: ClassVar[str] = "signin.rules.follow.v1"
    activity_id: Id
    place: Id  # the record key: one that belongs to the partition
    revision: int = Field(ge=0)  # offset of the command that they follow from: what is not newer is ignored
    version: int = Field(ge=1)  # of the rules
    status: Status  # as of the last move
    rules: dict[str, Any]  # the published form


class ClaimRank(CommandMessage):
    """A day was signed: which place of its day is that, over all members? Keyed by the activity, sent by the event."""

    type: ClassVar[str] = "signin.rank.claim.v1"
    activity_id: Id
    member_id: Id
    person_id: str = Field(default="", max_length=128)  # whom it counts for, where that is not the member
    day: Day  # the day that was signed
    event_id: Id  # of the event that says so


class NoteRank(MemberCommand):
    """A place of the day brought the member a reward that goes back with the day. Sent by the event that granted it."""

    type: ClassVar[str] = "signin.rank.note.v1"
    day: Day  # the day that was signed
    rule: str  # the rule that rewards the place
    reward_id: Id  # the ce_id of the reward.granted
    reward: Reward  # what it is
