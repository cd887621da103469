"""What must hold of the rules that change the odds from draw to draw: what they promise can be kept."""

from fairground_lottery.rules.model import Pity, Rules
from fairground_lottery.rules.problems import Problems, shown
from fairground_lottery.rules.reading import did_you_mean


def prove_odds(rules: Rules, problems: Problems) -> None:
    """Note what could never come about."""
    for index, prize in enumerate(rules.prizes):
        unlock = prize.unlock
        if unlock is None or unlock.by == "all":
            continue
        most = rules.draws_total if unlock.per != "day" else rules.draws_per_day or rules.draws_total
        if most is not None and most <= unlock.after:
            problems.add(f"prizes[{index}].unlock.after", "never_unlocked", after=unlock.after, most=most)
    seen: set[str] = set()
    for index, pity in enumerate(rules.pity):
        path = f"pity[{index}]"
        if pity.id in seen:
            problems.add(f"{path}.id", "duplicate_pity", found=pity.id)
        seen.add(pity.id)
        _prove_pity(rules, pity, path, problems)


def _prove_pity(rules: Rules, pity: Pity, path: str, problems: Problems) -> None:
    by_id = {prize.id: prize for prize in reversed(rules.prizes)}
    for at, prize_id in enumerate(pity.prizes):
        if prize_id not in by_id:
            zh, en = did_you_mean(prize_id, tuple(by_id))
            problems.add(f"{path}.prizes[{at}]", "unknown_prize", found=shown(prize_id), hint_zh=zh, hint_en=en)
        elif by_id[prize_id].reward is None:
            problems.add(f"{path}.prizes[{at}]", "pity_of_thanks", found=prize_id)
    named = [by_id[prize_id] for prize_id in pity.prizes if prize_id in by_id]
    if named and all(0 in (prize.stock, prize.stock_per_day) for prize in named):
        problems.add(f"{path}.prizes", "pity_without_stock")
    if named and not any(prize.weight for prize in named):
        problems.add(f"{path}.prizes", "pity_without_weight")
    if rules.draws_total is not None and rules.draws_total <= pity.after:
        problems.add(f"{path}.after", "never_due", after=pity.after, most=rules.draws_total)
