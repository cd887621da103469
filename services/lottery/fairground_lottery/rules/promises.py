"""In which direction each field of the rules may go once the activity has begun: one table for all of them.

Source: the rules for sales with prizes in China (规范促销行为暂行规定, 2020): what was announced does not
change, unless in the consumer's favour. What an operator needs to fight fraud, to measure and to correct a text is
FREE.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from fairground_activities.files import EVERYBODY, Audience, Problems
from fairground_activities.files.problems import shown
from fairground_activities.promises import reward_not_lessened
from fairground_contracts.rewards import Reward
from fairground_lottery.rules.model import (
    Fulfilment,
    OrderRule,
    Pacing,
    Pity,
    PlayRule,
    Prize,
    Rules,
    Source,
    Tier,
    Unlock,
)


class Direction(Protocol):
    """What may become of a field. `path`: where the file has it, if not under its own name."""

    @property
    def path(self) -> str | None:
        """Relative to what holds the field."""

    def note(self, problems: Problems, path: str, was: Any, now: Any, whose: str) -> None:
        """Note what was promised and is not kept. `whose`: the id of what has the field, if it has one."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value, which may change as `allows` says; otherwise that is a problem of this code."""

    code: str
    allows: Callable[[Any, Any], bool]
    path: str | None = None

    def at(self, path: str) -> "Value":
        """The same for a field that stands elsewhere in the file."""
        return replace(self, path=path)

    def note(self, problems: Problems, path: str, was: Any, now: Any, whose: str) -> None:
        """Note a change that is not allowed."""
        if not self.allows(was, now):
            problems.add(path, self.code, name=_last(path), before=_said(was), after=_said(now), prize=whose)


@dataclass(frozen=True, slots=True)
class Part:
    """Fields of its own, each with its direction. `absent` stands for a part that is not there."""

    path: str | None = None
    absent: Any = None
    may_come: bool = True  # whether it can be added
    may_go: bool = False  # whether it can be left out

    def note(self, problems: Problems, path: str, was: Any, now: Any, whose: str) -> None:
        """Note a part that comes or goes and may not, or what is not kept within it."""
        was, now = (self.absent if each is None else each for each in (was, now))
        if was is not None and now is not None:
            compare(problems, path, was, now, whose)
        elif now is None and was is not None and not self.may_go:
            problems.add(path, "promise_removed", name=_last(path))
        elif was is None and now is not None and not self.may_come:
            problems.add(path, "promise_added", name=_last(path))


@dataclass(frozen=True, slots=True)
class Named:
    """Parts that are told apart by a field of theirs: more may come, none may go."""

    key: str
    path: str | None = None

    def note(self, problems: Problems, path: str, was: Any, now: Any, whose: str) -> None:
        """Note which of them are gone, and what is not kept of the others."""
        found = {getattr(part, self.key): part for part in now}
        for part in was:
            name = getattr(part, self.key)
            Part().note(problems, f"{path}.{name}", part, found.get(name), name)


@dataclass(frozen=True, slots=True)
class Together:
    """A field that says something only together with others: `by` compares them."""

    by: str
    path: str | None = None

    def note(self, problems: Problems, path: str, was: Any, now: Any, whose: str) -> None:
        """Nothing to note of this field alone."""


def compare(problems: Problems, path: str, was: Any, now: Any, whose: str = "") -> None:
    """Note each field of a part of the rules that does not go where it may."""
    for name, direction in PROMISES[type(was)].items():
        where = name if direction.path is None else direction.path
        at = ".".join(each for each in (path, where) if each)
        direction.note(problems, at, getattr(was, name), getattr(now, name), whose)


def less(was: Reward, now: object) -> bool:
    """Whether the new reward is another one, or less of it."""
    return not (isinstance(now, Reward) and reward_not_lessened(was, now))


def _may_become(*best: Any) -> Value:
    """It stays, or becomes one of these."""
    return Value("promise_changed", lambda was, now: now == was or now in best)


def _grows(was: tuple[str, ...] | None, now: tuple[str, ...] | None) -> bool:
    return now is None or (was is not None and set(was) <= set(now))


def _same_reward(was: object, now: object) -> bool:
    return not (isinstance(was, Reward) and less(was, now))


#: It may change as an operator likes. Every use of it is named in docs/lottery.md.
FREE = Value("promise_changed", lambda was, now: True)
#: It may rise; None is no limit.
UP = Value("promise_lowered", lambda was, now: now is None or (was is not None and now >= was))
#: It may fall; None asks for nothing.
DOWN = Value("promise_raised", lambda was, now: now is None or (was is not None and now <= was))
#: It may come sooner; None is never.
SOONER = Value("promise_raised", lambda was, now: was is None or (now is not None and now <= was))
STAYS = Value("promise_changed", lambda was, now: now == was)
SAME_SET = Value("promise_changed", lambda was, now: set(now) == set(was))
GROWS = Value("promise_lowered", _grows)

_LIFECYCLE = Together("fairground_activities.lifecycle")
_ODDS = Together("fairground_lottery.rules.promised_odds")
_PRIZES = Together("fairground_lottery.rules.changes")
_NAME = Together("the id itself: what is called otherwise is something else")

PROMISES: dict[type, Mapping[str, Direction]] = {
    Rules: {
        "id": _LIFECYCLE,
        "zh": FREE,
        "en": FREE,
        "zone": _LIFECYCLE,
        "day_start_hour": _LIFECYCLE,
        "starts": _LIFECYCLE,
        "ends": _LIFECYCLE,
        "starts_ms": _LIFECYCLE,
        "ends_ms": _LIFECYCLE,
        "free_per_day": UP.at("chances.free_per_day"),
        "orders": Part("chances.orders"),
        "refund_window_days": UP.at("chances.refund_window_days"),
        "draws_per_day": UP.at("quotas.per_day"),
        "draws_per_month": UP.at("quotas.per_month"),
        "draws_total": UP.at("quotas.total"),
        "budget_fen": UP.at("budget.total_fen"),
        "budget_per_day_fen": UP.at("budget.per_day_fen"),
        "prizes": _PRIZES,
        "sold_out": STAYS,
        "pity": _PRIZES,
        "tables": _ODDS,
        "risk": FREE,
        "audience": Part(absent=EVERYBODY),
        "eligible": _may_become(""),
        "draws_per_week": UP.at("quotas.per_week"),
        "play": Part(),
        "sources": Named("kind", "chances.sources"),
    },
    OrderRule: {
        "rule": STAYS,
        "chances": UP,
        "every_fen": DOWN,
        "min_order_fen": DOWN,
        "expire_days": UP,
        "on_refund": _may_become("keep"),
        "per_day": UP,
        "total": UP,
    },
    Source: {
        "kind": _NAME,
        "chances": UP,
        "per_day": UP,
        "total": UP,
        "expire_days": UP,
        "price": DOWN,
        "answer_minutes": UP,
    },
    PlayRule: {"max_score": UP, "min_seconds": DOWN, "within_seconds": UP, "expected_scores": FREE},
    Audience: {"only": GROWS, "never": FREE, "share": UP, "holdout": FREE},
    Prize: {
        "id": _NAME,
        "zh": FREE,
        "en": FREE,
        "weight": _ODDS,
        "stock": UP,
        "stock_per_day": UP,
        "per_member": UP,
        "value_fen": _PRIZES,
        "reward": Value("reward_lessened", _same_reward),
        "fallback": _PRIZES,
        "unlock": Part(may_come=False, may_go=True),
        "pacing": Part(may_come=False, may_go=True),
        "fulfilment": Part(path=""),
    },
    Unlock: {"after": DOWN, "by": STAYS, "per": _may_become("lifetime")},
    Pacing: {"by": STAYS, "curve": STAYS, "carry": _may_become(True)},
    Fulfilment: {
        "on_rejected": Value("compensation_lessened", _same_reward),
        "on_refund": _may_become("keep"),
        "restock": _may_become(True),
        "claim_days": UP,
    },
    Pity: {
        "id": _NAME,
        "prizes": SAME_SET,
        "after": DOWN,
        "soft_from": SOONER.at("soft.from"),
        "soft_step": UP.at("soft.step"),
    },
    Tier: dict.fromkeys(("id", "spend_fen", "level", "draws", "condition", "weights", "score"), _ODDS),
}


def _last(path: str) -> str:
    """The field's own name."""
    return path.rsplit(".", 1)[-1]


def _said(value: Any) -> str:
    """A value as the sentence says it."""
    if value is None or value == "":
        return "—"
    return shown(", ".join(map(str, value)) if isinstance(value, tuple) else value)
