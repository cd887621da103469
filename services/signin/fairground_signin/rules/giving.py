"""Reads what a sign-in file gives: the base reward, tiers, special dates, ranks."""

from collections.abc import Iterator
from typing import Any, cast

from fairground_activities.files import MAX_FEN, UNNAMED, Section, names_of, reward_of, shown
from fairground_contracts.rewards import Reward
from fairground_decider.days import parse_iso
from fairground_signin.contract import OnRevoke
from fairground_signin.rules.model import AfterLast, Given, Paid, Plan, RankRule, Special, Tier, Way

#: The fields of a plan: of the general one, and of a level's.
PLAN = ("base", "first", "dates", "streak", "total")

_GIVEN = ("name", "reward", "value_fen", "on_revoke")
_ON_REVOKE = ("keep", "reverse", "debt")
_RANK_ON_REVOKE = ("keep", "reverse")  # a place is due once, so no later one could pay a debt
_WAYS = ("add", "replace")
_PAID = ("per_streak", "per_cycle", "ever")
_AFTER_LAST = ("stay", "repeat", "start_over")
_MAX_TIERS = 100
_MAX_DAYS = 3660
_MAX_PLACE = 10_000

#: What the base reward, and the one for the first sign-in, are called where ids are asked for.
BASE, FIRST = "base", "first"


def plan_of(section: Section) -> Plan:
    """The plan that stands in this section."""
    streak = section.section("streak", ("after_last", "tiers"))
    return Plan(
        base=_given(section, "base", BASE) if section.has("base") else None,
        first_ever=_first(section) if section.has("first") else None,
        dates=tuple(_dates(section)) if section.has("dates") else (),
        streak=_by_days(_tiers(streak, "tiers", "per_streak")) if section.has("streak") else (),
        after_last=cast(AfterLast, streak.choice("after_last", _AFTER_LAST, "stay") or "stay"),
        total=_by_days(_tiers(section, "total", "per_cycle")) if section.has("total") else (),
    )


def _by_days(tiers: Iterator[Tier]) -> tuple[Tier, ...]:
    return tuple(sorted(tiers, key=lambda tier: tier.days))


def _rewarded(section: Section, id: str, on_revoke: OnRevoke = "keep") -> Given:
    """What is given; something that never leaves the reading where that is wrong."""
    zh, en = names_of(section) if section.has("name") else ("", "")
    section.needed("reward")
    found = reward_of(section, zh, section.integer("value_fen", 0, MAX_FEN)) if section.has("reward") else None
    return Given(id, found or Reward(reward="points", amount=1, name=UNNAMED), on_revoke, en)


def _on_revoke(section: Section) -> OnRevoke:
    return cast(OnRevoke, section.choice("on_revoke", _ON_REVOKE, "keep") or "keep")


def _way(section: Section) -> Way:
    return cast(Way, section.choice("way", _WAYS, "add") or "add")


def _given(holder: Section, name: str, id: str) -> Given:
    section = holder.section(name, _GIVEN)
    return _rewarded(section, id, _on_revoke(section))


def _first(holder: Section) -> Special:
    section = holder.section("first", (*_GIVEN, "way"))
    given = _rewarded(section, FIRST, _on_revoke(section))
    return Special(given.id, given.reward, given.on_revoke, given.en, _way(section))


def _dates(holder: Section) -> Iterator[Special]:
    for path, item in holder.items("dates", _MAX_TIERS):
        section = Section(holder.problems, item, path, ("id", "day", "until", "way", *_GIVEN))
        first = _day(section, "day")
        last = _day(section, "until") if section.has("until") else first
        if first and last and last < first:
            section.problems.add(section.at("until"), "dates_reversed")
        given = _rewarded(section, section.id("id", 48) or UNNAMED, _on_revoke(section))
        yield Special(given.id, given.reward, given.on_revoke, given.en, _way(section), first, last)


def _day(section: Section, name: str) -> int:
    text = section.text(name, 10)
    try:
        return parse_iso(text) if text else 0
    except ValueError:
        section.problems.add(section.at(name), "bad_day", found=shown(text))
        return 0


def _tiers(holder: Section, name: str, paid: Paid) -> Iterator[Tier]:
    for path, item in holder.items(name, _MAX_TIERS):
        section = Section(holder.problems, item, path, ("id", "days", "way", "paid", *_GIVEN))
        section.needed("days")
        given = _rewarded(section, section.id("id", 48) or UNNAMED, _on_revoke(section))
        yield Tier(
            id=given.id,
            reward=given.reward,
            on_revoke=given.on_revoke,
            en=given.en,
            days=section.integer("days", 1, _MAX_DAYS) or 0,
            way=_way(section),
            paid=cast(Paid, section.choice("paid", _PAID, paid) or paid),
        )


def ranks_of(activity: Section) -> Iterator[RankRule]:
    """Who is rewarded for being the n-th of the day."""
    before = 0
    for path, item in activity.items("nth", _MAX_TIERS):
        section = Section(activity.problems, item, path, ("id", "from", "to", "stock", *_GIVEN))
        section.needed("from")
        first = section.integer("from", 1, _MAX_PLACE) or 0
        last = (section.integer("to", 1, _MAX_PLACE) or 0) if section.has("to") else first
        if first and first <= before:
            section.problems.add(section.at("from"), "ranks_overlap")
        if first and last and last < first:
            section.problems.add(section.at("to"), "ranks_reversed")
        stock = section.integer("stock", 1, _MAX_PLACE) if section.has("stock") else None
        before = max(before, last)
        on_revoke = cast(OnRevoke, section.choice("on_revoke", _RANK_ON_REVOKE, "keep") or "keep")
        given = _rewarded(section, section.id("id", 48) or UNNAMED, on_revoke)
        yield RankRule(given.id, given.reward, given.on_revoke, given.en, first, last, stock)


def instead_of(activity: Section) -> Given | None:
    """What is given instead of a reward that cannot be delivered."""
    if not activity.has("on_rejected"):
        return None
    content: Any = activity.content["on_rejected"]
    section = Section(activity.problems, content, activity.at("on_rejected"), ("name", "reward", "value_fen"))
    return _rewarded(section, "instead")
