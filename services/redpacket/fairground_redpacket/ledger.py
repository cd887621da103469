"""The books of red packets: which event moves how much from where to where. Pure; what it returns adds up to 0.

Accounts, in fen:
    budget:<activity>     what the platform has put into packets, below 0; what came back brings it up again
    wallet:<member>       the same of a member's own money
    frozen:<one of those> taken, and on its way into a packet that is not opened yet
    packet:<packet>       what nobody has had of it; 0 once it is over
    payable:<member>      grabbed, and not paid out yet
    settled               paid out
    returning:<packet>    nobody got it, and it is on its way back to the budget
Freeze, claim, and then settle or refund: an event moves money on, and never makes or loses any.
"""

from collections.abc import Callable
from typing import Any

from fairground_decider import Event
from fairground_decider.answers import Posting
from fairground_redpacket.contract import (
    BudgetReturned,
    PacketClosed,
    PacketCreated,
    PacketOpened,
    PayoutReported,
    PayoutReturned,
    ShareGrabbed,
)

SETTLED = "settled"


def postings(event: Event[Any]) -> tuple[Posting, ...]:
    """What the event moves; empty for one that is not about money that is here."""
    book = _BOOKS.get(type(event.data))
    return () if book is None else book(event.data)


def packet(packet_id: str) -> str:
    """The account of a packet."""
    return f"packet:{packet_id}"


def payable(member_id: str) -> str:
    """The account of what a member has grabbed."""
    return f"payable:{member_id}"


def budget(activity_id: str) -> str:
    """The account of an activity's budget."""
    return f"budget:{activity_id}"


def returning(packet_id: str) -> str:
    """The account of what goes back to the budget."""
    return f"returning:{packet_id}"


def _owner(said: PacketCreated | PacketOpened) -> str:
    """Whose money is in it."""
    return f"wallet:{said.packet.sender_id}" if said.packet.funds == "member" else budget(said.activity_id)


def _moved(fen: int, source: str, target: str) -> tuple[Posting, ...]:
    return (Posting(source, -fen), Posting(target, fen)) if fen else ()


def _created(said: PacketCreated) -> tuple[Posting, ...]:
    owner = _owner(said)
    return _moved(said.packet.total_fen, owner, f"frozen:{owner}")


def _opened(said: PacketOpened) -> tuple[Posting, ...]:
    return _moved(said.packet.total_fen, f"frozen:{_owner(said)}", packet(said.packet_id))


def _grabbed(said: ShareGrabbed) -> tuple[Posting, ...]:
    return _moved(said.amount_fen, packet(said.packet_id), payable(said.member_id))


def _closed(said: PacketClosed) -> tuple[Posting, ...]:
    return _moved(said.remainder_fen, packet(said.packet_id), _back(said))


def _reported(said: PayoutReported) -> tuple[Posting, ...]:
    return _moved(said.amount_fen, payable(said.member_id), SETTLED) if said.result == "delivered" else ()


def _payout_returned(said: PayoutReturned) -> tuple[Posting, ...]:
    return _moved(said.amount_fen, payable(said.member_id), _back(said))


def _back(said: PacketClosed | PayoutReturned) -> str:
    """A member's money is back with the event that releases it; the budget hears of its own on another partition."""
    return f"wallet:{said.sender_id}" if said.funds == "member" else returning(said.packet_id)


def _budget_returned(said: BudgetReturned) -> tuple[Posting, ...]:
    return _moved(said.amount_fen, returning(said.packet_id), budget(said.activity_id))


_BOOKS: dict[type[Any], Callable[[Any], tuple[Posting, ...]]] = {
    PacketCreated: _created,
    PacketOpened: _opened,
    ShareGrabbed: _grabbed,
    PacketClosed: _closed,
    PayoutReported: _reported,
    PayoutReturned: _payout_returned,
    BudgetReturned: _budget_returned,
}

#: The events that move something.
POSTED = frozenset(_BOOKS)
