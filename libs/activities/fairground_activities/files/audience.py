"""Who may take part: by name, by share of all members, by condition; and who is held out so that effects show."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from fairground_activities.files.conditions import (
    FUNCTIONS,
    MAX_CONDITION,
    Condition,
    NotCondition,
    compiled,
    mistyped,
    too_many_loops,
)
from fairground_activities.files.facts import Samples, members
from fairground_activities.files.forms import present
from fairground_activities.files.problems import Problems, shown
from fairground_activities.files.reading import Section, did_you_mean
from fairground_contracts.refusals import NOTHING, Sentence

MILLION = 1_000_000
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))? ?%")
_CALLS = ", ".join(sorted(FUNCTIONS))


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may take part. Shares are in millionths of all members."""

    only: tuple[str, ...] | None  # nobody else may; None: everybody may
    never: tuple[str, ...]
    share: int | None
    holdout: int | None


EVERYBODY = Audience(None, (), None, None)


class KeptOut(NamedTuple):
    """Why somebody may not take part: the code of the reason, and what would help."""

    code: Literal["not_eligible", "holdout"]
    help_said: Sentence = NOTHING


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Who may take part, where not everybody may; ready to be asked."""

    only: frozenset[str] | None
    never: frozenset[str]
    share: int | None  # in millionths
    holdout: int  # in millionths
    eligible: Condition | None

    def keeps_out(
        self, activity_id: str, member_id: str, person_id: str, facts: Callable[[], dict[str, Any]]
    ) -> KeptOut | None:
        """Why they may not take part, if they may not. Whom lists or share keep out hears that before anybody looks at
        the `facts` that the condition asks about."""
        if not self.lists(activity_id, member_id, person_id):
            return KeptOut("not_eligible")
        if self.eligible is not None:
            answer = self.eligible.answer(facts())
            if answer.failed:
                said = Sentence(f"缺少会员信息：{answer.failed}", f"no answer from what is known: {answer.failed}")
                return KeptOut("not_eligible", said)
            if not answer.holds:
                text = self.eligible.text
                return KeptOut("not_eligible", Sentence(f"条件：{text}", f"the condition: {text}"))
        return KeptOut("holdout") if self.holds_out(activity_id, person_id or member_id) else None

    def lists(self, activity_id: str, member_id: str, person_id: str) -> bool:
        """Whether lists and share let them in. Lists may name the member or the person; a share is one of persons."""
        if self.never or self.only is not None:
            names = {member_id, person_id} if person_id else {member_id}
            if names & self.never or (self.only is not None and not names & self.only):
                return False
        return self.share is None or bucket("share", activity_id, person_id or member_id) < self.share

    def holds_out(self, activity_id: str, person: str) -> bool:
        """Whether they are of the group that is kept out, so that the activity's effect can be measured."""
        return self.holdout > 0 and bucket("holdout", activity_id, person) < self.holdout


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


def gate_of(audience: Audience | None, eligible: str) -> Gate | None:
    """Who is let in by these rules; None: everybody."""
    if audience is None and not eligible:
        return None
    said = audience or EVERYBODY
    return Gate(
        only=None if said.only is None else frozenset(said.only),
        never=frozenset(said.never),
        share=said.share,
        holdout=said.holdout or 0,
        eligible=compiled(eligible) if eligible else None,
    )


def audience_form(audience: Audience) -> dict[str, Any]:
    """The published form of it: what is not said is left out."""
    return present(
        only=None if audience.only is None else list(audience.only),
        never=list(audience.never) or None,
        share=percent(audience.share),
        holdout=percent(audience.holdout),
    )


def percent(millionths: int | None) -> str | None:
    """A share as files say it; None where none is said."""
    if millionths is None:
        return None
    whole, rest = divmod(millionths, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"


def condition_of(section: Section, name: str, facts: Samples) -> str:
    """A condition, tried on samples of the facts that it may name; empty where there is none."""
    text = section.text(name, MAX_CONDITION) if section.has(name) else None
    if text is None:
        return ""
    problems, path = section.problems, section.at(name)
    try:
        condition = compiled(text)
    except NotCondition as error:
        problems.add(path, "bad_condition", detail=str(error))
        return ""
    known = tuple(facts)
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
        _try(section, name, text, members(facts))
    return text


def prove_condition(problems: Problems, path: str, text: str, facts: Samples) -> None:
    """Note a part of a condition that can have no answer, where the condition as a whole had one for each sample."""
    if not text or any(problem.field == path for problem in problems.found):
        return
    found = mistyped(text, members(facts))
    if found is not None and found.said:
        problems.add(path, "condition_fails", facts=shown(str(found.facts)), detail=_detail(found.said))
    elif found is not None:
        problems.add(path, "no_yes_or_no", found=shown(found.value))


def _try(section: Section, name: str, text: str, samples: list[dict[str, Any]]) -> None:
    """Note the first sample member for whom the condition has no answer."""
    condition = compiled(text)
    for sample in samples:
        asked = {fact: sample[fact] for fact in sorted(condition.facts)}
        try:
            value = condition.value(sample)
        except Exception as error:
            detail = _detail(str(error))
            section.problems.add(section.at(name), "condition_fails", facts=shown(str(asked)), detail=detail)
            return
        if not isinstance(value, bool):
            section.problems.add(section.at(name), "no_yes_or_no", found=shown(value))
            return


def _detail(said: str) -> str:
    """What the library says, without its advice."""
    return said.split(". ", 1)[0].split("\n", 1)[0][:120]
