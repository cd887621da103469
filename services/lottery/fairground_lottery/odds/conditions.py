"""Who may take part, and how often: what has to be met before anything is drawn."""

from collections.abc import Iterator, Mapping
from typing import Any

from fairground_contracts.refusals import yuan
from fairground_decider.answers import Words

_Content = Mapping[str, Any]


def conditions(form: _Content) -> Iterator[Words]:
    """Who may draw, and how often: chances first, then quotas."""
    chances, quotas = form.get("chances", {}), form["quotas"]
    if play := form.get("play"):
        yield from _play(play, quotas)
        quotas = {}
    if free := chances.get("free_per_day"):
        yield Words(f"每人每天免费抽 {free} 次", f"{free} free draws for each member and day")
    if orders := chances.get("orders"):
        yield _orders(orders)
        yield _REFUNDED[orders.get("on_refund", "keep")]
    for kind, source in chances.get("sources", {}).items():
        yield _source(kind, source)
    yield from _quotas(quotas, "抽", "次", "draws")
    if hour := form.get("day_start_hour"):
        yield Words(f"每天从 {hour} 点开始", f"a day begins at {hour} o'clock")
    yield from _audience(form.get("audience", {}), form.get("eligible", ""))
    for level, what in (risk := form.get("risk", {})).items():
        if what == "refuse":
            zh, en = marked(risk, level)
            yield Words(f"{zh}不予受理", f"{en} are refused")


def marked(risk: _Content, level: str) -> Words:
    """The draws that a rule for a risk level is for. The highest is treated no better than the one below it."""
    if level == "3" and "4" not in risk:
        return Words("风控等级为 3 或 4 的抽奖", "draws that are marked with risk level 3 or 4")
    return Words(f"风控等级为 {level} 的抽奖", f"draws that are marked with risk level {level}")


def _play(play: _Content, quotas: _Content) -> Iterator[Words]:
    """What a play is, and how often one may begin."""
    most, least, seconds = play["max_score"], play["min_seconds"], play["within_seconds"]
    yield Words(
        f"每局游戏以分数结束（最高 {most} 分，用时 {least} 至 {seconds} 秒），每局抽奖一次",
        f"each play ends with a score (at most {most}, after {least} to {seconds} seconds) and draws once",
    )
    yield from _quotas(quotas, "玩", "局", "plays")


_PERIODS = (
    ("per_day", "每人每天", "for each member and day"),
    ("per_week", "每人每周", "for each member and week"),
    ("per_month", "每人每月", "for each member and month"),
    ("total", "每人总共", "for each member in all"),
)


def _quotas(quotas: _Content, verb_zh: str, unit_zh: str, what_en: str) -> Iterator[Words]:
    """How many of them a member may have."""
    for name, zh, en in _PERIODS:
        if (limit := quotas.get(name)) is not None:
            yield Words(f"{zh}最多{verb_zh} {limit} {unit_zh}", f"at most {limit} {what_en} {en}")


def _audience(audience: _Content, condition: str) -> Iterator[Words]:
    if "only" in audience:
        yield Words("仅限受邀会员", "by invitation only")
    if audience.get("never"):
        yield Words("名单上的会员不能参加", "not open to members on a list")
    if share := audience.get("share"):
        yield Words(f"随机选取 {share} 的会员可以参加", f"open to {share} of the members, chosen by a hash")
    if holdout := audience.get("holdout"):
        yield Words(
            f"随机选取 {holdout} 的会员作为对照，不参加", f"{holdout} of the members, chosen by a hash, are left out"
        )
    if condition:
        yield Words(f"参加条件：{condition}", f"condition: {condition}")


def _orders(orders: _Content) -> Words:
    chances, least = orders["chances"], orders.get("min_order_fen", 0)
    if orders["rule"] == "cumulative":
        every = yuan(orders["every_fen"])
        zh, en = f"累计消费每满 {every} 元抽 {chances} 次", f"{chances} draws for every {every} yuan that are spent"
    else:
        zh, en = f"每笔订单抽 {chances} 次", f"{chances} draws for each paid order"
    if least:
        zh, en = f"{zh}（订单满 {yuan(least)} 元）", f"{en} (orders of at least {yuan(least)} yuan)"
    return _limited(Words(zh, en), orders)


#: What a refund takes back, by the rule for chances that are used already.
_REFUNDED = {
    "keep": Words(
        "订单退款的部分不再计入，因此多得的次数未使用的会收回",
        "what is refunded of an order counts no more: unused draws that it had brought go back",
    ),
    "debt": Words(
        "订单退款的部分不再计入，因此多得的次数未使用的会收回，已使用的从以后获得的次数中扣除",
        "what is refunded of an order counts no more: unused draws that it had brought go back, used ones are paid by "
        "the next ones",
    ),
}

_SOURCES = {
    "sign_in": Words("签到", "each sign-in"),
    "share": Words("分享", "each share"),
    "review": Words("评价", "each review"),
    "invitation": Words("邀请的每位新会员", "each member who was invited"),
}


def _source(kind: str, source: _Content) -> Words:
    chances = source.get("chances")
    if kind == "points":
        price = source["price"]
        return _limited(Words(f"{price} 积分购买 {chances} 次", f"{chances} draws for {price} points"), source)
    name = _SOURCES[kind]
    if chances is None:
        return _limited(Words(f"{name.zh}送抽奖次数", f"draws for {name.en}"), source)
    return _limited(Words(f"{name.zh}送 {chances} 次", f"{chances} draws for {name.en}"), source)


def _limited(said: Words, rule: _Content) -> Words:
    """The same with caps and expiry."""
    zh, en = said
    for name, of_zh, of_en in (("per_day", "每天", "a day"), ("total", "总共", "in all")):
        if cap := rule.get(name):
            zh, en = f"{zh}，{of_zh}最多 {cap} 次", f"{en}, at most {cap} {of_en}"
    if days := rule.get("expire_days"):
        zh, en = f"{zh}，{days} 天内有效", f"{en}, valid for {days} days"
    return Words(zh, en)
