"""What must hold between the fields of the rules, above all: every turn ends in something that can be given."""

from fairground_activities.files.problems import Problems, shown
from fairground_activities.files.reading import did_you_mean
from fairground_lottery.rules.model import Prize, Rules
from fairground_lottery.rules.odds_proof import prove_odds
from fairground_lottery.rules.scores import prove_play

_UNREAD = "?"


def prove(rules: Rules, problems: Problems) -> None:
    """Note what does not fit together."""
    if not rules.prizes:
        return
    _prove_prizes(rules, problems)
    _prove_limits(rules, problems)
    prove_odds(rules, problems)
    prove_play(rules, problems)
    if rules.sold_out == "fallback":
        _prove_ends(rules, problems)
    else:
        _prove_without_fallback(rules, problems)


def _prove_prizes(rules: Rules, problems: Problems) -> None:
    seen: set[str] = set()
    for index, prize in enumerate(rules.prizes):
        if prize.id in seen and prize.id != _UNREAD:
            problems.add(f"prizes[{index}].id", "duplicate_id", found=prize.id)
        seen.add(prize.id)
    unread = any(problem.field.endswith(".weight") for problem in problems.found)
    if not unread and sum(prize.weight for prize in rules.prizes) == 0:
        problems.add("prizes", "weights_all_zero")


def _prove_limits(rules: Rules, problems: Problems) -> None:
    pairs = [("quotas.per_day", rules.draws_per_day, rules.draws_total)]
    pairs.append(("quotas.per_week", rules.draws_per_week, rules.draws_total))
    pairs.append(("quotas.per_month", rules.draws_per_month, rules.draws_total))
    pairs.append(("budget.per_day_fen", rules.budget_per_day_fen, rules.budget_fen))
    pairs.extend(
        (f"prizes[{i}].stock_per_day", prize.stock_per_day, prize.stock) for i, prize in enumerate(rules.prizes)
    )
    for path, day, total in pairs:
        if day is not None and total is not None and day > total:
            problems.add(path, "day_above_total", day=day, total=total)
    budgets = {"budget.total_fen": rules.budget_fen, "budget.per_day_fen": rules.budget_per_day_fen}
    for path, budget in budgets.items():
        dearest = max(rules.prizes, key=lambda prize: prize.value_fen)
        if budget is not None and budget < dearest.value_fen:
            problems.add(path, "budget_below_prize", budget=budget, prize=dearest.id, value=dearest.value_fen)


def _prove_ends(rules: Rules, problems: Problems) -> None:
    """Each prize that can run out falls back, in the end, on one that cannot."""
    by_id = {prize.id: prize for prize in reversed(rules.prizes)}  # of two with the same id the first one
    budgeted = rules.budgeted
    for index, prize in enumerate(rules.prizes):
        path = f"prizes[{index}].fallback"
        if prize.fallback and prize.fallback not in by_id:
            zh, en = did_you_mean(prize.fallback, tuple(by_id))
            problems.add(path, "unknown_fallback", found=shown(prize.fallback), hint_zh=zh, hint_en=en)
            continue
        chain = chain_of(prize, by_id, budgeted)
        if chain[-1].endless(budgeted):
            continue
        if chain[-1].fallback in by_id:  # cut short because it comes back to a prize it has passed
            ids = [*(each.id for each in chain), chain[-1].fallback]
            problems.add(path, "fallback_loop", chain=shown(" > ".join(ids)))
        elif len(chain) == 1 and not any(found.field == path for found in problems.found):
            problems.add(path, "no_endless_end", found=prize.id)


def _prove_without_fallback(rules: Rules, problems: Problems) -> None:
    """Nothing falls back; where the odds are spread over the rest, there is always a rest."""
    for index, prize in enumerate(rules.prizes):
        if prize.fallback:
            problems.add(f"prizes[{index}].fallback", "fallback_unused", sold_out=rules.sold_out)
    unread = any(problem.field.startswith(("prizes", "tables")) for problem in problems.found)
    if rules.sold_out != "renormalise" or unread:
        return
    endless = {prize.id for prize in rules.prizes if prize.endless(rules.budgeted)}
    if not any(prize.weight and prize.id in endless for prize in rules.prizes):
        problems.add("sold_out", "nothing_endless")
    for index, tier in enumerate(rules.tables):
        if not any(weight and prize_id in endless for prize_id, weight in tier.weights):
            problems.add(f"tables[{index}].weights", "nothing_endless")


def chain_of(prize: Prize, by_id: dict[str, Prize], budgeted: bool) -> list[Prize]:
    """The prize and what it falls back on, in order, up to the first that can always be given."""
    chain = [prize]
    while not chain[-1].endless(budgeted):
        following = by_id.get(chain[-1].fallback)
        if following is None or any(following is each for each in chain):
            break
        chain.append(following)
    return chain
