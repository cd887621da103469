"""What can be proved of a sign-in file before anybody takes part: every tier can be reached, every id is one rule's."""

from collections.abc import Iterator

from fairground_activities.files import Problems
from fairground_decider.days import iso
from fairground_signin.rules.model import Given, Plan, Rules, Tier

_MOST = {"week": 7, "month": 31}


def prove(rules: Rules, problems: Problems) -> None:
    """Note what does not fit together."""
    _prove_plan(rules, rules.plan, "", problems)
    for place, level in enumerate(rules.levels):
        if level.plan is not None:
            _prove_plan(rules, level.plan, f"levels[{place}].", problems)
    _prove_ids(rules, problems)
    if rules.make_up is not None:
        most = longest(rules)
        if most is not None and rules.make_up.days_back >= most:
            problems.add("make_up.days_back", "never_back", most=most, found=rules.make_up.days_back)
    if (rules.budget_fen or rules.budget_per_day_fen) and not rules.ranks:
        problems.add("budget", "budget_without_nth")


def longest(rules: Rules) -> int | None:
    """The days of the longest cycle; None: it never ends."""
    return rules.cycle.days if rules.cycle.every == "days" else _MOST.get(rules.cycle.every)


def rules_of(plan: Plan) -> Iterator[Given]:
    """Everything that a plan gives."""
    return (rule for rule in (plan.base, plan.first_ever, *plan.dates, *plan.streak, *plan.total) if rule is not None)


def _prove_plan(rules: Rules, plan: Plan, path: str, problems: Problems) -> None:
    if not any(True for _ in rules_of(plan)):
        problems.add(path.rstrip("."), "nothing_given")
    for name, tiers in (("streak.tiers", plan.streak), ("total", plan.total)):
        _prove_tiers(rules, tiers, f"{path}{name}", problems)
    for tier in plan.total:
        if tier.paid == "per_streak":
            problems.add(f"{path}total", "total_per_streak")
    replacing = [rule for rule in rules_of(plan) if getattr(rule, "way", "add") == "replace"]
    if replacing and plan.base is None:
        problems.add(f"{path}base", "replace_without_base")
    last = rules.day(rules.ends_ms - 1) if rules.ends_ms else 0
    for place, special in enumerate(plan.dates):
        for day in (special.first, special.last):
            if day and last and not rules.first_day <= day <= last:
                problems.add(f"{path}dates[{place}]", "outside_window", found=iso(day))
                break


def _prove_tiers(rules: Rules, tiers: tuple[Tier, ...], path: str, problems: Problems) -> None:
    seen: set[int] = set()
    most, window = longest(rules), rules.day(rules.ends_ms - 1) - rules.first_day + 1 if rules.ends_ms else 0
    for tier in tiers:
        if tier.days in seen:
            problems.add(path, "duplicate_days", found=tier.days)
        seen.add(tier.days)
        if most is not None and tier.days > most:
            problems.add(path, "longer_than_cycle", most=most, found=tier.days)
        elif window and tier.days > window:
            problems.add(path, "longer_than_window", most=window, found=tier.days)


def _prove_ids(rules: Rules, problems: Problems) -> None:
    """An id names one rule of a plan; the same rule may stand in several plans under the same id."""
    for plan in (rules.plan, *(level.plan for level in rules.levels if level.plan)):
        ids: set[str] = {rank.id for rank in rules.ranks}
        for rule in rules_of(plan):
            if rule.id in ids:
                problems.add("", "duplicate_rule", found=rule.id)
            ids.add(rule.id)
    if len({rank.id for rank in rules.ranks}) < len(rules.ranks):
        problems.add("nth", "duplicate_rule", found=next(iter(rules.ranks)).id)
