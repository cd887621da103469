"""Days that are taken back: streaks and totals are those of the days that are left, and rewards follow by policy."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec import structs

from fairground_decider import Command, Coordinates, Event, State
from fairground_decider.causes import DAY_MS, remember
from fairground_decider.days import iso, parse_iso
from fairground_decider.envelope import epoch_of
from fairground_signin.contract import DayRevoked, Lost, Reason, RequestRefused, RevokeDay
from fairground_signin.domain import guards, requests
from fairground_signin.domain.days import Days, bitmap_of, revoke
from fairground_signin.domain.earning import streak_tier
from fairground_signin.domain.guards import Here
from fairground_signin.domain.holding import LATE_DAYS
from fairground_signin.domain.making_up import day_of
from fairground_signin.domain.reaching import figures, longest_of, newly_reached
from fairground_signin.domain.records import (
    BY_RANK,
    CAUSE_WINDOW_DAYS,
    FOLLOWED,
    OWED,
    UNNOTED,
    Followed,
    Member,
    Owing,
    Revocable,
    member_field,
    newcomer,
)
from fairground_signin.domain.refusals import Denied
from fairground_signin.domain.reward_ids import id_of
from fairground_signin.domain.years import in_years, kept_from
from fairground_signin.rules import Plan, Tier

#: What a reward of these came with is the day itself.
_OF_THE_DAY = ("base", "first", "date", BY_RANK)


def decide_revoke(state: State, command: Command[RevokeDay]) -> Iterator[DayRevoked | RequestRefused]:
    """The day counts no more, or why that is not possible."""
    asked, version = command.data, 0
    try:
        day = day_of(asked.day)
        here = guards.found(state, command, day)
        version = here.version
        today = here.in_force.rules.day(command.time_ms)
        days = in_years(here.in_force.counting, here.member, today)
        came = day <= today or days.has(days.present, day)  # by a link whose time is long ago
        if not (came and here.in_force.rules.first_day <= day):
            raise Denied(Reason.NO_SUCH_DAY)
        if day < days.first:
            raise Denied(Reason.TOO_OLD)
        if days.has(days.revoked, day):
            raise Denied(Reason.DUPLICATE)
    except Denied as denied:
        yield requests.refusal(asked, version, denied)
        return
    yield _revoked(command, here, days, today)


def _revoked(command: Command[RevokeDay], here: Here, days: Days, today: int) -> DayRevoked:
    asked, day, counting = command.data, here.day, here.in_force.counting
    after, freezes = revoke(days, day), here.member.rest.freezes
    newest = min(counting.span(day).last, days.first + max(days.present.bit_length() - 1, 0))
    now = figures(counting, after, freezes, newest)
    lost = [*_taken(here, after, command.at, asked.person_id or asked.member_id)]
    if counting.span(day).last + LATE_DAYS >= today:  # a late command may still reach them again
        lost += _kept(here, days, after, {each.rule for each in lost})
    was = "signed" if days.has(days.signed, day) else "made_up" if days.has(days.made_up, day) else "missed"
    return DayRevoked(
        activity_id=asked.activity_id,
        version=here.version,
        member_id=asked.member_id,
        person_id=asked.person_id,
        day=iso(day),
        was=was,
        streak=now.streak(newest),
        total=now.total,
        lost=tuple(lost),
        by=asked.by,
        why=asked.why,
    )


def _taken(here: Here, after: Days, at: Coordinates, whose: str) -> Iterator[Lost]:
    """Rewards that go back, or are owed, because what earned them is no longer there."""
    for each in here.member.rest.revocable:
        if _reached(here, after, each):
            continue
        if each.place == OWED:
            yield Lost(rule=each.rule, becomes="debt", paid_on=iso(each.day))
        else:
            becomes: Any = "debt" if each.debt else "reverse"
            yield Lost(
                rule=each.rule, becomes=becomes, reward_id=id_of(at.epoch, each), member_id=each.member or whose,
                reward=each.reward, saved=tuple(map(iso, each.saved)),
            )  # fmt: skip


def _reached(here: Here, after: Days, paid: Revocable) -> bool:
    """Whether what earned the reward is still there."""
    if paid.by == UNNOTED:
        return True
    if paid.by in _OF_THE_DAY:
        return paid.day != here.day
    now = figures(here.in_force.counting, after, here.member.rest.freezes, paid.day)
    if paid.by == "frozen":
        return here.day not in paid.saved and all(after.has(now.frozen | after.present, day) for day in paid.saved)
    if paid.by == "total":
        return now.total >= paid.days
    beside = [run.length for run in now.runs if run.first - 1 <= paid.day <= run.last + 1]
    return max(beside, default=0) >= paid.days


def _owed(paying: Revocable, revoked: DayRevoked) -> bool:
    """Whether the debt that this has paid is owed again."""
    lost = (paying.rule, iso(paying.day))
    return paying.place == OWED and lost in ((each.rule, each.paid_on) for each in revoked.lost)


def _kept(here: Here, before: Days, after: Days, taken: Collection[str]) -> Iterator[Lost]:
    """Tiers that members keep: whoever reaches one of them again in this cycle was paid for it already. `taken`: those
    that are taken back or owed, as they were promised by the version that paid them."""
    plan = here.in_force.plans[here.in_force.plan_of(here.member.level)]
    counting, freezes, cycle = here.in_force.counting, here.member.rest.freezes, iso(here.cycle)
    was, now = (figures(counting, days, freezes, here.day) for days in (before, after))
    lost = [tier for tier in plan.total if now.total < tier.days <= was.total]
    if plan.streak:
        longest = longest_of(counting, after, freezes, here.day)
        lost += _no_longer_in_a_row(plan, newly_reached(now, was), longest)
    for tier in lost:
        if tier.on_revoke == "keep" and tier.paid != "ever" and tier.id not in taken:
            yield Lost(rule=tier.id, becomes="keep", cycle=cycle)


def _no_longer_in_a_row(plan: Plan, lengths: Iterable[int], longest: int) -> Iterator[Tier]:
    """The tiers of these lengths, which a run had; those that pay once in a cycle only if no other run has them."""
    for length in lengths:
        tier = streak_tier(plan, length)
        if tier is not None and not (tier.paid == "per_cycle" and tier.days <= longest):
            yield tier


def evolve_revoked(state: State, event: Event[Any]) -> None:
    """Fold a day that is gone, with what became of its rewards."""
    revoked: DayRevoked = event.data
    activity, field, day = revoked.activity_id, member_field(revoked), parse_iso(revoked.day)
    followed: Followed = state.record(activity, FOLLOWED)
    assert followed.in_force is not None
    counting, today = followed.in_force.counting, followed.in_force.rules.day(event.time_ms)
    member: Member = state.record(activity, field) or newcomer(today)
    member, before = kept_from(counting, member, today)
    no_result: dict[str, Any] = {"last": (), "decided_by": 0} if day == before.newest else {}
    days = revoke(before, day)
    saved = bitmap_of(days.first, (parse_iso(each) for lost in revoked.lost for each in lost.saved))
    after = member.with_days(structs.replace(days, earned_base=days.earned_base & ~saved), **no_result)
    epoch = epoch_of(event.id)
    gone = {lost.reward_id for lost in revoked.lost}
    reversed_ = {lost.rule for lost in revoked.lost if lost.becomes == "reverse"}
    owing = [
        Owing(lost.rule, parse_iso(lost.cycle) if lost.cycle else 0, lost.reward_id)
        for lost in revoked.lost
        if lost.becomes != "reverse" and lost.rule not in member.ever
        for _ in lost.saved or (lost.rule,)
    ]
    left = tuple(each for each in after.rest.revocable if id_of(epoch, each) not in gone and not _owed(each, revoked))
    causes = after.rest.causes
    time_ms = max(event.time_ms, causes[-1][0] * DAY_MS if causes else 0)  # an old link's is not forgotten at once
    for lost in revoked.lost:
        if lost.becomes == "reverse":  # so that nothing is given instead of it, should it be rejected later
            causes = remember(causes, lost.reward_id, time_ms, CAUSE_WINDOW_DAYS)
    rest = structs.replace(after.rest, revocable=left, owing=(*after.rest.owing, *owing), causes=causes)
    ever = tuple(rule for rule in after.ever if rule not in reversed_)
    state.put(activity, field, structs.replace(after.with_rest(rest), ever=ever))
