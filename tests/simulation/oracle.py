"""The invariants of the protocol, checked whenever anything becomes visible to anybody.

The oracle sees only what outsiders see: the events log, the published payments, the store, the committed offset. It
folds the log one outcome at a time over the whole state, and decides again what each outcome should have been.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fairground_contracts.dead import CommandDead
from fairground_contracts.message import Message
from fairground_decider import Event, Key, Service, State
from fairground_runtime.protocol import reader
from fairground_runtime.protocol.decode import Decoder
from fairground_runtime.protocol.outcome import payments
from fairground_runtime.protocol.ports import Payment, Position, Record
from tests.simulation.memory import Saved, Servers, Watch

EPOCH = 1
PARTITION = 0


class Broken(AssertionError):
    """An invariant does not hold."""


class Variant(NamedTuple):
    """One version of the code with its configuration, as some worker runs it."""

    service: Service
    max_batch_bytes: int

    @property
    def topic(self) -> str:
        """Where its commands stand."""
        return f"fairground.{self.service.name}.commands"

    @property
    def decoder(self) -> Decoder:
        """Reads commands; every key is this partition's."""
        return Decoder(self.service, self.topic, EPOCH, PARTITION, lambda key: PARTITION)


class Oracle(Watch):
    """Knows the only right state of everything after each outcome that counts."""

    def __init__(self, servers: Servers, variants: Sequence[Variant]) -> None:
        self._servers = servers
        self._variants = [(variant, variant.decoder) for variant in variants]
        self._service = variants[0].service  # all versions evolve alike
        self._records: dict[Key, Any] = {}
        self._counters: dict[Key, int] = {}
        self._owed: dict[tuple[str, str], Payment] = {}
        self._owed_by: list[list[tuple[str, str]]] = []  # by outcome
        self._folds = {0: Saved()}  # by `next`
        self._settled = 0  # so many outcomes are known to be paid
        servers.watch = self

    # ---- what happens ----------------------------------------------------------------------------------

    def appended(self, records: Sequence[Record]) -> None:
        """1, 4, 5: what counts is the next command's outcome, whole, and decided from the fold of those before."""
        outcome, of = list[tuple[Event[Any], Record]](), -1
        for record in records:
            if not reader.counts(record):
                continue
            event, offset = reader.event_of(self._service, EPOCH, record)
            if offset != of and outcome:
                self._decided(of, outcome)
                outcome = []
            outcome.append((event, record))
            of = offset
        if outcome:
            self._decided(of, outcome)

    def paid(self, payment: Payment) -> None:
        """2a: whatever is paid is owed by an outcome that counts, with this content."""
        key = payment.topic, dict(payment.headers)["ce_id"].decode()
        if self._owed.get(key) != payment:
            raise Broken(f"2a: {key} was paid, but no outcome that counts owes it so")

    def applied(self, saved: Saved) -> None:
        """3: the store is the fold of the outcomes below `next`, and these are the ones before `end`."""
        wanted = self._folds.get(saved.position.next)
        if wanted is None or not _alike(saved, wanted):
            raise Broken(f"3: the store holds {saved}, not the fold of the log, {wanted}")

    def committed(self, offset: int) -> None:
        """5: below a committed offset everything is decided and paid."""
        count = sum(record.offset < offset for record in self._servers.commands)
        if count > len(self._owed_by):
            raise Broken(f"5: {offset} was committed, but only {len(self._owed_by)} commands have an outcome")
        while self._settled < count:
            self._check_paid(self._owed_by[self._settled], "5: committed, but not paid")
            self._settled += 1

    # ---- at the end ------------------------------------------------------------------------------------

    def check_done(self) -> None:
        """1, 2b, 3, 7: everything is decided, paid and applied."""
        servers = self._servers
        if len(self._owed_by) != len(servers.commands):
            raise Broken(f"7: {len(self._owed_by)} of {len(servers.commands)} commands have an outcome")
        for owed in self._owed_by:
            self._check_paid(owed, "2b: never paid")
        if not _alike(servers.store, self._folds[servers.commands_end if servers.commands else 0]):
            raise Broken("7: the store is not the fold of the whole log")

    def check_reader(self) -> None:
        """6: who reads the log from its beginning finds the same outcomes."""
        servers = self._servers
        found = [each.offset for each in reader.outcomes(self._service, EPOCH, servers.log)]
        if found != [record.offset for record in servers.commands]:
            raise Broken(f"6: a reader of the log finds the outcomes of {found}")

    @property
    def decided(self) -> int:
        """So many commands have an outcome that counts."""
        return len(self._owed_by)

    # ---- how it knows ----------------------------------------------------------------------------------

    def _decided(self, offset: int, outcome: list[tuple[Event[Any], Record]]) -> None:
        if self.decided == len(self._servers.commands) or self._servers.commands[self.decided].offset != offset:
            raise Broken(f"1/5: an outcome of {offset} counts after {self.decided} outcomes")
        ids = [event.id for event, _ in outcome]
        named = f"{self._service.name}-{EPOCH}-{PARTITION}-{offset}"
        if ids != [f"{named}-{index}" for index in range(len(ids))]:
            raise Broken(f"1: the outcome of {offset} has the ids {ids}")
        command, events = self._servers.commands[self.decided], [event.data for event, _ in outcome]
        if not any(_same(events, wanted) for wanted in self._possible(command)):
            raise Broken(f"1: the outcome of {offset} is torn, or decided from a wrong state: {events}")
        self._fold(offset, outcome)

    def _possible(self, command: Record) -> Iterator[list[Message]]:
        """What each version would decide from the state as it is."""
        for variant, decoder in self._variants:
            decoded = decoder.decode(command)
            if decoded.command is None:
                assert decoded.dead is not None
                yield [decoded.dead]
                continue
            state, events = self._state(decoded.command.data), list[Message]()
            try:
                asked = decoded.command
                for data in variant.service.decide(state, asked):
                    event = Event(asked.at.event_id(len(events)), asked.time, asked.time_ms, asked.id, data)
                    variant.service.evolve(state, event)
                    events.append(data)
            except Exception as error:
                events = [decoder.dead(command, "decide_failed", f"{type(error).__name__}: {error}")]
            state.take_back()
            yield events
            if len(events) > 1:  # it may be too large for the batches of this variant
                yield [decoder.dead(command, "outcome_too_large", "")]

    def _fold(self, offset: int, outcome: list[tuple[Event[Any], Record]]) -> None:
        owed, touched = list[tuple[str, str]](), set[str]()
        for event, record in outcome:
            if not isinstance(event.data, CommandDead):
                state = self._state(event.data)
                self._service.evolve(state, event)
                touched.add(self._service.touches(event.data).activity)
            for payment in payments(self._service, event, record, self._variants[0][0].topic):
                key = payment.topic, dict(payment.headers)["ce_id"].decode()
                self._owed[key] = payment
                owed.append(key)
        before = next(reversed(self._folds.values()))
        records, counters = dict(before.records), dict(before.counters)
        encode = self._service.encode
        for activity in touched:
            records[activity] = {
                name: encode(value)
                for (of, name), value in self._records.items()
                if of == activity and value is not None
            }
            counters[activity] = {name: count for (of, name), count in self._counters.items() if of == activity}
        end = outcome[-1][1].offset + 1
        self._owed_by.append(owed)
        self._folds[offset + 1] = Saved(Position(offset + 1, end), EPOCH, records, counters)

    def _state(self, message: Message) -> State:
        activity, fields, beside = self._service.touches(message)
        for owner, names in ((activity, fields), *beside):
            for name in names:
                self._records.setdefault((owner, name), None)
        return State(self._records, self._counters, (activity,))

    def _check_paid(self, owed: list[tuple[str, str]], complaint: str) -> None:
        missing = [key for key in owed if key not in self._servers.paid]
        if missing:
            raise Broken(f"{complaint}: {missing}")


def _same(events: list[Message], wanted: list[Message]) -> bool:
    if len(events) == 1 and isinstance(events[0], CommandDead) and events[0].cause == "outcome_too_large":
        wanted = [one.model_copy(update={"detail": events[0].detail}) for one in wanted if isinstance(one, CommandDead)]
    return events == wanted


def _alike(one: Saved, other: Saved) -> bool:
    """Byte for byte; an activity without anything is as good as none."""
    return (
        one.position == other.position
        and _filled(one.records) == _filled(other.records)
        and _filled(one.counters) == _filled(other.counters)
    )


def _filled(kept: Any) -> dict[str, Any]:
    return {activity: values for activity, values in kept.items() if values}
