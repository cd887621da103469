"""The one rule for everybody who reads an events log.

A record counts if and only if it stands at the offset that is stamped on it. Its writer had read the log below that
offset, so it decided the right position from the right state; what lands elsewhere (a late record, a repeated one, one
of a worker that woke up too late) is void. The rule comes before any look at ids and needs no memory.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from fairground_contracts import cloudevent
from fairground_contracts.dead import CommandDead
from fairground_contracts.message import Message
from fairground_decider import Event, Service
from fairground_runtime.protocol.ports import Record, Stopped

_NO_STAMP = b""


def counts(record: Record) -> bool:
    """Whether the record stands where its writer expected it to."""
    for name, content in record.headers:
        if name == cloudevent.STAMP:
            return content == b"%d" % record.offset
    return False


class Found(NamedTuple):
    """One command's outcome, found in the log."""

    offset: int  # of the command
    events: tuple[tuple[Event[Any], Record], ...]
    end: int  # offset in the log behind its last event


def outcomes(service: Service, epoch: int, records: Iterable[Record]) -> Iterator[Found]:
    """The valid outcomes among the records, in order. The last one may be cut off by the records' end."""
    offset, events = -1, list[tuple[Event[Any], Record]]()
    for record in records:
        if not counts(record):
            continue
        event, position = event_of(service, epoch, record)
        if position != offset and events:
            yield Found(offset, tuple(events), events[-1][1].offset + 1)
            events = []
        offset = position
        events.append((event, record))
    if events:
        yield Found(offset, tuple(events), events[-1][1].offset + 1)


def event_of(service: Service, epoch: int, record: Record) -> tuple[Event[Any], int]:
    """A valid record as event, with its command's offset. Raises Stopped: a valid record must be readable."""
    try:
        read = cloudevent.read(record.headers, record.value)
        model = event_model(service, read.type)
        _, of_epoch, _, offset, _ = read.id.rsplit("-", 4)
        if int(of_epoch) != epoch:
            raise ValueError(f"it is of epoch {of_epoch}, this worker's is {epoch}")
        event = Event(read.id, read.time, read.time_ms, read.causation_id, model.model_validate_json(read.data))
    except (ValueError, KeyError) as error:
        raise Stopped(
            f"event at offset {record.offset} of {service.name} cannot be read by this version of the code: {error}"
        ) from error
    return event, int(offset)


def event_model(service: Service, type_name: str) -> type[Message]:
    """The model of an event type. Raises KeyError."""
    return CommandDead if type_name == CommandDead.type else service.events[type_name]
