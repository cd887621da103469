"""What may be asked of an activity. Publication, pause, resume, stop and archive are those of every activity."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from fairground_contracts.activities import ActivityCommand
from fairground_contracts.message import CommandMessage, Fen, Id
from fairground_contracts.rewards import MOST_AT_ONCE

#: How many chances one grant may bring.
MAX_CHANCES = MOST_AT_ONCE["draw_chances"]

#: How many draws one command may ask for.
MAX_DRAWS = 100

#: A play has the id of the request that began it.
PlayId = Annotated[str, Field(min_length=1, max_length=1024)]

_Text = Annotated[str, Field(max_length=256)]

#: What is known of a member: a number, a text, yes or no, or several texts, such as tags.
Fact = bool | int | float | _Text | Annotated[tuple[_Text, ...], Field(max_length=64)]


class MemberCommand(CommandMessage):
    """What all of them carry. The record key is the activity's id: one activity is one order of events."""

    activity_id: Id
    member_id: Id
    person_id: str = Field(default="", max_length=128)  # whom the member counts for, where the sender knows; else empty


class Draw(MemberCommand):
    """Draw once or several times. The command's id is the request's: sent again, it is the same request."""

    type: ClassVar[str] = "lottery.wheel.draw.v1"
    draws: int = Field(default=1, ge=1, le=MAX_DRAWS)  # how many
    policy: Literal["all", "available"] = "all"  # fewer chances than draws: refuse, or draw as often as possible
    facts: dict[str, Fact] = Field(default={}, max_length=64)  # about the member, put in by whoever publishes it
    risk: int = Field(default=0, ge=0, le=4)  # 0 pass, 1 and 2 verify, 3 no high prize, 4 lowest or nothing


class StartPlay(MemberCommand):
    """Begin a play of a score game. The command's id is the play's from then on: sent again, it is the same play."""

    type: ClassVar[str] = "lottery.play.start.v1"
    facts: dict[str, Fact] = Field(default={}, max_length=64)  # about the member, put in by whoever publishes it
    risk: int = Field(default=0, ge=0, le=4)  # 0 pass, 1 and 2 verify, 3 no high prize, 4 lowest or nothing


class FinishPlay(MemberCommand):
    """A play is over: what its score wins is drawn. A play pays once, whatever finishes it how often."""

    type: ClassVar[str] = "lottery.play.finish.v1"
    play_id: PlayId  # the id of the command that began it
    score: int = Field(ge=0, le=10**9)  # what it ended with
    facts: dict[str, Fact] = Field(default={}, max_length=64)  # about the member, put in by whoever publishes it
    risk: int = Field(default=0, ge=0, le=4)  # as when it began


class GrantChances(MemberCommand):
    """Give chances. `cause` is natural (a share, a review, whom a member invited): the same cause gives only once."""

    type: ClassVar[str] = "lottery.chances.grant.v1"
    chances: int | None = Field(default=None, ge=1, le=MAX_CHANCES)  # how many; null: as the source's rule says, or one
    cause: Id
    source: str = Field(default="", max_length=32)  # one of the wheel's, such as share; empty: none
    expires_at: AwareDatetime | None = None  # unused ones are gone from then on; null for never
    why: str = Field(default="", max_length=1000)
    granted_by: str = Field(default="", max_length=128)  # of a reward: the activity that granted it


class EarnChances(MemberCommand):
    """An order was paid; the command's time is when. What it earns is said by the wheel's rules."""

    type: ClassVar[str] = "lottery.chances.earn.v1"
    order_id: Id
    amount_fen: Fen


class BuyChances(MemberCommand):
    """Buy chances for points. The command's id is the request's: sent again, it is the same purchase."""

    type: ClassVar[str] = "lottery.chances.buy.v1"
    times: int = Field(default=1, ge=1, le=MAX_DRAWS)  # how often what the wheel's rule sells at its price
    facts: dict[str, Fact] = Field(default={}, max_length=64)  # about the member, put in by whoever publishes it
    risk: int = Field(default=0, ge=0, le=4)  # as of a draw: who may not draw may not buy


class SettlePurchase(MemberCommand):
    """Whoever owns the points has answered; the command's time is when."""

    type: ClassVar[str] = "lottery.purchase.settle.v1"
    funding_id: Id  # of the funding that the purchase had asked for
    paid: bool  # whether the points were taken
    why: str = Field(default="", max_length=64)  # why they were not, as a code


class LinkMember(MemberCommand):
    """A member turned out to be a person's: from here on the wheel counts both as one."""

    type: ClassVar[str] = "lottery.member.link.v1"
    person_id: Id  # the person, named as on `shop.members`; may be another member


class RevokeOrder(MemberCommand):
    """An order was cancelled or refunded, in full or in part: what it would not have earned without that goes back."""

    type: ClassVar[str] = "lottery.order.revoke.v1"
    order_id: Id
    why: Literal["cancelled", "refunded"]
    left_fen: Fen = 0  # what stays paid for it after all refunds up to this one; 0: it is void
    paid_fen: Fen = 0  # what had been paid for it; may be 0 where it is void


class RaiseLimit(ActivityCommand):
    """Raise a prize's stock, or the budget, while the wheel runs: a new version in which nothing else differs."""

    type: ClassVar[str] = "lottery.limit.raise.v1"
    limit: Literal["stock", "stock_per_day", "budget", "budget_per_day"]  # which one, as the activity file names it
    prize_id: str = Field(default="", max_length=48)  # whose stock; empty for a budget
    amount: int = Field(ge=1, le=10**13)  # so many pieces, or fen, more
    expected: int | None = None  # what the limit is taken to be now: refused when it is another number; null: any
