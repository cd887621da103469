"""Money of packets that comes back to the budget, each fen once however often it is said.

A packet says what came back of it in all, so that what is repeated, or overtaken by a later sum, changes nothing.
"""

from collections.abc import Iterator

from fairground_activities.seeds import Seeds
from fairground_decider import Command, Event, State
from fairground_redpacket.contract import BudgetReturned, Reason, RemainderRefused, ReturnRemainder
from fairground_redpacket.domain import accounts, refusals
from fairground_redpacket.domain.publication import LIFECYCLE
from fairground_redpacket.domain.records import Returned, returned_field


def decide_return(
    _seeds: Seeds, state: State, command: Command[ReturnRemainder]
) -> Iterator[BudgetReturned | RemainderRefused]:
    """What is new of the sum."""
    asked = command.data
    standing = LIFECYCLE.standing(state, asked.activity_id)
    before: Returned | None = state.record(asked.activity_id, returned_field(asked.packet_id))
    known_fen = before.fen if before else 0
    reason = None
    if standing is None or standing.status == "archived":
        reason = Reason.UNKNOWN_ACTIVITY if standing is None else Reason.ARCHIVED
    elif asked.returned_fen <= known_fen:
        reason = Reason.DUPLICATE
    elif asked.returned_fen - known_fen > state.counter(asked.activity_id, accounts.BUDGET):
        reason = Reason.UNKNOWN_PACKET
    if reason is not None or standing is None:
        yield RemainderRefused(
            activity_id=asked.activity_id,
            version=standing.version if standing else 0,
            member_id="",
            packet_id=asked.packet_id,
            **refusals.worded(reason or Reason.UNKNOWN_ACTIVITY),
        )
        return
    yield BudgetReturned(
        activity_id=asked.activity_id,
        version=standing.version,
        packet_id=asked.packet_id,
        amount_fen=asked.returned_fen - known_fen,
        returned_fen=asked.returned_fen,
    )


def evolve_returned(state: State, event: Event[BudgetReturned]) -> None:
    """Fold what came back."""
    said = event.data
    accounts.give_back_budget(state, said.activity_id, said.amount_fen)
    state.put(said.activity_id, returned_field(said.packet_id), Returned(said.returned_fen))
