"""Reads an activity file's content into rules, listing everything that is wrong with it at once."""

from dataclasses import asdict
from typing import Any, Literal, cast

from fairground_activities.files import (
    HEADING,
    MAX_FEN,
    UNNAMED,
    Problems,
    Section,
    audience_of,
    condition_of,
    heading_of,
    names_of,
    prove_condition,
    prove_rewards,
    reward_of,
)
from fairground_lottery.rules import odds, scores
from fairground_lottery.rules.facts import facts_with
from fairground_lottery.rules.fulfilment import FIELDS, fulfilment_of
from fairground_lottery.rules.law import prove_lawful
from fairground_lottery.rules.model import BROUGHT, KINDS, SCORE_GAME, WHEEL, OrderRule, Prize, Rules, SoldOut
from fairground_lottery.rules.proof import prove
from fairground_lottery.rules.reach import prove_reachable
from fairground_lottery.rules.sources import prove_caps, sources_of

MAX_PRIZES = 200
_MAX_STOCK = 10**9
_MAX_DRAWS = 10**6
_MAX_CHANCES_PER_ORDER = 1_000
_DEFAULT_REFUND_DAYS = 30
_ACTIVITY = (
    "kind", *HEADING, "quotas", "budget", "sold_out", "prizes", "pity",
    "tables", "risk", "audience", "eligible", "rewards",
)  # fmt: skip
_TURNS = {WHEEL: "chances", SCORE_GAME: "play"}  # the section that says how a turn is earned
_SOLD_OUT = ("fallback", "renormalise", "miss")
_CHANCES = ("free_per_day", "orders", "sources", "refund_window_days")
_ORDERS = ("rule", "chances", "every_fen", "min_order_fen", "expire_days", "on_refund", "per_day", "total")
_PRIZE = (
    "id", "name", "weight", "stock", "stock_per_day", "per_member", "value_fen", "reward", "fallback",
    "unlock", "pacing", *FIELDS,
)  # fmt: skip


def read(content: Any, problems: Problems, published: bool = False) -> Rules | None:
    """The content as rules; None when there is any problem.

    What was published is held only to what it was held to then: it must go on meaning what it meant.
    """
    kind = _kind(content)
    activity = Section(problems, content, "", (*_ACTIVITY, _TURNS[kind]))
    if not activity.readable:
        return None
    activity.choice("kind", KINDS)
    heading = heading_of(activity)
    chances = activity.section("chances", _CHANCES) if kind == WHEEL else Section(problems, {}, "", ())
    quotas = activity.section("quotas", ("per_day", "per_week", "per_month", "total"))
    budget = activity.section("budget", ("total_fen", "per_day_fen"))
    rewards = activity.section("rewards", FIELDS)
    rules = Rules(
        **asdict(heading),
        free_per_day=chances.integer("free_per_day", 0, _MAX_DRAWS) or 0,
        orders=_orders(chances) if chances.has("orders") else None,
        refund_window_days=chances.integer("refund_window_days", 1, 366) or _DEFAULT_REFUND_DAYS,
        draws_per_day=quotas.integer("per_day", 1, _MAX_DRAWS),
        draws_per_month=quotas.integer("per_month", 1, _MAX_DRAWS),
        draws_total=quotas.integer("total", 1, _MAX_DRAWS),
        budget_fen=budget.integer("total_fen", 1, MAX_FEN),
        budget_per_day_fen=budget.integer("per_day_fen", 1, MAX_FEN),
        prizes=tuple(_prize(problems, item, path, rewards) for path, item in activity.items("prizes", MAX_PRIZES)),
        sold_out=cast(SoldOut, activity.choice("sold_out", _SOLD_OUT, "fallback") or "fallback"),
        pity=odds.pities_of(activity),
        tables=odds.tables_of(activity, BROUGHT[kind]),
        risk=odds.risks_of(activity),
        audience=audience_of(activity),
        eligible=condition_of(activity, "eligible", facts_with()),
        draws_per_week=quotas.integer("per_week", 1, _MAX_DRAWS),
        sources=sources_of(chances),
        play=scores.play_of(activity) if kind == SCORE_GAME else None,
    )
    prove(rules, problems)
    if not published:
        _prove_chances(chances, kind)
        prove_rewards(content, problems)
        _prove_conditions(rules, problems)
        prove_lawful(rules, problems)
        prove_reachable(rules, problems)
    return None if problems.found else rules


def _kind(content: Any) -> str:
    """What it is read as; a kind that is unknown is noted as any other field is."""
    kind = content.get("kind") if isinstance(content, dict) else None
    return kind if isinstance(kind, str) and kind in KINDS else WHEEL


def _prove_chances(chances: Section, kind: str) -> None:
    """A wheel says how members come to draw. That it is from elsewhere, such as a streak of sign-ins, is said, too."""
    said = any(chances.has(name) for name in ("free_per_day", "orders", "sources"))
    if kind == WHEEL and chances.readable and not said:
        chances.problems.add(chances.path, "no_chances")


def _prove_conditions(rules: Rules, problems: Problems) -> None:
    prove_condition(problems, "eligible", rules.eligible, facts_with())
    for index, tier in enumerate(rules.tables):
        prove_condition(problems, f"tables[{index}].when.condition", tier.condition, facts_with(BROUGHT[rules.kind]))


def _orders(chances: Section) -> OrderRule:
    orders = chances.section("orders", _ORDERS)
    rule = orders.choice("rule", ("per_order", "cumulative"))
    every_fen = orders.integer("every_fen", 100, MAX_FEN)
    if rule == "cumulative" and not orders.has("every_fen"):
        orders.problems.add(orders.at("every_fen"), "needed_by_rule", rule=rule, name="every_fen")
    if rule == "per_order" and orders.has("every_fen"):
        orders.problems.add(orders.at("every_fen"), "not_with_rule", rule=rule, name="every_fen")
    orders_rule = OrderRule(
        rule=cast(Literal["per_order", "cumulative"], rule or "per_order"),
        chances=orders.integer("chances", 1, _MAX_CHANCES_PER_ORDER) or 1,
        every_fen=every_fen or 0,
        min_order_fen=orders.integer("min_order_fen", 0, MAX_FEN) or 0,
        expire_days=orders.integer("expire_days", 1, 3660),
        on_refund=cast(Literal["keep", "debt"], orders.choice("on_refund", ("keep", "debt"), "keep") or "keep"),
        per_day=orders.integer("per_day", 1, _MAX_DRAWS),
        total=orders.integer("total", 1, _MAX_DRAWS),
    )
    prove_caps(orders.problems, orders.path, orders_rule)
    return orders_rule


def _prize(problems: Problems, content: Any, path: str, rewards: Section) -> Prize:
    section = Section(problems, content, path, _PRIZE)
    zh, en = names_of(section)
    section.needed("weight")
    value_fen = section.integer("value_fen", 0, MAX_FEN)
    reward = reward_of(section, zh, value_fen) if section.has("reward") else None
    if not section.has("reward") and value_fen:
        problems.add(section.at("value_fen"), "thanks_with_value")
    return Prize(
        id=section.id("id", 48) or UNNAMED,
        zh=zh,
        en=en,
        weight=section.integer("weight", 0, odds.MAX_WEIGHT) or 0,
        stock=section.integer("stock", 0, _MAX_STOCK),
        stock_per_day=section.integer("stock_per_day", 0, _MAX_STOCK),
        per_member=section.integer("per_member", 1, _MAX_DRAWS),
        value_fen=reward.value_fen if reward else 0,
        reward=reward,
        fallback=(section.id("fallback", 48) if section.has("fallback") else None) or "",
        unlock=odds.unlock_of(section),
        pacing=odds.pacing_of(section),
        fulfilment=fulfilment_of(section, reward, rewards),
    )
