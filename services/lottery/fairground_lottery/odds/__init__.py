"""The odds page: what anybody may read of an activity before playing. A pure function of the published form, and, where
odds follow what is left, of which prizes cannot be given at the moment.

The law asks for prizes, conditions, method, quantity or probability, and claim time (rule C17). A version's page
follows from its publication event alone, so that of any version can be shown at any time. What a version adds to its
form, such as pity, says itself in `conditions`, `changes` and `fates`: a test asks for every field of the form.
"""

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

from fairground_decider.answers import Odds, OddsPrize, Words
from fairground_lottery.odds.changes import changes
from fairground_lottery.odds.conditions import conditions
from fairground_lottery.odds.pity import long_run_of
from fairground_lottery.odds.rewards import claim, fates

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

_WITH_PITY = Words(
    "有保底时，每个奖品旁还写明同一会员一直抽下去时它所占的比例，由连续未中次数的马尔可夫链算出；前提是奖品都有剩余，且不适用其他概率表。",
    "With pity, each prize also says what share of the draws it comes to for a member who draws on and on: the "
    "stationary distribution of the counts of misses, as long as everything can be given and no other table applies.",
)
_TOO_MANY = Words(
    "保底的组合太多，长期概率无法算出。",
    "Pity has too many states for what it comes to in the long run to be told.",
)


def of_the_moment(form: _Content) -> bool:
    """Whether the odds are others as soon as a prize cannot be given (rule 6 of docs/lottery.md)."""
    return bool(form["sold_out"] == "renormalise")


def odds(form: _Content, withheld: Collection[str] | None = None) -> Odds:
    """The page of one version. `form` is what its publication event carries.

    `withheld`: the prizes that nobody can be given now, where that is known; it matters where odds are `of_the_moment`.
    """
    total = sum(prize["weight"] for prize in form["prizes"])
    often = long_run_of(form)
    now = _right_now(form, withheld) if withheld is not None and of_the_moment(form) else {}
    return Odds(
        activity_id=form["id"],
        name=_words(form["name"]),
        starts=form["window"]["starts"],
        ends=form["window"]["ends"],
        zone=form["zone"],
        conditions=tuple(conditions(form)),
        method=(*_METHOD, *_on_pity(form, often)),
        prizes=tuple(
            _prize(prize, total)._replace(long_run=often[place] if often else None, now=now.get(prize["id"]))
            for place, prize in enumerate(form["prizes"])
        ),
        changes=tuple(changes(form)),
        total=total,
        fates=tuple(fates(form)),
    )


def _on_pity(form: _Content, often: tuple[Fraction, ...] | None) -> tuple[Words, ...]:
    if not form.get("pity"):
        return ()
    return (_TOO_MANY if often is None else _WITH_PITY,)


def _words(name: _Content) -> Words:
    return Words(name["zh"], name["en"])


def _right_now(form: _Content, withheld: Collection[str]) -> dict[str, Fraction]:
    """The rest's weights over their sum. Publication proved that one of them has no limit."""
    left = {prize["id"]: 0 if prize["id"] in withheld else prize["weight"] for prize in form["prizes"]}
    total = sum(left.values())
    return {prize: Fraction(weight, total) for prize, weight in left.items()} if total else {}


def _prize(prize: _Content, total: int) -> OddsPrize:
    return OddsPrize(
        id=prize["id"],
        name=_words(prize["name"]),
        probability=Fraction(prize["weight"], total),
        quantity=prize.get("stock"),
        quantity_per_day=prize.get("stock_per_day"),
        per_member=prize.get("per_member"),
        value_fen=prize.get("value_fen", 0),
        after=prize.get("fallback", ""),
        claim=claim(prize),
        weight=prize["weight"],
    )
