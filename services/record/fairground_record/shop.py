"""What the shop says, as the facts that answers need: orders that were paid or refunded, members whom others brought.

The shop's records are not kept byte for byte, as everything of our own is: a fact is one small row, and what an order
was for is nobody's business here. Of each partition the hash of the last record is remembered, so that another topic of
the same name is not mixed in. What cannot be understood is left out: it is a dead letter of whoever reads these topics.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from pydantic import ValidationError

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent, Malformed
from fairground_contracts.members import MemberRegistered
from fairground_contracts.orders import OrderPaid, OrderRefunded
from fairground_record.rows import escaped
from fairground_record.sources import Source

COLUMNS = ("topic", "partition", "offset", "what", "member_id", "subject_id", "time_ms", "amount_fen")

_TYPE = "ce_type"
_DIGEST_BYTES = 16

_exact = msgspec.msgpack.Encoder()


class Fact(NamedTuple):
    """One thing that the shop said."""

    what: str  # paid, refunded, registered
    member_id: str
    subject_id: str  # the order; of who registered, the member who brought them
    time_ms: int
    amount_fen: int  # what was paid; of a refund, all refunds of the order up to this one


def lines(source: Source, partition: int, records: Sequence[Any]) -> bytes:
    """The facts in these records (aiokafka's) as lines of COPY; most records are none."""
    made = []
    for record in records:
        fact = _fact(record.headers, record.value)
        if fact is not None:
            cells = (source.id, partition, record.offset, *fact)
            made.append("\t".join(escaped(str(cell)) for cell in cells).encode() + b"\n")
    return b"".join(made)


def digest(record: Any) -> bytes:
    """A hash of the whole record."""
    return blake2b(_exact.encode((record.key, record.value, list(record.headers))), digest_size=_DIGEST_BYTES).digest()


def _fact(headers: Sequence[tuple[str, bytes]], value: bytes | None) -> Fact | None:
    if _is_something_else(headers):
        return None
    try:
        event = cloudevent.read(headers, value)
        return _said(event) if event.type in _READ else None
    except (Malformed, ValidationError):
        return None


def _is_something_else(headers: Iterable[tuple[str, bytes | None]]) -> bool:
    """Whether the type in the headers is none of ours; a CloudEvent in structured mode has none there."""
    return any(name == _TYPE and (content or b"").decode(errors="replace") not in _READ for name, content in headers)


def _said(event: CloudEvent) -> Fact | None:
    """Raises Malformed, ValidationError."""
    said = _READ[event.type].model_validate_json(event.data)
    if isinstance(said, OrderPaid):
        return Fact("paid", said.member_id, said.order_id, event.time_ms, said.amount_fen)
    if isinstance(said, OrderRefunded):
        return Fact("refunded", said.member_id, said.order_id, event.time_ms, said.refunded_total_fen)
    return Fact("registered", said.member_id, said.inviter_id, event.time_ms, 0) if said.inviter_id else None


_READ = {model.type: model for model in (OrderPaid, OrderRefunded, MemberRegistered)}
