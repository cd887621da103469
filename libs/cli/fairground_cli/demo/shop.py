"""What the shop says: each real basket as an order that is placed and paid, and some synthetic trouble, all seeded.

The baskets, their members, times and amounts are real. That a part of them is cancelled, refunded or said twice is made
up here, since shops do that and the data set does not tell of it.
"""

from collections.abc import Iterator
from functools import lru_cache
from heapq import heappop, heappush
from random import Random
from typing import Literal, NamedTuple

from fairground_cli.demo.baskets import Baskets
from fairground_contracts.cloudevent import Headers
from fairground_contracts.orders import OrderCancelled, OrderCreated, OrderPaid, OrderRefunded

#: Shares of orders (of events, for REPEATED) that meet with synthetic trouble.
CANCELLED, REFUNDED, REPEATED = 0.005, 0.02, 0.01

#: Shares of refunds: of the whole amount at once; of a part; the rest of refunds is of a part and later of the rest.
_WHOLE, _PART = 0.7, 0.9

_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000

Kind = Literal["created", "paid", "cancelled", "refunded"]

_TYPES: dict[Kind, str] = {
    "created": OrderCreated.type,
    "paid": OrderPaid.type,
    "cancelled": OrderCancelled.type,
    "refunded": OrderRefunded.type,
}
_TYPE_HEADERS = {kind: ("ce_type", type.encode()) for kind, type in _TYPES.items()}
_VERSION = ("ce_specversion", b"1.0")
_SOURCE = ("ce_source", b"/shop/complete-journey")
_JSON = ("content-type", b"application/json")


class Refund(NamedTuple):
    """The order's `number`-th refund."""

    number: int
    amount_fen: int
    total_fen: int  # of all refunds up to this one


class Happening(NamedTuple):
    """Something that the shop says of a basket."""

    said_ms: int  # when it is said: its place in the replay
    time_ms: int  # when it happened (ce_time); earlier than `said_ms` when it is a repetition
    kind: Kind
    basket: int  # its row
    refund: Refund | None = None

    @property
    def repeated(self) -> bool:
        """Whether it was said before."""
        return self.said_ms != self.time_ms


class Said(NamedTuple):
    """A happening as a record of `shop.orders`."""

    id: str  # ce_id
    type: str  # ce_type
    time: str  # ce_time
    key: bytes  # the member
    value: bytes
    headers: Headers


def happenings(baskets: Baskets, seed: int) -> Iterator[Happening]:
    """Everything the shop says, in the order in which it says it. The same seed gives the same year."""
    random = Random(seed)
    later: list[tuple[int, int, Happening]] = []
    number = 0
    for row, (created_ms, amount_fen) in enumerate(zip(baskets.times_ms, baskets.amounts_fen, strict=True)):
        while later and later[0][0] <= created_ms:
            yield heappop(later)[2]
        for happening in _order(row, created_ms, amount_fen, random):
            number += 1
            heappush(later, (happening.said_ms, number, happening))
    while later:
        yield heappop(later)[2]


def _order(row: int, created_ms: int, amount_fen: int, random: Random) -> Iterator[Happening]:
    paid_ms = created_ms + random.randrange(5_000, 10 * _MINUTE_MS)
    for happening in (
        Happening(created_ms, created_ms, "created", row),
        Happening(paid_ms, paid_ms, "paid", row),
    ):
        yield happening
        if random.random() < REPEATED:
            yield happening._replace(said_ms=happening.time_ms + random.randrange(1_000, 6 * _HOUR_MS))
    fate = random.random()
    if fate < CANCELLED:
        cancelled_ms = paid_ms + random.randrange(_MINUTE_MS, 3 * _HOUR_MS)
        yield Happening(cancelled_ms, cancelled_ms, "cancelled", row)
    elif fate < CANCELLED + REFUNDED and amount_fen > 1:
        yield from _refunds(row, paid_ms, amount_fen, random)


def _refunds(row: int, paid_ms: int, amount_fen: int, random: Random) -> Iterator[Happening]:
    first_ms = paid_ms + random.randrange(_DAY_MS, 10 * _DAY_MS)
    extent = random.random()
    if extent < _WHOLE:
        yield Happening(first_ms, first_ms, "refunded", row, Refund(1, amount_fen, amount_fen))
        return
    part_fen = random.randrange(1, amount_fen)
    yield Happening(first_ms, first_ms, "refunded", row, Refund(1, part_fen, part_fen))
    if extent >= _PART:
        second_ms = first_ms + random.randrange(_HOUR_MS, 4 * _DAY_MS)
        yield Happening(second_ms, second_ms, "refunded", row, Refund(2, amount_fen - part_fen, amount_fen))


def refunds(baskets: Baskets, seed: int) -> dict[int, int]:
    """Rows of baskets that are cancelled or refunded as a whole, and when: as many as in `happenings`, not the same."""
    random = Random(seed)
    found = {}
    for row, time_ms in enumerate(baskets.times_ms):
        fate = random.random()
        if fate < CANCELLED:
            found[row] = time_ms + random.randrange(_MINUTE_MS, 3 * _HOUR_MS)
        elif fate < CANCELLED + REFUNDED * (1 - _PART + _WHOLE):
            found[row] = time_ms + random.randrange(_DAY_MS, 10 * _DAY_MS)
    return found


class Voice:
    """Puts happenings into the words of `shop.orders`. Written by hand: the models would take ten times as long."""

    def __init__(self, baskets: Baskets) -> None:
        """`baskets`: those that the happenings are about."""
        self._baskets = baskets
        self._clock = Clock()

    def say(self, happening: Happening) -> Said:
        """The record; a repetition is exactly the record it repeats."""
        _, time_ms, kind, row, refund = happening
        order, paid_fen = self._baskets.order_ids[row], self._baskets.amounts_fen[row]
        member = member_id(self._baskets, row)
        event_id, time = f"{order}-{kind}", self._clock.utc(time_ms)
        if refund is not None:
            event_id = f"{event_id}-{refund.number}"
            value = (
                f'{{"order_id":"{order}","member_id":"{member}","refund_id":"{event_id}",'
                f'"amount_fen":{refund.amount_fen},"refunded_total_fen":{refund.total_fen},"paid_fen":{paid_fen},'
                f'"reason":"returned"}}'
            )
        elif kind == "cancelled":
            value = f'{{"order_id":"{order}","member_id":"{member}","reason":"changed their mind"}}'
        else:
            value = f'{{"order_id":"{order}","member_id":"{member}","amount_fen":{paid_fen},"channel":"store"}}'
        headers: Headers = [
            _VERSION, ("ce_id", event_id.encode()), _TYPE_HEADERS[kind], _SOURCE, ("ce_time", time.encode()),
            ("ce_subject", b"%d" % order), _JSON,
        ]  # fmt: skip
        return Said(event_id, _TYPES[kind], time, member.encode(), value.encode(), headers)


def member_id(baskets: Baskets, row: int) -> str:
    """The basket's household, as the shop names members."""
    return f"household-{baskets.members[row]}"


class Clock:
    """RFC 3339 in UTC, as cloudevent.format_time, with a memory for dates: half a microsecond instead of three."""

    def __init__(self) -> None:
        """It knows no date yet."""
        self._dates: dict[int, str] = {}

    def utc(self, time_ms: int) -> str:
        """2017-11-30T10:11:12.345Z"""
        day, rest = divmod(time_ms, _DAY_MS)
        date = self._dates.get(day)
        if date is None:
            date = self._dates[day] = _date(day)
        seconds, milliseconds = divmod(rest, 1000)
        return f"{date}T{_time_of_day(seconds)}.{milliseconds:03d}Z"


@lru_cache(maxsize=86_400)
def _time_of_day(second: int) -> str:
    minutes, seconds = divmod(second, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}"


def _date(day: int) -> str:
    from fairground_decider.days import iso

    return iso(day)
