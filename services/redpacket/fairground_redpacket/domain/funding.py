"""Packets of members' money: asked for, paid or refused or not answered, and then opened, cancelled or given back.

No balance of a member lives here. A funding is answered once; what is confirmed for nothing goes back once.
"""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import structs

from fairground_activities.lifecycle import OPEN
from fairground_activities.seeds import Seeds
from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen, remember, seen
from fairground_decider.days import iso, parse_iso
from fairground_redpacket.contract import (
    AnswerFunding,
    CancelFunding,
    FundingRefused,
    FundingReturned,
    Packet,
    PacketCancelled,
    PacketCreated,
    PacketRequested,
    Reason,
)
from fairground_redpacket.domain import accounts, creation, refusals
from fairground_redpacket.domain.publication import LIFECYCLE
from fairground_redpacket.domain.records import Pending, Sender, member_field
from fairground_redpacket.domain.terms import ms, utc

#: How long fundings whose money is accounted for are remembered.
ANSWER_WINDOW_DAYS = 30

_Why = Literal["too_late", "closed", "not_awaited"]


def decide_answer(
    _seeds: Seeds, state: State, command: Command[AnswerFunding]
) -> Iterator[PacketCreated | PacketCancelled | FundingReturned | FundingRefused]:
    """What whoever owns the money has said.

    An archived activity does not know any more whether the money is in a packet: it gives back none.
    """
    asked = command.data
    sender = accounts.sender_of(state, asked.activity_id, asked.member_id)
    pending = _find(sender, asked.funding_id)
    if pending is not None:
        yield (
            _paid(state, command, pending)
            if asked.paid
            else _cancelled(state, asked, pending, Reason.FUNDING_REFUSED, asked.why)
        )
    elif not asked.paid:
        yield _refused(state, asked, Reason.UNKNOWN_FUNDING)
    elif (known := seen(sender.answered, asked.funding_id, command.time_ms, ANSWER_WINDOW_DAYS)) is not Seen.NEW:
        yield _refused(state, asked, Reason(known.value))
    elif _is_archived(state, asked.activity_id):
        yield _refused(state, asked, Reason.ARCHIVED)
    else:
        yield _returned(state, asked, "not_awaited", None)


def _is_archived(state: State, activity_id: str) -> bool:
    standing = LIFECYCLE.standing(state, activity_id)
    return standing is not None and standing.status == "archived"


def decide_cancel(
    _seeds: Seeds, state: State, command: Command[CancelFunding]
) -> Iterator[PacketCancelled | FundingRefused]:
    """Nobody has answered in time."""
    asked = command.data
    pending = _find(accounts.sender_of(state, asked.activity_id, asked.member_id), asked.funding_id)
    if pending is None:
        yield _refused(state, asked, Reason.UNKNOWN_FUNDING)
    elif command.time_ms < pending.cancel_ms:
        yield _refused(state, asked, Reason.NOT_DUE)
    else:
        yield _cancelled(state, asked, pending, Reason.FUNDING_TIMEOUT, "")


def _find(sender: Sender, funding_id: str) -> Pending | None:
    return next((each for each in sender.pending if each.funding_id == funding_id), None)


def _paid(state: State, command: Command[AnswerFunding], pending: Pending) -> PacketCreated | FundingReturned:
    """The packet begins when it is paid, and lasts as long as one that was paid at once."""
    asked = command.data
    standing = LIFECYCLE.standing(state, asked.activity_id)
    if command.time_ms > pending.until_ms:
        return _returned(state, asked, "too_late", pending)
    if standing is None or standing.status not in OPEN:
        return _returned(state, asked, "closed", pending)
    packet = Packet.model_validate_json(pending.packet)
    lasts_ms = ms(packet.expires_at) - ms(packet.opens_at)
    times = {"opens_at": utc(command.time_ms), "expires_at": utc(command.time_ms + lasts_ms)}
    return PacketCreated(
        activity_id=asked.activity_id,
        version=standing.version,
        member_id=asked.member_id,
        packet_id=pending.packet_id,
        packet=Packet.model_validate(packet.model_dump() | times),
        day=iso(pending.day),
    )


def _cancelled(state: State, asked: Any, pending: Pending, reason: Reason, why: str) -> PacketCancelled:
    standing = LIFECYCLE.standing(state, asked.activity_id)
    return PacketCancelled(
        activity_id=asked.activity_id,
        version=standing.version if standing else 0,
        member_id=asked.member_id,
        packet_id=pending.packet_id,
        funding_id=asked.funding_id,
        day=iso(pending.day),
        why=why,
        **refusals.worded(reason),
    )


def _returned(state: State, asked: AnswerFunding, why: _Why, pending: Pending | None) -> FundingReturned:
    standing = LIFECYCLE.standing(state, asked.activity_id)
    return FundingReturned(
        activity_id=asked.activity_id,
        version=standing.version if standing else 0,
        member_id=asked.member_id,
        funding_id=asked.funding_id,
        why=why,
        packet_id=pending.packet_id if pending else "",
        day=iso(pending.day) if pending else "",
    )


def _refused(state: State, asked: AnswerFunding | CancelFunding, reason: Reason) -> FundingRefused:
    standing = LIFECYCLE.standing(state, asked.activity_id)
    return FundingRefused(
        activity_id=asked.activity_id,
        version=standing.version if standing else 0,
        member_id=asked.member_id,
        funding_id=asked.funding_id,
        **refusals.worded(reason),
    )


def evolve_requested(state: State, event: Event[PacketRequested]) -> None:
    """Fold a packet that waits for its money."""
    said = event.data
    creation.remember_request(state, event)
    accounts.count_packet(state, said.activity_id, said.member_id, said.day)
    pending = Pending(
        said.packet.funding_id, said.packet_id, said.packet.model_dump_json().encode(), parse_iso(said.day),
        ms(said.answer_by), ms(said.cancel_at),
    )  # fmt: skip
    sender = accounts.sender_of(state, said.activity_id, said.member_id)
    _put(state, said, structs.replace(sender, pending=(*sender.pending, pending)))


def evolve_cancelled(state: State, event: Event[PacketCancelled]) -> None:
    """Fold a packet whose money did not come: it was never sent."""
    said = event.data
    accounts.uncount_packet(state, said.activity_id, said.member_id, said.day)
    _answered(state, event, said.funding_id, kept=False)


def evolve_paid(state: State, event: Event[PacketCreated]) -> None:
    """Fold the money of a packet that had waited for it."""
    _answered(state, event, event.data.packet.funding_id, kept=True)


def evolve_returned(state: State, event: Event[FundingReturned]) -> None:
    """Fold money that goes back. Of an activity that there is not nothing is kept."""
    said = event.data
    if said.packet_id:
        accounts.uncount_packet(state, said.activity_id, said.member_id, said.day)
    if LIFECYCLE.standing(state, said.activity_id) is not None:
        _answered(state, event, said.funding_id, kept=True)


def _answered(state: State, event: Event[Any], funding_id: str, kept: bool) -> None:
    """It waits no more. `kept`: its money is accounted for, so that a confirmation that comes again changes nothing."""
    said = event.data
    sender = accounts.sender_of(state, said.activity_id, said.member_id)
    pending = tuple(each for each in sender.pending if each.funding_id != funding_id)
    answered = sender.answered
    if kept:
        answered = remember(answered, funding_id, event.time_ms, ANSWER_WINDOW_DAYS)
    _put(state, said, structs.replace(sender, pending=pending, answered=answered))


def _put(state: State, said: Any, sender: Sender) -> None:
    state.put(said.activity_id, member_field(said.member_id), sender)
