"""Prizes of an activity: what the engine wants to know of the state, and counting what was given."""

from msgspec import Struct, structs

from fairground_activities.lifecycle import Standing
from fairground_activities.prizes import BUDGET, ENDLESS, draw_moves, is_of_day, misses_after, moves
from fairground_decider import State
from fairground_lottery.contract import PrizeWon
from fairground_lottery.domain import entrants
from fairground_lottery.domain.calendar import hour_of, iso_of
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import DAYS_KEPT, STANDING, Entrant


class Situation(Struct, gc=False):
    """A member who has a turn (fairground_activities.prizes.Situation)."""

    state: State
    activity: str
    in_force: InForce
    entrant: Entrant
    time_ms: int
    day_number: int
    day: str

    def taken(self, counter: str) -> int:
        """What that counter of the activity holds."""
        return self.state.counter(self.activity, counter)

    def wins(self, prize_id: str) -> int:
        """How often this member won a prize that has a cap."""
        return entrants.wins(self.entrant, prize_id)

    def drawn(self, of_day: bool) -> int:
        """How often this member drew before, on this day or in all."""
        return entrants.used(self.entrant, self.day_number).day if of_day else self.entrant.draws

    def opened(self, prize_id: str) -> int:
        """How often this member had drawn in all when they last won that prize."""
        return entrants.opened(self.entrant, prize_id)

    def misses(self, pity_id: str) -> int:
        """How many draws of this member in a row won none of that pity's prizes."""
        return entrants.misses(self.entrant, pity_id)

    def slot(self, by_hour: bool) -> int:
        """Which hour of the business day it is, or which day of the window, from 0."""
        rules = self.in_force.rules
        if by_hour:
            return hour_of(self.time_ms, rules.zone, rules.day_start_hour)
        return self.day_number - rules.first_day


def take(won: PrizeWon, at: Situation) -> None:
    """Count what was given."""
    game = at.in_force.game
    for move in moves(game, game.by_id[won.prize_id], at, won.reward.value_fen):
        at.state.count(at.activity, move.counter, move.delta, 0, move.ceiling)


def put_back(state: State, activity: str, prize_id: str, budget_fen: int) -> None:
    """Count a piece less in all, and its value; what was given on a day stays given on that day."""
    state.count(activity, f"stock:{prize_id}", -1, 0, ENDLESS)
    if budget_fen:
        state.count(activity, BUDGET, -budget_fen, 0, ENDLESS)


def count_draw(at: Situation) -> None:
    """Count the draw itself, where a prize opens by what all members draw."""
    for move in draw_moves(at.in_force.game, at.day):
        at.state.count(at.activity, move.counter, move.delta, 0, move.ceiling)


def counts_after(in_force: InForce, entrant: Entrant, prize_id: str, day: int) -> Entrant:
    """The member after a draw that ended in this prize, with what pity, prizes that open by cycle, and weeks count."""
    game, known = in_force.game, entrants.counted(entrant)
    missed = [(pity.id, misses_after(pity, entrants.misses(entrant, pity.id), prize_id)) for pity in game.pities]
    misses = tuple((pity_id, misses) for pity_id, misses in missed if misses)
    prize = game.by_id.get(prize_id)
    opened = known.opened
    if prize and prize.unlock and (prize.unlock.by, prize.unlock.per) == ("member", "cycle"):
        opened = tuple(sorted((dict(opened) | {prize_id: entrant.draws}).items()))
    weeks = entrants.with_week(known.weeks, day) if in_force.rules.draws_per_week is not None else known.weeks
    return structs.replace(known, misses=misses, opened=opened, weeks=weeks)


def begin_day(state: State, activity: str, standing: Standing, day: int) -> None:
    """Count one business day more; the counters of the day that falls out go."""
    days = sorted((*standing.days, day))
    for gone in days[:-DAYS_KEPT]:
        for field in state.counters_of(activity):
            if is_of_day(field, iso_of(gone)):
                state.clear(activity, field)
    kept = tuple(days[-DAYS_KEPT:])
    state.put(activity, STANDING, standing.with_days(kept))
