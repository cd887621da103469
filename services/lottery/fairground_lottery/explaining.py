"""Why an event came out as it did: the rule that decided, in words, and the figures that it looked at. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from fairground_decider import Event, State
from fairground_decider.answers import Figure, Words
from fairground_lottery.contract import (
    ChancesGranted,
    ChancesRefused,
    ChancesRevoked,
    DrawMissed,
    DrawRefused,
    OrderCounted,
    PrizeWon,
    Reason,
)
from fairground_lottery.domain import entrants
from fairground_lottery.domain.records import BUDGET, NEWCOMER, RULES, Entrant, member_field
from fairground_lottery.domain.refusals import yuan
from fairground_lottery.domain.wheel import ENDLESS, Segment, Wheel

_Content = Mapping[str, Any]

#: Which part of the rules a refusal follows from.
_RULES = {
    Reason.NOT_STARTED: "window.starts",
    Reason.ENDED: "window.ends",
    Reason.NO_CHANCES: "chances",
    Reason.QUOTA_USED_DAY: "quotas.per_day",
    Reason.QUOTA_USED_MONTH: "quotas.per_month",
    Reason.QUOTA_USED_TOTAL: "quotas.total",
    Reason.BELOW_MINIMUM: "chances.orders.min_order_fen",
    Reason.ORDERS_NOT_COUNTED: "chances",
    Reason.TOO_OLD: "chances.refund_window_days",
}


def sentences(event: Event[Any], form: _Content | None) -> tuple[Words, ...]:
    """By which rule it happened. `form`: the rules in force, as published; None where they are not known."""
    said = event.data
    if isinstance(said, PrizeWon | DrawMissed):
        return tuple(_drawn(said, form))
    if isinstance(said, DrawRefused | ChancesRefused):
        return tuple(_refused(said, form))
    if isinstance(said, ChancesGranted | OrderCounted):
        return tuple(_earned(said, form))
    return tuple(_revoked(said, form)) if isinstance(said, ChancesRevoked) else ()


def _drawn(said: PrizeWon | DrawMissed, form: _Content | None) -> Iterator[Words]:
    prizes = {prize["id"]: prize for prize in form["prizes"]} if form else {}
    total = sum(prize["weight"] for prize in prizes.values())
    drawn, became = _name(prizes, said.drawn_id), _name(prizes, said.prize_id)
    weight = f"{prizes[said.drawn_id]['weight']}/{total}" if said.drawn_id in prizes else "?"
    yield Words(
        f"第 {said.index + 1}/{said.draws} 次：随机数落在“{drawn.zh}”（权重 {weight}）。",
        f'Draw {said.index + 1} of {said.draws}: its number names "{drawn.en}" (weight {weight}).',
    )
    if said.prize_id != said.drawn_id:
        yield Words(
            f"“{drawn.zh}”当时已不能发放（库存、每人上限或预算），按规则 fallback 改为“{became.zh}”。",
            f'"{drawn.en}" could not be given any more (stock, cap or budget), so by its rule `fallback` it became '
            f'"{became.en}".',
        )
    if said.chance == "free":
        yield Words(
            f"用了 {said.day} 的一次免费机会（规则 chances.free_per_day）。",
            f"It used a free chance of {said.day} (rule `chances.free_per_day`).",
        )
    else:
        yield Words(f"用了由 {said.cause} 获得的一次机会。", f"It used a chance that {said.cause} had granted.")
    if isinstance(said, PrizeWon):
        yield Words(f"中奖：{became.zh}。", f"It won {became.en}.")
    else:
        yield Words(f"没有中奖：{became.zh}。", f"It won nothing: {became.en}.")


def _name(prizes: Mapping[str, _Content], prize_id: str) -> Words:
    name = prizes[prize_id]["name"] if prize_id in prizes else {"zh": prize_id, "en": prize_id}
    return Words(name["zh"], name["en"])


def _refused(said: DrawRefused | ChancesRefused, form: _Content | None) -> Iterator[Words]:
    rule = _RULES.get(said.reason)
    if rule and form:
        written = _written(form, rule)
        yield Words(f"依据规则 {rule}：{written or '没有设置'}。", f"By the rule `{rule}`: {written or 'not set'}.")


def _written(form: _Content, rule: str) -> str:
    """What the published rules say there."""
    found: Any = form
    for name in rule.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, Mapping):
        return ", ".join(f"{name}={content}" for name, content in found.items() if not isinstance(content, Mapping))
    return "" if found is None else str(found)


def _earned(said: ChancesGranted | OrderCounted, form: _Content | None) -> Iterator[Words]:
    if isinstance(said, ChancesGranted):
        yield Words(
            f"因 {said.cause} 获得 {said.chances} 次机会。", f"{said.chances} chances were granted for {said.cause}."
        )
    else:
        yield Words(
            f"订单 {said.order_id} 已累计；还差 {yuan(said.missing_fen)} 元得到下一次机会。",
            f"Order {said.order_id} counts; {yuan(said.missing_fen)} yuan are missing for the next chance.",
        )
    rule = ((form or {}).get("chances", {}).get("orders") or {}) if said.order_id else {}
    if rule.get("rule") == "cumulative":
        every = yuan(rule["every_fen"])
        yield Words(
            f"规则 chances.orders：累计每满 {every} 元得 {rule['chances']} 次；已累计 {yuan(said.carried_fen)} 元。",
            f"Rule `chances.orders`: {rule['chances']} chances for every {every} yuan; {yuan(said.carried_fen)} yuan "
            "count towards the next.",
        )
    elif rule:
        yield Words(
            f"规则 chances.orders：每笔订单得 {rule['chances']} 次。",
            f"Rule `chances.orders`: {rule['chances']} chances for each order.",
        )
    if isinstance(said, ChancesGranted) and said.debt_paid:
        yield Words(
            f"其中 {said.debt_paid} 次抵扣了已退款订单用掉的次数。",
            f"{said.debt_paid} of them paid for used chances of refunded orders.",
        )


def _revoked(said: ChancesRevoked, form: _Content | None) -> Iterator[Words]:
    taken = sum(part.chances for part in said.taken)
    policy = ((form or {}).get("chances", {}).get("orders") or {}).get("on_refund", "?")
    yield Words(
        f"收回 {taken} 次未用的机会；已用的按规则 on_refund={policy}：保留 {said.kept} 次，欠 {said.debt} 次。",
        f"{taken} unused chances went back; of used ones, by the rule `on_refund: {policy}`, {said.kept} are kept and "
        f"{said.debt} owed.",
    )


# ---- figures ---------------------------------------------------------------------------------------------


def figures(state: State, event: Event[Any]) -> tuple[Figure, ...]:
    """What the event looked at, as it stands in `state`: asked before and after the event is folded."""
    said = event.data
    activity, member = said.activity_id, getattr(said, "member_id", "")
    wheel: Wheel | None = state.record(activity, RULES)
    if wheel is None or not member:
        return ()
    entrant: Entrant = state.record(activity, member_field(member)) or NEWCOMER
    found = list(_of_member(wheel, entrant, event))
    if isinstance(said, PrizeWon | DrawMissed):
        for prize_id in dict.fromkeys((said.drawn_id, said.prize_id)):
            found += _of_prize(state, wheel.segments.get(prize_id), said)
        found += _of_budget(state, wheel, said)
    return tuple(found)


def _of_member(wheel: Wheel, entrant: Entrant, event: Event[Any]) -> Iterator[Figure]:
    day = wheel.day(event.time_ms)
    used = entrants.used(entrant, day)
    yield Figure(
        Words("获得的机会（未用）", "granted chances left"), str(entrants.granted_left(entrant, event.time_ms))
    )
    if wheel.free_per_day:
        free = Words("当天已用免费机会", "free chances used that day")
        yield Figure(free, _of(entrants.free_draws(entrant, day), wheel.free_per_day))
    for zh, en, drawn, limit in (
        ("当天已抽", "draws that day", used.day, wheel.draws_per_day),
        ("当月已抽", "draws that month", used.month, wheel.draws_per_month),
        ("总共已抽", "draws in all", used.total, wheel.draws_total),
    ):
        if limit != ENDLESS:
            yield Figure(Words(zh, en), _of(drawn, limit))
    if entrant.debt:
        yield Figure(Words("欠的机会", "chances owed"), str(entrant.debt))
    if entrant.carried_fen:
        yield Figure(Words("累计消费（元）", "yuan counted towards the next chance"), yuan(entrant.carried_fen))


def _of_prize(state: State, segment: Segment | None, said: PrizeWon | DrawMissed) -> Iterator[Figure]:
    if segment is None or segment.reward is None:
        return
    given = state.counter(said.activity_id, segment.counter)
    yield Figure(Words(f"已发 {segment.id}", f"{segment.id} given"), _of(given, segment.stock))
    if segment.stock_per_day != ENDLESS:
        today = state.counter(said.activity_id, f"{segment.counter}:{said.day}")
        yield Figure(Words(f"当天已发 {segment.id}", f"{segment.id} given that day"), _of(today, segment.stock_per_day))


def _of_budget(state: State, wheel: Wheel, said: PrizeWon | DrawMissed) -> Iterator[Figure]:
    for zh, en, field, limit in (
        ("已用预算（元）", "yuan of the budget used", BUDGET, wheel.budget_fen),
        ("当天已用预算（元）", "yuan of the day's budget used", f"{BUDGET}:{said.day}", wheel.budget_per_day_fen),
    ):
        if limit != ENDLESS:
            yield Figure(Words(zh, en), f"{yuan(state.counter(said.activity_id, field))} / {yuan(limit)}")


def _of(taken: int, limit: int) -> str:
    return str(taken) if limit == ENDLESS else f"{taken} / {limit}"
