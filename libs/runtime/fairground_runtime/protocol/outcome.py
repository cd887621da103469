"""What one command comes to: its events, encoded and measured before any of it is final, and what they pay."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from msgspec import Struct, structs

from fairground_contracts import cloudevent
from fairground_contracts.dead import CommandDead, RecordDead
from fairground_contracts.message import Message, encoded
from fairground_decider import Coordinates, Event, Outgoing, Service, State
from fairground_runtime.protocol.decode import Decoded, Decoder
from fairground_runtime.protocol.ports import Payment, Record

_VERSION = ("ce_specversion", b"1.0")
_JSON = ("content-type", b"application/json")
#: Of a record in a record batch, at most: lengths, deltas and counts, and nine headers' names with two lengths each.
_OVERHEAD_BYTES = 200
#: Of a dead command's key: it may be as large as a record, and would not fit beside the rest.
_KEPT_KEY_BYTES = 1_024
#: In the year 6429; a producer may set any time where the topic does not, and no event could carry it.
_LATEST_MS = 1 << 47


#: The cause of a command whose decision raised: a bug of this version, not of the command.
DECIDE_FAILED = "decide_failed"


class Outcome(Struct, frozen=True, gc=False):
    """One command's events as records, and their effects."""

    offset: int  # of the command
    records: tuple[Record, ...]
    payments: tuple[Payment, ...]
    size: int  # bytes of the records in a record batch, at most
    reasons: tuple[str, ...]  # of refusals, for the metrics
    dead: str  # the cause, when the command is dead; empty otherwise


class Outcomes:
    """Decides a batch of commands one after another, each from the state that the ones before it left."""

    def __init__(self, service: Service, decoder: Decoder, state: State, expected: int, max_bytes: int) -> None:
        """`expected`: the events log's offset that the first event gets; `max_bytes`: of one command's events."""
        self._service = service
        self._decoder = decoder
        self._state = state
        self._expected = expected
        self._max_bytes = max_bytes
        self._source = ("ce_source", f"/fairground/{service.name}".encode())

    def decide(self, decoded: Decoded) -> Outcome:
        """The command's outcome. One that cannot be decided or published is dead, and leaves no trace in the state."""
        command = decoded.command
        if command is None:
            assert decoded.dead is not None
            return self._dead(decoded, decoded.dead)
        events: list[Event[Any]] = []
        try:
            for index, data in enumerate(self._service.decide(self._state, command)):
                event = Event(command.at.event_id(index), command.time, command.time_ms, command.id, data)
                self._service.evolve(self._state, event)
                events.append(event)
            if not events:
                raise AssertionError("decide yielded no event")
            outcome = self._encode(decoded, events)
        except Exception as error:
            self._state.take_back()
            detail = f"{type(error).__name__}: {error}"
            return self._dead(decoded, self._decoder.dead(decoded.record, DECIDE_FAILED, detail))
        if too_large := self._too_large(outcome):
            self._state.take_back()
            return self._dead(decoded, self._decoder.dead(decoded.record, "outcome_too_large", too_large))
        return self._kept(outcome)

    def _too_large(self, outcome: Outcome) -> str:
        if outcome.size > self._max_bytes:
            return f"its {len(outcome.records)} events are {outcome.size} bytes; a record batch takes {self._max_bytes}"
        for payment in outcome.payments:
            if len(payment.value) + 8 * _OVERHEAD_BYTES > self._max_bytes:
                return f"a message to {payment.topic} is {len(payment.value)} bytes; a record takes {self._max_bytes}"
        return ""

    def _dead(self, decoded: Decoded, dead: CommandDead) -> Outcome:
        command, decoder = decoded.command, self._decoder
        came = decoded.record
        record = Record(came.offset, (came.key or b"")[:_KEPT_KEY_BYTES], came.value, came.headers, came.timestamp)
        at = Coordinates(decoder.service.name, decoder.epoch, decoder.partition, record.offset)
        if command is None:
            time_ms = record.timestamp if 0 <= record.timestamp < _LATEST_MS else 0
            claimed = cloudevent.claimed_id(record.headers, record.value)
            event = Event(at.event_id(0), cloudevent.format_time(time_ms), time_ms, claimed, dead)
        else:
            event = Event(at.event_id(0), command.time, command.time_ms, command.id, dead)
        outcome = self._encode(structs.replace(decoded, record=record), [event])
        return self._kept(structs.replace(outcome, dead=dead.cause))

    def _encode(self, decoded: Decoded, events: list[Event[Any]]) -> Outcome:
        records: list[Record] = []
        paid: list[Payment] = []
        reasons: list[str] = []
        size = 0
        for event in events:
            record = self._record(event, decoded, self._expected + len(records))
            records.append(record)
            size += size_of(record)
            paid += payments(self._service, event, record, self._decoder.topic)
            if (reason := event.data.__dict__.get("reason")) is not None:  # a refusal says why
                reasons.append(str(reason))
        return Outcome(decoded.record.offset, tuple(records), tuple(paid), size, tuple(reasons), "")

    def _record(self, event: Event[Any], decoded: Decoded, stamp: int) -> Record:
        """The event as the record that is to stand at offset `stamp` of the events log."""
        data: Message = event.data
        made = [
            _VERSION,
            ("ce_id", event.id.encode()),
            _type_header(type(data)),
            self._source,
            ("ce_time", event.time.encode()),
            ("ce_subject", getattr(data, "activity_id", "").encode()),
            _JSON,
            ("ce_causationid", event.command_id.encode()),
            (cloudevent.STAMP, b"%d" % stamp),
        ]
        if decoded.traceparent:
            made.append(("traceparent", decoded.traceparent.encode()))
        return Record(stamp, decoded.record.key, encoded(data), made)

    def _kept(self, outcome: Outcome) -> Outcome:
        self._state.keep()
        self._expected += len(outcome.records)
        return outcome


@cache
def _type_header(model: type[Message]) -> tuple[str, bytes]:
    return ("ce_type", model.type.encode())


def size_of(record: Record) -> int:
    """Bytes of a record within a record batch, at most."""
    contents = sum([len(content) for _, content in record.headers])
    return _OVERHEAD_BYTES + len(record.key or b"") + len(record.value or b"") + contents


def payments(service: Service, event: Event[Any], record: Record, commands_topic: str) -> Iterable[Payment]:
    """The event's effects as records: a pure function of the event as it stands in the log."""
    if type(event.data) is CommandDead:
        letter = RecordDead.model_construct(**dict(event.data))
        return (_payment(Outgoing(f"{commands_topic}.dead", "", f"{event.id}-d", "", letter), event, record),)
    return [_payment(outgoing, event, record) for outgoing in service.effects(event)]


def _payment(outgoing: Outgoing, event: Event[Any], record: Record) -> Payment:
    data = outgoing.data
    made = [
        _VERSION,
        ("ce_id", outgoing.id.encode()),
        _type_header(type(data)),
        record.headers[3],  # ce_source and ce_time are the event's
        record.headers[4],
        ("ce_subject", outgoing.subject.encode()),
        _JSON,
        ("ce_causationid", event.id.encode()),
        *record.headers[9:],  # traceparent, if any
    ]
    key = outgoing.key.encode() or record.key or b""
    return Payment(outgoing.topic, key, encoded(data), made)
