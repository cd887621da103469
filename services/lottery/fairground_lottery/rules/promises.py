"""What a new version may not take from members once the activity has begun.

Every field of the rules has its direction here; below is what several say together: prizes, what they fall back on,
pity. What an operator needs to fight fraud, to simulate and to correct a text may change at any time; each such field
is named in docs/lottery.md.
"""

from collections.abc import Mapping
from typing import Any

from fairground_activities.files import Problems
from fairground_activities.promises import (
    BY_PARTS,
    FREE,
    HEADING,
    Promise,
    Table,
    compare,
    compare_audience,
    compare_part,
    gone_or_same,
    kept_or_same,
    limit_not_lowered,
    new_or_not_more,
    not_more,
    reward_not_lessened,
    same,
    same_or,
    still_yes,
)
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
from fairground_lottery.rules.promised_odds import compare_odds

_UP = Promise(limit_not_lowered, code="promise_lowered")
_DOWN = Promise(not_more, code="promise_raised")
_STAYS = Promise(same, code="promise_changed")
_MAY_BE_KEPT = Promise(kept_or_same, code="promise_changed")
_MAY_BECOME_YES = Promise(still_yes, code="promise_changed")

#: Each part of the rules, and where its fields may go.
PROMISES: Mapping[type[Any], Table] = {
    Rules: {
        **HEADING,
        **dict.fromkeys(("orders", "sources", "play", "prizes", "pity", "tables", "audience"), BY_PARTS),
        "free_per_day": _UP.at("chances.free_per_day"),
        "refund_window_days": _UP.at("chances.refund_window_days"),
        "draws_per_day": _UP.at("quotas.per_day"),
        "draws_per_week": _UP.at("quotas.per_week"),
        "draws_per_month": _UP.at("quotas.per_month"),
        "draws_total": _UP.at("quotas.total"),
        "budget_fen": _UP.at("budget.total_fen"),
        "budget_per_day_fen": _UP.at("budget.per_day_fen"),
        "sold_out": _STAYS,
        "risk": FREE,  # against fraud
        "eligible": Promise(gone_or_same, code="promise_changed"),
    },
    OrderRule: {
        **dict.fromkeys(("chances", "expire_days", "per_day", "total"), _UP),
        **dict.fromkeys(("every_fen", "min_order_fen"), _DOWN),
        "rule": _STAYS,
        "on_refund": _MAY_BE_KEPT,
    },
    Source: {
        **dict.fromkeys(("chances", "per_day", "total", "expire_days", "answer_minutes"), _UP),
        "kind": FREE,  # by which sources are told apart
        "price": _DOWN,
    },
    PlayRule: {
        "max_score": _UP,
        "min_seconds": _DOWN,
        "within_seconds": _UP,
        "expected_scores": FREE,  # only simulations ask for it
    },
    Prize: {
        **dict.fromkeys(("id", "zh", "en"), FREE),
        **dict.fromkeys(("weight", "value_fen", "fallback", "unlock", "pacing", "fulfilment"), BY_PARTS),
        **dict.fromkeys(("stock", "stock_per_day", "per_member"), _UP),
        "reward": Promise(reward_not_lessened, code="reward_lessened"),
    },
    Unlock: {"after": _DOWN, "by": _STAYS, "per": Promise(same_or("lifetime"), code="promise_changed")},
    Pacing: {"by": _STAYS, "curve": _STAYS, "carry": _MAY_BECOME_YES},
    Fulfilment: {
        "on_rejected": Promise(reward_not_lessened, code="compensation_lessened"),
        "on_refund": _MAY_BE_KEPT,
        "restock": _MAY_BECOME_YES,
        "claim_days": _UP,
    },
    Pity: {
        "id": FREE,  # by which pities are told apart
        "prizes": Promise(lambda before, after: set(before) == set(after), code="promise_changed"),
        "after": _DOWN,
        "soft_from": Promise(new_or_not_more, "soft.from", "promise_raised"),
        "soft_step": _UP.at("soft.step"),
    },
    Tier: dict.fromkeys(("id", "spend_fen", "level", "draws", "condition", "weights", "score"), BY_PARTS),
}

#: Of thanks, neither more nor less of these may be: where they run out, a draw may win something.
_LIMITS = ("stock", "stock_per_day", "per_member", "fallback", "unlock", "pacing")


def promises_kept(before: Rules, after: Rules, problems: Problems) -> None:
    """Note what the new version would take from members: chances, a prize, its odds, its worth, its stock, pity."""
    compare(PROMISES[Rules], before, after, problems)
    compare_audience(before.audience, after.audience, problems)
    compare_part(PROMISES[OrderRule], before.orders, after.orders, problems, "chances.orders")
    compare_part(PROMISES[PlayRule], before.play, after.play, problems, "play")
    sources = {source.kind: source for source in after.sources}
    for source in before.sources:
        compare_part(PROMISES[Source], source, sources.get(source.kind), problems, f"chances.sources.{source.kind}")
    _compare_prizes(before, after, problems)
    _compare_pity(before, after, problems)


def _compare_prizes(before: Rules, after: Rules, problems: Problems) -> None:
    places = {prize.id: (index, prize) for index, prize in enumerate(after.prizes)}
    promised = tuple(prize for prize in before.prizes if prize.reward is not None or prize.fallback)
    for prize in promised:
        if prize.id not in places:
            problems.add("prizes", "prize_removed", prize=prize.id)
    rewarded = {prize.id for prize in before.prizes if prize.reward is not None}
    for was in before.prizes:
        index, now = places.get(was.id, (0, None))
        if now is not None:
            _compare_prize(was, now, f"prizes[{index}]", rewarded, after.budgeted, problems)
    compare_odds(before, after, tuple(prize.id for prize in promised if prize.id in places), problems)


def _compare_prize(was: Prize, now: Prize, path: str, rewarded: set[str], budgeted: bool, problems: Problems) -> None:
    if was.reward is None:
        if now.reward is None:
            _compare_thanks(was, now, path, problems)
        return
    compare(PROMISES[Prize], was, now, problems, path, was.id)
    compare(PROMISES[Fulfilment], was.fulfilment, now.fulfilment, problems, path, was.id)
    _compare_hindrance(was.unlock, now.unlock, f"{path}.unlock", problems)
    _compare_hindrance(was.pacing, now.pacing, f"{path}.pacing", problems)
    if was.fallback in rewarded and now.fallback != was.fallback:
        field = f"{path}.fallback"
        problems.add(field, "promise_changed", name=field, before=was.fallback, after=now.fallback or "—")
    dearer = now.value_fen > was.value_fen and not (now.reward and now.reward.amount > was.reward.amount)
    if now.value_fen < was.value_fen or (budgeted and dearer):  # what is dearer runs sooner out of the budget
        field = f"{path}.value_fen"
        problems.add(field, "promise_changed", name=field, before=was.value_fen, after=now.value_fen)


def _compare_thanks(was: Prize, now: Prize, path: str, problems: Problems) -> None:
    for name in _LIMITS:
        if getattr(was, name) != getattr(now, name):
            problems.add(f"{path}.{name}", "thanks_limited", name=name, prize=was.id)


def _compare_hindrance(was: Unlock | Pacing | None, now: Unlock | Pacing | None, path: str, problems: Problems) -> None:
    """What makes a prize harder to win: it does not come, may go, and grows no harder."""
    if was is None and now is not None:
        problems.add(path, "promise_added", name=path)
    elif was is not None and now is not None:
        compare(PROMISES[type(was)], was, now, problems, path)


def _compare_pity(before: Rules, after: Rules, problems: Problems) -> None:
    """Each comes as soon as before, in the same order; one that comes sooner, or is new, takes no draw from others."""
    promised, known = {pity.id: pity for pity in before.pity}, [pity.id for pity in after.pity]
    for gone in promised.keys() - set(known):
        problems.add("pity", "pity_removed", pity=gone)
    kept = [pity for pity in promised if pity in known]
    if known[: len(kept)] != kept:
        problems.add("pity", "pity_reordered")
    for index, pity in enumerate(after.pity):
        was = promised.get(pity.id)
        if was is not None:
            compare(PROMISES[Pity], was, pity, problems, f"pity[{index}]")
        if pity != was:
            _compare_draws_taken(pity, f"pity[{index}]", before, after, problems)


def _compare_draws_taken(pity: Pity, path: str, before: Rules, after: Rules, problems: Problems) -> None:
    """A draw that pity decides wins none of the other prizes, so each of its own is worth more than those."""
    worth = {prize.id: prize.value_fen for prize in after.prizes}
    least = min(worth[prize] for prize in pity.prizes)
    for prize in before.prizes:
        if prize.reward is not None and prize.id not in pity.prizes and worth.get(prize.id, 0) >= least:
            problems.add(path, "pity_in_the_way", pity=pity.id, prize=prize.id)
