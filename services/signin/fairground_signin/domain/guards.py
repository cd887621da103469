"""What is asked before anything of a member is decided: one order of questions for all commands."""

from functools import partial
from typing import Any

from msgspec import Struct

from fairground_activities.files import supplied
from fairground_decider import Command, State
from fairground_signin.contract import MakeUp, Reason, SignIn
from fairground_signin.domain.holding import held
from fairground_signin.domain.in_force import InForce
from fairground_signin.domain.records import FOLLOWED, Followed, Member, member_field, newcomer
from fairground_signin.domain.refusals import Denied, help_with


class Here(Struct, frozen=True, gc=False):
    """A member at an activity that is known here, on the business day of the command."""

    followed: Followed
    in_force: InForce  # the rules that hold for the member in this cycle
    version: int
    member: Member
    day: int
    cycle: int  # first day of the cycle


def found(state: State, command: Command[Any], day: int | None = None) -> Here:
    """The member, and the rules that hold for the day (by default the command's). Raises Denied.

    A cycle keeps the version under which the member first acted in it; without cycles the newest version holds.
    """
    said = command.data
    followed: Followed | None = state.record(said.activity_id, FOLLOWED)
    if followed is None:
        raise Denied(Reason.UNKNOWN_ACTIVITY)
    newest = followed.in_force
    if newest is None:
        raise Denied(Reason.ARCHIVED)
    today = newest.rules.day(command.time_ms)
    day = today if day is None else day
    member: Member = state.record(said.activity_id, member_field(said)) or newcomer(today)
    cycle, version, in_force = newest.counting.span(day).first, followed.version, newest
    if member.version != version or member.earlier:
        version, in_force = held(followed, newest, member, cycle)
    return Here(followed, in_force, version, member, day, cycle)


def open_now(here: Here, time_ms: int) -> None:
    """Raises Denied when members are not served: paused, over, not begun."""
    status, rules = here.followed.status, here.in_force.rules
    newest = here.followed.in_force.rules if here.followed.in_force else rules
    if status != "running":
        raise Denied(Reason(status), help_with(Reason(status), newest))
    if time_ms < newest.starts_ms:
        raise Denied(Reason.NOT_STARTED, help_with(Reason.NOT_STARTED, newest))
    if time_ms >= newest.ends_ms:
        raise Denied(Reason.ENDED)


def admit(here: Here, asked: SignIn | MakeUp) -> None:
    """Raises Denied for whom risk, lists, share, condition or holdout keep out, in this order."""
    in_force = here.in_force
    if asked.risk in in_force.rules.risk:
        raise Denied(Reason.RISK_DENIED)
    if in_force.gate is None:
        return
    known = partial(_facts, here.member, asked)
    kept_out = in_force.gate.keeps_out(asked.activity_id, asked.member_id, asked.person_id, known)
    if kept_out is not None:
        raise Denied(Reason(kept_out.code), kept_out.help_said)


def _facts(member: Member, asked: SignIn | MakeUp) -> dict[str, Any]:
    """What conditions may ask: the command's facts, and what the activity knows itself, whatever the command says."""
    return supplied(asked.facts) | {"days_signed": member.days.present.bit_count(), "risk": asked.risk}


def level_of(asked: SignIn | MakeUp) -> int:
    """The member's level, as whoever publishes the command says; 0 where nobody does."""
    level = asked.facts.get("level", 0)
    return level if isinstance(level, int) and not isinstance(level, bool) and level > 0 else 0
