"""Rules made ready to draw from: what each draw needs is computed once per version."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from fairground_decider.days import business_day
from fairground_lottery.domain.engine import ENDLESS, Game, Pity, Prize, Unlock
from fairground_lottery.domain.engine.game import table
from fairground_lottery.rules import Pity as PityRule
from fairground_lottery.rules import Prize as PrizeRule
from fairground_lottery.rules import Rules, chain_of, form, load


@dataclass(frozen=True, slots=True, eq=False)
class Wheel:
    """One version's rules in force. `source` is what the store holds: the published form as canonical JSON."""

    source: bytes
    rules: Rules
    game: Game
    plain: bool  # a draw counts nothing but itself and what it takes
    free_per_day: int
    has_quotas: bool
    draws_per_day: int
    draws_per_month: int
    draws_total: int

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
    return Wheel(
        source=source,
        rules=rules,
        game=_game(rules),
        plain=not rules.pity and all(prize.unlock is None for prize in rules.prizes),
        free_per_day=rules.free_per_day,
        has_quotas=(rules.draws_per_day, rules.draws_per_month, rules.draws_total) != (None, None, None),
        draws_per_day=_limit(rules.draws_per_day),
        draws_per_month=_limit(rules.draws_per_month),
        draws_total=_limit(rules.draws_total),
    )


def wheel_of_form(content: dict[str, Any]) -> Wheel:
    """The wheel of a published form that an event carries."""
    return wheel_of(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def _game(rules: Rules) -> Game:
    by_id = {prize.id: prize for prize in rules.prizes}
    prizes = {prize.id: _prize(prize, rules.budgeted) for prize in rules.prizes}
    return Game(
        prizes=tuple(prizes.values()),
        by_id=prizes,
        chains=tuple(
            tuple(prizes[each.id] for each in chain_of(prize, by_id, rules.budgeted)) for prize in rules.prizes
        ),
        sold_out=rules.sold_out,
        base=table("", tuple(prize.weight for prize in rules.prizes)),
        budget_fen=_limit(rules.budget_fen),
        budget_per_day_fen=_limit(rules.budget_per_day_fen),
        pities=tuple(_pity(rules, pity) for pity in rules.pity),
        counts_draws=any(prize.unlock is not None and prize.unlock.by == "all" for prize in rules.prizes),
    )


def _pity(rules: Rules, pity: PityRule) -> Pity:
    places = tuple(place for place, prize in enumerate(rules.prizes) if prize.id in pity.prizes)
    return Pity(pity.id, frozenset(pity.prizes), places, pity.after, _limit(pity.soft_from), pity.soft_step)


def _prize(prize: PrizeRule, budgeted: bool) -> Prize:
    return Prize(
        id=prize.id,
        reward=prize.reward,
        value_fen=prize.value_fen,
        stock=_limit(prize.stock),
        stock_per_day=_limit(prize.stock_per_day),
        per_member=_limit(prize.per_member),
        endless=prize.endless(budgeted),
        counter=f"stock:{prize.id}",
        unlock=None if prize.unlock is None else Unlock(prize.unlock.after, prize.unlock.by, prize.unlock.per),
    )


def _limit(limit: int | None) -> int:
    return ENDLESS if limit is None else limit
