"""Who may take part: by name, by share of all members, by condition; and who is held out so that effects show."""

import re
from hashlib import sha256
from typing import Any

from fairground_lottery.rules import facts
from fairground_lottery.rules.conditions import FUNCTIONS, MAX_CONDITION, NotCondition, compiled, too_many_loops
from fairground_lottery.rules.model import Audience
from fairground_lottery.rules.problems import shown
from fairground_lottery.rules.reading import Section, did_you_mean

MILLION = 1_000_000
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))? ?%")
_CALLS = ", ".join(sorted(FUNCTIONS))


def bucket(what: str, activity_id: str, member_id: str) -> int:
    """The member's place in [0, 1,000,000) at this activity, the same for ever and in every version.

    The first 8 bytes of SHA-256 of `<what>|<activity id>|<member id>`, modulo a million; `what` is share or holdout, so
    that who is let in first says nothing about who is held out.
    """
    return int.from_bytes(sha256(f"{what}|{activity_id}|{member_id}".encode()).digest()[:8]) % MILLION


def audience_of(activity: Section) -> Audience | None:
    """Who is let in, kept out and held out."""
    if not activity.has("audience"):
        return None
    section = activity.section("audience", ("only", "never", "share", "holdout"))
    only = section.ids("only", 128) if section.has("only") else None
    never = section.ids("never", 128) if section.has("never") else ()
    for at, member in enumerate(never):
        if only and member in only:
            section.problems.add(section.at(f"never[{at}]"), "in_both_lists", found=shown(member))
    return Audience(only, never, _millionths(section, "share", MILLION), _millionths(section, "holdout", MILLION - 1))


def _millionths(section: Section, name: str, most: int) -> int | None:
    """A share like 20% or 0.5%, in millionths."""
    if not section.has(name):
        return None
    value = section.content[name]
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    millionths = int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0")) if found else 0
    if not 1 <= millionths <= most:
        section.problems.add(section.at(name), "bad_percent", found=shown(value))
        return None
    return millionths


def condition_of(section: Section, name: str, brought: tuple[str, ...] = ()) -> str:
    """A condition, tried on sample facts; empty where there is none. `brought`: what a turn adds to the facts."""
    text = section.text(name, MAX_CONDITION) if section.has(name) else None
    if text is None:
        return ""
    problems, path = section.problems, section.at(name)
    try:
        condition = compiled(text)
    except NotCondition as error:
        problems.add(path, "bad_condition", detail=str(error))
        return ""
    known = (*facts.NAMES, *brought)
    unknown = sorted(condition.facts - set(known))
    for fact in unknown:
        zh, en = did_you_mean(fact, known)
        problems.add(path, "unknown_fact", found=shown(fact), hint_zh=zh, hint_en=en, known=", ".join(known))
    foreign = sorted(condition.functions - FUNCTIONS)
    for function in foreign:
        zh, en = did_you_mean(function, tuple(FUNCTIONS))
        problems.add(path, "unknown_function", found=shown(function), hint_zh=zh, hint_en=en, known=_CALLS)
    if too_many_loops(condition):
        problems.add(path, "too_many_loops")
    elif not unknown and not foreign:
        _try(section, name, text, facts.samples(brought))
    return text


def _try(section: Section, name: str, text: str, samples: list[dict[str, Any]]) -> None:
    """Note the first sample member for whom the condition has no answer."""
    condition = compiled(text)
    for sample in samples:
        asked = {fact: sample[fact] for fact in sorted(condition.facts)}
        try:
            value = condition.value(sample)
        except Exception as error:
            detail = str(error).split(". ", 1)[0].split("\n", 1)[0][:120]
            section.problems.add(section.at(name), "condition_fails", facts=shown(str(asked)), detail=detail)
            return
        if not isinstance(value, bool):
            section.problems.add(section.at(name), "no_yes_or_no", found=shown(value))
            return
