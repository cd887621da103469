"""Who comes by, and what they buy: made-up members, or the orders of a past.

A crowd says nothing of any activity: what its members ask for is said by the service that is simulated.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from math import log
from random import Random
from typing import NamedTuple, Protocol

from fairground_cli.orders import time_of
from fairground_cli.ordertable import Order
from fairground_decider.simulation import Plan

_DAY_MS = 86_400_000
_WEEK_MS = 7 * _DAY_MS
_YEAR_MS = 52 * _WEEK_MS  # the same days of the week in the same season

# Made-up members are as many and as different as the households of The Complete Journey, the demo's real year: a
# household orders on 0.17 days a day, half of all orders are below 17.50 yuan and three of four below 36.77.
VISITS_A_DAY = 0.25  # of a member, on average; exponentially distributed, so that few come often and most seldom
ORDERS_A_VISIT = 0.68
MEDIAN_FEN = 1750
_SPREAD = (
    log(3677 / 1750) / 0.6745
)  # of the amounts' logarithm; the upper quartile lies 0.6745 spreads above the median


class Visit(NamedTuple):
    """A member comes by, and may order something; or an order of theirs is refunded, and nobody comes by."""

    time_ms: int
    member_id: str
    order: Order | None
    refund: bool = False


class Crowd(Protocol):
    """All visits of one repetition."""

    def visits(self, plan: Plan, seed: str) -> Iterator[Visit]:
        """Those within the activity's window, in the order of their times, and what is refunded of them, whenever that
        is. The same seed gives the same visits."""


@dataclass(frozen=True, slots=True)
class MadeUp:
    """So many members; each repetition makes up other visits."""

    members: int

    def visits(self, plan: Plan, seed: str) -> Iterator[Visit]:
        """Day by day, from the first moment of the window on."""
        dice = Random(seed)
        names = [f"member-{number}" for number in range(1, self.members + 1)]
        shares = [dice.expovariate(1 / VISITS_A_DAY) for _ in names]
        orders = 0
        for begin_ms in range(plan.starts_ms, plan.ends_ms, _DAY_MS):
            length_ms = min(_DAY_MS, plan.ends_ms - begin_ms)
            share_of_day = length_ms / _DAY_MS
            came = [at for at, share in enumerate(shares) if dice.random() < share * share_of_day]
            for time_ms, at in sorted((begin_ms + int(dice.random() * length_ms), at) for at in came):
                order = None
                if plan.counts_orders and dice.random() < ORDERS_A_VISIT:
                    orders += 1
                    amount_fen = round(dice.lognormvariate(log(MEDIAN_FEN), _SPREAD))
                    order = Order(f"order-{orders}", names[at], time_ms, amount_fen, "paid")
                yield Visit(time_ms, names[at], order)


@dataclass(frozen=True, slots=True)
class Past:
    """Orders that were made; each repetition draws other prizes for them."""

    orders: tuple[Order, ...]  # in the order of their times

    def visits(self, plan: Plan, seed: str) -> Iterator[Visit]:
        """A visit for each order, which is paid until it is refunded."""
        within = [order for order in self.orders if plan.starts_ms <= order.time_ms < plan.ends_ms]
        refunded = [order for order in within if order.status == "refunded" and order.status_ms is not None]
        later = sorted(Visit(time_of(order, "refunded"), order.member_id, order, refund=True) for order in refunded)
        return merge(map(_visit, within), later, key=_time) if later else map(_visit, within)


def _visit(order: Order) -> Visit:
    paid = order if order.status_ms is None or order.status != "refunded" else order._replace(status="paid")
    return Visit(order.time_ms, order.member_id, paid)


def _time(visit: Visit) -> int:
    return visit.time_ms


class Moved(NamedTuple):
    """Orders that were moved in time, so that they lie in a window."""

    orders: tuple[Order, ...]  # those in the window, in the order of their times
    days: int  # by which they were moved
    first_ms: int  # the first and the last of all orders, moved; 0 without any
    last_ms: int


def moved(orders: Iterable[Order], plan: Plan, days: int | None) -> Moved:
    """The orders that lie in the activity's window. `days`: by which they are moved; None: as is best."""
    ordered = sorted(orders, key=lambda order: order.time_ms)
    if not ordered:
        return Moved((), days or 0, 0, 0)
    by_ms = _best_move_ms([order.time_ms for order in ordered], plan) if days is None else days * _DAY_MS
    there = [_later(order, by_ms) for order in ordered]
    within = tuple(order for order in there if plan.starts_ms <= order.time_ms < plan.ends_ms)
    return Moved(within, by_ms // _DAY_MS, there[0].time_ms, there[-1].time_ms)


def _later(order: Order, by_ms: int) -> Order:
    since_ms = None if order.status_ms is None else order.status_ms + by_ms
    return order._replace(time_ms=order.time_ms + by_ms, status_ms=since_ms)


def _best_move_ms(times_ms: list[int], plan: Plan) -> int:
    """Nothing when an order lies in the window; else years of 52 weeks; else weeks, until the first order does."""
    first, last = times_ms[0], times_ms[-1]
    if any(plan.starts_ms <= time_ms < plan.ends_ms for time_ms in times_ms):
        return 0
    middle = (plan.starts_ms + plan.ends_ms) // 2 - (first + last) // 2
    years = round(middle / _YEAR_MS)
    by_years = {years + more: 0 for more in (0, -1, 1)}
    for many in by_years:
        lower, upper = plan.starts_ms - many * _YEAR_MS, plan.ends_ms - many * _YEAR_MS
        by_years[many] = sum(lower <= time_ms < upper for time_ms in times_ms)
    best = max(by_years, key=lambda many: by_years[many])
    if by_years[best]:
        return best * _YEAR_MS
    return -(-(plan.starts_ms - first) // _WEEK_MS) * _WEEK_MS
