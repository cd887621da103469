"""Funding: what a member pays out of a balance that lives elsewhere (points, money), asked for and answered on topics.

An activity asks (`requested`), whoever owns the balance takes it and says so (`confirmed`) or does not (`refused`), and
what was taken for nothing goes back (`released`). The request's `ce_id` is the funding's id: the same funding is taken
once and given back once.
"""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from fairground_contracts.message import Id, Message


class _Funding(Message):
    member_id: Id  # whose balance
    activity_id: Id
    service: str  # which service asks; its answers are read by that one only


class FundingRequested(_Funding):
    """May this member pay that? Take it and confirm, or refuse. The event's id (`ce_id`) is the funding's."""

    type: ClassVar[str] = "fairground.funding.requested.v1"
    pays: Literal["points", "money"]  # from which balance
    amount: int = Field(ge=1, le=10**13)  # points, or fen
    answer_by: AwareDatetime  # a confirmation whose own time is later comes back as released
    purpose: str = Field(default="", max_length=200)  # what it pays, as a code: draw_chances, packet, make_up_card


class FundingReleased(_Funding):
    """A confirmed funding pays nothing, or less than was taken: give that back. Drop ids that were seen."""

    type: ClassVar[str] = "fairground.funding.released.v1"
    funding_id: Id  # the ce_id of the funding.requested that it is about
    reason: str = Field(max_length=64)  # as a code: too_late, closed, not_awaited, expired, stopped, undeliverable
    amount: int = Field(default=0, ge=0, le=10**13)  # points, or fen, that go back; 0: all that was taken


class FundingConfirmed(_Funding):
    """It was taken from the balance, at the time of this event."""

    type: ClassVar[str] = "fairground.funding.confirmed.v1"
    funding_id: Id  # the ce_id of the funding.requested that it is about
    ref: str = Field(default="", max_length=128)  # the booking's number, for support


class FundingRefused(_Funding):
    """Nothing was taken, and nothing will be."""

    type: ClassVar[str] = "fairground.funding.refused.v1"
    funding_id: Id  # the ce_id of the funding.requested that it is about
    reason: str = Field(min_length=1, max_length=64)  # as a code: balance_too_low, member_unknown, timeout
