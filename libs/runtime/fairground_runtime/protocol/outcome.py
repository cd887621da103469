"""What one command comes to: its events, encoded and measured before any of it is final, and what they pay."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from fairground_contracts import cloudevent
from fairground_contracts.dead import CommandDead, RecordDead
from fairground_contracts.message import Message
from fairground_decider import Event, Outgoing, Service, State
from fairground_runtime.protocol.decode import Decoded, Decoder
from fairground_runtime.protocol.ports import Payment, Record

_VERSION = ("ce_specversion", b"1.0")
_JSON = ("content-type", b"application/json")
_RECORD_OVERHEAD_BYTES = 40  # lengths, deltas and counts of a record, at most
_HEADER_OVERHEAD_BYTES = 6  # two lengths, at most


class Outcome(NamedTuple):
    """One command's events as records, and their effects."""

    offset: int  # of the command
    records: tuple[Record, ...]
    payments: tuple[Payment, ...]
    size: int  # bytes of the records in a record batch, at most
    reasons: tuple[str, ...]  # of refusals and dead commands, for the metrics
    failed: bool  # decide raised: a bug


class Outcomes:
    """Decides a batch of commands one after another, each from the state that the ones before it left."""

    def __init__(self, service: Service, decoder: Decoder, state: State, expected: int, max_bytes: int) -> None:
        """`expected`: the events log's offset that the first event gets; `max_bytes`: of one command's events."""
        self._service = service
        self._decoder = decoder
        self._state = state
        self._expected = expected
        self._max_bytes = max_bytes

    def decide(self, decoded: Decoded) -> Outcome:
        """The command's outcome. One that cannot be decided or published is dead, and leaves no trace in the state."""
        if decoded.command is None:
            assert decoded.dead is not None
            return self._dead(decoded, decoded.dead, failed=False)
        command, events = decoded.command, list[Event[Any]]()
        try:
            for index, data in enumerate(self._service.decide(self._state, command)):
                event = Event(command.at.event_id(index), command.time, command.time_ms, command.id, data)
                self._service.evolve(self._state, event)
                events.append(event)
            if not events:
                raise AssertionError("decide yielded no event")
            outcome = self._encode(decoded, events, failed=False)
        except Exception as error:
            self._state.take_back()
            detail = f"{type(error).__name__}: {error}"
            return self._dead(decoded, self._decoder.dead(decoded.record, "decide_failed", detail), failed=True)
        if outcome.size > self._max_bytes:
            self._state.take_back()
            detail = f"its {len(events)} events are {outcome.size} bytes; a record batch takes {self._max_bytes}"
            return self._dead(decoded, self._decoder.dead(decoded.record, "outcome_too_large", detail), failed=False)
        return self._kept(outcome)

    def _dead(self, decoded: Decoded, dead: CommandDead, *, failed: bool) -> Outcome:
        command, at = decoded.command, self._decoder
        event_id = f"{at.service.name}-{at.epoch}-{at.partition}-{decoded.record.offset}-0"
        time_ms = command.time_ms if command else decoded.record.timestamp_ms
        time = command.time if command else cloudevent.format_time(time_ms)
        event = Event(event_id, time, time_ms, command.id if command else _id_of(decoded.record), dead)
        return self._kept(self._encode(decoded, [event], failed=failed))

    def _encode(self, decoded: Decoded, events: list[Event[Any]], *, failed: bool) -> Outcome:
        key, expected = decoded.record.key, self._expected
        trace = ("traceparent", decoded.traceparent.encode()) if decoded.traceparent else None
        records, paid, reasons, size = list[Record](), list[Payment](), list[str](), 0
        for event in events:
            record = encode_event(self._service, event, key, trace, expected + len(records))
            size += size_of(record)
            records.append(record)
            paid.extend(payments(self._service, event, record, self._decoder.topic))
            reason = event.data.cause if type(event.data) is CommandDead else getattr(event.data, "reason", None)
            if reason is not None:
                reasons.append(str(reason))
        return Outcome(decoded.record.offset, tuple(records), tuple(paid), size, tuple(reasons), failed)

    def _kept(self, outcome: Outcome) -> Outcome:
        self._state.keep()
        self._expected += len(outcome.records)
        return outcome


def encode_event(
    service: Service, event: Event[Any], key: bytes | None, trace: tuple[str, bytes] | None, stamp: int
) -> Record:
    """An event as the record that is to stand at offset `stamp` of the events log."""
    data: Message = event.data
    made = [
        _VERSION,
        ("ce_id", event.id.encode()),
        ("ce_type", data.type.encode()),
        ("ce_source", b"/fairground/" + service.name.encode()),
        ("ce_time", event.time.encode()),
        ("ce_subject", subject_of(data).encode()),
        _JSON,
        ("ce_causationid", event.command_id.encode()),
        (cloudevent.STAMP, b"%d" % stamp),
    ]
    if trace:
        made.append(trace)
    return Record(stamp, key, data.__pydantic_serializer__.to_json(data), made)


def subject_of(data: Message) -> str:
    """The activity that a message is about, empty when nobody can tell."""
    subject: str = getattr(data, "activity_id", "")
    return subject


def size_of(record: Record) -> int:
    """Bytes of a record within a record batch, at most."""
    size = _RECORD_OVERHEAD_BYTES + len(record.key or b"") + len(record.value or b"")
    for name, content in record.headers:
        size += _HEADER_OVERHEAD_BYTES + len(name) + len(content)
    return size


def payments(service: Service, event: Event[Any], record: Record, commands_topic: str) -> Iterable[Payment]:
    """The event's effects as records: a pure function of the event as it stands in the log."""
    if isinstance(event.data, CommandDead):
        letter = RecordDead.model_construct(**dict(event.data))
        return (_payment(Outgoing(f"{commands_topic}.dead", "", f"{event.id}-d", "", letter), event, record),)
    return [_payment(outgoing, event, record) for outgoing in service.effects(event)]


def _payment(outgoing: Outgoing, event: Event[Any], record: Record) -> Payment:
    made = [
        _VERSION,
        ("ce_id", outgoing.id.encode()),
        ("ce_type", outgoing.data.type.encode()),
        record.headers[3],  # ce_source and ce_time are the event's
        record.headers[4],
        ("ce_subject", outgoing.subject.encode()),
        _JSON,
        ("ce_causationid", event.id.encode()),
    ]
    made.extend(header for header in record.headers if header[0] == "traceparent")
    key = outgoing.key.encode() or record.key or b""
    return Payment(outgoing.topic, key, outgoing.data.__pydantic_serializer__.to_json(outgoing.data), made)


def _id_of(record: Record) -> str:
    """The id that a malformed record claims, if any, so that whoever waits for an answer finds it."""
    for name, content in record.headers:
        if name == "ce_id":
            return content[:1024].decode(errors="replace")
    return ""
