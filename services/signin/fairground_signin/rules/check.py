"""Reads a sign-in file's content into rules, listing everything that is wrong with it at once."""

import re
from dataclasses import asdict
from typing import Any, cast

from fairground_activities.files import (
    HEADING,
    MAX_FEN,
    SUPPLIED,
    Problems,
    Samples,
    Section,
    audience_of,
    condition_of,
    heading_of,
    prove_condition,
    prove_rewards,
    shown,
)
from fairground_signin.rules import giving
from fairground_signin.rules.model import HIGHEST_LEVEL, KINDS, Cycle, Every, FreezeRule, Level, MakeUpRule, Rules
from fairground_signin.rules.proof import prove

#: What the activity knows itself: on how many days of the years that are kept the member signed in, and the risk level.
KNOWN: dict[str, tuple[int, int, int]] = {"days_signed": (0, 40, 731), "risk": (0, 1, 4)}
FACTS: Samples = SUPPLIED | KNOWN

_ACTIVITY = (
    "kind", *HEADING, "cycle", *giving.PLAN, "make_up", "freeze", "levels", "nth", "budget", "on_rejected",
    "revoke_days", "audience", "eligible", "refused_risks",
)  # fmt: skip
_EVERY = ("none", "week", "month", "days")
_MAKE_UP = ("days_back", "per_cycle", "cards", "points", "money_fen", "answer_minutes", "base", "total")
_FREEZE = ("every", "most", "base", "total")
_MULTIPLIER = re.compile(r"(\d{1,5}) ?%")
_MAX_DAYS = 366
_DEFAULT_ANSWER_MINUTES = 10
_DEFAULT_REVOKE_DAYS = 30


def read(content: Any, problems: Problems, published: bool = False) -> Rules | None:
    """The content as rules; None when there is any problem.

    What was published is held only to what it was held to then: it must go on meaning what it meant.
    """
    activity = Section(problems, content, "", _ACTIVITY)
    if not activity.readable:
        return None
    activity.choice("kind", KINDS)
    heading = heading_of(activity)
    budget = activity.section("budget", ("total_fen", "per_day_fen"))
    rules = Rules(
        **asdict(heading),
        plan=giving.plan_of(activity),
        cycle=_cycle(activity),
        make_up=_make_up(activity) if activity.has("make_up") else None,
        freeze=_freeze(activity) if activity.has("freeze") else None,
        levels=tuple(_levels(activity)) if activity.has("levels") else (),
        ranks=tuple(giving.ranks_of(activity)) if activity.has("nth") else (),
        budget_fen=budget.integer("total_fen", 1, MAX_FEN),
        budget_per_day_fen=budget.integer("per_day_fen", 1, MAX_FEN),
        on_rejected=giving.instead_of(activity),
        revoke_days=activity.integer("revoke_days", 1, _MAX_DAYS) or _DEFAULT_REVOKE_DAYS,
        audience=audience_of(activity),
        eligible=condition_of(activity, "eligible", FACTS),
        risk=_risks(activity),
    )
    if not published:
        prove_rewards(content, problems)
        prove_condition(problems, "eligible", rules.eligible, FACTS)
        prove(rules, problems)
    return None if problems.found else rules


def _cycle(activity: Section) -> Cycle:
    if not activity.has("cycle"):
        return Cycle()
    cycle = activity.section("cycle", ("every", "days", "shown"))
    every = cast(Every, cycle.choice("every", _EVERY) or "none")
    days = cycle.integer("days", 2, 365)
    if every == "days" and not cycle.has("days"):
        cycle.problems.add(cycle.at("days"), "needed_by_days")
    if every != "days" and cycle.has("days"):
        cycle.problems.add(cycle.at("days"), "only_with_days")
    crosses = cycle.choice("shown", ("restarts", "crosses"), "restarts") == "crosses"
    if cycle.content.get("every") == "none" and cycle.has("shown"):
        cycle.problems.add(cycle.at("shown"), "no_cycle_to_cross")
    return Cycle(every, days or 0, crosses)


def _flag(section: Section, name: str, default: bool) -> bool:
    return bool(section.yes_or_no(name)) if section.has(name) else default


def _make_up(activity: Section) -> MakeUpRule:
    section = activity.section("make_up", _MAKE_UP)
    for name in ("days_back", "per_cycle"):
        section.needed(name)
    points, money = section.integer("points", 1, 10**9), section.integer("money_fen", 1, 10**9)
    cards = _flag(section, "cards", False)
    if not (cards or section.has("points") or section.has("money_fen")):
        section.problems.add(section.path, "nothing_pays")
    if section.has("answer_minutes") and not (section.has("points") or section.has("money_fen")):
        section.problems.add(section.at("answer_minutes"), "answer_needed")
    return MakeUpRule(
        days_back=section.integer("days_back", 1, _MAX_DAYS) or 1,
        per_cycle=section.integer("per_cycle", 1, _MAX_DAYS) or 1,
        cards=cards,
        points=points,
        money_fen=money,
        answer_minutes=section.integer("answer_minutes", 1, 1440) or _DEFAULT_ANSWER_MINUTES,
        earns_base=_flag(section, "base", False),
        in_total=_flag(section, "total", True),
    )


def _freeze(activity: Section) -> FreezeRule:
    section = activity.section("freeze", _FREEZE)
    if section.has("every") and not section.has("most"):
        section.problems.add(section.at("most"), "most_needed")
    return FreezeRule(
        every=section.integer("every", 1, _MAX_DAYS) or 0,
        most=section.integer("most", 1, 100) or 0,
        earns_base=_flag(section, "base", False),
        in_total=_flag(section, "total", False),
    )


def _levels(activity: Section) -> list[Level]:
    levels: list[Level] = []
    for path, item in activity.items("levels", 50):
        section = Section(activity.problems, item, path, ("level", "multiplier", *giving.PLAN))
        section.needed("level")
        level = section.integer("level", 1, HIGHEST_LEVEL) or 0
        own = any(section.has(name) for name in giving.PLAN)
        if section.readable and not own and not section.has("multiplier"):
            section.problems.add(path, "level_says_nothing")
        if levels and level and level <= levels[-1].level:
            section.problems.add(section.at("level"), "levels_ascending")
        levels.append(Level(level, _percent(section), giving.plan_of(section) if own else None))
    return levels


def _percent(section: Section) -> int:
    if not section.has("multiplier"):
        return 100
    value = section.content["multiplier"]
    found = _MULTIPLIER.fullmatch(value) if isinstance(value, str) else None
    percent = int(found[1]) if found else 0
    if not 1 <= percent <= 10_000:
        section.problems.add(section.at("multiplier"), "bad_multiplier", found=shown(value))
    return percent or 100


def _risks(activity: Section) -> tuple[int, ...]:
    return activity.integers("refused_risks", 4, 1, 4) if activity.has("refused_risks") else ()
