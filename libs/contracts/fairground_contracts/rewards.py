"""Rewards: the contract that other systems subscribe to, and what they answer."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from fairground_contracts.message import Fen, Id, Message

Kind = Literal["points", "coupon", "cash", "draw_chances", "member_days", "physical", "packet", "custom"]

#: How much one reward can be at most, where more is rejected as a whole: nobody would notice what is cut off.
MOST_AT_ONCE: Mapping[str, int] = {"draw_chances": 10_000, "packet": 20}

#: Longer ids of rewards cannot be answered on `fairground.reward-results`: the answer's own id is made of it.
LONGEST_ANSWERED = 120


class Reward(Message):
    """What is given: `amount` counts points, coupons, fen (cash), chances, days, pieces or packets."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    reward: Kind  # of what kind
    amount: int = Field(ge=1, le=10**12)  # points, coupons, fen, chances, days, pieces or packets
    value_fen: Fen = 0  # what it costs the operator, for budgets and statistics
    ref: str = Field(default="", max_length=128)  # coupon template, wheel, SKU: what exactly
    name: str = Field(default="", max_length=200)  # as the member sees it


class RewardGranted(Message):
    """A member is owed this. The event's id (`ce_id`) is the reward's: drop what you have seen."""

    type: ClassVar[str] = "fairground.reward.granted.v1"
    member_id: Id
    activity_id: Id
    service: str  # which service granted it
    version: int = Field(ge=1)
    prize_id: str = ""  # the prize it is, where the activity has prizes
    reward: Reward  # what is given


class RewardRevoked(Message):
    """A reward that was granted is taken back."""

    type: ClassVar[str] = "fairground.reward.revoked.v1"
    reward_id: Id  # the ce_id of the reward.granted that is taken back
    member_id: Id
    activity_id: Id
    service: str  # which service granted it
    reason: str  # why, machine-readable: order_refunded, order_cancelled, reward_revoked, not_claimed
    reward: Reward | None = None  # what is taken back; null in events that are older than this field


class RewardClaimed(Message):
    """The member has said where a physical reward is to be sent, by the number of an address and nothing else of it."""

    type: ClassVar[str] = "fairground.reward.claimed.v1"
    reward_id: Id  # the ce_id of the reward.granted that it is about
    member_id: Id
    activity_id: Id
    service: str  # which service granted it
    address_ref: str = Field(max_length=64)  # the address's number in the shop's address book
