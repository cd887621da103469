"""The books: what events that count move between accounts, by the service's own room `ledger`, double entry.

They are written in the transaction that records the events, so that they are never behind and never ahead of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import structlog

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import STAMP
from fairground_decider import Event
from fairground_decider.answers import Posting
from fairground_record import rooms
from fairground_record.rows import escaped
from fairground_record.sources import Source

log = structlog.get_logger(__name__)

COLUMNS = ("topic", "partition", "offset", "line", "activity_id", "account", "fen")

_TYPE = "ce_type"


class Unbalanced(Exception):
    """A service's entries for one event do not come to 0: that is a bug in its books."""


class Books(NamedTuple):
    """A service that keeps books, and the types of events that move something in them."""

    service: Any
    room: Any
    types: frozenset[bytes]


def kept_by(service: str) -> Books | None:
    """A service's books; None: it moves no money."""
    room, reader = rooms.room(service, "ledger"), rooms.reader(service)
    if room is None or reader is None:
        return None
    return Books(reader, room, frozenset(message.type.encode() for message in room.POSTED))


def entries(kept: Books, event: Event[Any]) -> tuple[Posting, ...]:
    """What the event moves. Raises Unbalanced."""
    found: tuple[Posting, ...] = kept.room.postings(event)
    if sum(posting.fen for posting in found):
        raise Unbalanced(f"event {event.id}: its entries come to {sum(posting.fen for posting in found)} fen, not to 0")
    return found


def lines(source: Source, partition: int, records: Sequence[Any]) -> bytes:
    """The entries of these records (aiokafka's) as lines of COPY."""
    kept = kept_by(source.service) if source.stamped else None
    return b"" if kept is None else "".join(_lines(kept, source, partition, records)).encode()


def _lines(kept: Books, source: Source, partition: int, records: Iterable[Any]) -> Iterator[str]:
    for record in records:
        headers = dict(record.headers)
        if headers.get(_TYPE) not in kept.types or headers.get(STAMP) != b"%d" % record.offset:
            continue  # no money, or an event that does not count
        event = _event(kept, record)
        try:
            found = entries(kept, event)
        except Unbalanced as error:  # the event is recorded; the audit says that its entries are missing
            log.error("the books of an event are wrong and were left out", why=str(error))
            continue
        for line, posting in enumerate(found):
            who = f"{escaped(event.data.activity_id)}\t{escaped(posting.account)}"
            yield f"{source.id}\t{partition}\t{record.offset}\t{line}\t{who}\t{posting.fen}\n"


def _event(kept: Books, record: Any) -> Event[Any]:
    said = cloudevent.read(record.headers, record.value)
    data = kept.service.events[said.type].model_validate_json(said.data)
    return Event(said.id, said.time, said.time_ms, said.causation_id, data)
