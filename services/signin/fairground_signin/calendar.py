"""A member's month: which days were signed, made up, saved, missed; streak, totals and the next tier. Pure.

All of it follows from the set of days that the state holds, as of the moment that is asked about.
"""

from collections.abc import Iterator
from typing import Literal

from fairground_decider import State, Touched
from fairground_decider.answers import Calendar, CalendarDay, DayIs, NextReward, Words
from fairground_decider.days import iso, parse_iso
from fairground_signin.domain.cycles import Span, month_of
from fairground_signin.domain.days import Days
from fairground_signin.domain.earning import scaled, streak_tier
from fairground_signin.domain.holding import held
from fairground_signin.domain.in_force import InForce
from fairground_signin.domain.reaching import longest_of
from fairground_signin.domain.records import FOLLOWED, Followed, Linked, Member, field_of, newcomer
from fairground_signin.domain.walking import Walked, total, walk
from fairground_signin.rules import Tier

#: A streak tier is looked for so far ahead at most: behind the last one the first may come again.
_AHEAD = 400


def touches(activity_id: str, member_id: str) -> Touched:
    """What has to be read for it, from the member's own partition."""
    return Touched(activity_id, (FOLLOWED, field_of(member_id)))


def counted_under(state: State, activity_id: str, member_id: str) -> str:
    """Who else has to be asked for: the member is counted under that one; empty: the member has an account."""
    found = state.record(activity_id, field_of(member_id))
    return found.person if isinstance(found, Linked) else ""


def calendar(state: State, activity_id: str, member_id: str, month: str, at_ms: int) -> Calendar | None:
    """The month (2017-11; empty: the one of `at_ms`). None: there is no such activity, or nothing is left of it."""
    followed: Followed | None = state.record(activity_id, FOLLOWED)
    if followed is None or followed.in_force is None:
        return None
    in_force = followed.in_force
    today = in_force.rules.day(at_ms)
    member: Member = state.record(activity_id, field_of(member_id)) or newcomer(today)
    walked = walk(in_force.counting, member.days, member.rest.freezes, today)
    span = month_of(parse_iso(f"{month}-01")) if month else month_of(today)
    cycle = in_force.counting.span(today)
    counted = total(in_force.counting, member.days, walked.frozen)
    in_cycle = (counted & member.days.span(cycle.first, cycle.last)).bit_count()
    if cycle.first < member.days.first and in_force.rules.cycle.every == "none":
        in_cycle += member.days.before.total
    return Calendar(
        person_id=member_id,
        month=iso(span.first)[:7],
        today=iso(today),
        days=tuple(_days(in_force, member.days, walked, span, today)),
        streak=_streak(in_force, walked, today),
        longest=max(walked.longest, member.days.before.longest),
        total=in_cycle,
        ever=counted.bit_count() + member.days.before.total,
        cards=member.rest.cards,
        freezes=walked.earned + walked.granted,
        next=tuple(_next(followed, member, walked, today, in_cycle)),
    )


def _days(in_force: InForce, days: Days, walked: Walked, span: Span, today: int) -> Iterator[CalendarDay]:
    rules = in_force.rules
    last = rules.day(rules.ends_ms - 1)
    for day in range(span.first, span.last + 1):
        open_then = rules.first_day <= day <= last
        yield CalendarDay(iso(day), _what(days, walked, day, today) if open_then else "closed")


def _what(days: Days, walked: Walked, day: int, today: int) -> DayIs:
    if day > today:
        return "future"
    if day < days.first:
        return "forgotten"
    known: tuple[tuple[DayIs, int], ...] = (
        ("signed", days.signed), ("made_up", days.made_up), ("revoked", days.revoked), ("frozen", walked.frozen),
    )  # fmt: skip
    return next((what for what, bitmap in known if days.has(bitmap, day)), "today" if day == today else "missed")


def _streak(in_force: InForce, walked: Walked, today: int) -> int:
    """The streak that goes on today, or can still go on."""
    if not walked.open or in_force.counting.restart(walked.runs[-1].last).last < today:
        return 0
    return walked.runs[-1].length


def _next(followed: Followed, member: Member, walked: Walked, today: int, in_cycle: int) -> Iterator[NextReward]:
    """The next streak tier and the next total tier that pay: by the version that the member's cycle has, and the plan
    of the member's level."""
    assert followed.in_force is not None
    cycle = followed.in_force.counting.span(today).first
    _, in_force = held(followed, followed.in_force, member, cycle)
    plan = in_force.plan_of(member.level)
    owing = [each.rule for each in member.rest.owing if each.cycle in (0, cycle)]
    found = (
        _next_streak(in_force, plan, member, _in_cycle(in_force, member, walked, today), today, owing),
        _next_total(in_force, plan, member, in_cycle, owing),
    )
    return iter(sorted((each for each in found if each is not None), key=lambda each: each.days))


def _in_cycle(in_force: InForce, member: Member, walked: Walked, today: int) -> int:
    """How long the streak is towards tiers, which begin anew with every cycle."""
    if not _streak(in_force, walked, today):
        return 0
    cycle, run = in_force.counting.span(today), walked.runs[-1]
    if cycle.first <= run.first:
        return run.length
    return (member.days.present & member.days.span(cycle.first, run.last)).bit_count()


def _next_streak(
    in_force: InForce, number: int, member: Member, length: int, today: int, owing: list[str]
) -> NextReward | None:
    """`number`: of the plan. `owing`: rules that pay nothing the next time they are due, or the next times."""
    plan = in_force.plans[number]
    longest = longest_of(in_force.counting, member.days, member.rest.freezes, today)
    for reached in range(length + 1, length + _AHEAD) if plan.streak else ():
        tier = streak_tier(plan, reached)
        if tier is None or tier.id in member.ever or (tier.paid == "per_cycle" and tier.days <= longest):
            continue
        if tier.id not in owing:
            return _reward(in_force, number, tier, "streak", reached - length)
        owing.remove(tier.id)
    return None


def _next_total(in_force: InForce, number: int, member: Member, in_cycle: int, owing: list[str]) -> NextReward | None:
    paid = (*member.ever, *owing)
    for tier in in_force.plans[number].total:
        if tier.days > in_cycle and tier.id not in paid:
            return _reward(in_force, number, tier, "total", tier.days - in_cycle)
    return None


def _reward(in_force: InForce, number: int, tier: Tier, by: Literal["streak", "total"], days: int) -> NextReward:
    reward = scaled(tier.reward, in_force.percent(number))
    name = Words(reward.name or tier.id, tier.en or tier.id)
    return NextReward(tier.id, name, by, days, reward.reward, reward.amount)
