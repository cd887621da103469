"""Why an event came out as it did: the rule that decided, in words, and the figures that it looked at. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from fairground_activities.explaining import by_rule
from fairground_activities.prizes import BUDGET, ENDLESS, Prize
from fairground_contracts.cloudevent import format_time
from fairground_contracts.refusals import yuan
from fairground_decider import Event, State
from fairground_decider.answers import Figure, Words
from fairground_lottery.contract import (
    ChancesGranted,
    ChancesRefused,
    ChancesRevoked,
    CommandForwarded,
    DrawMissed,
    DrawRefused,
    GrantWithdrawn,
    LinkRefused,
    MemberJoined,
    MembersLinked,
    OrderCounted,
    ParcelReported,
    PlayMissed,
    PlayRefused,
    PlayStarted,
    PlayWon,
    PrizeClaimed,
    PrizeWon,
    PurchaseFailed,
    PurchaseReleased,
    PurchaseRequested,
    Reason,
    RewardCompensated,
    RewardOwed,
    RewardTakenBack,
    RewardUndelivered,
)
from fairground_lottery.domain import entrants
from fairground_lottery.domain.calendar import month_of, week_of
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import (
    NEWCOMER,
    NOBODY,
    RULES,
    Entrant,
    Linked,
    Player,
    Sourced,
    entrant_field,
    member_field,
    plays_field,
)
from fairground_lottery.explaining import rewards

_Content = Mapping[str, Any]
_Refusal = DrawRefused | PlayRefused | ChancesRefused | PurchaseFailed | LinkRefused

#: Which part of the rules a refusal follows from.
_RULES = {
    Reason.NOT_STARTED: "window.starts",
    Reason.ENDED: "window.ends",
    Reason.NO_CHANCES: "chances",
    Reason.QUOTA_USED_DAY: "quotas.per_day",
    Reason.QUOTA_USED_WEEK: "quotas.per_week",
    Reason.QUOTA_USED_MONTH: "quotas.per_month",
    Reason.QUOTA_USED_TOTAL: "quotas.total",
    Reason.BELOW_MINIMUM: "chances.orders.min_order_fen",
    Reason.ORDERS_NOT_COUNTED: "chances",
    Reason.TOO_OLD: "chances.refund_window_days",
    Reason.NOT_ELIGIBLE: "eligible",
    Reason.HOLDOUT: "audience.holdout",
    Reason.RISK_DENIED: "risk",
    Reason.OTHER_KIND: "kind",
    Reason.PLAY_OVER: "play.within_seconds",
    Reason.IMPLAUSIBLE: "play",
    Reason.UNKNOWN_SOURCE: "chances.sources",
    Reason.CAP_REACHED_DAY: "chances",
    Reason.CAP_REACHED_TOTAL: "chances",
    Reason.FUNDING_REFUSED: "chances.sources.points",
}


def sentences(event: Event[Any], form: _Content | None) -> tuple[Words, ...]:
    """By which rule it happened. `form`: the rules in force, as published; None where they are not known."""
    said = event.data
    if isinstance(said, PrizeWon | DrawMissed):
        return tuple(_drawn(said, form))
    if isinstance(said, PlayStarted):
        until = format_time(round(said.deadline.timestamp() * 1000))
        return (Words(f"开始一局，须在 {until} 前完成。", f"A play began; it counts if it ends before {until}."),)
    if isinstance(said, _Refusal):
        return tuple(_refused(said, form))
    if isinstance(said, ChancesGranted | OrderCounted):
        return tuple(_earned(said, form))
    if isinstance(said, RewardCompensated | RewardUndelivered):
        return tuple(rewards.undeliverable(said))
    if isinstance(said, GrantWithdrawn | RewardTakenBack | RewardOwed):
        return tuple(rewards.back(said))
    if isinstance(said, PrizeClaimed | ParcelReported):
        return tuple(rewards.shipping(said))
    if isinstance(said, PurchaseRequested | PurchaseReleased):
        return (_bought(said),)
    if isinstance(said, MembersLinked | MemberJoined | CommandForwarded):
        return (_as_one(said),)
    return tuple(_revoked(said, form)) if isinstance(said, ChancesRevoked) else ()


def _drawn(said: PrizeWon | DrawMissed, form: _Content | None) -> Iterator[Words]:
    prizes = {prize["id"]: prize for prize in form["prizes"]} if form else {}
    weights = _weights(form, said.table) if form else {}
    drawn, became = _name(prizes, said.drawn_id), _name(prizes, said.prize_id)
    weight = f"{weights[said.drawn_id]}/{sum(weights.values())}" if said.drawn_id in weights else "?"
    yield Words(
        f"第 {said.index + 1}/{said.draws} 次：随机数落在“{drawn.zh}”（权重 {weight}）。",
        f'Draw {said.index + 1} of {said.draws}: its number names "{drawn.en}" (weight {weight}).',
    )
    if isinstance(said, PlayWon | PlayMissed):
        yield Words(f"这一局得 {said.score} 分。", f"The play ended with a score of {said.score}.")
    if said.table:
        yield Words(f"适用的概率表是 {said.table}（规则 tables、risk）。", f"The table `{said.table}` applied.")
    if said.pity:
        yield _PITY[said.pity]
    if said.prize_id != said.drawn_id:
        why = _WITHHELD.get(said.withheld, _CANNOT)
        yield Words(
            f"“{drawn.zh}”当时不能发放（{why.zh}），按规则 sold_out 改为“{became.zh}”。",
            f'"{drawn.en}" could not be given ({why.en}), so by the rule `sold_out` it became "{became.en}".',
        )
    if said.chance == "play":
        yield Words("这次抽奖由这一局游戏获得。", "The play itself earned this draw.")
    elif said.chance == "free":
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


_CANNOT = Words("库存、每人上限或预算", "stock, cap or budget")
_WITHHELD = {
    "locked": Words("还未解锁", "it was not open yet"),
    "sold_out": Words("已发完", "it was sold out"),
    "sold_out_today": Words("当天已发完", "it was sold out for the day"),
    "paced": Words("按节奏投放的部分已发完", "what was released so far was gone"),
    "per_member": Words("已达每人上限", "the member had won it as often as allowed"),
    "budget": Words("预算不足", "the budget could not pay it"),
}
_PITY = {
    "hard": Words("保底生效：只在保底奖品中抽取（规则 pity）。", "Pity decided: only its prizes were drawn from."),
    "soft": Words("软保底提高了奖品的权重（规则 pity）。", "Pity raised the weights of its prizes."),
    "due": Words("保底已到，但没有可发的奖品，次数保留。", "Pity was due, with nothing to give: the count stays."),
}


def _weights(form: _Content, table: str) -> dict[str, int]:
    """The weights that applied, before pity and what is sold out."""
    for tier in form.get("tables", ()):
        if tier["id"] == table:
            return dict(tier["weights"])
    return {prize["id"]: prize["weight"] for prize in form["prizes"]}


def _name(prizes: Mapping[str, _Content], prize_id: str) -> Words:
    if not prize_id:
        return Words("没有奖品", "nothing")
    name = prizes[prize_id]["name"] if prize_id in prizes else {"zh": prize_id, "en": prize_id}
    return Words(name["zh"], name["en"])


def _refused(said: _Refusal, form: _Content | None) -> Iterator[Words]:
    rule = _RULES.get(said.reason)
    if rule and form:
        yield by_rule(rule, form)


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
    if isinstance(said, ChancesGranted) and said.source:
        yield _by_source(said.source, form)
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


def _as_one(said: MembersLinked | MemberJoined | CommandForwarded) -> Words:
    if isinstance(said, CommandForwarded):
        return Words(
            f"会员按 {said.person_id} 计算，由请求 {said.forwarded_id} 处理。",
            f"The member counts for {said.person_id}, so it was decided there, as request {said.forwarded_id}.",
        )
    other = said.person_id if isinstance(said, MembersLinked) else said.joined_id
    return Words(
        f"{said.member_id} 与 {other} 是同一个人：次数、限额和中奖合并计算。",
        f"{said.member_id} and {other} are one person: chances, quotas and wins count together.",
    )


def _by_source(source: str, form: _Content | None) -> Words:
    return by_rule(f"chances.sources.{source}", form or {}, Words("没有限制", "no limits"))


def _bought(said: PurchaseRequested | PurchaseReleased) -> Words:
    if isinstance(said, PurchaseRequested):
        until = said.answer_by.isoformat()
        return Words(
            f"用 {said.points} 积分购买 {said.chances} 次机会（规则 chances.sources.points），最晚 {until} 扣积分。",
            f"{said.chances} chances for {said.points} points (rule `chances.sources.points`), to be taken by {until}.",
        )
    why = _GIVEN_BACK[said.why]
    return Words(f"{why.zh}，积分退还。", f"{why.en}, so the points go back.")


_GIVEN_BACK = {
    "too_late": Words("积分扣得太晚", "The points were taken too late"),
    "closed": Words("积分扣除时活动已经结束", "The activity was over when the points were taken"),
    "not_awaited": Words("没有等待付款的购买", "No purchase waits for these points"),
}


def _revoked(said: ChancesRevoked, form: _Content | None) -> Iterator[Words]:
    if said.left_fen:
        left = yuan(said.left_fen)
        yield Words(f"订单 {said.order_id} 部分退款，还有 {left} 元有效。",
                    f"Part of order {said.order_id} was refunded; {left} yuan of it still count.")  # fmt: skip
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
    in_force: InForce | None = state.record(activity, RULES)
    if in_force is None or not member:
        return ()
    account = entrant_field(said) if hasattr(said, "person_id") else member_field(member)
    entrant: Entrant | Linked = state.record(activity, account) or NEWCOMER
    if isinstance(entrant, Linked):  # there are no figures where it is not counted
        return ()
    found = list(_of_member(in_force, entrant, event))
    if isinstance(said, PlayStarted | PlayWon | PlayMissed | PlayRefused):
        found = list(_of_player(in_force, state.record(activity, plays_field(said)) or NOBODY, event))
    if isinstance(said, PrizeWon | DrawMissed):
        for prize_id in dict.fromkeys((said.drawn_id, said.prize_id)):
            found += _of_prize(state, in_force.game.by_id.get(prize_id), said)
        found += _of_budget(state, in_force, said)
    return tuple(found)


def _of_member(in_force: InForce, entrant: Entrant, event: Event[Any]) -> Iterator[Figure]:
    day = in_force.day(event.time_ms)
    used = entrants.used(entrant, day)
    yield Figure(
        Words("获得的机会（未用）", "granted chances left"), str(entrants.granted_left(entrant, event.time_ms))
    )
    if in_force.free_per_day:
        free = Words("当天已用免费机会", "free chances used that day")
        yield Figure(free, _of(entrants.free_draws(entrant, day), in_force.free_per_day))
    for zh, en, drawn, limit in (
        ("当天已抽", "draws that day", used.day, in_force.draws_per_day),
        ("当周已抽", "draws that week", entrants.in_week(entrant, day), in_force.draws_per_week),
        ("当月已抽", "draws that month", used.month, in_force.draws_per_month),
        ("总共已抽", "draws in all", used.total, in_force.draws_total),
    ):
        if limit != ENDLESS:
            yield Figure(Words(zh, en), _of(drawn, limit))
    for source, total, _ in entrant.earned if isinstance(entrant, Sourced) else ():
        yield Figure(Words(f"从 {source} 获得", f"chances from {source}"), str(total))
    if held := entrants.held(entrant, event.time_ms):
        yield Figure(Words("购买中的机会", "chances being bought"), str(held))
    if entrant.debt:
        yield Figure(Words("欠的机会", "chances owed"), str(entrant.debt))
    if entrant.carried_fen:
        yield Figure(Words("累计消费（元）", "yuan counted towards the next chance"), yuan(entrant.carried_fen))


def _of_player(in_force: InForce, player: Player, event: Event[Any]) -> Iterator[Figure]:
    day = in_force.day(event.time_ms)
    in_day, in_week, in_month = player.begun(day, week_of(day), month_of(day))
    yield Figure(Words("未结束的游戏", "open plays"), str(len(player.open)))
    for zh, en, plays, limit in (
        ("当天已玩", "plays begun that day", in_day, in_force.draws_per_day),
        ("当周已玩", "plays begun that week", in_week, in_force.draws_per_week),
        ("当月已玩", "plays begun that month", in_month, in_force.draws_per_month),
        ("总共已玩", "plays begun in all", player.plays, in_force.draws_total),
    ):
        if limit != ENDLESS:
            yield Figure(Words(zh, en), _of(plays, limit))


def _of_prize(state: State, prize: Prize | None, said: PrizeWon | DrawMissed) -> Iterator[Figure]:
    if prize is None or prize.reward is None:
        return
    given = state.counter(said.activity_id, prize.counter)
    yield Figure(Words(f"已发 {prize.id}", f"{prize.id} given"), _of(given, prize.stock))
    if prize.stock_per_day != ENDLESS:
        today = state.counter(said.activity_id, f"{prize.counter}:{said.day}")
        yield Figure(Words(f"当天已发 {prize.id}", f"{prize.id} given that day"), _of(today, prize.stock_per_day))


def _of_budget(state: State, in_force: InForce, said: PrizeWon | DrawMissed) -> Iterator[Figure]:
    for zh, en, field, limit in (
        ("已用预算（元）", "yuan of the budget used", BUDGET, in_force.game.budget_fen),
        (
            "当天已用预算（元）",
            "yuan of the day's budget used",
            f"{BUDGET}:{said.day}",
            in_force.game.budget_per_day_fen,
        ),
    ):
        if limit != ENDLESS:
            yield Figure(Words(zh, en), f"{yuan(state.counter(said.activity_id, field))} / {yuan(limit)}")


def _of(taken: int, limit: int) -> str:
    return str(taken) if limit == ENDLESS else f"{taken} / {limit}"
