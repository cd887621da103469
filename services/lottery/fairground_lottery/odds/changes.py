"""What makes a draw's probabilities other than those of the table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fairground_contracts.refusals import yuan
from fairground_decider.answers import Words
from fairground_lottery.odds.conditions import marked
from fairground_lottery.odds.pity import slope

_Content = Mapping[str, Any]

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


def changes(form: _Content) -> Iterator[Words]:
    """Everything that makes a draw's probabilities other than the table's."""
    yield _SOLD_OUT[form["sold_out"]]
    names = {prize["id"]: Words(**prize["name"]) for prize in form["prizes"]}
    for prize in form["prizes"]:
        yield from _opening(prize, names[prize["id"]])
    for number, pity in enumerate(form.get("pity", ())):
        yield from _pity(pity, [names[each] for each in pity["prizes"]])
        if pity.get("soft"):
            yield slope(form, number)
    for tier in form.get("tables", ()):
        yield _tier(tier, names)
    yield from _risks(form.get("risk", {}))
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
    if pacing := prize.get("pacing"):
        zh, en = {"day": ("按天", "day by day"), "hour": ("每天按小时", "hour by hour each day")}[pacing["by"]]
        zh_rest, en_rest = ("留待以后", "can be given later") if pacing["carry"] else ("作废", "is lost")
        yield Words(
            f"“{name.zh}”的库存{zh}分批投放，没有抽中的{zh_rest}。",
            f"The stock of {name.en} is released {en}; what is left of each {en_rest}.",
        )


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


def _risks(risk: _Content) -> Iterator[Words]:
    """Other odds, for draws that were marked as a risk; who is refused reads that among the conditions."""
    for level, what in risk.items():
        zh, en = marked(risk, level)
        if what == "lowest":
            yield Words(f"{zh}只得最低的奖品。", f"{en.capitalize()} win the lowest prize that there always is.")
        elif what != "refuse":
            yield Words(f"{zh}使用概率表 {what}。", f"{en.capitalize()} use table {what}.")
