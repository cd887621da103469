"""What must come about for somebody: each prize, table, unlock and pity of a file that is about to be published.

Only what is certain is noted: where members' facts, or commands of operators, could still lead to it, nothing is. What
was published once is not asked again.
"""

from typing import NamedTuple

from fairground_activities.files import compiled
from fairground_activities.files.problems import Problems
from fairground_decider.days import month
from fairground_lottery.rules.model import LOWEST, Prize, Rules, Tier

_WEEKDAY_OF_DAY_0 = 3  # a Thursday, counted from Monday
_SAID = ("score", "draws", "spend_fen", "level", "condition")


class Most(NamedTuple):
    """How often one member can draw; None: as often as there are chances."""

    total: int | None
    per_day: int | None


def most_draws(rules: Rules) -> Most:
    """By all quotas, and by the days, weeks and months that the window touches.

    Members who are one person are one here; what they drew as several before they were linked comes on top of it. A
    play may begin on one day and end on the next, so the quota of a day says nothing of the plays that end on it.
    """
    total, days = rules.draws_total, rules.days
    if days > 0:
        first, last = rules.first_day, rules.first_day + days - 1
        weeks = _week(last) - _week(first) + 1
        months = month(last) - month(first) + 1
        total = _least(
            total,
            _times(rules.draws_per_day, days),
            _times(rules.draws_per_week, weeks),
            _times(rules.draws_per_month, months),
        )
    if rules.play is not None:
        return Most(total, total)
    return Most(total, _least(total, rules.draws_per_day, rules.draws_per_week, rules.draws_per_month))


def _week(day: int) -> int:
    return (day + _WEEKDAY_OF_DAY_0) // 7


def _times(limit: int | None, times: int) -> int | None:
    return None if limit is None else limit * times


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def prove_reachable(rules: Rules, problems: Problems) -> None:
    """Note what nobody can ever come to."""
    if not any(prize.weight for prize in rules.prizes):
        return  # noted already
    _prove_prizes(rules, problems)
    _prove_draws(rules, problems)
    _prove_order(rules, problems)


def _prove_prizes(rules: Rules, problems: Problems) -> None:
    """Each prize can come out of some draw."""
    if any(problem.field.startswith(("tables", "risk")) for problem in problems.found):
        return  # what they lead to was not read
    reached = _reached(rules)
    for index, prize in enumerate(rules.prizes):
        unread = any(problem.field.startswith(f"prizes[{index}]") for problem in problems.found)
        if prize.reward is not None and not (prize.id in reached or unread):
            problems.add(f"prizes[{index}].weight", "unreachable_prize", found=prize.id)


def _reached(rules: Rules) -> set[str]:
    """The prizes that have a weight somewhere, and what they become when they have run out, or are held back."""
    reached = {prize_id for tier in rules.tables for prize_id, weight in tier.weights if weight}
    if not any(_always(tier) for tier in rules.tables):
        reached |= {prize.id for prize in rules.prizes if prize.weight}
    endless = [prize for prize in rules.prizes if prize.endless(rules.budgeted)]
    if endless and any(what == LOWEST for _, what in rules.risk):
        reached.add(min(endless, key=_lowest_first).id)
    if rules.sold_out != "fallback":
        return reached
    by_id = {prize.id: prize for prize in reversed(rules.prizes)}
    following = [by_id[prize_id] for prize_id in reached if prize_id in by_id]
    while following:
        prize = following.pop()
        if not prize.endless(rules.budgeted) and prize.fallback in by_id and prize.fallback not in reached:
            reached.add(prize.fallback)
            following.append(by_id[prize.fallback])
    return reached


def _lowest_first(prize: Prize) -> tuple[int, bool]:
    return prize.value_fen, prize.reward is not None


def _prove_draws(rules: Rules, problems: Problems) -> None:
    """What comes after so many draws of a member comes before their last one."""
    most = most_draws(rules)
    for index, prize in enumerate(rules.prizes):
        if prize.unlock is not None and prize.unlock.by == "member":
            limit = most.per_day if prize.unlock.per == "day" else most.total
            if limit is not None and limit <= prize.unlock.after:
                path = f"prizes[{index}].unlock.after"
                problems.add(path, "never_unlocked", after=prize.unlock.after, most=limit)
    if most.total is None:
        return
    for index, pity in enumerate(rules.pity):
        if most.total <= pity.after:
            problems.add(f"pity[{index}].after", "never_due", after=pity.after, most=most.total)
    for index, tier in enumerate(rules.tables):
        if tier.draws is not None and most.total <= tier.draws:
            problems.add(f"tables[{index}].when.draws", "too_few_draws", draws=tier.draws, most=most.total)


def _prove_order(rules: Rules, problems: Problems) -> None:
    """No table stands behind one that applies whenever it does. Risk levels lead to it all the same."""
    by_risk = {what for _, what in rules.risk}
    before: list[Tier] = []
    for index, tier in enumerate(rules.tables):
        path = f"tables[{index}].when"
        if not tier.by_member or any(problem.field.startswith(path) for problem in problems.found):
            continue  # not read, or it leads nowhere anyway
        front = next((other for other in before if other.id != tier.id and _hides(other, tier)), None)
        if front is not None and tier.id not in by_risk:
            said = next(name for name in _SAID if getattr(tier, name) not in (None, ""))
            problems.add(f"{path}.{said}", "table_in_front", front=front.id)
        before.append(tier)


def _hides(front: Tier, tier: Tier) -> bool:
    """Whether the one in front applies to all that the other applies to."""
    for name in ("spend_fen", "level", "draws", "score"):
        least, here = getattr(front, name), getattr(tier, name)
        if least is not None and (here is None or here < least):
            return False
    return front.condition == tier.condition or _certain(front.condition)


def _always(tier: Tier) -> bool:
    """Whether it applies to every draw: nothing is below a score of 0."""
    said = (tier.spend_fen, tier.level, tier.draws)
    return tier.by_member and said == (None, None, None) and not tier.score and _certain(tier.condition)


def _certain(condition: str) -> bool:
    """Whether it asks for nothing."""
    return not condition or (not compiled(condition).facts and compiled(condition).holds({}))
