"""What can be read off one member's record, and how a draw or a grant changes it."""

from msgspec import Struct, structs

from fairground_decider.causes import DAY_MS, Remembered, digest
from fairground_lottery.domain import orders
from fairground_lottery.domain.calendar import month_of, week_of
from fairground_lottery.domain.records import DAYS_KEPT, Counted, Entrant, Lot, Purchase, Sourced, Winner

_ORDER = "order:"


class Used(Struct, frozen=True, gc=False):
    """How often a member drew, as far as quotas ask."""

    day: int
    month: int
    total: int


def used(entrant: Entrant, day: int) -> Used:
    """The draws on a business day, those in its month, and all."""
    days, months, month = entrant.days, entrant.months, month_of(day)
    drawn = next((days[at + 1] for at in range(0, len(days), 3) if days[at] == day), 0)
    in_month = next((months[at + 1] for at in range(0, len(months), 2) if months[at] == month), 0)
    return Used(drawn, in_month, entrant.draws)


def free_draws(entrant: Entrant, day: int) -> int:
    """The free draws on a business day."""
    days = entrant.days
    if not days or day > days[-3]:
        return 0
    if day == days[-3]:
        return days[-1]
    return next((days[at + 2] for at in range(0, len(days), 3) if days[at] == day), 0)


def usable(lot: Lot, time_ms: int) -> bool:
    """Whether the lot's chances can be used at that time."""
    return lot.expires_s == 0 or lot.expires_s * 1000 > time_ms


def granted_left(entrant: Entrant, time_ms: int) -> int:
    """Granted chances that can be used at that time."""
    return sum(lot.left for lot in entrant.lots if usable(lot, time_ms))


def wins(entrant: Entrant, prize_id: str) -> int:
    """How often the member won a prize that has a cap."""
    return next((count for won, count in entrant.wins if won == prize_id), 0)


def with_draw(
    entrant: Entrant, day: int, lots: tuple[Lot, ...] | None, won: tuple[tuple[str, int], ...], requests: Remembered
) -> Entrant:
    """One draw more on that day. `lots` are those that are left after it; None: the draw was free."""
    draws, days = entrant.draws + 1, _count_day(entrant.days, day, lots is None)
    months, left = count_period(entrant.months, month_of(day)), entrant.lots if lots is None else lots
    if type(entrant) is not Entrant:  # whatever else is known of them stays
        return structs.replace(entrant, draws=draws, days=days, months=months, lots=left, wins=won, requests=requests)
    return Entrant(
        draws, days, months, entrant.carried_fen, entrant.debt, left, won, entrant.orders, entrant.causes, requests
    )


def counted(entrant: Entrant) -> Counted:
    """The same as one who is counted in more ways."""
    return entrant if isinstance(entrant, Counted) else Counted(*structs.astuple(entrant))


def winner(entrant: Entrant) -> Winner:
    """The same as one whose rewards are followed."""
    return entrant if isinstance(entrant, Winner) else Winner(*structs.astuple(entrant))


def sourced(entrant: Entrant) -> Sourced:
    """The same as one whose sources of chances are counted."""
    return entrant if isinstance(entrant, Sourced) else Sourced(*structs.astuple(entrant))


def purchase(entrant: Entrant, funding_id: str) -> Purchase | None:
    """The purchase that waits for this funding, if there is one."""
    wanted = digest(funding_id)
    waiting = entrant.purchases if isinstance(entrant, Sourced) else ()
    return next((each for each in waiting if each.funding == wanted), None)


def held(entrant: Entrant, time_ms: int) -> int:
    """Chances that are being bought and may still be paid."""
    waiting = entrant.purchases if isinstance(entrant, Sourced) else ()
    return sum(each.chances for each in waiting if each.until_s * 1000 >= time_ms)


def without_purchase(entrant: Entrant, funding_id: str) -> Entrant:
    """The same when that purchase waits no more."""
    gone = purchase(entrant, funding_id)
    if gone is None:
        return entrant
    member = sourced(entrant)
    return structs.replace(member, purchases=tuple(each for each in member.purchases if each != gone))


def in_week(entrant: Entrant, day: int) -> int:
    """The draws in the ISO week of a business day, as far as a quota had them counted."""
    weeks, week = entrant.weeks if isinstance(entrant, Counted) else (), week_of(day)
    return next((weeks[at + 1] for at in range(0, len(weeks), 2) if weeks[at] == week), 0)


def with_week(weeks: tuple[int, ...], day: int) -> tuple[int, ...]:
    """One draw more in the week of that day."""
    return count_period(weeks, week_of(day))


def misses(entrant: Entrant, pity_id: str) -> int:
    """How many draws in a row won none of that pity's prizes."""
    return dict(entrant.misses).get(pity_id, 0) if isinstance(entrant, Counted) else 0


def opened(entrant: Entrant, prize_id: str) -> int:
    """How many draws there had been when the member last won that prize; 0: never won."""
    return dict(entrant.opened).get(prize_id, 0) if isinstance(entrant, Counted) else 0


def without_chance(lots: tuple[Lot, ...], cause: str, time_ms: int) -> tuple[Lot, ...]:
    """One chance less of what that cause granted."""
    for at, lot in enumerate(lots):
        if lot.cause == cause and usable(lot, time_ms):
            return less(lots, at, 1)
    raise AssertionError(f"no chance of {cause!r} is left")


def less(lots: tuple[Lot, ...], at: int, chances: int) -> tuple[Lot, ...]:
    """That lot with so many chances less; it goes with its last one."""
    lot = lots[at]
    if lot.left == chances:
        return lots[:at] + lots[at + 1 :]
    return (*lots[:at], Lot(lot.expires_s, lot.left - chances, lot.cause), *lots[at + 1 :])


def with_win(won: tuple[tuple[str, int], ...], prize_id: str) -> tuple[tuple[str, int], ...]:
    """One win more of a prize that has a cap."""
    table = dict(won)
    table[prize_id] = table.get(prize_id, 0) + 1
    return tuple(sorted(table.items()))


def with_lot(lots: tuple[Lot, ...], lot: Lot, time_ms: int, window_days: int) -> tuple[Lot, ...]:
    """One lot more, in order of expiry.

    An expired lot stays until a refund of its order is impossible: its chances were not used, so nobody owes them.
    """
    over_s = (time_ms - window_days * DAY_MS) // 1000
    kept = [each for each in lots if each.expires_s == 0 or each.expires_s > over_s]
    return tuple(sorted([*kept, lot], key=_expiry))


def order_cause(order_id: str) -> str:
    """How an order's chances are named."""
    return f"{_ORDER}{order_id}"


def nth_of_order(entrant: Entrant, cause: str) -> int:
    """How many of its order's chances are used, those that paid a debt first; 0: no order, or one that is not known."""
    if not cause.startswith(_ORDER):
        return 0
    order = orders.find(entrant.orders, cause.removeprefix(_ORDER))
    return 0 if order is None else order.chances - sum(lot.left for lot in entrant.lots if lot.cause == cause)


def is_order(lot: Lot) -> bool:
    """Whether an order granted it."""
    return lot.cause.startswith(_ORDER)


def _expiry(lot: Lot) -> tuple[bool, int]:
    return lot.expires_s == 0, lot.expires_s


def _count_day(counted: tuple[int, ...], day: int, free: bool) -> tuple[int, ...]:
    """Flat triples with one draw more on that day; at most three days, the oldest goes."""
    if not counted or day > counted[-3]:
        return (*counted[-3 * DAYS_KEPT + 3 :], day, 1, int(free))
    if counted[-3] == day:
        return (*counted[:-3], day, counted[-2] + 1, counted[-1] + free)
    table = {counted[at]: (counted[at + 1], counted[at + 2]) for at in range(0, len(counted), 3)}
    drawn, before = table.get(day, (0, 0))
    table[day] = (drawn + 1, before + free)
    return tuple(number for each in sorted(table)[-DAYS_KEPT:] for number in (each, *table[each]))


def count_period(counted: tuple[int, ...], period: int) -> tuple[int, ...]:
    """Flat pairs with one more in that month or week; as many as there are days, for each may be another one's."""
    if not counted or period > counted[-2]:
        return (*counted[-2 * DAYS_KEPT + 2 :], period, 1)
    if counted[-2] == period:
        return (*counted[:-2], period, counted[-1] + 1)
    table = {counted[at]: counted[at + 1] for at in range(0, len(counted), 2)}
    table[period] = table.get(period, 0) + 1
    return tuple(number for each in sorted(table)[-DAYS_KEPT:] for number in (each, table[each]))
