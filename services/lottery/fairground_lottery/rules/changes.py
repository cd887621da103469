"""What a new version may not take from members once the activity has begun.

Each field goes where `promises` lets it go; here is what several say together: prizes, what they fall back on, pity.
"""

from fairground_activities.files import Problems
from fairground_lottery.rules.model import Pity, Prize, Rules
from fairground_lottery.rules.promised_odds import compare_odds
from fairground_lottery.rules.promises import compare

#: Of thanks, neither more nor less of these may be: where they run out, a draw may win something.
_LIMITS = ("stock", "stock_per_day", "per_member", "fallback", "unlock", "pacing")


def promises_kept(before: Rules, after: Rules, problems: Problems) -> None:
    """Note what the new version would take from members: chances, a prize, its odds, its worth, its stock, pity."""
    compare(problems, "", before, after)
    _compare_prizes(before, after, problems)
    _compare_pity(before, after, problems)


def _compare_prizes(before: Rules, after: Rules, problems: Problems) -> None:
    places = {prize.id: (index, prize) for index, prize in enumerate(after.prizes)}
    promised = tuple(prize for prize in before.prizes if prize.reward is not None or prize.fallback)
    for prize in promised:
        if prize.id not in places:
            problems.add("prizes", "prize_removed", prize=prize.id)
    rewarded = {prize.id for prize in before.prizes if prize.reward is not None}
    for was in before.prizes:
        index, now = places.get(was.id, (0, None))
        if now is not None:
            _compare_prize(was, now, f"prizes[{index}]", rewarded, after.budgeted, problems)
    compare_odds(before, after, tuple(prize.id for prize in promised if prize.id in places), problems)


def _compare_prize(was: Prize, now: Prize, path: str, rewarded: set[str], budgeted: bool, problems: Problems) -> None:
    if was.reward is None and now.reward is None:
        for name in _LIMITS:
            if getattr(was, name) != getattr(now, name):
                problems.add(f"{path}.{name}", "thanks_limited", name=name, prize=was.id)
    if was.reward is None:
        return
    compare(problems, path, was, now, was.id)
    if was.fallback in rewarded and now.fallback != was.fallback:
        field = f"{path}.fallback"
        problems.add(field, "promise_changed", name="fallback", before=was.fallback, after=now.fallback or "—")
    dearer = now.value_fen > was.value_fen and not (now.reward and now.reward.amount > was.reward.amount)
    if now.value_fen < was.value_fen or (budgeted and dearer):  # what is dearer runs sooner out of the budget
        field = f"{path}.value_fen"
        problems.add(field, "promise_changed", name="value_fen", before=was.value_fen, after=now.value_fen)


def _compare_pity(before: Rules, after: Rules, problems: Problems) -> None:
    """Each comes as soon as before, in the same order; one that comes sooner, or is new, takes no draw from others."""
    promised, known = {pity.id: pity for pity in before.pity}, [pity.id for pity in after.pity]
    for gone in promised.keys() - set(known):
        problems.add("pity", "pity_removed", pity=gone)
    kept = [pity for pity in promised if pity in known]
    if known[: len(kept)] != kept:
        problems.add("pity", "pity_reordered")
    for index, pity in enumerate(after.pity):
        was = promised.get(pity.id)
        if was is not None:
            compare(problems, f"pity[{index}]", was, pity, pity.id)
        if pity != was:
            _compare_draws_taken(pity, f"pity[{index}]", before, after, problems)


def _compare_draws_taken(pity: Pity, path: str, before: Rules, after: Rules, problems: Problems) -> None:
    """A draw that pity decides wins none of the other prizes, so each of its own is worth more than those."""
    worth = {prize.id: prize.value_fen for prize in after.prizes}
    least = min(worth[prize] for prize in pity.prizes)
    for prize in before.prizes:
        if prize.reward is not None and prize.id not in pity.prizes and worth.get(prize.id, 0) >= least:
            problems.add(path, "pity_in_the_way", pity=pity.id, prize=prize.id)
