"""A packet's beginning and end: opened on its own partition, emptied by grabs, or closed by time or by somebody.

Its last grab and its expiry meet in one order, that of the log: whichever comes first leaves nothing to the other.
"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Literal

from msgspec import structs

from fairground_activities.seeds import Seeds
from fairground_decider import Command, Event, State
from fairground_redpacket.contract import (
    ChangeRefused,
    ClosePacket,
    ExpirePacket,
    ForgetPacket,
    HoldPacket,
    OpenPacket,
    PacketClosed,
    PacketEmptied,
    PacketForgotten,
    PacketHeld,
    PacketOpened,
    Reason,
    ShareGrabbed,
)
from fairground_redpacket.domain import grabs, refusals
from fairground_redpacket.domain.records import COURSE, PACKET, Course, Gone, Terms
from fairground_redpacket.domain.terms import seed_of, shares, terms_of, utc

_Asked = Literal["open", "expire", "close", "hold", "forget"]


def decide_open(
    seeds: Seeds, state: State, command: Command[OpenPacket]
) -> Iterator[PacketOpened | ShareGrabbed | PacketEmptied | ChangeRefused]:
    """The packet, with its commitment; in a fission packet the first share is taken at once."""
    asked = command.data
    if state.record(asked.packet_id, COURSE) is not None:
        yield _refused(state, command, "open", Reason.DUPLICATE)
        return
    seed = seeds.of(asked.packet_id, seeds.key_id)
    yield PacketOpened(
        activity_id=asked.activity_id,
        version=asked.version,
        packet_id=asked.packet_id,
        packet=asked.packet,
        seed_sha256=seed.sha256,
        seed_key_id=seeds.key_id,
    )
    if asked.packet.first_for:
        terms: Terms = state.record(asked.packet_id, PACKET)
        first = SimpleNamespace(packet_id=asked.packet_id, member_id=terms.first_for, person_id="", risk=0)
        yield grabs.grabbed(terms, Course(), first, shares(seed, terms)[0])
        if terms.count == 1:
            yield grabs.emptied(seeds, state, command, terms)


def decide_expire(
    seeds: Seeds, state: State, command: Command[ExpirePacket]
) -> Iterator[PacketClosed | PacketForgotten | ChangeRefused]:
    """Whoever says so: a packet whose time is over is closed, once."""
    terms: Terms | None = state.record(command.data.packet_id, PACKET)
    if reason := _unable(state, command.data):
        yield _refused(state, command, "expire", reason)
    elif terms is not None and command.time_ms < terms.expires_ms:
        yield _refused(state, command, "expire", Reason.NOT_DUE)
    else:
        yield _closed(seeds, state, command, "expired", "", "")


def decide_close(
    seeds: Seeds, state: State, command: Command[ClosePacket]
) -> Iterator[PacketClosed | PacketForgotten | ChangeRefused]:
    """Somebody ends it before its time."""
    asked = command.data
    if reason := _unable(state, asked):
        yield _refused(state, command, "close", reason)
        return
    yield _closed(seeds, state, command, "stopped", asked.by, asked.why)


def decide_hold(_seeds: Seeds, state: State, command: Command[HoldPacket]) -> Iterator[PacketHeld | ChangeRefused]:
    """Grabs are refused for a while, or served again; an older move of the rain that comes late changes nothing."""
    asked = command.data
    if reason := _unable(state, asked):
        yield _refused(state, command, "hold", reason)
        return
    terms, course = _known(state, asked.packet_id)
    if course.held == asked.held or 0 <= asked.revision <= course.revision:
        yield _refused(state, command, "hold", Reason.DUPLICATE)
        return
    yield PacketHeld(
        activity_id=terms.activity_id,
        version=terms.version,
        packet_id=asked.packet_id,
        held=asked.held,
        revision=asked.revision,
        by=asked.by,
        why=asked.why,
    )


def decide_forget(
    _seeds: Seeds, state: State, command: Command[ForgetPacket]
) -> Iterator[PacketForgotten | ChangeRefused]:
    """The live state goes when the packet is over for long enough, and every payout of it is final."""
    packet_id = command.data.packet_id
    terms: Terms | None = state.record(packet_id, PACKET)
    course: Course | Gone | None = state.record(packet_id, COURSE)
    if isinstance(course, Gone):
        yield _refused(state, command, "forget", Reason.ALREADY_CLOSED)
    elif terms is None or course is None:
        yield _refused(state, command, "forget", Reason.UNKNOWN_PACKET)
    elif not kept_enough(terms, course, command.time_ms):
        yield _refused(state, command, "forget", Reason.NOT_DUE)
    elif course.unsettled:
        yield _refused(state, command, "forget", Reason.UNSETTLED)
    else:
        yield forgotten(terms, packet_id)


def kept_enough(terms: Terms, course: Course, time_ms: int) -> bool:
    """Whether a packet is over for as long as it is kept."""
    return bool(course.over) and time_ms >= course.over_ms + terms.keep_days * grabs.DAY_MS


def forgotten(terms: Terms, packet_id: str) -> PacketForgotten:
    """Nothing more can happen to it."""
    return PacketForgotten(activity_id=terms.activity_id, version=terms.version, packet_id=packet_id)


def _closed(
    seeds: Seeds, state: State, command: Command[Any], why: Literal["expired", "stopped"], by: str, because: str
) -> PacketClosed:
    """What is left goes back. A worker without the secret closes it, too: money first, the seed stays undisclosed."""
    packet_id = command.data.packet_id
    terms, course = _known(state, packet_id)
    try:
        seed_of(seeds, packet_id, terms)
        seed = seeds.seed(packet_id, terms.seed_key_id).hex()
    except refusals.Denied:
        seed = ""
    remainder_fen = terms.total_fen - course.claimed_fen
    return PacketClosed(
        activity_id=terms.activity_id,
        version=terms.version,
        packet_id=packet_id,
        why=why,
        by=by,
        because=because,
        claimed=course.next,
        claimed_fen=course.claimed_fen,
        remainder_fen=remainder_fen,
        returned_fen=course.returned_fen + remainder_fen,
        funds=terms.funds,
        sender_id=terms.sender_id,
        funding_id=terms.funding_id,
        seed=seed,
        keep_until=utc(command.time_ms + terms.keep_days * grabs.DAY_MS),
    )


def _known(state: State, packet_id: str) -> tuple[Terms, Course]:
    """Of a packet that is able to change."""
    return state.record(packet_id, PACKET), state.record(packet_id, COURSE)


def _unable(state: State, asked: Any) -> Reason | None:
    """Why a packet can neither be closed nor held."""
    terms: Terms | None = state.record(asked.packet_id, PACKET)
    course: Course | Gone | None = state.record(asked.packet_id, COURSE)
    if isinstance(course, Gone):
        return Reason.ALREADY_CLOSED
    if terms is None or course is None or terms.activity_id != asked.activity_id:
        return Reason.UNKNOWN_PACKET
    return Reason.ALREADY_CLOSED if course.over else None


def _refused(state: State, command: Command[Any], asked: _Asked, reason: Reason) -> ChangeRefused:
    terms: Terms | None = state.record(command.data.packet_id, PACKET)
    return ChangeRefused(
        activity_id=command.data.activity_id,
        version=terms.version if terms else 0,
        member_id="",
        packet_id=command.data.packet_id,
        asked=asked,
        **refusals.worded(reason),
    )


def evolve_opened(state: State, event: Event[PacketOpened]) -> None:
    """Fold a packet's beginning."""
    opened = event.data
    state.put(opened.packet_id, PACKET, terms_of(opened))
    state.put(opened.packet_id, COURSE, Course(held=opened.packet.held))


def evolve_closed(state: State, event: Event[PacketClosed]) -> None:
    """Fold its end with shares left."""
    said = event.data
    course: Course = state.record(said.packet_id, COURSE)
    after = structs.replace(course, over=said.why, over_ms=event.time_ms, returned_fen=said.returned_fen)
    state.put(said.packet_id, COURSE, after)


def evolve_held(state: State, event: Event[PacketHeld]) -> None:
    """Fold a pause, or the end of one."""
    said = event.data
    course: Course = state.record(said.packet_id, COURSE)
    state.put(
        said.packet_id, COURSE, structs.replace(course, held=said.held, revision=max(course.revision, said.revision))
    )


def evolve_forgotten(state: State, event: Event[PacketForgotten]) -> None:
    """All that is left is that there was one, and how it ended."""
    packet_id = event.data.packet_id
    course: Course = state.record(packet_id, COURSE)
    state.drop(packet_id)
    state.put(packet_id, COURSE, Gone(course.over))
