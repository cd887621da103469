"""What must hold of the rules that change the odds from draw to draw: what they promise can be kept."""

from fairground_activities.files.problems import Problems, shown
from fairground_activities.files.reading import did_you_mean
from fairground_lottery.rules.model import LOWEST, REFUSE, Pity, Rules


def prove_odds(rules: Rules, problems: Problems) -> None:
    """Note what could never come about."""
    days = rules.days
    for index, prize in enumerate(rules.prizes):
        if prize.pacing is not None and prize.pacing.by == "day" and 0 < days < len(prize.pacing.curve):
            path = f"prizes[{index}].pacing.curve"
            problems.add(path, "curve_too_long", found=len(prize.pacing.curve), days=days)
    seen: set[str] = set()
    for index, pity in enumerate(rules.pity):
        path = f"pity[{index}]"
        if pity.id in seen:
            problems.add(f"{path}.id", "duplicate_pity", found=pity.id)
        seen.add(pity.id)
        _prove_pity(rules, pity, path, problems)
    _prove_tables(rules, problems)
    _prove_risk(rules, problems)


def _prove_tables(rules: Rules, problems: Problems) -> None:
    """Each table has a name of its own, holds prizes that there are, and can be reached."""
    prizes = tuple(prize.id for prize in rules.prizes)
    seen, by_risk = {LOWEST, REFUSE}, {what for _, what in rules.risk}
    for index, tier in enumerate(rules.tables):
        path = f"tables[{index}]"
        if tier.id in seen:
            problems.add(f"{path}.id", "taken_id", found=tier.id)
        seen.add(tier.id)
        for prize_id, _ in tier.weights:
            if prize_id not in prizes:
                zh, en = did_you_mean(prize_id, prizes)
                path_of = f"{path}.weights.{prize_id}"
                problems.add(path_of, "unknown_prize", found=shown(prize_id), hint_zh=zh, hint_en=en)
        unread = any(problem.field.startswith(f"{path}.weights") for problem in problems.found)
        if not unread and not any(weight for _, weight in tier.weights):
            problems.add(f"{path}.weights", "weights_all_zero")
        unread = any(problem.field.startswith(f"{path}.when") for problem in problems.found)
        if not unread and not tier.by_member and tier.id not in by_risk:
            problems.add(path, "unreachable_table", found=tier.id)


def _prove_risk(rules: Rules, problems: Problems) -> None:
    tables = tuple(tier.id for tier in rules.tables)
    for level, what in rules.risk:
        if what == LOWEST and not any(prize.endless(rules.budgeted) for prize in rules.prizes):
            problems.add(f"risk.{level}", "no_lowest")
        elif what not in (*tables, LOWEST, REFUSE):
            zh, en = did_you_mean(what, (*tables, LOWEST, REFUSE))
            problems.add(f"risk.{level}", "unknown_table", found=shown(what), hint_zh=zh, hint_en=en)


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
    elsewhere = {prize_id for tier in rules.tables for prize_id, weight in tier.weights if weight}
    if named and not any(prize.weight or prize.id in elsewhere for prize in named):
        problems.add(f"{path}.prizes", "pity_without_weight")
