"""The odds page: what anybody may read of an activity before playing. A pure function of the published form.

The law asks for prizes, conditions, method, quantity or probability, and claim time (rule C17). A version's page
follows from its publication event alone, so that of any version can be shown at any time. What a version adds to its
form, such as pity, says itself in `_conditions` and `_changes`.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from fairground_contracts.refusals import yuan
from fairground_decider.answers import Odds, OddsPrize, Words

_Content = Mapping[str, Any]

_METHOD = (
    Words(
        "开奖前先公布种子的 SHA-256；每次抽奖的随机数由种子和请求在日志中的位置计算（HMAC-SHA256），谁也不能挑选。",
        "The SHA-256 of a seed is published first; each draw's number is an HMAC-SHA256 of that seed over where the "
        "request stands in the log, which nobody chooses.",
    ),
    Words(
        "每个奖品的概率等于它的权重除以权重总和，不作任何四舍五入。",
        "A prize's probability is its weight divided by the sum of all weights, without any rounding.",
    ),
)

_CLAIMS = {
    "points": Words("中奖后立即发放到积分账户", "credited to the points account right after the draw"),
    "coupon": Words("中奖后立即发放到优惠券账户", "issued to the member's coupons right after the draw"),
    "cash": Words("中奖后立即发放到账户余额", "paid to the member's account right after the draw"),
    "draw_chances": Words("中奖后立即可用", "can be used right after the draw"),
    "member_days": Words("中奖后立即生效", "takes effect right after the draw"),
    "packet": Words("中奖后立即发出红包", "sent as a red packet right after the draw"),
    "physical": Words("中奖后填写收货地址，按活动说明寄出", "sent out after the member has given an address"),
    "custom": Words("按活动说明领取", "as the activity's description says"),
}
_NO_CLAIM = Words("无需领取", "nothing to claim")

_SOLD_OUT = {
    "fallback": Words(
        "奖品的库存、每日库存、每人上限或预算用完时，抽中它的那次改为它后面写明的奖品。",
        "When a prize's stock, daily stock, cap by member or the budget is used up, a draw that names it becomes the "
        "prize that is given with it.",
    ),
    "renormalise": Words(
        "奖品发完后，其余奖品的概率按权重同比例提高。",
        "When a prize is gone, the probabilities of the others grow in proportion to their weights.",
    ),
    "miss": Words("奖品发完后，抽中它的那次没有奖品。", "When a prize is gone, a draw that names it wins nothing."),
}


def odds(form: _Content) -> Odds:
    """The page of one version. `form` is what its publication event carries."""
    total = sum(prize["weight"] for prize in form["prizes"])
    return Odds(
        activity_id=form["id"],
        name=_words(form["name"]),
        starts=form["window"]["starts"],
        ends=form["window"]["ends"],
        zone=form["zone"],
        conditions=tuple(_conditions(form)),
        method=_METHOD,
        prizes=tuple(_prize(prize, total) for prize in form["prizes"]),
        changes=tuple(_changes(form)),
    )


def _words(name: _Content) -> Words:
    return Words(name["zh"], name["en"])


def _prize(prize: _Content, total: int) -> OddsPrize:
    reward = prize.get("reward")
    return OddsPrize(
        id=prize["id"],
        name=_words(prize["name"]),
        probability=Fraction(prize["weight"], total),
        quantity=prize.get("stock"),
        quantity_per_day=prize.get("stock_per_day"),
        per_member=prize.get("per_member"),
        value_fen=prize.get("value_fen", 0),
        after=prize.get("fallback", ""),
        claim=_NO_CLAIM if reward is None else _claim(reward["kind"], prize.get("claim_days")),
    )


def _claim(kind: str, days: int | None) -> Words:
    if days is None:
        return _CLAIMS[kind]
    return Words(
        f"中奖后 {days} 天内填写收货地址，逾期作废",
        f"sent out after the member has given an address, within {days} days of the draw",
    )


def _conditions(form: _Content) -> Iterator[Words]:
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
    for name, zh, en in (
        ("per_day", "每人每天最多抽", "at most {} draws for each member and day"),
        ("per_week", "每人每周最多抽", "at most {} draws for each member and week"),
        ("per_month", "每人每月最多抽", "at most {} draws for each member and month"),
        ("total", "每人总共最多抽", "at most {} draws for each member in all"),
    ):
        if (limit := quotas.get(name)) is not None:
            yield Words(f"{zh} {limit} 次", en.format(limit))
    yield from _audience(form.get("audience", {}), form.get("eligible", ""))


def _play(play: _Content, quotas: _Content) -> Iterator[Words]:
    """What a play is, and how often one may begin."""
    yield Words(
        f"每局游戏以分数结束（最高 {play['max_score']} 分，{play['within_seconds']} 秒内完成），每局抽奖一次",
        f"each play ends with a score (at most {play['max_score']}, within {play['within_seconds']} seconds) and draws "
        "once",
    )
    for name, zh, en in (
        ("per_day", "每人每天最多玩", "at most {} plays for each member and day"),
        ("per_week", "每人每周最多玩", "at most {} plays for each member and week"),
        ("per_month", "每人每月最多玩", "at most {} plays for each member and month"),
        ("total", "每人总共最多玩", "at most {} plays for each member in all"),
    ):
        if (limit := quotas.get(name)) is not None:
            yield Words(f"{zh} {limit} 局", en.format(limit))


def _audience(audience: _Content, condition: str) -> Iterator[Words]:
    if "only" in audience:
        yield Words("仅限受邀会员", "by invitation only")
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


def _changes(form: _Content) -> Iterator[Words]:
    """Everything that makes a draw's probabilities other than the table's."""
    yield _SOLD_OUT[form["sold_out"]]
    names = {prize["id"]: _words(prize["name"]) for prize in form["prizes"]}
    for prize in form["prizes"]:
        yield from _opening(prize, names[prize["id"]])
    for pity in form.get("pity", ()):
        yield from _pity(pity, [names[each] for each in pity["prizes"]])
    for tier in form.get("tables", ()):
        yield _tier(tier, names)
    for name, zh, en in (
        ("total_fen", "全部奖品的总价值不超过", "all prizes together are worth at most"),
        ("per_day_fen", "每天奖品的总价值不超过", "the prizes of a day are worth at most"),
    ):
        if (limit := form["budget"].get(name)) is not None:
            yield Words(f"{zh} {yuan(limit)} 元。", f"{en[0].upper()}{en[1:]} {yuan(limit)} yuan.")


def _opening(prize: _Content, name: Words) -> Iterator[Words]:
    if unlock := prize.get("unlock"):
        zh, en = {"member": ("本人", "by the member"), "all": ("全体会员", "by all")}[unlock["by"]]
        zh_per, en_per = {
            "day": ("每天", "each day anew"),
            "cycle": ("每次中出后重新", "anew after each win"),
            "lifetime": ("", "in all"),
        }[unlock["per"]]
        yield Words(
            f"“{name.zh}”在{zh}{zh_per}抽满 {unlock['after']} 次后开放。",
            f"{name.en} can be won after {unlock['after']} draws {en}, counted {en_per}.",
        )
    if prize.get("pacing"):
        yield Words(f"“{name.zh}”的库存随时间分批投放。", f"The stock of {name.en} is released bit by bit over time.")


def _pity(pity: _Content, prizes: Sequence[Words]) -> Iterator[Words]:
    zh, en = "、".join(each.zh for each in prizes), ", ".join(each.en for each in prizes)
    yield Words(
        f"保底：连续 {pity['after']} 次没有抽中（{zh}），下一次必中其中之一（有库存时）。",
        f"After {pity['after']} draws in a row without {en}, the next one wins one of them, while there is stock.",
    )
    if soft := pity.get("soft"):
        yield Words(
            f"从连续 {soft['from']} 次起，每多一次它们的权重各增加 {soft['step']}。",
            f"From {soft['from']} such draws on, each one more adds {soft['step']} to the weight of each of them.",
        )


def _tier(tier: _Content, names: Mapping[str, Words]) -> Words:
    """Other odds, for those whom the tier is for."""
    total = sum(tier["weights"].values())
    odds = [(names[prize], f"{weight / total * 100:.6g} %") for prize, weight in tier["weights"].items()]
    when = ", ".join(f"{name} ≥ {least}" if name != "condition" else str(least) for name, least in
                     tier.get("when", {}).items())  # fmt: skip
    zh = "，".join(f"{name.zh} {percent}" for name, percent in odds)
    en = ", ".join(f"{name.en} {percent}" for name, percent in odds)
    return Words(
        f"概率表 {tier['id']}（{when or '按风险等级'}）：{zh}。",
        f"Table {tier['id']} ({when or 'by risk level'}): {en}.",
    )
