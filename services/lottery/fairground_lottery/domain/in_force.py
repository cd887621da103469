"""Rules of a wheel or a score game made ready to decide by: what each turn needs is computed once per version."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from fairground_activities.files import EVERYBODY, compiled, gate_of
from fairground_activities.files import Gate as Audiences
from fairground_activities.lifecycle import canonical as canonical_form
from fairground_activities.prizes import ENDLESS, Game, Pacing, Pity, Prize, Table, Tables, Tier, Unlock, table
from fairground_lottery.rules import (
    LOWEST,
    REFUSE,
    Fulfilment,
    Rules,
    Source,
    chain_of,
    form,
    load,
)
from fairground_lottery.rules import Pacing as PacingRule
from fairground_lottery.rules import Pity as PityRule
from fairground_lottery.rules import Prize as PrizeRule
from fairground_lottery.rules import Tier as TierRule


@dataclass(frozen=True, slots=True, eq=False)
class Gate(Audiences):
    """Who may draw, where not everybody may."""

    refused_risks: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class InForce:
    """One version's rules. `source` is what the store holds: the published form as canonical JSON."""

    source: bytes
    rules: Rules
    kind: str
    game: Game
    tables: Tables | None  # None: the prizes' own weights always apply
    gate: Gate | None  # None: everybody may draw
    plain: bool  # a draw counts nothing but itself and what it takes
    followed: dict[str, Fulfilment]  # by prize: what may become of its rewards; prizes that say nothing are not here
    free_per_day: int
    has_quotas: bool
    draws_per_day: int
    draws_per_week: int
    draws_per_month: int
    draws_total: int
    sources: dict[str, Source]  # by kind

    def day(self, time_ms: int) -> int:
        """The business day of a moment."""
        return self.rules.day(time_ms)


def canonical(rules: Rules) -> bytes:
    """The published form as bytes that are the same for the same rules."""
    return canonical_form(form(rules))


@lru_cache(maxsize=1024)
def in_force_of(source: bytes) -> InForce:
    """The rules that a published form describes."""
    rules = load(orjson.loads(source))
    game = _game(rules)
    return InForce(
        source=source,
        rules=rules,
        kind=rules.kind,
        game=game,
        tables=_tables(rules, game) if rules.tables or rules.risk else None,
        gate=_gate(rules),
        plain=not rules.pity and rules.draws_per_week is None and all(prize.unlock is None for prize in rules.prizes),
        followed={prize.id: prize.fulfilment for prize in rules.prizes if prize.fulfilment.followed},
        free_per_day=rules.free_per_day,
        has_quotas=any(
            quota is not None
            for quota in (rules.draws_per_day, rules.draws_per_week, rules.draws_per_month, rules.draws_total)
        ),
        draws_per_day=_limit(rules.draws_per_day),
        draws_per_week=_limit(rules.draws_per_week),
        draws_per_month=_limit(rules.draws_per_month),
        draws_total=_limit(rules.draws_total),
        sources={source.kind: source for source in rules.sources},
    )


def in_force_of_form(content: dict[str, Any]) -> InForce:
    """The same of a published form that an event carries."""
    return in_force_of(canonical_form(content))


def _game(rules: Rules) -> Game:
    by_id = {prize.id: prize for prize in rules.prizes}
    prizes = {prize.id: _prize(rules, prize) for prize in rules.prizes}
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
        by_moment=bool(rules.pity) or rules.sold_out == "renormalise",
        counts_draws=any(prize.unlock is not None and prize.unlock.by == "all" for prize in rules.prizes),
    )


def _gate(rules: Rules) -> Gate | None:
    refused = frozenset(level for level, what in _risks(rules).items() if what == REFUSE)
    if rules.audience is None and not rules.eligible and not refused:
        return None
    let_in = gate_of(rules.audience or EVERYBODY, rules.eligible)
    assert let_in is not None, "there is an audience"
    return Gate(let_in.only, let_in.never, let_in.share, let_in.holdout, let_in.eligible, refused)


def _tables(rules: Rules, game: Game) -> Tables:
    """A table by the name of each, and the table of the lowest prize that there always is."""
    by_id = {tier.id: table(tier.id, _weights(game, dict(tier.weights))) for tier in rules.tables}
    endless = [prize for prize in game.prizes if prize.endless]
    if endless:
        lowest = min(endless, key=lambda prize: (prize.value_fen, prize.reward is not None))
        by_id[LOWEST] = table(LOWEST, _weights(game, {lowest.id: 1}))
    risk = {level: by_id[what] for level, what in _risks(rules).items() if what != REFUSE}
    return Tables(game.base, tuple(_tier(tier, by_id[tier.id]) for tier in rules.tables if tier.by_member), risk)


def _risks(rules: Rules) -> dict[int, str]:
    """What each risk level leads to; the highest is treated no better than the one below it."""
    said = dict(rules.risk)
    return {4: said[3], **said} if 3 in said else said


def _tier(tier: TierRule, weights: Table) -> Tier:
    least = (("score", tier.score), ("spend_fen", tier.spend_fen), ("level", tier.level), ("draws", tier.draws))
    holds = compiled(tier.condition).holds if tier.condition else None
    return Tier(weights, tuple((name, number) for name, number in least if number is not None), holds)


def _weights(game: Game, weights: dict[str, int]) -> tuple[int, ...]:
    return tuple(weights.get(prize.id, 0) for prize in game.prizes)


def _pity(rules: Rules, pity: PityRule) -> Pity:
    places = tuple(place for place, prize in enumerate(rules.prizes) if prize.id in pity.prizes)
    return Pity(pity.id, frozenset(pity.prizes), places, pity.after, _limit(pity.soft_from), pity.soft_step)


def _prize(rules: Rules, prize: PrizeRule) -> Prize:
    return Prize(
        id=prize.id,
        reward=prize.reward,
        value_fen=prize.value_fen,
        stock=_limit(prize.stock),
        stock_per_day=_limit(prize.stock_per_day),
        per_member=_limit(prize.per_member),
        endless=prize.endless(rules.budgeted),
        counter=f"stock:{prize.id}",
        unlock=None if prize.unlock is None else Unlock(prize.unlock.after, prize.unlock.by, prize.unlock.per),
        pacing=None if prize.pacing is None else _pacing(rules, prize.pacing),
    )


def _pacing(rules: Rules, pacing: PacingRule) -> Pacing:
    by_hour = pacing.by == "hour"
    return Pacing(by_hour, pacing.carry, pacing.curve, slots=len(pacing.curve) if by_hour else rules.days)


def _limit(limit: int | None) -> int:
    return ENDLESS if limit is None else limit
