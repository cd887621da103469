"""What the shop says, as the facts that answers need: orders that were paid or refunded, members whom others brought,
members who are one person.

The shop's records are not kept byte for byte, as everything of our own is: a fact is one small row, and what an order
was for is nobody's business here. Of each partition the hash of the last record is remembered, so that another topic of
the same name is not mixed in. What cannot be understood is left out: it is a dead letter of whoever reads these topics.
"""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import msgspec

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.members import MemberIdentityLinked, MemberIdentityUnlinked, MemberRegistered
from fairground_contracts.orders import OrderPaid, OrderRefunded
from fairground_record.rows import escaped
from fairground_record.sources import Source

COLUMNS = ("topic", "partition", "offset", "what", "member_id", "subject_id", "time_ms", "amount_fen")

_TYPE = "ce_type"


class Fact(NamedTuple):
    """One thing that the shop said."""

    what: str  # paid, refunded, registered, linked, unlinked
    member_id: str
    subject_id: str  # the order; of who registered, the member who brought them; of a link, the person
    time_ms: int
    amount_fen: int  # what was paid; of a refund, all refunds of the order up to this one


def lines(source: Source, partition: int, records: Sequence[Any]) -> bytes:
    """The facts in these records (aiokafka's) as lines of COPY; most records are none."""
    made = []
    for record in records:
        fact = _fact(record.headers, record.value)
        if fact is not None:
            what, member_id, subject_id, time_ms, amount_fen = fact
            ids = f"{what}\t{escaped(member_id)}\t{escaped(subject_id)}"
            made.append(f"{source.id}\t{partition}\t{record.offset}\t{ids}\t{time_ms}\t{amount_fen}\n")
    return "".join(made).encode()


_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
_Fen = Annotated[int, msgspec.Meta(ge=0, le=10**13)]


class _Paid(msgspec.Struct, gc=False):
    """Of an order that was paid. Other fields are not even looked at: a tenth of what validating all of it takes."""

    order_id: _Id
    member_id: _Id
    amount_fen: _Fen


class _Refunded(msgspec.Struct, gc=False):
    order_id: _Id
    member_id: _Id
    refunded_total_fen: _Fen


class _Registered(msgspec.Struct, gc=False):
    member_id: _Id
    inviter_id: Annotated[str, msgspec.Meta(max_length=128)] = ""


class _Link(msgspec.Struct, gc=False):
    member_id: _Id
    person_id: _Id


_LINKS = {MemberIdentityLinked.type: "linked", MemberIdentityUnlinked.type: "unlinked"}
_READ: dict[str, msgspec.json.Decoder[Any]] = {
    OrderPaid.type: msgspec.json.Decoder(_Paid),
    OrderRefunded.type: msgspec.json.Decoder(_Refunded),
    MemberRegistered.type: msgspec.json.Decoder(_Registered),
    **{type_: msgspec.json.Decoder(_Link) for type_ in _LINKS},
}
_TYPES = frozenset(name.encode() for name in _READ)


def _fact(headers: Sequence[tuple[str, bytes]], value: bytes | None) -> Fact | None:
    for name, content in headers:
        if name == _TYPE and content not in _TYPES:
            return None  # a CloudEvent in structured mode has no such header
    try:
        event = cloudevent.read(headers, value)
        return _said(event) if event.type in _READ else None
    except ValueError:  # Malformed, and msgspec's errors
        return None


def _said(event: CloudEvent) -> Fact | None:
    """Raises ValueError."""
    said = _READ[event.type].decode(event.data)
    if isinstance(said, _Paid):
        return Fact("paid", said.member_id, said.order_id, event.time_ms, said.amount_fen)
    if isinstance(said, _Refunded):
        return Fact("refunded", said.member_id, said.order_id, event.time_ms, said.refunded_total_fen)
    if isinstance(said, _Link):
        return Fact(_LINKS[event.type], said.member_id, said.person_id, event.time_ms, 0)
    return Fact("registered", said.member_id, said.inviter_id, event.time_ms, 0) if said.inviter_id else None
