"""What became of a reward, as whoever delivers it says on `fairground.reward-results`.

A reward has one final result: delivered, rejected, returned or expired. Before it, failed and waiting may be said many
times, and shipped where there is a parcel. Whoever redeems what was delivered says used.
"""

from typing import ClassVar

from pydantic import Field

from fairground_contracts.message import Fen, Id, Message


class _Result(Message):
    reward_id: Id  # the ce_id of the reward.granted that it is about
    member_id: Id  # whose reward it is
    activity_id: str = Field(default="", max_length=128)  # as on the reward; empty: all it may be of are asked


class RewardDelivered(_Result):
    """The member has it."""

    type: ClassVar[str] = "fairground.reward.delivered.v1"
    ref: str = Field(default="", max_length=128)  # the coupon's code, the parcel's or the booking's number
    reason: str = Field(default="", max_length=64)  # what is worth knowing, as a code; usually empty


class RewardRejected(_Result):
    """It cannot be delivered, now or later; it is compensated by the activity's rule."""

    type: ClassVar[str] = "fairground.reward.rejected.v1"
    reason: str = Field(min_length=1, max_length=64)  # as a code: template_sold_out, member_unknown, not_accepted
    detail: str = Field(default="", max_length=500)  # the same in words, for support


class RewardFailed(_Result):
    """Delivery went wrong for a technical reason; whether it happened may be unknown, and it is tried again."""

    type: ClassVar[str] = "fairground.reward.failed.v1"
    reason: str = Field(min_length=1, max_length=64)  # as a code: timeout, unavailable
    detail: str = Field(default="", max_length=500)  # the same in words, for support
    attempt: int = Field(default=1, ge=1, le=10**6)  # how often it was tried so far


class RewardWaiting(_Result):
    """The member has to do something first, such as to confirm that money is received."""

    type: ClassVar[str] = "fairground.reward.waiting.v1"
    reason: str = Field(default="", max_length=64)  # for what, as a code: wait_user_confirm


class RewardExpired(_Result):
    """The member did not take it in time: an address that was never given, a coupon that was never used."""

    type: ClassVar[str] = "fairground.reward.expired.v1"
    reason: str = Field(min_length=1, max_length=64)  # as a code: not_claimed, not_used


class RewardShipped(_Result):
    """The parcel with it is on its way."""

    type: ClassVar[str] = "fairground.reward.shipped.v1"
    ref: str = Field(default="", max_length=128)  # the parcel's number
    carrier: str = Field(default="", max_length=64)  # who brings it


class RewardReturned(_Result):
    """The parcel came back: the member does not have it."""

    type: ClassVar[str] = "fairground.reward.returned.v1"
    ref: str = Field(default="", max_length=128)  # the parcel's number
    reason: str = Field(default="", max_length=64)  # as a code: refused, address_unknown


class RewardUsed(_Result):
    """The member made use of it: a coupon was redeemed, a membership begun, points spent. It counts once a reward."""

    type: ClassVar[str] = "fairground.reward.used.v1"
    order_id: str = Field(default="", max_length=128)  # the order that it was used for; empty: for none
    amount_fen: Fen = 0  # what the member paid for that order, after the reward was taken off; 0: nothing, or unknown
    ref: str = Field(default="", max_length=128)  # the coupon's code or the booking's number
