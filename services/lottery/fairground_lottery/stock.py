"""What is left of an activity's prizes, and which can be given: pure functions of its state, so that nobody else has to
know the counters."""

from fairground_activities import prizes
from fairground_activities.prizes import ENDLESS, Prize
from fairground_decider import State, Touched
from fairground_decider.answers import Left, Words
from fairground_lottery.domain.calendar import hour_of, iso_of
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import RULES


def touches(activity_id: str) -> Touched:
    """What has to be read for it."""
    return Touched(activity_id, (RULES,))


def left(state: State, activity_id: str, at_ms: int) -> tuple[Left, ...]:
    """Each prize's stock by the version in force, and that of the business day at `at_ms`; nothing without rules."""
    in_force: InForce | None = state.record(activity_id, RULES)
    if in_force is None:
        return ()
    day = iso_of(in_force.day(at_ms))
    names = {prize.id: Words(prize.zh, prize.en) for prize in in_force.rules.prizes}
    return tuple(
        _left(state, activity_id, prize, names[prize.id], day)
        for prize in in_force.game.prizes
        if prize.reward is not None
    )


def _left(state: State, activity_id: str, prize: Prize, name: Words, day: str) -> Left:
    """A version may set a limit below what was given: then nothing is left, never less than nothing."""
    given = state.counter(activity_id, prize.counter)
    today = state.counter(activity_id, f"{prize.counter}:{day}")
    rest, rest_today = _rest(prize.stock, given), _rest(prize.stock_per_day, today)
    if rest is not None and rest_today is not None:
        rest_today = min(rest, rest_today)
    return Left(prize.id, name, given, rest, rest_today)


def _rest(limit: int, taken: int) -> int | None:
    return None if limit == ENDLESS else max(limit - taken, 0)


def withheld(state: State, activity_id: str, at_ms: int) -> dict[str, str] | None:
    """Which prizes nobody can be given at `at_ms`, and why, as outcomes say it; None without rules.

    Before the window that is as at its beginning, after it as at its end. What concerns one member only, such as their
    cap, is left out.
    """
    in_force: InForce | None = state.record(activity_id, RULES)
    if in_force is None:
        return None
    rules = in_force.rules
    at = _Anybody(state, activity_id, in_force, min(max(at_ms, rules.starts_ms), rules.ends_ms - 1))
    why = {prize.id: prizes.withheld(in_force.game, prize, at) for prize in in_force.game.prizes}
    return {prize: reason for prize, reason in why.items() if reason}


class _Anybody:
    """A situation in which no member's past stands in the way (fairground_activities.prizes.Situation)."""

    def __init__(self, state: State, activity_id: str, in_force: InForce, at_ms: int) -> None:
        self._state, self._activity, self._rules, self._at_ms = state, activity_id, in_force.rules, at_ms
        self._day = in_force.day(at_ms)
        self.day = iso_of(self._day)

    def taken(self, counter: str) -> int:
        """What that counter of the activity holds."""
        return self._state.counter(self._activity, counter)

    def wins(self, prize_id: str) -> int:
        """Never won."""
        return 0

    def drawn(self, of_day: bool) -> int:
        """As often as any prize asks for that opens by a member's draws."""
        return ENDLESS

    def opened(self, prize_id: str) -> int:
        """Never won."""
        return 0

    def misses(self, pity_id: str) -> int:
        """Nothing is due."""
        return 0

    def slot(self, by_hour: bool) -> int:
        """Which hour of the business day it is, or which day of the window."""
        rules = self._rules
        return hour_of(self._at_ms, rules.zone, rules.day_start_hour) if by_hour else self._day - rules.first_day
