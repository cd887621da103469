"""The n-th of the day: counted, stocked and paid where the activity is at home, in the order of its own log."""

from collections.abc import Iterator
from typing import Any

from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen, remember, seen
from fairground_decider.days import iso, parse_iso
from fairground_signin.contract import ClaimRank, RankRefused, RankTaken, Reason
from fairground_signin.domain.in_force import InForce
from fairground_signin.domain.publication import LIFECYCLE
from fairground_signin.domain.records import BUDGET, NOBODY, RANKS, RULES, Ranks
from fairground_signin.domain.refusals import Denied, help_with, worded
from fairground_signin.rules import RankRule

#: How many business days are counted.
DAYS_KEPT = 3

_ENDLESS = 1 << 62


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
    known = seen(ranks.claimed, _claim(asked), command.time_ms, DAYS_KEPT)
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
    paid = rule is not None and _affordable(state, asked, in_force, rule)
    return RankTaken(
        activity_id=asked.activity_id,
        version=version,
        member_id=asked.member_id,
        person_id=asked.person_id,
        day=asked.day,
        nth=nth,
        rule=rule.id if rule else "",
        reward=rule.reward if rule and paid else None,
        withheld="budget_used" if rule and not paid else "",
    )


def _affordable(state: State, asked: ClaimRank, in_force: InForce, rule: RankRule) -> bool:
    """Whether the budgets, in all and for the day, pay this reward."""
    value, rules = rule.reward.value_fen, in_force.rules
    limits = ((BUDGET, rules.budget_fen), (f"{BUDGET}:{asked.day}", rules.budget_per_day_fen))
    return not value or all(
        limit is None or state.counter(asked.activity_id, name) + value <= limit for name, limit in limits
    )


def evolve_taken(state: State, event: Event[Any]) -> None:
    """Fold a place that is taken, with what it cost; days that are closed are no longer counted."""
    taken: RankTaken = event.data
    activity, ranks = taken.activity_id, state.record(taken.activity_id, RANKS) or NOBODY
    days = tuple(sorted({*ranks.days, parse_iso(taken.day)}))
    for gone in days[:-DAYS_KEPT]:
        state.clear(activity, rank_counter(iso(gone)))
        state.clear(activity, f"{BUDGET}:{iso(gone)}")
    state.count(activity, rank_counter(taken.day), 1, 0, _ENDLESS)
    if taken.reward is not None and taken.reward.value_fen:
        for name in (BUDGET, f"{BUDGET}:{taken.day}"):
            state.count(activity, name, taken.reward.value_fen, 0, _ENDLESS)
    claimed = remember(ranks.claimed, _claim(taken), event.time_ms, DAYS_KEPT)
    state.put(activity, RANKS, Ranks(days[-DAYS_KEPT:], claimed))
