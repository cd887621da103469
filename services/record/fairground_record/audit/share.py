"""A share of the audit: some partitions of events through everything that judges them, or some of what the shop says.

Partitions are independent of each other, so every core takes some of them; an event is read and parsed once.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from fairground_contracts import topics
from fairground_contracts.dead import CommandDead
from fairground_decider import Event, Service
from fairground_decider.laws import Law, looked_at
from fairground_record.audit import accounts, fold, lines, outcomes, owed, reading
from fairground_record.audit.report import Finding, Judged, short
from fairground_record.audit.topic import Topics
from fairground_record.audit.windows import Windows, read
from fairground_record.database import Connection, connect
from fairground_record.sources import Source
from fairground_runtime.address import KafkaAddress
from fairground_runtime.lifetime import calm_collector

_TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Audited:
    """A service that is audited: its domain without secrets, and the laws of its own. It can be pickled."""

    service: Service
    laws: Callable[[], Iterable[Law]] = tuple


class Part(NamedTuple):
    """One partition of a service's events, as everything stood at one moment."""

    source: Source
    partition: int
    end: int  # of its events
    commands: tuple[int, int]  # first and next offset of its commands
    stored: fold.Stored


class Share(NamedTuple):
    """What is judged in one go; every part of it can be sent to another process."""

    number: int  # the first one, 0, also looks at rewards that no partition can be named of
    services: Mapping[str, Audited]
    kafka: KafkaAddress
    database_url: str
    recorded: Sequence[Source]
    reward_ends: Sequence[tuple[Source, int, int]]  # topic, partition, end
    parts: Sequence[Part] = ()
    shop: Sequence[tuple[Source, int, int]] = ()  # what the shop says, compared only: topic, partition, end


@dataclass(slots=True)
class Found:
    """What a share came to."""

    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)  # by service and name
    laws: list[Judged] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # laws that could not judge something, in words
    rewards: owed.Debts = field(default_factory=dict)
    letters: owed.Debts = field(default_factory=dict)
    moved: accounts.Sums = field(default_factory=dict)  # what events move, by service and account
    events: int = 0
    rows: int = 0


def judge(share: Share) -> Found:
    """All of it, from a process that does nothing else."""
    calm_collector()
    return asyncio.run(found_in(share))


async def found_in(share: Share) -> Found:
    """All of it. Raises what the servers' clients raise, and Silent."""
    connection = await connect(share.database_url, _TIMEOUT_S)
    try:
        async with Topics(share.kafka) as kafka:
            return await _Judging(share, kafka, connection).run()
    finally:
        await connection.close()


class _Judging:
    def __init__(self, share: Share, kafka: Topics, connection: Connection) -> None:
        self._share = share
        self._kafka = kafka
        self._connection = connection
        self._found = Found()
        self._same = self._finding("", Windows.law())
        self._readable = self._finding("", reading.law())
        self._ids = self._finding("", owed.ids_law())
        self._windows = Windows(kafka, connection, self._same)
        self._recorded = {source.name: source for source in share.recorded}
        self._laws = {name: list(audited.laws()) for name, audited in share.services.items()}

    def _finding(self, service: str, law: Finding) -> Finding:
        return self._found.findings.setdefault((service, law.name), law)

    async def run(self) -> Found:
        """Events first, then what the shop said, then rewards."""
        found = self._found
        for part in self._share.parts:
            await self._partition(part)
        for source, partition, end in self._share.shop:
            async for _ in self._windows.of(source, partition, end):
                pass
        await self._rewards()
        found.laws = [Judged.of(name, law) for name, laws in self._laws.items() for law in laws]
        found.rows = self._windows.rows
        return found

    async def _partition(self, part: Part) -> None:
        source, number = part.source, part.partition
        name, service = source.service, self._share.services[source.service].service
        decided, is_fold = self._finding(name, outcomes.law()), self._finding(name, fold.law())
        begin, end = part.commands
        following = outcomes.Outcomes(name, number, decided, begin)
        folding = fold.Fold(service, number, part.stored, is_fold)
        async for text in self._windows.of(source, number, part.end):
            self._events(name, text, following, folding)
        commands, store = TopicPartition(topics.commands(name).name, number), part.stored
        if store.next > end:
            decided.note(f"{name} partition {number}: Redis stands at command {store.next}, the topic ends at {end}")
        for first, behind in following.holes(min(store.next, end)):  # a transaction's marker is no command
            async for records in self._kafka.read(commands, first, behind):
                following.missing(record.offset for record in records)
        async for records in self._kafka.read(commands, max(folding.decided, begin), min(store.next, end)):
            folding.undecided(record.offset for record in records)
        folding.compare(part.end)

    def _events(self, name: str, text: bytes, following: outcomes.Outcomes, folding: fold.Fold) -> None:
        """One window of events, once for each that looks at them: much faster than each event through everybody."""
        service = self._share.services[name].service
        before = self._readable.broken
        found = list(reading.events(service.events, text, self._unreadable))
        self._found.events += len(found)
        self._ids.checked += len(found)
        self._readable.checked += len(found) + self._readable.broken - before
        for offset, event, _ in found:
            if not following.see(event.id, offset):
                self._ids.note(f"event {event.id} counts twice, the second time at offset {offset}")
        for offset, event, row in found:
            owing = self._found.letters if type(event.data) is CommandDead else self._found.rewards
            owed.owe(owing, self._recorded, service, event, row, due=offset < folding.end)
        accounts.move(self._found.moved, name, (event for _, event, _ in found))
        for offset, event, _ in found:
            folding.take(event, offset)
        for law, events in looked_at(self._laws[name], [event for _, event, _ in found]):
            self._show(law, law.see, events)

    async def _rewards(self) -> None:
        """To the laws: each reward of these partitions once, however often it was published."""
        if not self._share.parts or not any(self._laws.values()):
            return
        seen, partitions = set[bytes](), {(part.source.service, part.partition) for part in self._share.parts}
        for source, partition, end in self._share.reward_ends:
            async for text in read(self._connection, source, partition, end):
                for row in lines.rows(text):
                    service = reading.service_of(row)
                    number = reading.partition_of(row)
                    here = (service, number) in partitions or (number is None and self._share.number == 0)
                    if here and row.id not in seen and (granted := reading.reward(row)):
                        seen.add(row.id)
                        for law in self._laws.get(service, ()):
                            self._show(law, law.see_reward, [granted])

    def _show(self, law: Law, see: Callable[[Any], None], shown: Sequence[Event[Any] | Any]) -> None:
        for each in shown:
            try:
                see(each)
            except Exception as error:  # it expected something else than what stands there
                self._found.failed.append(f"law {law.name} cannot judge {each.id}: {short(error)}")

    def _unreadable(self, row: lines.Row, error: Exception) -> None:
        where = f"{reading.service_of(row)} partition {row.partition.decode()}, offset {row.offset.decode()}"
        self._readable.note(f"{where}: {short(error)}")
