"""Prizes at a wheel: what the engine wants to know of the state, and counting what was given."""

from msgspec import Struct

from fairground_decider import State
from fairground_lottery.contract import PrizeWon
from fairground_lottery.domain import engine, entrants
from fairground_lottery.domain.calendar import iso_of
from fairground_lottery.domain.engine import BUDGET
from fairground_lottery.domain.records import DAYS_KEPT, WHEEL, Entrant, Standing
from fairground_lottery.domain.wheel import Wheel


class Situation(Struct, gc=False):
    """A member in front of a wheel (engine.Situation)."""

    state: State
    activity: str
    entrant: Entrant
    day: str

    def taken(self, counter: str) -> int:
        """What that counter of the wheel holds."""
        return self.state.counter(self.activity, counter)

    def wins(self, prize_id: str) -> int:
        """How often this member won a prize that has a cap."""
        return entrants.wins(self.entrant, prize_id)


def take(state: State, activity: str, wheel: Wheel, won: PrizeWon) -> None:
    """Count what was given."""
    prize = wheel.game.by_id[won.prize_id]
    for move in engine.moves(wheel.game, prize, won.day, won.reward.value_fen):
        state.count(activity, move.counter, move.delta, 0, move.ceiling)


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
