"""Linked identities: members who are one person have one account at an activity, and limits count for the person.

The account stands under one of them, the person; the others only say under whom. A link merges two accounts and is
never undone here: whoever could part again after having won would win again. Any order of links leads to the same
account, for they only ever join what was apart.

A command that meets another account than its own is answered by a link, or by saying under whom it is decided: it comes
back as a command for that account, under an id from which the request is still known. So every outcome of a draw looks
as it does for members who were never linked.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import structs

from fairground_activities.lifecycle import Standing
from fairground_activities.requests import FORWARDED, request_of
from fairground_contracts.message import Message
from fairground_decider import Command, Event, State
from fairground_lottery.contract import (
    CommandForwarded,
    LinkMember,
    LinkRefused,
    MemberCommand,
    MemberJoined,
    MembersLinked,
    Reason,
)
from fairground_lottery.domain import following, refusals
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.merging import merged, merged_plays
from fairground_lottery.domain.records import NEWCOMER, NOBODY, RULES, STANDING, Linked, member_field, player_field

_Decide = Callable[[Command[Any]], Iterator[Message]]


def concern(state: State, asked: Mapping[str, Any]) -> bool:
    """Whether the fields of a WheelCommand are about somebody who is, or is said to be, more than one member."""
    own = asked["activity_id"], member_field(asked["member_id"])
    return bool(asked["person_id"]) or type(state.record(*own)) is Linked


def decide(state: State, command: Command[Any], decide_here: _Decide) -> Iterator[Message]:
    """The outcome of a command about linked members. `decide_here`: what decides it once the account is known."""
    asked: MemberCommand = command.data
    standing: Standing | None = state.record(asked.activity_id, STANDING)
    if isinstance(asked, LinkMember):
        yield from _link(state, command, standing)
        return
    if standing is None or standing.status == "archived":
        yield from decide_here(command)  # it is refused
        return
    under = _under(state, asked.activity_id, asked.member_id)
    person = under or asked.person_id  # what the activity was told by a link counts
    further = _under(state, asked.activity_id, person) if person == asked.person_id else ""
    if asked.member_id in (person, further):
        yield from decide_here(structs.replace(command, data=asked.model_copy(update={"person_id": ""})))
    elif under == asked.person_id and not further:
        yield from decide_here(command)
    else:
        account = further or person
        links = not further if not under else under != account  # an account that was not read cannot be merged into
        if links:
            yield from _linked(standing, asked, account)
        yield _forwarded(standing, command, asked.member_id, account, index=2 if links else 0)


def _link(state: State, command: Command[LinkMember], standing: Standing | None) -> Iterator[Message]:
    """Merge two accounts. Where one of the two is not an account itself, those under which they stand are linked."""
    asked = command.data
    reason = _closed(standing, state.record(asked.activity_id, RULES), command.time_ms)
    if standing is None or reason is not None:
        yield _refused(standing, asked, reason or Reason.UNKNOWN_ACTIVITY)
        return
    member = _under(state, asked.activity_id, asked.member_id) or asked.member_id
    person = _under(state, asked.activity_id, asked.person_id) or asked.person_id
    if member == person:
        yield _refused(standing, asked, Reason.DUPLICATE)
    elif (member, person) == (asked.member_id, asked.person_id):
        yield from _linked(standing, asked, person)
    else:
        yield _forwarded(standing, command, member, person)


def _under(state: State, activity_id: str, member_id: str) -> str:
    """Under whom a member is counted; empty: under nobody else."""
    known = state.record(activity_id, member_field(member_id))
    return known.person if type(known) is Linked else ""


def _closed(standing: Standing | None, in_force: InForce | None, time_ms: int) -> Reason | None:
    """Why links do not matter at this activity any more."""
    if standing is None:
        return Reason.UNKNOWN_ACTIVITY
    if standing.status in ("stopped", "ended", "archived"):
        return Reason(standing.status)
    return Reason.ENDED if in_force is not None and time_ms >= in_force.rules.ends_ms else None


def _linked(standing: Standing, asked: MemberCommand, person_id: str) -> Iterator[MembersLinked | MemberJoined]:
    in_force = {"activity_id": asked.activity_id, "version": standing.version}
    yield MembersLinked(**in_force, member_id=asked.member_id, person_id=person_id)
    yield MemberJoined(**in_force, member_id=person_id, joined_id=asked.member_id)


def _forwarded(
    standing: Standing, command: Command[Any], member_id: str, person_id: str, index: int = 0
) -> CommandForwarded:
    asked: MemberCommand = command.data
    content = asked.model_copy(update={"member_id": member_id, "person_id": person_id})
    return CommandForwarded(
        activity_id=asked.activity_id,
        version=standing.version,
        member_id=asked.member_id,
        person_id=person_id,
        forwarded_id=f"{command.at.event_id(index)}{FORWARDED}{request_of(command.id)}",
        asked=asked.type,
        content=content.model_dump(mode="json"),
    )


def _refused(standing: Standing | None, asked: LinkMember, reason: Reason) -> LinkRefused:
    return LinkRefused(
        activity_id=asked.activity_id,
        version=standing.version if standing else 0,
        member_id=asked.member_id,
        person_id=asked.person_id,
        **refusals.worded(reason),
    )


def evolve_linked(state: State, event: Event[Any]) -> None:
    """Fold a link: one account for both. A member who stood under another account before only stands elsewhere now."""
    said: MembersLinked = event.data
    activity, own, theirs = said.activity_id, member_field(said.member_id), member_field(said.person_id)
    known = state.record(activity, own)
    if known is not None and type(known) is not Linked:
        own_rewards = following.named(known, said.member_id)
        state.put(activity, theirs, merged(own_rewards, state.record(activity, theirs) or NEWCOMER))
        _link_plays(state, activity, player_field(said.member_id), player_field(said.person_id))
    state.put(activity, own, Linked(said.person_id))


def _link_plays(state: State, activity: str, own: str, theirs: str) -> None:
    """The person's plays are those of both, where the member has played."""
    plays = state.record(activity, own)
    if plays is not None:
        state.put(activity, theirs, merged_plays(plays, state.record(activity, theirs) or NOBODY))
        state.put(activity, own, NOBODY)
