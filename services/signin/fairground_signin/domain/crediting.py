"""What every day that comes to count leaves behind, signed or made up."""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

from msgspec import structs

from fairground_decider import Event, State
from fairground_signin.contract import DayMadeUp, DaySigned, Earned
from fairground_signin.domain.cycles import day_of
from fairground_signin.domain.days import Days, bitmap_of
from fairground_signin.domain.earning import how, without_owing
from fairground_signin.domain.holding import LATE_DAYS, acted
from fairground_signin.domain.in_force import InForce
from fairground_signin.domain.records import FOLLOWED, OWED, Followed, Member, Revocable, granted_to
from fairground_signin.domain.years import kept_from


def credited(
    state: State, member: Member, event: Event[Any], count: Callable[[Days, int], Days]
) -> tuple[Member, Days]:
    """The member with that day counted: the days, the version of the cycle, and what was paid."""
    said: DaySigned | DayMadeUp = event.data
    followed: Followed = state.record(said.activity_id, FOLLOWED)
    in_force = followed.of(said.version)
    assert in_force is not None, "what is archived counts nothing"
    day = day_of(said.day)
    member, before = kept_from(in_force.counting, member, day)
    days = count(before, day)
    frozen = said.frozen if isinstance(said, DaySigned) else (said.day,) if said.base else ()
    if frozen:
        days = structs.replace(days, earned_base=days.earned_base | bitmap_of(days.first, map(day_of, frozen)))
    cycle = in_force.counting.span(day).first
    also = acted(in_force.counting, member, cycle, said.version)
    ever = [earned.rule for earned in said.earned if earned.ever]
    if ever:
        also["ever"] = (*member.ever, *ever)
    return _paid(member.with_days(days, **also), event, in_force, cycle), days


def _paid(member: Member, event: Event[Any], in_force: InForce, cycle: int) -> Member:
    """With rewards that can be taken back, and without those that nobody can take back any more."""
    said: DaySigned | DayMadeUp = event.data
    revocable = [earned.on_revoke != "keep" for earned in said.earned]
    known = member.more is not None and (member.more.revocable or member.more.owing)
    if not (known or said.owed_before or any(revocable)):
        return member
    day = day_of(said.day)
    _, _, partition, offset, _ = event.id.rsplit("-", 4)
    new = tuple(
        _revocable(said, earned, day, int(partition), int(offset), place)
        for place, earned in enumerate(said.earned)
        if revocable[place]
    )
    if said.owed_before:
        new += tuple(_paying(in_force, said, day, int(partition), int(offset)))
    oldest = day - in_force.rules.revoke_days
    rest = structs.replace(
        member.rest,
        revocable=tuple(each for each in (*member.rest.revocable, *new) if each.day >= oldest),
        owing=tuple(
            each
            for each in without_owing(member.rest.owing, said.owed_before, cycle)
            if not each.cycle or in_force.counting.span(each.cycle).last + LATE_DAYS >= day
        ),
    )
    return member.with_rest(rest)


def _paying(
    in_force: InForce, said: DaySigned | DayMadeUp, day: int, partition: int, offset: int
) -> Iterator[Revocable]:
    """What was due and paid a debt: that is owed again when it is no longer reached."""
    for position, rule in enumerate(in_force.given[said.plan]):
        if rule is not None and rule.on_revoke == "debt":
            by, days = how(in_force.plans[said.plan], position), getattr(rule, "days", 0)
            paying = Revocable(rule.id, by, days, day, True, partition, offset, OWED)
            yield from repeat(paying, said.owed_before.count(rule.id))


def _revocable(
    said: DaySigned | DayMadeUp, earned: Earned, day: int, partition: int, offset: int, place: int
) -> Revocable:
    reward = earned.reward
    saved = tuple(map(day_of, said.frozen)) if earned.by == "frozen" and isinstance(said, DaySigned) else ()
    return Revocable(
        earned.rule, earned.by, earned.days, day, earned.on_revoke == "debt", partition, offset, place,
        granted_to(said), reward.reward, reward.amount, reward.value_fen, reward.ref, saved,
    )  # fmt: skip
