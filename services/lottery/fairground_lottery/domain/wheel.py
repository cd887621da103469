"""Rules made ready to draw from: what each draw needs is computed once per version."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import orjson

from fairground_contracts.rewards import Reward
from fairground_decider.days import business_day
from fairground_lottery.rules import Prize, Rules, chain_of, form, load

#: What a counter without a limit of its own stays below.
ENDLESS = 2**53


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A prize as a draw meets it. Limits that are not set are ENDLESS."""

    id: str
    reward: Reward | None
    value_fen: int
    stock: int
    stock_per_day: int
    per_member: int
    endless: bool
    counter: str  # taken in all; with `:<day>` behind it, taken on that day


@dataclass(frozen=True, slots=True, eq=False)
class Wheel:
    """One version's rules in force. `source` is what the store holds: the published form as canonical JSON."""

    source: bytes
    rules: Rules
    total_weight: int
    bounds: tuple[int, ...]  # bounds[i]: the first number that lies behind segment i
    chains: tuple[tuple[Segment, ...], ...]  # chains[i]: segment i and what it falls back on, ending in an endless one
    segments: dict[str, Segment]
    free_per_day: int
    has_quotas: bool
    draws_per_day: int
    draws_per_month: int
    draws_total: int
    budget_fen: int
    budget_per_day_fen: int

    def chain(self, number: int) -> tuple[Segment, ...]:
        """The segment that a number in [0, total_weight) names, and what it falls back on."""
        return self.chains[bisect_right(self.bounds, number)]

    def day(self, time_ms: int) -> int:
        """The business day of a moment."""
        return business_day(time_ms, self.rules.zone, self.rules.day_start_hour)


def canonical(rules: Rules) -> bytes:
    """The published form as bytes that are the same for the same rules."""
    return orjson.dumps(form(rules), option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=1024)
def wheel_of(source: bytes) -> Wheel:
    """The wheel that a published form describes."""
    rules = load(orjson.loads(source))
    by_id = {prize.id: prize for prize in rules.prizes}
    budgeted = rules.budget_fen is not None or rules.budget_per_day_fen is not None
    segments = {prize.id: _segment(prize, budgeted) for prize in rules.prizes}
    return Wheel(
        source=source,
        rules=rules,
        total_weight=sum(prize.weight for prize in rules.prizes),
        bounds=tuple(accumulate(prize.weight for prize in rules.prizes)),
        chains=tuple(tuple(segments[each.id] for each in chain_of(prize, by_id, budgeted)) for prize in rules.prizes),
        segments=segments,
        free_per_day=rules.free_per_day,
        has_quotas=(rules.draws_per_day, rules.draws_per_month, rules.draws_total) != (None, None, None),
        draws_per_day=_limit(rules.draws_per_day),
        draws_per_month=_limit(rules.draws_per_month),
        draws_total=_limit(rules.draws_total),
        budget_fen=_limit(rules.budget_fen),
        budget_per_day_fen=_limit(rules.budget_per_day_fen),
    )


def wheel_of_form(content: dict[str, Any]) -> Wheel:
    """The wheel of a published form that an event carries."""
    return wheel_of(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def _segment(prize: Prize, budgeted: bool) -> Segment:
    return Segment(
        id=prize.id,
        reward=prize.reward,
        value_fen=prize.value_fen,
        stock=_limit(prize.stock),
        stock_per_day=_limit(prize.stock_per_day),
        per_member=_limit(prize.per_member),
        endless=prize.endless(budgeted),
        counter=f"stock:{prize.id}",
    )


def _limit(limit: int | None) -> int:
    return ENDLESS if limit is None else limit
