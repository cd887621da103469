"""Reads what changes the odds from draw to draw: unlocks, pacing, pity, tables for tiers and risk levels."""

from typing import Any, Literal, cast

from fairground_activities.files import condition_of
from fairground_activities.files.reading import Section
from fairground_lottery.rules.facts import facts_with
from fairground_lottery.rules.model import Pacing, Pity, Tier, Unlock

MAX_PITIES = 10
MAX_TABLES = 50
MAX_WEIGHTS = 200
MAX_WEIGHT = 10**12
MAX_SCORE = 10**9
_MAX_FEN = 10**13
RISKS = (3, 4)
HOURS = 24
MAX_CURVE = 366
MAX_CURVE_WEIGHT = 10**6
_MAX_DRAWS = 10**6
_MAX_STEP = 10**9  # times the most misses, pities and prizes this stays far below 2^63, where numbers end
_UNNAMED = "?"


def unlock_of(prize: Section) -> Unlock | None:
    """After how many draws the prize opens, and whose; said explicitly."""
    if not prize.has("unlock"):
        return None
    section = prize.section("unlock", ("after", "by", "per"))
    section.needed("after")
    return Unlock(
        after=section.integer("after", 1, 10**9) or 1,
        by=cast(Literal["member", "all"], section.choice("by", ("member", "all")) or "member"),
        per=cast(
            Literal["day", "cycle", "lifetime"], section.choice("per", ("day", "cycle", "lifetime")) or "lifetime"
        ),
    )


def pacing_of(prize: Section) -> Pacing | None:
    """How the stock is released over the window or the day."""
    if not prize.has("pacing"):
        return None
    section = prize.section("pacing", ("by", "curve", "carry"))
    by = section.choice("by", ("day", "hour"))
    curve = section.integers("curve", MAX_CURVE, 0, MAX_CURVE_WEIGHT)
    if by == "hour" and curve and len(curve) != HOURS:
        section.problems.add(section.at("curve"), "not_24_hours", found=len(curve))
    if curve and not any(curve):
        section.problems.add(section.at("curve"), "curve_all_zero")
    stock = "stock" if by == "day" else "stock_per_day"
    if by is not None and not prize.has(stock):
        section.problems.add(section.path, "pacing_without_stock", by=by, stock=stock)
    return Pacing(cast(Literal["day", "hour"], by or "day"), curve or (1,), section.yes_or_no("carry") or False)


def pities_of(activity: Section) -> tuple[Pity, ...]:
    """All pities, each with a name under which members' misses are counted over all versions."""
    if not activity.has("pity"):
        return ()
    return tuple(_pity(activity, item, path) for path, item in activity.items("pity", MAX_PITIES))


def _pity(activity: Section, content: object, path: str) -> Pity:
    section = Section(activity.problems, content, path, ("id", "prizes", "after", "soft"))
    prizes = section.ids("prizes", 48)
    section.needed("after")
    after = section.integer("after", 2, _MAX_DRAWS)
    soft_from, soft_step = None, None
    if section.has("soft"):
        soft = section.section("soft", ("from", "step"))
        for field in ("from", "step"):
            soft.needed(field)
        soft_from, soft_step = soft.integer("from", 1, _MAX_DRAWS), soft.integer("step", 1, _MAX_STEP)
        if soft_from is not None and after is not None and soft_from >= after:
            soft.problems.add(soft.at("from"), "soft_too_late", soft=soft_from, after=after)
    name = section.id("id", 48) if section.has("id") else next(iter(prizes), None)
    return Pity(name or _UNNAMED, prizes, after or 2, soft_from, soft_step or 0)


def tables_of(activity: Section, brought: tuple[str, ...]) -> tuple[Tier, ...]:
    """Other tables of weights, in the order in which they are tried. `brought`: facts that a turn brings with it."""
    if not activity.has("tables"):
        return ()
    return tuple(_tier(activity, item, path, brought) for path, item in activity.items("tables", MAX_TABLES))


def _tier(activity: Section, content: object, path: str, brought: tuple[str, ...]) -> Tier:
    section = Section(activity.problems, content, path, ("id", "when", "weights"))
    when = section.section("when", ("spend_fen", "level", "draws", "condition", *brought))
    tier = Tier(
        id=section.id("id", 48) or _UNNAMED,
        spend_fen=when.integer("spend_fen", 0, _MAX_FEN),
        level=when.integer("level", 0, 10**6),
        draws=when.integer("draws", 1, _MAX_DRAWS),
        condition=condition_of(when, "condition", facts_with(brought)),
        weights=_weights(section),
        score=when.integer("score", 0, MAX_SCORE),
    )
    if section.has("when") and when.readable and not when.content:
        section.problems.add(section.at("when"), "empty_when")
    return tier


def _weights(section: Section) -> tuple[tuple[str, int], ...]:
    if not section.needed("weights"):
        return ()
    said = named_by_text(section.content["weights"])
    weights = Section(section.problems, said, section.at("weights"), tuple(said) if isinstance(said, dict) else ())
    read = [(name, weights.integer(name, 0, MAX_WEIGHT)) for name in list(weights.content)[:MAX_WEIGHTS]]
    return tuple((name, weight) for name, weight in read if weight is not None)


def risks_of(activity: Section) -> tuple[tuple[int, str], ...]:
    """What risk levels lead to."""
    if not activity.has("risk"):
        return ()
    said = named_by_text(activity.content["risk"])
    section = Section(activity.problems, said, "risk", tuple(str(level) for level in RISKS))
    read = [(level, section.id(str(level), 48)) for level in RISKS if section.has(str(level))]
    return tuple((level, what) for level, what in read if what is not None)


def named_by_text(content: Any) -> Any:
    """Names are text in files; a program may have written them as numbers."""
    return {str(name): value for name, value in content.items()} if isinstance(content, dict) else content
