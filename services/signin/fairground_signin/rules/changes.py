"""What a new version may not take from members once the activity has begun.

What a streak is stays: another cycle or freeze would change streaks that members have. What was promised stays, too
(规范促销行为暂行规定, 2020: no change unless in the consumer's favour).
"""

from fairground_activities.files import Problems
from fairground_contracts.rewards import Reward
from fairground_signin.rules.model import Plan, Rules, Tier
from fairground_signin.rules.proof import rules_of


def promises_kept(before: Rules, after: Rules, problems: Problems) -> None:
    """Note what the new version would change of the counting, or take from members."""
    for name, was, now in (
        ("window.starts", before.starts_ms, after.starts_ms),
        ("cycle", before.cycle, after.cycle),
        ("freeze", before.freeze, after.freeze),
        ("make_up.total", _made_up_counts(before), _made_up_counts(after)),
    ):
        if was != now:
            problems.add(name, "counting_fixed", name=name)
    plans = {0: after.plan} | {level.level: level.plan or after.plan for level in after.levels}
    for level, plan in ({0: before.plan} | {level.level: level.plan or before.plan for level in before.levels}).items():
        _compare(plan, plans.get(level, after.plan), problems)


def _made_up_counts(rules: Rules) -> bool:
    return rules.make_up is None or rules.make_up.in_total


def _compare(before: Plan, after: Plan, problems: Problems) -> None:
    rules = {rule.id: rule for rule in rules_of(after)}
    for promised in rules_of(before):
        rule = rules.get(promised.id)
        if rule is None:
            problems.add("", "rule_removed", rule=promised.id)
        elif _less(promised.reward, rule.reward):
            problems.add("", "reward_lessened", rule=promised.id)
        elif isinstance(promised, Tier) and isinstance(rule, Tier) and rule.days > promised.days:
            problems.add("", "tier_later", rule=promised.id)


def _less(old: Reward, new: Reward) -> bool:
    """Whether the new reward is another one, or less of it."""
    return (new.reward, new.ref) != (old.reward, old.ref) or new.amount < old.amount
