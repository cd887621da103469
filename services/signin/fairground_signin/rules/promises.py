"""What a new version may not take from members once the activity has begun.

What a streak is stays: another cycle or freeze would change streaks that members have. What was promised stays, too:
every field of the rules has its direction here. What protects from fraud may change at any time: risk levels, who is
kept out by name, and how long rewards can be taken back.
"""

from collections.abc import Mapping
from typing import Any

from fairground_activities.files import Problems
from fairground_activities.promises import (
    BY_PARTS,
    FREE,
    HEADING,
    Promise,
    Table,
    along,
    compare,
    compare_audience,
    compare_lists,
    compare_part,
    gone_or_same,
    kept_or_same,
    limit_not_lowered,
    new_or_not_more,
    not_less,
    not_more,
    reward_not_lessened,
    same,
    still_yes,
)
from fairground_signin.rules.model import Given, Level, MakeUpRule, Plan, RankRule, Rules, Special, Tier

_COUNTING = Promise(same, code="counting_fixed")
_GIVEN: Table = {
    "id": FREE,
    "reward": Promise(reward_not_lessened, code="reward_lessened"),
    "on_revoke": Promise(kept_or_same),
    "en": FREE,
}
_WAY = {"way": Promise(along("replace", "add"))}
_PAID = along("ever", "per_cycle", "per_streak")

#: Each part of the rules, and where its fields may go.
PROMISES: Mapping[type[Any], Table] = {
    Rules: {
        **HEADING,
        **dict.fromkeys(("plan", "make_up", "levels", "ranks", "on_rejected", "audience"), BY_PARTS),
        **dict.fromkeys(("revoke_days", "risk"), FREE),  # against fraud
        "starts_ms": _COUNTING.at("window.starts"),
        "cycle": _COUNTING,
        "freeze": _COUNTING,
        "budget_fen": Promise(limit_not_lowered, "budget.total_fen"),
        "budget_per_day_fen": Promise(limit_not_lowered, "budget.per_day_fen"),
        "eligible": Promise(gone_or_same),
    },
    Plan: {
        **dict.fromkeys(("base", "streak", "total", "first_ever", "dates"), BY_PARTS),
        "after_last": Promise(lambda before, after: before in ("stay", after), "streak.after_last"),
    },
    Given: _GIVEN,
    Tier: {**_GIVEN, **_WAY, "days": Promise(not_more, code="tier_later"), "paid": Promise(_PAID)},
    Special: {
        **_GIVEN, **_WAY,
        "first": Promise(not_more, "day", "dates_lessened"), "last": Promise(not_less, "until", "dates_lessened"),
    },
    RankRule: {
        **_GIVEN,
        "first": Promise(not_more, "from"), "last": Promise(not_less, "to"), "stock": Promise(limit_not_lowered),
    },
    Level: {"level": FREE, "percent": Promise(not_less, "multiplier"), "plan": BY_PARTS},
    MakeUpRule: {
        "days_back": Promise(not_less),
        "per_cycle": Promise(not_less),
        "cards": Promise(still_yes),
        "points": Promise(new_or_not_more),
        "money_fen": Promise(new_or_not_more),
        "answer_minutes": FREE,  # what waits already keeps its own
        "earns_base": Promise(still_yes, "base"),
        "in_total": FREE,  # see below: it is the counting's
    },
}  # fmt: skip


def promises_kept(before: Rules, after: Rules, problems: Problems) -> None:
    """Note what the new version would change of the counting, or take from members."""
    compare(PROMISES[Rules], before, after, problems)
    compare_audience(before.audience, after.audience, problems)
    compare_lists(PROMISES[RankRule], before.ranks, after.ranks, problems, "nth")
    _compare_one(before.on_rejected, after.on_rejected, problems, "on_rejected")
    _compare_make_up(before.make_up, after.make_up, problems)
    levels = sorted({0} | {level.level for level in (*before.levels, *after.levels)})
    done: set[tuple[Plan, Plan]] = set()
    for number in levels:
        was, now = _at(before, number), _at(after, number)
        compare(PROMISES[Level], was, now, problems, "levels", f"level {number}", whole=True)
        plans = (was.plan or before.plan, now.plan or after.plan)
        if plans not in done:
            done.add(plans)
            _compare_plans(*plans, problems, "levels" if number else "")


def _at(rules: Rules, number: int) -> Level:
    """What members of that level have."""
    return next((level for level in reversed(rules.levels) if level.level <= number), Level(0))


def _compare_make_up(before: MakeUpRule | None, after: MakeUpRule | None, problems: Problems) -> None:
    if (before is None or before.in_total) != (after is None or after.in_total):
        problems.add("make_up.total", "counting_fixed", name="make_up.total")
    compare_part(PROMISES[MakeUpRule], before, after, problems, "make_up")


def _compare_plans(before: Plan, after: Plan, problems: Problems, level: str) -> None:
    """What days bring. `level`: where the plan stands, if it is one of a level."""
    compare(PROMISES[Plan], before, after, problems, level)
    _compare_one(before.base, after.base, problems, level or "base")
    _compare_one(before.first_ever, after.first_ever, problems, level or "first")
    compare_lists(PROMISES[Special], before.dates, after.dates, problems, level or "dates")
    compare_lists(PROMISES[Tier], before.streak, after.streak, problems, level or "streak.tiers")
    compare_lists(PROMISES[Tier], before.total, after.total, problems, level or "total")
    if before.streak and after.streak and before.after_last != "stay" and after.streak[-1].id != before.streak[-1].id:
        last = before.streak[-1].id
        problems.add(level or "streak.tiers", "last_tier_moved", rule=last, name=before.after_last)
    if before.base is not None:
        known = {rule.id for rule in _ways(before)}
        for rule in _ways(after):
            if rule.way == "replace" and rule.id not in known:
                problems.add(level, "replaces_promised", rule=rule.id)


def _compare_one(before: Given | None, after: Given | None, problems: Problems, path: str) -> None:
    if before is not None:
        compare_lists(PROMISES[type(before)], (before,), () if after is None else (after,), problems, path)


def _ways(plan: Plan) -> tuple[Special | Tier, ...]:
    """Whatever comes beside the base reward or in its place."""
    first = () if plan.first_ever is None else (plan.first_ever,)
    return (*first, *plan.dates, *plan.streak, *plan.total)
