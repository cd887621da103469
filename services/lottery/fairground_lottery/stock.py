"""What is left of an activity's prizes: a pure function of its state, so that nobody else has to know the counters."""

from fairground_activities.prizes import ENDLESS, Prize
from fairground_decider import State, Touched
from fairground_decider.answers import Left, Words
from fairground_lottery.domain.calendar import iso_of
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
