"""Signing in: once a day, whatever is repeated; what the day comes to, and what it earns."""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from fairground_contracts.message import trusted
from fairground_decider import Command, Coordinates, Event, State
from fairground_signin.contract import SERVICE, DaySigned, First, Reason, SignIn, SignInRefused
from fairground_signin.domain import earning, guards
from fairground_signin.domain.crediting import credited
from fairground_signin.domain.cycles import day_of, iso_of
from fairground_signin.domain.days import Days, members, sign
from fairground_signin.domain.earning import Came, Due
from fairground_signin.domain.guards import Here
from fairground_signin.domain.reaching import change
from fairground_signin.domain.records import Member, came_to, member_field, newcomer
from fairground_signin.domain.refusals import Denied, help_with, worded
from fairground_signin.domain.years import in_years
from fairground_signin.rules import HIGHEST_LEVEL


def decide_sign(state: State, command: Command[SignIn]) -> tuple[DaySigned | SignInRefused]:
    """The day is signed, or why it is not."""
    here: Here | None = None
    try:
        here = guards.found(state, command)
        guards.open_now(here, command.time_ms)
        days = _unsigned(here)
        guards.admit(here, command.data)
    except Denied as denied:
        return (_refusal(command, here, denied),)
    return (_signed(command.data, here, days),)


def _unsigned(here: Here) -> Days:
    """The member's days with room for this one. Raises Denied when it is signed already, or can no longer be."""
    days = in_years(here.in_force.counting, here.member, here.day)
    if here.day < days.first:
        raise Denied(Reason.TOO_OLD)
    if days.has(days.revoked, here.day):
        raise Denied(Reason.DAY_REVOKED)
    if days.has(days.signed, here.day):
        raise Denied(Reason.DUPLICATE, help_with(Reason.DUPLICATE, here.in_force.rules))
    return days


def _signed(asked: SignIn, here: Here, days: Days) -> DaySigned:
    in_force, day, freezes = here.in_force, here.day, here.member.rest.freezes
    level = guards.level_of(asked)
    plan = in_force.plan_of(level)
    now = change(in_force.counting, days, sign(days, day), freezes, day)
    frozen = _frozen_now(here, days, now.frozen) if now.frozen else 0
    came = Came(day, here.cycle, days, now, not days.has(days.earned_base, day), frozen.bit_count())
    outcome = earning.outcome(in_force, plan, here.member, came)
    return trusted(
        DaySigned,
        {
            "activity_id": asked.activity_id,
            "version": here.version,
            "member_id": asked.member_id,
            "person_id": asked.person_id,
            "day": iso_of(day),
            "prize_id": "signed",
            "streak": now.streak,
            "total": now.total,
            "shown": now.shown,
            "level": level,
            "plan": plan,
            "earned": outcome.earned,
            "positions": outcome.positions,
            "owed_before": outcome.skipped,
            "frozen": tuple(map(iso_of, members(days.first, frozen))) if frozen else (),
            "ranked": bool(in_force.rules.ranks),
        },
    )


def _frozen_now(here: Here, days: Days, frozen: int) -> int:
    """The missed days that earn the base reward because a freeze has saved them, as is known with this day."""
    freeze = here.in_force.rules.freeze
    if freeze is None or not freeze.earns_base:
        return 0
    return frozen & ~(days.earned_base | days.revoked)


def _refusal(command: Command[SignIn], here: Here | None, denied: Denied) -> SignInRefused:
    asked = command.data
    return trusted(
        SignInRefused,
        {
            "activity_id": asked.activity_id,
            "version": here.version if here else 0,
            "member_id": asked.member_id,
            "person_id": asked.person_id,
            **worded(denied.reason, denied.help_said),
            "day": iso_of(here.day) if here else "",
            "first": _first(here, command.at) if here and denied.reason is Reason.DUPLICATE else None,
            "risk": asked.risk,
        },
    )


def _first(here: Here, at: Coordinates) -> First | None:
    """What the newest sign-in came to, if that was the one of this day, by the rules that decided it."""
    member = here.member
    newest, in_force = member.newest, here.followed.of(member.decided_by)
    if newest is None or in_force is None or member.days.newest != here.day:
        return None
    plan = in_force.plan_of(member.level)
    earned = list(earning.earned_by(in_force, plan, (Due(place, days) for place, days in newest.dues)))
    if newest.frozen:
        earned.append(earning.frozen_base(in_force, plan, newest.frozen))
    event_id = Coordinates(SERVICE, at.epoch, newest.partition, newest.offset).event_id(0)
    return First(event_id=event_id, streak=newest.streak, earned=tuple(earned))


def evolve_signed(state: State, event: Event[Any]) -> None:
    """Fold a signed day."""
    signed: DaySigned = event.data
    activity, field = signed.activity_id, member_field(signed)
    day = day_of(signed.day)
    member: Member = state.record(activity, field) or newcomer(day)
    after, days = credited(state, member, event, sign)
    if days.newest == day:
        last = came_to(event.id, signed.streak, len(signed.frozen), signed.positions, _lengths(signed))
        level = min(signed.level, HIGHEST_LEVEL)
        after = structs.replace(after, last=last, decided_by=signed.version, level=level)
    state.put(activity, field, after)


def _lengths(signed: DaySigned) -> Iterator[int]:
    """How many days each reward took, except that of frozen ones."""
    return (earned.days for earned in signed.earned if earned.by != "frozen")
