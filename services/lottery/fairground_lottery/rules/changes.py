"""What a new version may not take from members once the activity has begun.

Source: the rules for sales with prizes in China (规范促销行为暂行规定, 2020): what was announced does not
change, unless in the consumer's favour.
"""

from fractions import Fraction

from fairground_activities.files.problems import Problems
from fairground_contracts.rewards import Reward
from fairground_lottery.rules.model import Prize, Rules
from fairground_lottery.rules.scores import compare_plays


def promises_kept(before: Rules, after: Rules, problems: Problems) -> None:
    """Note what the new version would take from members: a prize, its odds, its worth, its stock, pity, or time."""
    places = {prize.id: (index, prize) for index, prize in enumerate(after.prizes)}
    for promised in before.prizes:
        if promised.reward is None:  # nobody is sorry for less thanks
            continue
        if promised.id not in places:
            problems.add("prizes", "prize_removed", prize=promised.id)
            continue
        index, prize = places[promised.id]
        _compare(problems, f"prizes[{index}]", promised, prize)
    _compare_tables(problems, before, after)
    _compare_pity(problems, before, after)
    compare_plays(before, after, problems)


def _compare(problems: Problems, path: str, promised: Prize, prize: Prize) -> None:
    assert promised.reward is not None
    if _less(promised.reward, prize.reward):
        problems.add(f"{path}.reward", "reward_lessened", prize=prize.id)
    if prize.stock is not None and (promised.stock is None or prize.stock < promised.stock):
        was = "∞" if promised.stock is None else promised.stock
        problems.add(f"{path}.stock", "stock_lowered", prize=prize.id, before=was, after=prize.stock)
    if prize.unlock is not None and (promised.unlock is None or prize.unlock.after > promised.unlock.after):
        problems.add(f"{path}.unlock", "opens_later", prize=prize.id)
    _compare_fulfilment(problems, path, promised, prize)


def _compare_fulfilment(problems: Problems, path: str, promised: Prize, prize: Prize) -> None:
    old, new = promised.fulfilment, prize.fulfilment
    if isinstance(old.on_rejected, Reward) and _less(old.on_rejected, new.on_rejected):
        problems.add(f"{path}.on_rejected", "compensation_lessened", prize=prize.id)
    if new.claim_days is not None and (old.claim_days is None or new.claim_days < old.claim_days):
        problems.add(f"{path}.claim_days", "claim_shortened", prize=prize.id)
    if new.on_refund not in (old.on_refund, "keep"):
        problems.add(f"{path}.on_refund", "refund_harsher", prize=prize.id)


def _less(old: Reward, new: object) -> bool:
    """Whether the new reward is another one, or less of it."""
    same = isinstance(new, Reward) and (new.reward, new.ref) == (old.reward, old.ref) and new.amount >= old.amount
    return not same


_BASE = ""


def _compare_tables(problems: Problems, before: Rules, after: Rules) -> None:
    """In each table, no prize gets rarer. Who belonged to a table that is gone falls to the base."""
    old, new = _odds(before), _odds(after)
    paths = {_BASE: "prizes"} | {tier.id: f"tables[{index}].weights" for index, tier in enumerate(after.tables)}
    rewarded = {prize.id for prize in before.prizes if prize.reward} & {prize.id for prize in after.prizes}
    for table, odds in old.items():
        now = new.get(table, new[_BASE])
        for prize in (each.id for each in after.prizes if each.id in rewarded):
            was, is_now = odds.get(prize, Fraction()), now.get(prize, Fraction())
            if is_now < was:
                path = paths.get(table, "tables")
                problems.add(path, "odds_lowered", prize=prize, before=_percent(was), after=_percent(is_now))


def _odds(rules: Rules) -> dict[str, dict[str, Fraction]]:
    """The odds of each prize in each table, exactly."""
    weights = {_BASE: {prize.id: prize.weight for prize in rules.prizes}}
    weights |= {tier.id: dict(tier.weights) for tier in rules.tables}
    return {
        table: {prize: Fraction(weight, sum(of.values())) for prize, weight in of.items()}
        for table, of in weights.items()
    }


def _compare_pity(problems: Problems, before: Rules, after: Rules) -> None:
    places = {pity.id: (index, pity) for index, pity in enumerate(after.pity)}
    for promised in before.pity:
        index, pity = places.get(promised.id, (0, None))
        if pity is None or pity.after > promised.after or not set(promised.prizes) <= set(pity.prizes):
            problems.add(f"pity[{index}]" if pity else "pity", "pity_lessened", pity=promised.id)


def _percent(odds: Fraction) -> str:
    """Odds as people read them."""
    return f"{float(odds) * 100:.6g} %"
