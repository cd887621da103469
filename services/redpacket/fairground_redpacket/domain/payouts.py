"""What becomes of a share after the grab: paid out under its bill number, under a second one, or returned.

Unknown results change nothing, so the number stays the same while a payout may still have happened. Only a confirmed
final failure leads to a second number, and only one that cannot be paid out at all goes back, once.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from fairground_activities.seeds import Seeds
from fairground_decider import Command, Event, State
from fairground_redpacket.contract import (
    PacketForgotten,
    PayoutRefused,
    PayoutReported,
    PayoutRetried,
    PayoutReturned,
    Reason,
    ReportPayout,
)
from fairground_redpacket.contract.ids import bill_of, parsed
from fairground_redpacket.domain import grabs, packets, refusals
from fairground_redpacket.domain.records import (
    COURSE,
    ELSEWHERE,
    PACKET,
    Course,
    Gone,
    Share,
    Taker,
    Terms,
    member_field,
)

_FINAL = ("delivered", "returned")

_Outcome = PayoutReported | PayoutRetried | PayoutReturned | PayoutRefused | PacketForgotten


def decide_report(_seeds: Seeds, state: State, command: Command[ReportPayout]) -> Iterator[_Outcome]:
    """News of a payout. The last one of a packet that is over for long lets the packet be forgotten."""
    asked = command.data
    terms: Terms | None = state.record(asked.packet_id, PACKET)
    course: Course | Gone | None = state.record(asked.packet_id, COURSE)
    share = _find(state, asked)
    if terms is None or not isinstance(course, Course) or share is None:
        yield _refused(asked, terms, Reason.UNKNOWN_REWARD)
        return
    if share.status in _FINAL or asked.reward_id != bill_of(asked.packet_id, share.index, share.bill):
        yield _refused(asked, terms, Reason.SETTLED)
        return
    yield _settled(terms, course, share, asked)
    after: Course = state.record(asked.packet_id, COURSE)
    if not after.unsettled and packets.kept_enough(terms, after, command.time_ms):
        yield packets.forgotten(terms, asked.packet_id)


def _settled(
    terms: Terms, course: Course, share: Share, asked: ReportPayout
) -> PayoutReported | PayoutRetried | PayoutReturned:
    fields: dict[str, Any] = {
        "activity_id": terms.activity_id,
        "version": terms.version,
        "packet_id": asked.packet_id,
        "member_id": asked.member_id,
        "reward_id": asked.reward_id,
        "amount_fen": share.amount_fen,
        "why": asked.why,
    }
    if asked.result not in ("rejected", "expired"):
        return PayoutReported(**fields, result=asked.result)
    if asked.result == "rejected" and share.bill < terms.payouts:
        again = bill_of(asked.packet_id, share.index, share.bill + 1)
        return PayoutRetried(**fields, next_id=again, reward=grabs.owed(terms, asked.packet_id, share.amount_fen))
    return PayoutReturned(
        **fields,
        result=asked.result,
        returned_fen=course.returned_fen + share.amount_fen,
        funds=terms.funds,
        sender_id=terms.sender_id,
        funding_id=terms.funding_id,
    )


def _find(state: State, asked: ReportPayout) -> Share | None:
    """The member's share of that bill number."""
    bill = parsed(asked.reward_id)
    taker: Taker | None = state.record(asked.packet_id, member_field(asked.member_id))
    if bill is None or taker is None or bill.packet_id != asked.packet_id:
        return None
    return next((each for each in taker.shares if each.index == bill.share and each.status != ELSEWHERE), None)


def _refused(asked: ReportPayout, terms: Terms | None, reason: Reason) -> PayoutRefused:
    return PayoutRefused(
        activity_id=terms.activity_id if terms else asked.activity_id,
        version=terms.version if terms else 0,
        member_id=asked.member_id,
        packet_id=asked.packet_id,
        reward_id=asked.reward_id,
        result=asked.result,
        **refusals.worded(reason),
    )


def evolve_reported(state: State, event: Event[PayoutReported]) -> None:
    """Fold news: only delivered is final."""
    said = event.data
    _put(state, said, status=said.result)
    if said.result == "delivered":
        _settle(state, said.packet_id, 0)


def evolve_retried(state: State, event: Event[PayoutRetried]) -> None:
    """Fold a second bill number."""
    _put(state, event.data, status="owed", bill=2)


def evolve_returned(state: State, event: Event[PayoutReturned]) -> None:
    """Fold a share that goes back."""
    said = event.data
    _put(state, said, status="returned")
    _settle(state, said.packet_id, said.amount_fen)


def _put(state: State, said: Any, **changed: Any) -> None:
    bill = parsed(said.reward_id)
    assert bill is not None, "the bill numbers of events are our own"
    field = member_field(said.member_id)
    taker: Taker = state.record(said.packet_id, field)
    after = tuple(structs.replace(each, **changed) if each.index == bill.share else each for each in taker.shares)
    state.put(said.packet_id, field, structs.replace(taker, shares=after))


def _settle(state: State, packet_id: str, returned_fen: int) -> None:
    course: Course = state.record(packet_id, COURSE)
    after = structs.replace(course, unsettled=course.unsettled - 1, returned_fen=course.returned_fen + returned_fen)
    state.put(packet_id, COURSE, after)
