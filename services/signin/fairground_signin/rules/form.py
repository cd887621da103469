"""The published form of rules: a file's content again, with every default written out. It reads as the same rules."""

from typing import Any

from fairground_activities.files import audience_form, present
from fairground_decider.days import iso
from fairground_signin.rules.model import KIND, Given, Level, Plan, RankRule, Rules, Special, Tier


def form(rules: Rules) -> dict[str, Any]:
    """What is published."""
    content: dict[str, Any] = {
        "kind": KIND,
        **rules.heading(),
        "cycle": _cycle(rules),
        **_plan(rules.plan),
        "revoke_days": rules.revoke_days,
    }
    return content | present(
        make_up=_make_up(rules),
        freeze=_freeze(rules),
        levels=[_level(level) for level in rules.levels] or None,
        nth=[_rank(rank) for rank in rules.ranks] or None,
        budget=present(total_fen=rules.budget_fen, per_day_fen=rules.budget_per_day_fen) or None,
        on_rejected=None if rules.on_rejected is None else _rewarded(rules.on_rejected),
        audience=None if rules.audience is None else audience_form(rules.audience),
        eligible=rules.eligible or None,
        refused_risks=list(rules.risk) or None,
    )


def _cycle(rules: Rules) -> dict[str, Any]:
    cycle = rules.cycle
    shown = None if cycle.every == "none" else "crosses" if cycle.crosses else "restarts"
    return present(every=cycle.every, days=cycle.days or None, shown=shown)


def _plan(plan: Plan) -> dict[str, Any]:
    streak = {"after_last": plan.after_last, "tiers": [_tier(tier) for tier in plan.streak]}
    return present(
        base=None if plan.base is None else _given(plan.base),
        first=None if plan.first_ever is None else _given(plan.first_ever) | {"way": plan.first_ever.way},
        dates=[_date(special) for special in plan.dates] or None,
        streak=streak if plan.streak else None,
        total=[_tier(tier) for tier in plan.total] or None,
    )


def _given(rule: Given) -> dict[str, Any]:
    return _rewarded(rule) | {"on_revoke": rule.on_revoke}


def _rewarded(rule: Given) -> dict[str, Any]:
    reward = rule.reward
    said = {
        "reward": {"kind": reward.reward, "amount": reward.amount, "ref": reward.ref}, "value_fen": reward.value_fen,
    }  # fmt: skip
    return said | ({"name": {"zh": reward.name, "en": rule.en}} if reward.name else {})


def _tier(tier: Tier) -> dict[str, Any]:
    return {"id": tier.id, "days": tier.days, "way": tier.way, "paid": tier.paid} | _given(tier)


def _date(special: Special) -> dict[str, Any]:
    said = {"id": special.id, "day": iso(special.first), "until": iso(special.last), "way": special.way}
    return said | _given(special)


def _level(level: Level) -> dict[str, Any]:
    said: dict[str, Any] = {"level": level.level, "multiplier": f"{level.percent}%"}
    return said | (_plan(level.plan) if level.plan else {})


def _rank(rank: RankRule) -> dict[str, Any]:
    said = {"id": rank.id, "from": rank.first, "to": rank.last} | _given(rank)
    return said if rank.stock is None else said | {"stock": rank.stock}


def _make_up(rules: Rules) -> dict[str, Any] | None:
    rule = rules.make_up
    if rule is None:
        return None
    paid = rule.points is not None or rule.money_fen is not None
    return present(
        days_back=rule.days_back, per_cycle=rule.per_cycle, cards=rule.cards, points=rule.points,
        money_fen=rule.money_fen, answer_minutes=rule.answer_minutes if paid else None, base=rule.earns_base,
        total=rule.in_total,
    )  # fmt: skip


def _freeze(rules: Rules) -> dict[str, Any] | None:
    rule = rules.freeze
    if rule is None:
        return None
    return present(every=rule.every or None, most=rule.most or None, base=rule.earns_base, total=rule.in_total)
