"""What a version may not take from members once its activity has begun, field by field.

Source: the rules for sales with prizes in China (规范促销行为暂行规定, 2020): what was announced does not
change, unless in the consumer's favour. A service has a table for each part of its rules, in which every field has its
direction; its tests prove that none is missing, so that a field that is added later is thought of.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from fairground_activities.files import EVERYBODY, Audience, Problems, percent, shown
from fairground_contracts.rewards import Reward


def _said(content: Any) -> str:
    """A content as sentences of any language say it."""
    if content is None or content == "":
        return "—"
    return shown(", ".join(map(str, content)) if isinstance(content, tuple) else content)


@dataclass(frozen=True, slots=True)
class Promise:
    """Where the content of a field may go."""

    kept: Callable[[Any, Any], bool]  # whether the second content takes nothing of what the first one promised
    name: str = ""  # what the field is called in the file, where it is called otherwise there
    code: str = "promise_taken"
    said: Callable[[Any], str] = _said

    def at(self, name: str) -> "Promise":
        """The same of a field that is called otherwise in the file."""
        return replace(self, name=name)


Table = Mapping[str, Promise]


class Named(Protocol):
    """A rule with an id."""

    @property
    def id(self) -> str:
        """Its own."""


def same(before: Any, after: Any) -> bool:
    """It stays as it is."""
    return bool(before == after)


def not_less(before: Any, after: Any) -> bool:
    """It may grow."""
    return bool(after >= before)


def not_more(before: Any, after: Any) -> bool:
    """It may shrink."""
    return bool(after <= before)


def limit_not_lowered(before: int | None, after: int | None) -> bool:
    """A limit may grow, or go."""
    return after is None or (before is not None and after >= before)


def new_or_not_more(before: int | None, after: int | None) -> bool:
    """It may shrink, or be new: another way to pay, a miss from which on misses help."""
    return before is None or (after is not None and after <= before)


def still_yes(before: bool, after: bool) -> bool:
    """What is granted stays granted."""
    return after or not before


def superset(before: Iterable[Any], after: Iterable[Any]) -> bool:
    """What can be chosen can still be."""
    return set(before) <= set(after)


def same_or(best: str) -> Callable[[str, str], bool]:
    """It stays as it is, or becomes what is best for members."""
    return lambda before, after: after in (before, best)


#: A condition may go, or come to nothing new: which of two lets more members in, nobody can compute.
gone_or_same = same_or("")

#: What becomes of a reward that nobody is owed any more: it may be left to the member instead.
kept_or_same = same_or("keep")


def along(*steps: str) -> Callable[[str, str], bool]:
    """It may move to any later of these steps."""
    return lambda before, after: steps.index(after) >= steps.index(before)


def reward_not_lessened(before: object, after: object) -> bool:
    """The same reward, or more of it; whatever it is, where there was none."""
    if not isinstance(before, Reward) or not isinstance(after, Reward):
        return not isinstance(before, Reward)
    return (after.reward, after.ref) == (before.reward, before.ref) and after.amount >= before.amount


#: Whatever is no promise: names, what serves the operator's own house, and what protects from fraud.
FREE = Promise(lambda before, after: True)

#: What is compared by tables of its own, or together with other fields.
BY_PARTS = Promise(lambda before, after: True)

#: What every activity begins with: names, and what the lifecycle keeps.
HEADING: Table = dict.fromkeys(
    ("id", "zh", "en", "zone", "day_start_hour", "starts", "ends", "starts_ms", "ends_ms"), FREE
)

#: Whom an activity is for. Who is kept out by name may be more at any time: that protects from fraud. Nobody is held
#: out who was not when it began: whoever is, loses what everybody else was promised, so experiments are planned before.
AUDIENCE: Table = {
    "only": Promise(lambda before, after: after is None or (before is not None and superset(before, after))),
    "never": FREE,
    "share": Promise(limit_not_lowered, said=lambda share: _said(percent(share))),
    "holdout": Promise(
        lambda before, after: (after or 0) <= (before or 0), said=lambda holdout: percent(holdout) or "0%"
    ),
}


def compare(
    table: Table, before: Any, after: Any, problems: Problems, path: str = "", rule: str = "", whole: bool = False
) -> None:
    """Note each field that takes something. `rule`: the id of what they are of; `whole`: its path is that of all of its
    fields, because the file's order of a list is not known any more."""
    for attribute, promise in table.items():
        was, now = getattr(before, attribute), getattr(after, attribute)
        if not promise.kept(was, now):
            name = promise.name or attribute
            field = path if whole else f"{path}.{name}".lstrip(".")
            said = f"{rule}.{name}" if whole else field
            problems.add(field, promise.code, name=said, rule=rule, before=promise.said(was), after=promise.said(now))


def compare_part(table: Table, before: Any, after: Any, problems: Problems, path: str) -> None:
    """What need not be there: it may come, does not go, and keeps what it promised."""
    if before is not None and after is None:
        problems.add(path, "rule_removed", rule=path)
    elif before is not None:
        compare(table, before, after, problems, path)


def compare_lists(
    table: Table, before: Iterable[Named], after: Iterable[Named], problems: Problems, path: str
) -> None:  # fmt: skip
    """Rules with ids: none goes, each keeps what it promised."""
    now = {rule.id: rule for rule in after}
    for promised in before:
        rule = now.get(promised.id)
        if rule is None:
            problems.add(path, "rule_removed", rule=promised.id)
        else:
            compare(table, promised, rule, problems, path, promised.id, whole=True)


def compare_audience(before: Audience | None, after: Audience | None, problems: Problems) -> None:
    """Nobody is let in who is not any more, but by name."""
    compare(AUDIENCE, before or EVERYBODY, after or EVERYBODY, problems, "audience")
