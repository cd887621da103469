"""What a version may not take from members once its activity has begun, field by field.

Source: the rules for sales with prizes in China (规范促销行为暂行规定, 2020): what was announced does not
change, unless in the consumer's favour. A service has a table for each part of its rules, in which every field has its
direction; its tests prove that none is missing, so that a field that is added later is thought of.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from fairground_activities.files import EVERYBODY, Audience, Problems, shown
from fairground_contracts.rewards import Reward


@dataclass(frozen=True, slots=True)
class Promise:
    """Where the content of a field may go."""

    kept: Callable[[Any, Any], bool]  # whether the second content takes nothing of what the first one promised
    name: str = ""  # what the field is called in the file, where it is called otherwise there
    code: str = "promise_taken"


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


def price_not_raised(before: int | None, after: int | None) -> bool:
    """A price may fall, or be another way to pay; None: it cannot be paid like that."""
    return before is None or (after is not None and after <= before)


def still_yes(before: bool, after: bool) -> bool:
    """What is granted stays granted."""
    return after or not before


def superset(before: Iterable[Any], after: Iterable[Any]) -> bool:
    """What can be chosen can still be."""
    return set(before) <= set(after)


def gone_or_same(before: str, after: str) -> bool:
    """A condition may go, or come to nothing new: which of two lets more members in, nobody can compute."""
    return after in (before, "")


def kept_or_same(before: str, after: str) -> bool:
    """What becomes of a reward that nobody is owed any more: it may be left to the member instead."""
    return after in (before, "keep")


def along(*steps: str) -> Callable[[str, str], bool]:
    """It may move to any later of these steps."""
    return lambda before, after: steps.index(after) >= steps.index(before)


def reward_not_lessened(before: Reward, after: Reward) -> bool:
    """The same reward, or more of it."""
    return (after.reward, after.ref) == (before.reward, before.ref) and after.amount >= before.amount


#: Whatever is no promise: names, what serves the operator's own house, and what protects from fraud.
FREE = Promise(lambda before, after: True)

#: What is compared part by part, by a table of its own.
BY_PARTS = FREE

#: Whom an activity is for. Who is kept out by name may be more at any time: that protects from fraud.
AUDIENCE: Table = {
    "only": Promise(lambda before, after: after is None or (before is not None and superset(before, after))),
    "never": FREE,
    "share": Promise(limit_not_lowered),
    "holdout": Promise(lambda before, after: (after or 0) <= (before or 0)),
}


def compare(table: Table, before: Any, after: Any, problems: Problems, path: str = "", rule: str = "") -> None:
    """Note each field that takes something. `rule`: which item of a list it is of, whose path stands for all."""
    for attribute, promise in table.items():
        was, now = getattr(before, attribute), getattr(after, attribute)
        if not promise.kept(was, now):
            name = promise.name or attribute
            field = path if rule else f"{path}.{name}".lstrip(".")
            said = f"{rule}.{name}" if rule else field
            problems.add(field, promise.code, name=said, rule=rule, before=_shown(was), after=_shown(now))


def _shown(content: Any) -> str:
    return shown(content) or shown(None)


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
            compare(table, promised, rule, problems, path, promised.id)


def compare_audience(before: Audience | None, after: Audience | None, problems: Problems) -> None:
    """Nobody is let in who is not any more, but by name."""
    compare(AUDIENCE, before or EVERYBODY, after or EVERYBODY, problems, "audience")
