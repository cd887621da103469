"""What a day earns: its base reward, and every tier that it newly reaches. A pure function of sets of days.

A tier is due when a length is reached that was not before: so a tier that a new version adds is not paid for what was
reached under an older one, and one that a make-up reaches is paid then.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from fairground_contracts.rewards import Reward
from fairground_signin.contract import Earned
from fairground_signin.contract.events import EarnedBy
from fairground_signin.domain.days import NOTHING_BEFORE, Days
from fairground_signin.domain.in_force import InForce
from fairground_signin.domain.reaching import Change, longest_in
from fairground_signin.domain.records import Member, Owing
from fairground_signin.rules import Given, Plan, Special, Tier

#: Whose amounts a level multiplies: a coupon is one coupon whatever the level.
_SCALED = ("points", "cash")

BASE, FIRST_EVER = 0, 1


class Due(NamedTuple):
    """A rule that a day is due a reward by."""

    position: int  # in the plan
    days: int  # how many it took


class Came(Struct, frozen=True, gc=False):
    """A day that came to a member's days: before it, and with it."""

    day: int
    cycle: int  # first day of the cycle
    before: Days
    change: Change
    earns_base: bool
    frozen: int = 0  # missed days before it that earn the base reward now


class Outcome(NamedTuple):
    """What a day earned."""

    earned: tuple[Earned, ...]
    positions: tuple[int, ...]
    skipped: tuple[str, ...]  # rules that were due and paid nothing


def outcome(in_force: InForce, plan: int, member: Member, came: Came) -> Outcome:
    """The rewards of a day, by the plan of the member's level."""
    rules, given = in_force.plans[plan], in_force.given[plan]
    due_now = list(_due(in_force, plan, member, came))
    owing = [each.rule for each in member.rest.owing if each.cycle in (0, came.cycle)]
    if not due_now and not came.frozen and not owing:
        return _plain(in_force, plan) if came.earns_base and rules.base is not None else NOTHING
    dues, skipped = _without_owed(given, due_now, owing)
    replaced = any(getattr(given[due.position], "way", "add") == "replace" for due in dues)
    if rules.base is not None and came.earns_base and not replaced:
        base, owed = _without_owed(given, [Due(BASE, 0)], owing)
        dues, skipped = [*base, *dues], [*owed, *skipped]
    earned = list(earned_by(in_force, plan, dues))
    if rules.base is not None and came.frozen:
        earned.append(frozen_base(in_force, plan, came.frozen))
    return Outcome(tuple(earned), tuple(due.position for due in dues), tuple(skipped))


NOTHING = Outcome((), (), ())


def _without_owed(
    given: Sequence[Given | None], due_now: Iterable[Due], owing: list[str]
) -> tuple[list[Due], list[str]]:
    """What pays, and the rules that pay nothing, each of which takes one out of `owing`."""
    dues: list[Due] = []
    skipped: list[str] = []
    for due in due_now:
        rule = given[due.position]
        assert rule is not None
        if rule.id in owing:
            owing.remove(rule.id)
            skipped.append(rule.id)
        else:
            dues.append(due)
    return dues, skipped


@lru_cache(maxsize=1024)  # what nearly every day comes to
def _plain(in_force: InForce, plan: int) -> Outcome:
    return Outcome((_earned(in_force, plan, Due(BASE, 0)),), (BASE,), ())


def _due(in_force: InForce, number: int, member: Member, came: Came) -> Iterator[Due]:
    """What is due beside the base reward, each rule as often as it is. `number`: of the plan."""
    plan = in_force.plans[number]
    first_ever = plan.first_ever
    if first_ever is not None and first_ever.id not in member.ever and _first(came.before):
        yield Due(FIRST_EVER, 1)
    for place, special in enumerate(plan.dates, FIRST_EVER + 1):
        if special.first <= came.day <= special.last:
            yield Due(place, 1)
    paid = member.ever
    for length in came.change.reached if plan.streak else ():
        tier = streak_tier(plan, length)
        if tier is not None and tier.id not in paid and not _paid_in_cycle(in_force, tier, came):
            paid = paid if tier.paid == "per_streak" else (*paid, tier.id)
            yield Due(FIRST_EVER + 1 + len(plan.dates) + plan.streak.index(tier), length)
    for place, tier in enumerate(plan.total, FIRST_EVER + 1 + len(plan.dates) + len(plan.streak)):
        if came.change.total_before < tier.days <= came.change.total and tier.id not in member.ever:
            yield Due(place, tier.days)


def _first(before: Days) -> bool:
    return not before.present and before.before == NOTHING_BEFORE


def streak_tier(plan: Plan, length: int) -> Tier | None:
    """The tier that a streak of exactly this length pays; None: it pays none."""
    last = plan.streak[-1]
    if length > last.days:
        if plan.after_last == "stay":
            return None
        if plan.after_last == "repeat":
            return last
        length = (length - 1) % last.days + 1
    return next((tier for tier in plan.streak if tier.days == length), None)


def _paid_in_cycle(in_force: InForce, tier: Tier, came: Came) -> bool:
    """Whether a tier that pays once in a cycle was reached in this one before."""
    if tier.paid != "per_cycle":
        return False
    longest = came.change.longest_before
    if longest is None:
        longest = longest_in(came.before, in_force.counting.span(came.day))
    return longest >= tier.days


def earned_by(in_force: InForce, plan: int, dues: Iterable[Due]) -> Iterator[Earned]:
    """The rewards of what is due."""
    return (_earned(in_force, plan, due) for due in dues)


@lru_cache(maxsize=4096)  # everybody's base reward is the same
def _earned(in_force: InForce, plan: int, due: Due) -> Earned:
    rule = in_force.given[plan][due.position]
    assert rule is not None
    return Earned(
        rule=rule.id,
        by=how(in_force.plans[plan], due.position),
        days=due.days,
        reward=scaled(rule.reward, in_force.percent(plan)),
        on_revoke=rule.on_revoke,
        ever=_ever(rule),
    )


def frozen_base(in_force: InForce, plan: int, days: int) -> Earned:
    """The base reward of so many frozen days, as one, which goes back by the rule of the base reward."""
    base = in_force.plans[plan].base
    assert base is not None
    reward = scaled(base.reward, in_force.percent(plan))
    many = reward.model_copy(update={"amount": reward.amount * days, "value_fen": reward.value_fen * days})
    return Earned(rule=base.id, by="frozen", days=days, reward=many, on_revoke=base.on_revoke)


def _ever(rule: Given) -> bool:
    return rule.paid == "ever" if isinstance(rule, Tier) else isinstance(rule, Special) and not rule.first


def how(plan: Plan, position: int) -> EarnedBy:
    """By what the rule at that position of a plan is earned."""
    if position <= FIRST_EVER:
        return "base" if position == BASE else "first"
    position -= FIRST_EVER + 1
    if position < len(plan.dates):
        return "date"
    return "streak" if position - len(plan.dates) < len(plan.streak) else "total"


def scaled(reward: Reward, percent: int) -> Reward:
    """A reward as a level has it."""
    if percent == 100 or reward.reward not in _SCALED:
        return reward
    amount = max(reward.amount * percent // 100, 1)
    value_fen = amount if reward.reward == "cash" else reward.value_fen * percent // 100
    return reward.model_copy(update={"amount": amount, "value_fen": value_fen})


def without_owing(owing: tuple[Owing, ...], skipped: Iterable[str], cycle: int) -> tuple[Owing, ...]:
    """What is still owed when these rules paid nothing in this cycle."""
    left = list(owing)
    for rule in skipped:
        left.remove(next(each for each in left if each.rule == rule and each.cycle in (0, cycle)))
    return tuple(left)
