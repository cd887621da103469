"""Reads what changes the odds from draw to draw: prizes that open later, and pity."""

from typing import Literal, cast

from fairground_lottery.rules.model import Pity, Unlock
from fairground_lottery.rules.reading import Section

MAX_PITIES = 10
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
        for name in ("from", "step"):
            soft.needed(name)
        soft_from, soft_step = soft.integer("from", 1, _MAX_DRAWS), soft.integer("step", 1, _MAX_STEP)
        if soft_from is not None and after is not None and soft_from >= after:
            soft.problems.add(soft.at("from"), "soft_too_late", soft=soft_from, after=after)
    name = section.id("id", 48) if section.has("id") else prizes[0] if prizes else None
    return Pity(name or _UNNAMED, prizes, after or 2, soft_from, soft_step or 0)
