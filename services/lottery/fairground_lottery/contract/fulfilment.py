"""What may become of a reward after the draw: it is rejected, taken back with an order, claimed, shipped, not claimed.

Events name the prize `prize`: a `prize_id` is what a draw became, and whoever counts draws counts events that have one.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from fairground_contracts.message import Fen, Id, Message
from fairground_contracts.rewards import Reward
from fairground_lottery.contract.commands import MemberCommand
from fairground_lottery.contract.events import Cause, Person
from fairground_lottery.contract.refusals import Reason

#: A reason as a code, such as template_sold_out.
_Code = Annotated[str, Field(min_length=1, max_length=64)]

#: The number of an address in the shop's address book, never the address: no spaces, so that a written one is refused.
AddressRef = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]

#: Why what a draw gave is taken back: its order is void, the reward that gave the chance was taken back, nobody came.
TakenBecause = Literal["cancelled", "refunded", "reward_revoked", "not_claimed"]


#: Where a parcel is.
Parcel = Literal["shipped", "delivered", "returned"]


class _OfReward(MemberCommand):
    reward_id: Id  # the ce_id of the reward.granted that it is about


class RejectReward(_OfReward):
    """Whoever delivers a reward says that it cannot be delivered. What the member gets instead is said by the rules."""

    type: ClassVar[str] = "lottery.reward.reject.v1"
    rejected: _Code  # why, as whoever delivers it says: template_sold_out, not_accepted


class ClaimPrize(_OfReward):
    """The winner says where a physical prize is to be sent. What is not claimed in time expires."""

    type: ClassVar[str] = "lottery.prize.claim.v1"
    address_ref: AddressRef  # the address's number in the shop's address book; never the address itself


class ReportParcel(_OfReward):
    """Whoever ships a prize says where it is."""

    type: ClassVar[str] = "lottery.parcel.report.v1"
    status: Parcel  # where it is
    ref: str = Field(default="", max_length=128)  # the parcel's number


class ExpirePrize(_OfReward):
    """A prize was not claimed in time. Anybody trusted may say so; whether it is true is decided by the rules."""

    type: ClassVar[str] = "lottery.prize.expire.v1"


class WithdrawGrant(MemberCommand):
    """The reward that granted these chances was taken back: unused ones go, and what the used ones won, by rule."""

    type: ClassVar[str] = "lottery.grant.withdraw.v1"
    cause: Cause


class GrantWithdrawn(Message):
    """Granted chances were taken back, as far as they were unused. What had granted them grants nothing later."""

    type: ClassVar[str] = "lottery.grant.withdrawn.v1"
    activity_id: Id
    version: int  # of the rules that decided
    member_id: Id
    cause: Cause  # what had granted them
    chances: int = Field(ge=0)  # unused ones that went back
    person_id: Person = ""  # whom it counts for, where that is not the member


class _Followed(Message):
    activity_id: Id
    version: int  # of the rules that decided
    member_id: Id
    reward_id: Id  # the ce_id of the reward.granted that it is about
    prize: Id  # the id of the prize that was won
    person_id: Person = ""  # whom it counts for, where that is not the member


class RewardCompensated(_Followed):
    """A reward could not be delivered; another one is given instead, which stands here completely."""

    type: ClassVar[str] = "lottery.reward.compensated.v1"
    rejected: _Code  # why it could not be delivered
    reward: Reward  # what the member is owed instead


class RewardUndelivered(_Followed):
    """A reward could not be delivered, and nothing is given instead."""

    type: ClassVar[str] = "lottery.reward.undelivered.v1"
    rejected: _Code  # why it could not be delivered
    nothing: Literal["rule", "compensation", "debt"]  # by the rules; it was given instead itself; it was owed back


class RewardTakenBack(_Followed):
    """What a draw had won goes back, for its chance should not have been there."""

    type: ClassVar[str] = "lottery.reward.taken_back.v1"
    reward: Reward  # what goes back
    cause: Cause  # what had granted the chance; empty where that is not why
    why: TakenBecause  # what happened to it
    restocked: bool  # whether its piece is in stock again
    budget_fen: Fen = 0  # what is in the budget again


class RewardOwed(_Followed):
    """What a draw had won should go back, but stays with the member, who owes it: for others to act upon."""

    type: ClassVar[str] = "lottery.reward.owed.v1"
    reward: Reward  # what is owed
    cause: Cause  # what had granted the chance
    why: TakenBecause  # what happened to it


class PrizeClaimed(_Followed):
    """The winner has said where the prize is to be sent."""

    type: ClassVar[str] = "lottery.prize.claimed.v1"
    address_ref: AddressRef  # the address's number in the shop's address book


class ParcelReported(_Followed):
    """A prize is on its way, has arrived, or came back."""

    type: ClassVar[str] = "lottery.parcel.reported.v1"
    status: Parcel  # where it is
    ref: str = Field(default="", max_length=128)  # the parcel's number
    restocked: bool = False  # whether its piece is in stock again, for it came back
    budget_fen: Fen = 0  # what is in the budget again


class RewardRefused(Message):
    """Something that cannot become of this reward, or that became of it before."""

    type: ClassVar[str] = "lottery.reward.refused.v1"
    activity_id: Id
    version: int  # 0 where there is no such activity
    member_id: Id
    reward_id: Id  # as on the command
    asked: Literal["reject", "claim", "report", "expire"]  # which command it was
    reason: Reason
    zh: str
    en: str
    help_zh: str = ""  # what would help; empty when nothing does
    help_en: str = ""  # the same in English
    person_id: Person = ""  # whom it counts for, where that is not the member
