"""The n-th of the day: counted, stocked and paid where the activity is at home, in the order of its own log."""

from collections.abc import Iterator
from typing import Any, Literal

from fairground_activities.prizes import ENDLESS, Game, Impersonal, Prize, is_of_day, moves, table, withheld
from fairground_decider import Command, Event, State
from fairground_decider.causes import DAY_MS, Seen, remember, seen
from fairground_decider.days import iso, parse_iso
from fairground_signin.contract import ClaimRank, RankRefused, RankTaken, Reason
from fairground_signin.domain.in_force import InForce
from fairground_signin.domain.publication import LIFECYCLE
from fairground_signin.domain.records import NOBODY, RANKS, RULES, Ranks
from fairground_signin.domain.refusals import Denied, help_with, worded
from fairground_signin.rules import RankRule, Rules

#: How many business days are counted.
DAYS_KEPT = 3

_GIVEN = "nth"

#: Why a place brings nothing, as the event says it.
_WITHHELD: dict[str, Literal["budget_used", "sold_out"]] = {"budget": "budget_used", "sold_out": "sold_out"}


def rank_counter(day: str) -> str:
    """The counter of sign-ins that have a place on a business day."""
    return f"rank:{day}"


def decide_claim(state: State, command: Command[ClaimRank]) -> Iterator[RankTaken | RankRefused]:
    """Which place it is, and what that brings; or why it has none."""
    asked, version = command.data, 0
    try:
        standing = LIFECYCLE.standing(state, asked.activity_id)
        in_force: InForce | None = state.record(asked.activity_id, RULES)
        if standing is None or in_force is None:
            raise Denied(Reason.ARCHIVED if standing else Reason.UNKNOWN_ACTIVITY)
        version = standing.version
        _unclaimed(state.record(asked.activity_id, RANKS) or NOBODY, command)
        yield _taken(state, asked, in_force, version)
    except Denied as denied:
        yield RankRefused(
            activity_id=asked.activity_id, version=version, member_id=asked.member_id, person_id=asked.person_id,
            day=asked.day, **worded(denied.reason, denied.help_said),
        )  # fmt: skip


def _unclaimed(ranks: Ranks, command: Command[ClaimRank]) -> None:
    """Raises Denied for a sign-in that has its place already, or comes when its day is closed."""
    asked = command.data
    day = parse_iso(asked.day)
    if len(ranks.days) == DAYS_KEPT and day < ranks.days[0]:
        raise Denied(Reason.TOO_OLD)
    known = seen(ranks.claimed, _claim(asked), day * DAY_MS, DAYS_KEPT)  # a business day may lie in two UTC days
    if known is not Seen.NEW:
        raise Denied(Reason(known.value))


def _claim(said: ClaimRank | RankTaken) -> str:
    return f"{said.person_id or said.member_id}|{said.day}"


def _taken(state: State, asked: ClaimRank, in_force: InForce, version: int) -> RankTaken:
    """Raises Denied when every place is taken that is counted."""
    rules = in_force.rules
    nth = state.counter(asked.activity_id, rank_counter(asked.day)) + 1
    if nth > max((rule.last for rule in rules.ranks), default=0):
        raise Denied(Reason.SOLD_OUT, help_with(Reason.SOLD_OUT, rules))
    rule = next((rule for rule in rules.ranks if rule.first <= nth <= rule.last), None)
    why = withheld(*_prize(rules, rule), _Place(state, asked.activity_id, asked.day)) if rule else ""
    return RankTaken(
        activity_id=asked.activity_id,
        version=version,
        member_id=asked.member_id,
        person_id=asked.person_id,
        day=asked.day,
        nth=nth,
        rule=rule.id if rule else "",
        reward=rule.reward if rule and not why else None,
        withheld=_WITHHELD[why] if why else "",
        on_revoke="reverse" if rule and rule.on_revoke == "reverse" else "keep",
    )


def _prize(rules: Rules, rule: RankRule) -> tuple[Game, Prize]:
    """What a place brings, as a prize: who gets it is settled, so only its stock and the budgets have a say."""
    value_fen = rule.reward.value_fen
    endless = rule.stock is None and (not value_fen or rules.budget_fen is rules.budget_per_day_fen is None)
    prize = Prize(
        rule.id, rule.reward, value_fen, ENDLESS if rule.stock is None else rule.stock, ENDLESS, ENDLESS, endless,
        f"{_GIVEN}:{rule.id}",
    )  # fmt: skip
    in_all, of_day = (ENDLESS if limit is None else limit for limit in (rules.budget_fen, rules.budget_per_day_fen))
    return Game((prize,), {prize.id: prize}, ((prize,),), "miss", table("", (1,)), in_all, of_day), prize


class _Place(Impersonal):
    """The activity's counters on a business day (fairground_activities.prizes.Situation)."""

    def __init__(self, state: State, activity: str, day: str) -> None:
        self._state = state
        self._activity = activity
        self.day = day

    def taken(self, counter: str) -> int:
        """What that counter of the activity holds."""
        return self._state.counter(self._activity, counter)


def evolve_taken(state: State, event: Event[Any]) -> None:
    """Fold a place that is taken, with what it took; days that are closed are no longer counted."""
    taken: RankTaken = event.data
    activity, ranks = taken.activity_id, state.record(taken.activity_id, RANKS) or NOBODY
    days = tuple(sorted({*ranks.days, parse_iso(taken.day)}))
    for gone in days[:-DAYS_KEPT]:
        state.clear(activity, rank_counter(iso(gone)))
        for name in state.counters_of(activity):
            if is_of_day(name, iso(gone)):
                state.clear(activity, name)
    state.count(activity, rank_counter(taken.day), 1, 0, ENDLESS)
    if taken.reward is not None:
        _take(state, taken)
    claimed = remember(ranks.claimed, _claim(taken), parse_iso(taken.day) * DAY_MS, DAYS_KEPT)
    state.put(activity, RANKS, Ranks(days[-DAYS_KEPT:], claimed))


def _take(state: State, taken: RankTaken) -> None:
    """Count what was given, by the rules that gave it."""
    in_force: InForce = state.record(taken.activity_id, RULES)
    rule = next(rule for rule in in_force.rules.ranks if rule.id == taken.rule)
    at = _Place(state, taken.activity_id, taken.day)
    for counter, delta, _ in moves(*_prize(in_force.rules, rule), at, rule.reward.value_fen):
        state.count(taken.activity_id, counter, delta, 0, ENDLESS)
