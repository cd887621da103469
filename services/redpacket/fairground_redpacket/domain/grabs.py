"""Grabs: who may have a share, which one, and what it owes. A grab looks at the packet's own records only."""

import contextlib
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs

from fairground_activities.requests import request_of
from fairground_activities.seeds import Seeds
from fairground_contracts.message import trusted
from fairground_contracts.refusals import Sentence
from fairground_contracts.rewards import Reward
from fairground_decider import Command, Event, State
from fairground_decider.causes import Remembered, Seen, remember, seen
from fairground_redpacket.contract import CommandForwarded, Grab, GrabRefused, PacketEmptied, Reason, ShareGrabbed, ids
from fairground_redpacket.domain import refusals
from fairground_redpacket.domain.admission import admit
from fairground_redpacket.domain.identities import forwarded, names_of
from fairground_redpacket.domain.records import (
    COURSE,
    ELSEWHERE,
    NEW_TAKER,
    PACKET,
    Course,
    Gone,
    Share,
    Taker,
    Terms,
    member_field,
)
from fairground_redpacket.domain.refusals import Denied
from fairground_redpacket.domain.switch import packets_are
from fairground_redpacket.domain.terms import seed_of, shares, utc, who

#: Requests that were counted are remembered for the UTC day of the newest one and the day before it.
REQUEST_WINDOW_DAYS = 1

DAY_MS = 86_400_000

_OVER = {"emptied": Reason.SOLD_OUT, "expired": Reason.EXPIRED, "stopped": Reason.STOPPED}


class Found(Struct, frozen=True, gc=False):
    """What a grab finds at the packet."""

    terms: Terms
    course: Course
    taker: Taker  # what the person has, whichever of its names it came by
    requests: tuple[Remembered, ...]  # that were counted, by name
    switched: str  # what becomes of the activity's packets here: open, held or closed


def decide_grab(
    seeds: Seeds, state: State, command: Command[Grab]
) -> Iterator[ShareGrabbed | PacketEmptied | GrabRefused | CommandForwarded]:
    """The next share, in the order of the log, or why there is none; with the last one the packet is empty."""
    if again := forwarded(state, command):
        yield again
        return
    grab = command.data
    try:
        found = _find(state, grab)
        _check(found, command)
        seed = seed_of(seeds, grab.packet_id, found.terms)
    except Denied as refused:
        yield _refusal(state, command, refused)
        return
    terms, course = found.terms, found.course
    yield grabbed(terms, course, grab, shares(seed, terms)[course.next])
    if course.next + 1 == terms.count:
        yield emptied(seeds, state, command, terms)


def grabbed(terms: Terms, course: Course, grab: Any, amount_fen: int) -> ShareGrabbed:
    """The next share is this member's."""
    bill = ids.bill_of(grab.packet_id, course.next)
    return trusted(
        ShareGrabbed,
        {
            "activity_id": terms.activity_id,
            "version": terms.version,
            "packet_id": grab.packet_id,
            "member_id": grab.member_id,
            "index": course.next,
            "amount_fen": amount_fen,
            "left": terms.count - course.next - 1,
            "left_fen": terms.total_fen - course.claimed_fen - amount_fen,
            "reward_id": bill,
            "reward": owed(terms, grab.packet_id, amount_fen),
            "funds": terms.funds,
            "risk": grab.risk,
            "person_id": grab.person_id,
            "known_apart": True,
        },
    )


def owed(terms: Terms, packet_id: str, amount_fen: int) -> Reward:
    """What a share is to whoever pays it out. A member's money costs the operator nothing."""
    value_fen = amount_fen if terms.funds == "budget" else 0
    return trusted(
        Reward, {"reward": "cash", "amount": amount_fen, "value_fen": value_fen, "ref": packet_id, "name": terms.name}
    )


def emptied(seeds: Seeds, state: State, command: Command[Any], terms: Terms) -> PacketEmptied:
    """The last share was just folded: whose was the largest, and what all came from."""
    packet_id = command.data.packet_id
    course: Course = state.record(packet_id, COURSE)
    return PacketEmptied(
        activity_id=terms.activity_id,
        version=terms.version,
        packet_id=packet_id,
        count=terms.count,
        total_fen=terms.total_fen,
        lasted_ms=max(command.time_ms - terms.opens_ms, 0),
        best_member_id=course.best_member,
        best_index=course.best_index,
        best_fen=course.best_fen,
        seed=seeds.seed(packet_id, terms.seed_key_id).hex(),
        keep_until=utc(command.time_ms + terms.keep_days * DAY_MS),
    )


def _find(state: State, grab: Grab) -> Found:
    """Raises Denied."""
    terms: Terms | None = state.record(grab.packet_id, PACKET)
    course: Course | Gone | None = state.record(grab.packet_id, COURSE)
    if isinstance(course, Gone):
        raise Denied(_OVER[course.over])
    if terms is None or course is None or terms.activity_id != grab.activity_id:
        raise Denied(Reason.UNKNOWN_PACKET)
    switched = packets_are(state, grab.activity_id)
    own: Taker = state.record(grab.packet_id, member_field(grab.member_id)) or NEW_TAKER
    names = names_of(grab)
    if len(names) == 1:
        return Found(terms, course, own, (own.requests,) if own.requests else (), switched)
    takers = [own, *(state.record(grab.packet_id, member_field(name)) or NEW_TAKER for name in names[1:])]
    return Found(terms, course, _together(takers), tuple(each.requests for each in takers if each.requests), switched)


def _together(takers: list[Taker]) -> Taker:
    """What all of them have as one. A share that is known by two names is one; the member's own come first."""
    shares = {share.index: share for taker in reversed(takers) for share in taker.shares}
    own_first = sorted(shares.values(), key=lambda share: share not in takers[0].shares)
    guesses, tapped_ms = sum(taker.guesses for taker in takers), max(taker.tapped_ms for taker in takers)
    return Taker(tuple(own_first), guesses, tapped_ms)


def _check(found: Found, command: Command[Grab]) -> None:
    """In the order in which a member would want to hear of them. Raises Denied."""
    terms, course, grab, time_ms = found.terms, found.course, command.data, command.time_ms
    _not_had(found, command)
    if course.over:
        raise Denied(_OVER[course.over])
    if time_ms >= terms.expires_ms:
        raise Denied(Reason.EXPIRED)
    if time_ms < terms.opens_ms:
        raise Denied(Reason.NOT_STARTED, Sentence(f"{utc(terms.opens_ms)} 开始", f"from {utc(terms.opens_ms)}"))
    if found.switched == "closed":
        raise Denied(Reason.STOPPED)
    if course.held or found.switched == "held":
        raise Denied(Reason.PAUSED)
    _received(terms, grab)
    if terms.tap_ms and found.taker.shares and time_ms - found.taker.tapped_ms < terms.tap_ms:
        raise Denied(Reason.TOO_FAST)
    admit(who(terms.who), grab)
    if terms.access == "password":
        _password(found, grab)


def _not_had(found: Found, command: Command[Grab]) -> None:
    """Raises Denied for whom this packet has nothing more."""
    terms, taker = found.terms, found.taker
    if terms.per_member == 1 and taker.shares:
        raise Denied(Reason.ALREADY_GRABBED)
    for requests in found.requests:
        known = seen(requests, request_of(command.id), command.time_ms, REQUEST_WINDOW_DAYS)
        if known is not Seen.NEW:
            raise Denied(Reason(known.value))
    if terms.per_member > 1 and len(taker.shares) >= terms.per_member:
        raise Denied(Reason.CAP_REACHED)


def _received(terms: Terms, grab: Grab) -> None:
    """Raises Denied for whom the packet is not meant."""
    person = grab.person_id or grab.member_id
    if ids.pool_for(person, terms.activity_id, terms.session, terms.pools) != terms.pool:
        raise Denied(Reason.OTHER_POOL)
    if not terms.sender_grabs and terms.sender_id in names_of(grab):
        raise Denied(Reason.SENDER_MAY_NOT)
    if terms.access == "group" and terms.group_id not in grab.groups:
        raise Denied(Reason.NOT_IN_GROUP)
    if terms.access == "designated" and not {grab.member_id, grab.person_id} & set(terms.receivers):
        raise Denied(Reason.NOT_A_RECEIVER)


def _password(found: Found, grab: Grab) -> None:
    """Raises Denied. Who has no guesses left is not told whether this one was right."""
    if found.taker.guesses >= found.terms.guesses:
        raise Denied(Reason.GUESSES_USED)
    if grab.password_mac != found.terms.password_mac:
        left = found.terms.guesses - found.taker.guesses - 1
        raise Denied(Reason.WRONG_PASSWORD, Sentence(f"还可以输 {left} 次", f"{left} guesses left"))


def _refusal(state: State, command: Command[Grab], refused: Denied) -> GrabRefused:
    """With what the member has already, how long the packet lasted, and which pool is the member's."""
    grab = command.data
    found: Found | None = None
    with contextlib.suppress(Denied):
        found = _find(state, grab)
    return trusted(
        GrabRefused,
        {
            "activity_id": grab.activity_id,
            "version": found.terms.version if found else 0,
            "member_id": grab.member_id,
            **refusals.worded(refused.reason, refused.help_said),
            "packet_id": grab.packet_id,
            **_known(found, grab, refused.reason),
            "risk": grab.risk,
            "person_id": grab.person_id,
        },
    )


def _known(found: Found | None, grab: Grab, reason: Reason) -> dict[str, int]:
    known = {"index": -1, "amount_fen": 0, "lasted_ms": 0, "guesses_left": 0, "pool": -1}
    if found is None:
        return known
    terms, course, taker = found.terms, found.course, found.taker
    if had := taker.shares:
        known |= {"index": had[0].index, "amount_fen": had[0].amount_fen}
    if reason is Reason.SOLD_OUT:
        known["lasted_ms"] = max(course.over_ms - terms.opens_ms, 0)
    if reason is Reason.WRONG_PASSWORD:
        known["guesses_left"] = terms.guesses - taker.guesses - 1
    if reason is Reason.OTHER_POOL:
        person = grab.person_id or grab.member_id
        known["pool"] = ids.pool_for(person, terms.activity_id, terms.session, terms.pools)
    return known


def evolve_grabbed(state: State, event: Event[ShareGrabbed]) -> None:
    """Fold a share: the next index, the member's shares, the best luck so far."""
    said = event.data
    packet_id = said.packet_id
    terms: Terms = state.record(packet_id, PACKET)
    course: Course = state.record(packet_id, COURSE)
    best = (course.best_index, course.best_fen, course.best_member)
    if said.amount_fen > course.best_fen:
        best = (said.index, said.amount_fen, said.member_id)
    after = Course(
        said.index + 1, course.claimed_fen + said.amount_fen, *best, course.over, course.over_ms, course.held,
        course.unsettled + 1, course.returned_fen, course.revision,
    )  # fmt: skip
    state.put(packet_id, COURSE, after)
    whose = said.person_id or said.member_id
    if whose != said.member_id:
        own: Taker = state.record(packet_id, member_field(said.member_id)) or NEW_TAKER
        mine = _with(own, Share(said.index, said.amount_fen), terms, event)
        if not said.known_apart:  # of an older log
            mine = structs.replace(own, shares=mine.shares)
        state.put(packet_id, member_field(said.member_id), mine)
    taker: Taker = state.record(packet_id, member_field(whose)) or NEW_TAKER
    status = "owed" if whose == said.member_id else ELSEWHERE
    share = Share(said.index, said.amount_fen, status=status)
    state.put(packet_id, member_field(whose), _with(taker, share, terms, event))


def _with(taker: Taker, share: Share, terms: Terms, event: Event[ShareGrabbed]) -> Taker:
    """One share more, and its request where there may be others."""
    requests = taker.requests
    if terms.per_member > 1:
        requests = remember(requests, request_of(event.command_id), event.time_ms, REQUEST_WINDOW_DAYS)
    return Taker((*taker.shares, share), taker.guesses, event.time_ms, requests)


def evolve_emptied(state: State, event: Event[PacketEmptied]) -> None:
    """Fold the end of a packet: there is nothing left in it."""
    packet_id = event.data.packet_id
    course: Course = state.record(packet_id, COURSE)
    state.put(packet_id, COURSE, structs.replace(course, over="emptied", over_ms=event.time_ms))


def evolve_refused(state: State, event: Event[GrabRefused]) -> None:
    """A wrong guess counts, once, and so does a tap that was too quick: the next one has to wait as long again. Every
    other refusal leaves everything as it was: the grab can be tried again."""
    said = event.data
    if said.reason not in (Reason.WRONG_PASSWORD, Reason.TOO_FAST):
        return
    field = member_field(said.person_id or said.member_id)
    taker: Taker = state.record(said.packet_id, field) or NEW_TAKER
    if said.reason is Reason.TOO_FAST:
        tapped_ms = max(taker.tapped_ms, event.time_ms)
        state.put(said.packet_id, field, structs.replace(taker, tapped_ms=tapped_ms))
        return
    request = request_of(event.command_id)
    if seen(taker.requests, request, event.time_ms, REQUEST_WINDOW_DAYS) is Seen.NEW:
        requests = remember(taker.requests, request, event.time_ms, REQUEST_WINDOW_DAYS)
        state.put(said.packet_id, field, structs.replace(taker, guesses=taker.guesses + 1, requests=requests))
