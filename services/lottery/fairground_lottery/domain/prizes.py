"""Prizes: whether one can be given, and counting what was given."""

from fairground_decider import State
from fairground_lottery.contract import PrizeWon
from fairground_lottery.domain import entrants
from fairground_lottery.domain.calendar import iso_of
from fairground_lottery.domain.records import BUDGET, DAYS_KEPT, WHEEL, Entrant, Standing
from fairground_lottery.domain.wheel import ENDLESS, Segment, Wheel


def land(state: State, activity: str, wheel: Wheel, chain: tuple[Segment, ...], entrant: Entrant, day: str) -> Segment:
    """The first prize of the chain that can be given. Publication proved that the last one always can."""
    for prize in chain:
        if prize.endless or _in_stock(state, activity, wheel, prize, entrant, day):
            return prize
    raise AssertionError(f"{activity}: what {chain[0].id} falls back on has no endless end")


def _in_stock(state: State, activity: str, wheel: Wheel, prize: Segment, entrant: Entrant, day: str) -> bool:
    """Whether stock, cap and budget allow one more. Counters say what was taken."""
    return (
        state.counter(activity, prize.counter) < prize.stock
        and state.counter(activity, f"{prize.counter}:{day}") < prize.stock_per_day
        and (prize.per_member == ENDLESS or entrants.wins(entrant, prize.id) < prize.per_member)
        and state.counter(activity, BUDGET) + prize.value_fen <= wheel.budget_fen
        and state.counter(activity, f"{BUDGET}:{day}") + prize.value_fen <= wheel.budget_per_day_fen
    )


def take(state: State, activity: str, wheel: Wheel, prize: Segment, won: PrizeWon) -> None:
    """Count what was given, also where there is no limit: a later version may set one, and an edit resets nothing."""
    state.count(activity, prize.counter, 1, 0, prize.stock)
    state.count(activity, f"{prize.counter}:{won.day}", 1, 0, prize.stock_per_day)
    value_fen = won.reward.value_fen
    if value_fen:
        state.count(activity, BUDGET, value_fen, 0, wheel.budget_fen)
        state.count(activity, f"{BUDGET}:{won.day}", value_fen, 0, wheel.budget_per_day_fen)


def begin_day(state: State, activity: str, standing: Standing, day: int) -> None:
    """Count one business day more; the counters of the day that falls out go."""
    days = sorted((*standing.days, day))
    for gone in days[:-DAYS_KEPT]:
        for field in state.counters_of(activity):
            if _is_of_day(field, iso_of(gone)):
                state.clear(activity, field)
    kept = tuple(days[-DAYS_KEPT:])
    state.put(activity, WHEEL, standing.with_days(kept))


def _is_of_day(field: str, day: str) -> bool:
    """`stock:<prize>:<day>` and `budget:<day>`, never `stock:<prize>`, whatever the prize is called."""
    kind, _, rest = field.partition(":")
    return rest == day if kind == BUDGET else rest.partition(":")[2] == day
