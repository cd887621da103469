"""The orders that one member's chances came from, remembered as long as they can be refunded.

16 bytes an order: 8 that stand for its id, 6 for the fen that counted (cumulative rule), 2 for the chances it brought.
Of one that is void, or of which a part was refunded before it was paid: 6 for the fen that may still count, 2 that say
so. Grouped by the UTC day of the order's own time. What is older than the window is refused as too old.
"""

import struct
from operator import itemgetter
from typing import NamedTuple

from fairground_decider.causes import DAY_MS, digest

Orders = tuple[tuple[int, bytes], ...]

_ENTRY = struct.Struct(">8sQ")
_ENTRIES = itemgetter(1)  # of a day
_CHANCES_BITS = 16
_REVOKED = (1 << _CHANCES_BITS) - 1

#: How many chances one order can bring at most.
MAX_CHANCES = _REVOKED - 1


class Order(NamedTuple):
    """What is remembered of an order."""

    counted_fen: int  # cumulative rule: so much of it counts
    chances: int  # which it brought, as far as no refund took them
    revoked: bool  # it counts no more, or did not count yet when a part of it was refunded
    left_fen: int = 0  # of a revoked one: so much of it counts when it is paid; 0: it is void

    @property
    def void(self) -> bool:
        """Whether it can earn nothing, neither now nor later."""
        return self.revoked and not self.left_fen


def lowered(order: Order | None, left_fen: int, lost: int) -> Order:
    """What is remembered of it when only so much of it still counts, and so many of its chances are lost."""
    if not left_fen or order is None or order.revoked:
        return Order(0, 0, revoked=True, left_fen=left_fen)
    return Order(min(order.counted_fen, left_fen), max(order.chances - lost, 0), revoked=False)


def find(orders: Orders, order_id: str) -> Order | None:
    """The order, if it is remembered."""
    wanted = digest(order_id)
    for _, entries in () if _is_new(orders, wanted) else orders:
        if (at := _position(entries, wanted)) >= 0:
            packed = _ENTRY.unpack_from(entries, at)[1]
            return _unpacked(packed)
    return None


def too_old(orders: Orders, time_ms: int, window_days: int) -> bool:
    """Whether the order may have been forgotten already. The window counts back from the newest day remembered."""
    return bool(orders) and time_ms // DAY_MS < orders[-1][0] - window_days


def with_order(orders: Orders, order_id: str, order: Order, time_ms: int, window_days: int) -> Orders:
    """The same with this order remembered, in place of what was known of it, and without what the window left."""
    wanted, day = digest(order_id), time_ms // DAY_MS
    entry = _ENTRY.pack(wanted, _packed(order))
    if _is_new(orders, wanted) and (not orders or day >= orders[-1][0]):
        recent = [each for each in orders if each[0] >= day - window_days]
        before = recent.pop()[1] if recent and recent[-1][0] == day else b""
        return (*recent, (day, before + entry))
    kept = {day: _without(entries, wanted) for day, entries in orders}
    kept[day] = kept.get(day, b"") + entry
    newest = max(kept)
    return tuple((day, kept[day]) for day in sorted(kept) if kept[day] and day >= newest - window_days)


def both(one: Orders, other: Orders) -> Orders:
    """The orders of both. Of one that both have, what is void for one is void, and what counted for one has counted."""
    days: dict[int, dict[bytes, int]] = {}
    for day, entries in (*one, *other):
        known = days.setdefault(day, {})
        for wanted, packed in _ENTRY.iter_unpack(entries):
            known[wanted] = max(known.get(wanted, packed), packed, key=_precedence)
    return tuple((day, b"".join(_ENTRY.pack(*entry) for entry in sorted(days[day].items()))) for day in sorted(days))


def _packed(order: Order) -> int:
    if order.revoked:
        return order.left_fen << _CHANCES_BITS | _REVOKED
    return order.counted_fen << _CHANCES_BITS | order.chances


def _unpacked(packed: int) -> Order:
    fen, chances = packed >> _CHANCES_BITS, packed & _REVOKED
    return Order(0, 0, revoked=True, left_fen=fen) if chances == _REVOKED else Order(fen, chances, revoked=False)


def _precedence(packed: int) -> tuple[bool, bool, int]:
    """Void goes before what counted, and that before what was not paid yet; of two of those the one with less left."""
    order = _unpacked(packed)
    return order.void, not order.revoked, -packed if order.revoked else packed


def _is_new(orders: Orders, wanted: bytes) -> bool:
    """Whether the order is not remembered, as most are not that come: one look at all days is quicker than one at each.

    Where it is not sure, because the bytes stand across two entries, the answer is no.
    """
    return wanted not in b"".join(map(_ENTRIES, orders))


def _without(entries: bytes, wanted: bytes) -> bytes:
    at = _position(entries, wanted)
    return entries if at < 0 else entries[:at] + entries[at + _ENTRY.size :]


def _position(entries: bytes, wanted: bytes) -> int:
    at = entries.find(wanted)
    while at >= 0 and at % _ENTRY.size:
        at = entries.find(wanted, at + 1)
    return at
