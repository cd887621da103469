"""Members who are one person: what one of them has counts for all, from the link on.

Links reach every partition, which keeps them beside its packets: a packet's own records name only who has come. A grab
of somebody who is linked is asked again with the other names, until none is missing; so what every name has was read
before it is decided. What was had twice before a link stays, and who was unlinked counts by itself again.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import structs

from fairground_activities.requests import FORWARDED, request_of
from fairground_decider import Command, Event, State
from fairground_redpacket.contract import (
    CommandForwarded,
    CreatePacket,
    DropLink,
    Grab,
    LinkDropped,
    LinkMember,
    LinkRefused,
    MemberLinked,
    MemberUnlinked,
    Reason,
    UnlinkMember,
)
from fairground_redpacket.contract.commands import MAX_IDENTITIES
from fairground_redpacket.domain import refusals
from fairground_redpacket.domain.records import HERE, UNLINKED, Identity, link_field

#: How long it is remembered that a member was unlinked: an older link that comes so late does not count any more.
KEPT_DAYS = 30

DAY_MS = 86_400_000


def names_of(asked: Grab | CreatePacket) -> tuple[str, ...]:
    """Everybody whom the command is about, as far as it says; the platform is nobody."""
    said = asked.person_id if type(asked) is Grab else ""
    if not said and not asked.identities and asked.member_id:
        return (asked.member_id,)
    return tuple(dict.fromkeys(name for name in (asked.member_id, said, *asked.identities) if name))


def forwarded(state: State, command: Command[Any]) -> CommandForwarded | None:
    """The command again, with names that it lacks; None where it has all: then it is decided."""
    asked: Grab | CreatePacket = command.data
    names = names_of(asked)
    if len(names) == 1 and state.record(HERE, link_field(names[0])) is None:
        return None  # as most are
    known = {name: found for name in names if (found := state.record(HERE, link_field(name))) is not None}
    if not known:
        return None
    person = _person(known, asked) if isinstance(asked, Grab) else ""
    all_names = {*names, *(name for found in known.values() for name in found.names)}
    identities = sorted(all_names - {asked.member_id, person})[:MAX_IDENTITIES]
    said = {"person_id": person} if isinstance(asked, Grab) else {}
    again = asked.model_copy(update={**said, "identities": tuple(identities)})
    if set(identities) == set(asked.identities) and names[:2] == names_of(again)[:2]:
        return None
    return CommandForwarded(
        activity_id=asked.activity_id,
        member_id=asked.member_id,
        packet_id=asked.packet_id if isinstance(asked, Grab) else "",
        forwarded_id=f"{command.at.event_id(0)}{FORWARDED}{request_of(command.id)}",
        asked=asked.type,
        content=again.model_dump(mode="json"),
    )


def _person(known: Mapping[str, Identity], asked: Grab) -> str:
    """Whose the member is at last, following the links; of a circle of links whoever comes first by name."""
    own = known.get(asked.member_id, UNLINKED)
    at, passed = own.person or asked.person_id, list[str]()
    while at not in passed and (further := known.get(at, UNLINKED).person):
        passed.append(at)
        at = further
    if at in passed:
        at = min(passed[passed.index(at) :])
    return "" if at == asked.member_id else at


def decide_link(state: State, command: Command[LinkMember]) -> Iterator[MemberLinked | LinkRefused]:
    """The member is the person's, unless it is another one's, or newer word of it is known."""
    asked, own = command.data, _of(state, command.data.member_id)
    if command.time_ms < own.since_ms:
        yield _refused(asked, Reason.TOO_OLD)
    elif own.person == asked.person_id or asked.member_id == asked.person_id:
        yield _refused(asked, Reason.DUPLICATE)
    elif own.person:
        yield _refused(asked, Reason.LINKED_OTHERWISE)
    elif len(_of(state, asked.person_id).members) >= MAX_IDENTITIES:
        yield _refused(asked, Reason.TOO_MANY_LINKED)
    else:
        yield MemberLinked(place=asked.place, member_id=asked.member_id, person_id=asked.person_id)


def decide_unlink(state: State, command: Command[UnlinkMember]) -> Iterator[MemberUnlinked | LinkRefused]:
    """The member is nobody's any more. That is kept, too, so that a link which is heard of too late does not count."""
    asked, own = command.data, _of(state, command.data.member_id)
    if command.time_ms < own.since_ms:
        yield _refused(asked, Reason.TOO_OLD)
    elif own.person and own.person != asked.person_id:
        yield _refused(asked, Reason.LINKED_OTHERWISE)
    elif not own.person and own.since_ms == command.time_ms:
        yield _refused(asked, Reason.DUPLICATE)
    else:
        yield MemberUnlinked(place=asked.place, member_id=asked.member_id, person_id=asked.person_id)


def decide_drop(state: State, command: Command[DropLink]) -> Iterator[LinkDropped | LinkRefused]:
    """Nothing is kept of a member who was unlinked long enough ago."""
    asked, own = command.data, _of(state, command.data.member_id)
    if own.person or not own.since_ms:
        yield _refused(asked, Reason.NOT_LINKED)
    elif command.time_ms < own.since_ms + KEPT_DAYS * DAY_MS:
        yield _refused(asked, Reason.NOT_DUE)
    else:
        yield LinkDropped(place=asked.place, member_id=asked.member_id)


def _of(state: State, name: str) -> Identity:
    found: Identity | None = state.record(HERE, link_field(name))
    return found or UNLINKED


def _refused(asked: LinkMember | UnlinkMember | DropLink, reason: Reason) -> LinkRefused:
    person_id = "" if isinstance(asked, DropLink) else asked.person_id
    return LinkRefused(
        place=asked.place, member_id=asked.member_id, person_id=person_id, **refusals.worded(reason)
    )  # fmt: skip


def evolve_linked(state: State, event: Event[MemberLinked]) -> None:
    """Fold a link, from both ends."""
    said = event.data
    own, person = _of(state, said.member_id), _of(state, said.person_id)
    _put(state, said.member_id, structs.replace(own, person=said.person_id, since_ms=event.time_ms))
    members = tuple(sorted({*person.members, said.member_id}))
    _put(state, said.person_id, structs.replace(person, members=members))


def evolve_unlinked(state: State, event: Event[MemberUnlinked]) -> None:
    """Fold the end of a link, from both ends."""
    said = event.data
    own, person = _of(state, said.member_id), _of(state, said.person_id)
    _put(state, said.member_id, structs.replace(own, person="", since_ms=event.time_ms))
    members = tuple(name for name in person.members if name != said.member_id)
    _put(state, said.person_id, structs.replace(person, members=members))


def evolve_dropped(state: State, event: Event[LinkDropped]) -> None:
    """Fold that it is forgotten when a member was unlinked."""
    own = _of(state, event.data.member_id)
    _put(state, event.data.member_id, structs.replace(own, since_ms=0))


def _put(state: State, name: str, identity: Identity) -> None:
    """Who is not linked at all leaves nothing."""
    state.put(HERE, link_field(name), None if identity == UNLINKED else identity)
