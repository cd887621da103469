"""One partition of the toy service, in memory or on real servers, behind one face: the same tests run on both.

The workers are the protocol's own `Partition` objects, on the ports that the world has; a test may stand between a
worker and its ports (`Ports._replace`) to lose replies, to fall asleep or to look at what happens.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from fairground_contracts import topics
from fairground_contracts.dead import CommandDead, RecordDead
from fairground_contracts.message import Message
from fairground_contracts.rewards import RewardGranted
from fairground_decider import Service
from fairground_runtime.kafka.adapters import Reader
from fairground_runtime.protocol.decode import Decoder
from fairground_runtime.protocol.outcome import Outcome
from fairground_runtime.protocol.partition import Partition
from fairground_runtime.protocol.ports import Ports, Position, Record, Unavailable
from fairground_runtime.protocol.reader import Found, outcomes
from fairground_runtime.protocol.step import Unexpected
from tests.simulation import memory
from tests.toy import Toy

MAX_BATCH_BYTES = 200_000

Between = Callable[[Ports], Ports]


class Stored(NamedTuple):
    """Everything that the store holds of a partition, byte for byte."""

    position: Position
    records: Mapping[str, Mapping[str, bytes]]
    counters: Mapping[str, Mapping[str, int]]


class Worker:
    """A worker that believes the partition is its own."""

    def __init__(self, partition: Partition, reader: Reader | None, world: "World") -> None:
        self.partition = partition
        self._reader = reader
        self._world = world

    async def __aenter__(self) -> "Worker":
        """Keep its reader open, for one that aligns again and again."""
        if self._reader is not None:
            await self._reader.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._reader is not None:
            await self._reader.__aexit__(*error)

    async def align(self) -> Position:
        """Make it fit to go on."""
        if self._reader is None or self._reader.is_open:
            return await self.partition.align()
        async with self._reader:
            return await self.partition.align()

    async def take(self, records: Sequence[Record]) -> list[Outcome]:
        """Take these commands."""
        return await self.partition.take(records)

    async def go(self, at_once: int = 1000, commands: Sequence[Record] | None = None) -> None:
        """Do all that there is to do, aligning as often as it takes. `commands`: all there are, by who knows them."""
        for _ in range(50):
            try:
                at = self.partition.at or await self.align()
                there = await self._world.commands() if commands is None else commands
                records = [record for record in there if record.offset >= at.next]
                if not records:
                    return
                await self.take(records[:at_once])
            except (Unexpected, Unavailable):
                await asyncio.sleep(0)
        raise AssertionError("the worker does not come to an end")


class World(ABC):
    """What a partition consists of, and what can happen to it."""

    def __init__(self) -> None:
        self.service: Service = Toy()

    def decoder(self, service: Service | None = None, epoch: int = 1, max_skew_ms: int | None = None) -> Decoder:
        """Reads commands; only the key `elsewhere` belongs to another partition."""
        return Decoder(service or self.service, self.topic, epoch, 0, lambda key: int(key == b"elsewhere"), max_skew_ms)

    @property
    def topic(self) -> str:
        """The command topic."""
        return topics.commands(self.service.name).name

    @abstractmethod
    def worker(
        self, service: Service | None = None, *, between: Between = lambda ports: ports, epoch: int = 1,
        batch_commands: int = 100, max_batch_bytes: int = MAX_BATCH_BYTES,
    ) -> Worker:  # fmt: skip
        """A worker that has just started; `between` stands between it and its ports."""

    @abstractmethod
    async def ask(self, *commands: Record) -> list[Record]:
        """Append to the command topic; returns the records as they stand there."""

    @abstractmethod
    async def leave_gap(self) -> None:
        """An offset of the command topic that no reader ever gets."""

    @abstractmethod
    async def commands(self) -> list[Record]:
        """All commands that are there."""

    @abstractmethod
    async def log(self) -> list[Record]:
        """The whole events log, void records too."""

    @abstractmethod
    async def append_foreign(self, record: Record) -> None:
        """Somebody who knows nothing of stamps writes into the events log."""

    @abstractmethod
    async def paid(self) -> list[tuple[str, str, Message]]:
        """Everything that was paid: topic, id, content; repeated ids once."""

    @abstractmethod
    async def stored(self) -> Stored:
        """What the store holds."""

    @abstractmethod
    async def wipe(self) -> None:
        """The store loses everything."""

    @abstractmethod
    async def snapshot(self) -> Any:
        """What `roll_back` goes back to."""

    @abstractmethod
    async def roll_back(self, snapshot: Any) -> None:
        """The store goes back in time."""

    @abstractmethod
    async def set_counter(self, activity: str, field: str, value: int) -> None:
        """Somebody writes into the store by hand."""

    @abstractmethod
    async def set_record(self, activity: str, field: str, value: bytes) -> None:
        """Somebody writes into the store by hand."""

    @abstractmethod
    async def recreate_log(self) -> None:
        """The events topic is created anew: empty, and every offset begins again."""

    @abstractmethod
    async def expire(self, *, commands: int = 0, events: int = 0) -> None:
        """Records below these offsets are deleted."""

    @abstractmethod
    async def forget_scripts(self) -> None:
        """As after a restart of the store."""

    @property
    @abstractmethod
    def committed(self) -> int | None:
        """The group's committed offset."""

    async def outcomes(self) -> list[Found]:
        """What counts, as any reader finds it."""
        return list(outcomes(self.service, 1, await self.log()))

    async def events(self) -> list[Message]:
        """What counts, without anything around it."""
        return [event.data for found in await self.outcomes() for event, _ in found.events]


def filled(kept: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Without activities that have nothing."""
    return {activity: dict(values) for activity, values in kept.items() if values}


def letter(topic: str, value: bytes | None) -> Message:
    """A payment's content."""
    model: type[Message] = RewardGranted if topic == topics.REWARDS.name else RecordDead
    return model.model_validate_json(value or b"")


def dead(events: Sequence[Message]) -> list[CommandDead]:
    """The dead ones among the events."""
    return [event for event in events if isinstance(event, CommandDead)]


class MemoryWorld(World):
    """In memory."""

    def __init__(self) -> None:
        super().__init__()
        self.servers = memory.Servers()
        self._gap = 0

    def worker(
        self, service: Service | None = None, *, between: Between = lambda ports: ports, epoch: int = 1,
        batch_commands: int = 100, max_batch_bytes: int = MAX_BATCH_BYTES,
    ) -> Worker:  # fmt: skip
        service = service or self.service
        ports = memory.ports(
            self.servers, service, epoch=epoch, max_batch_bytes=max_batch_bytes, faults=_CommitsAtOnce()
        )
        partition = Partition(service, self.decoder(service, epoch), between(ports), batch_commands)
        return Worker(partition, None, self)

    async def ask(self, *commands: Record) -> list[Record]:
        first = self.servers.commands_end + self._gap
        self._gap = 0
        asked = [command._replace(offset=first + index) for index, command in enumerate(commands)]
        self.servers.commands.extend(asked)
        return asked

    async def leave_gap(self) -> None:
        self._gap += 1

    async def commands(self) -> list[Record]:
        return self.servers.fetch(self.servers.commands_begin, 10_000)

    async def log(self) -> list[Record]:
        return self.servers.log[self.servers.log_begin :]

    async def append_foreign(self, record: Record) -> None:
        self.servers.known = self.servers.append([record]) + 1

    async def paid(self) -> list[tuple[str, str, Message]]:
        return [(topic, of, letter(topic, paid.value)) for (topic, of), paid in self.servers.paid.items()]

    async def stored(self) -> Stored:
        saved = self.servers.store
        return Stored(saved.position, filled(saved.records), filled(saved.counters))

    async def wipe(self) -> None:
        self.servers.store = memory.Saved()

    async def snapshot(self) -> memory.Saved:
        return self.servers.store

    async def roll_back(self, snapshot: memory.Saved) -> None:
        self.servers.store = snapshot

    async def set_counter(self, activity: str, field: str, value: int) -> None:
        saved = self.servers.store
        counters = {**saved.counters, activity: {**saved.counters.get(activity, {}), field: value}}
        self.servers.store = saved._replace(counters=counters)

    async def set_record(self, activity: str, field: str, value: bytes) -> None:
        saved = self.servers.store
        records = {**saved.records, activity: {**saved.records.get(activity, {}), field: value}}
        self.servers.store = saved._replace(records=records)

    async def recreate_log(self) -> None:
        self.servers.log, self.servers.batch_ends, self.servers.known = [], [0], 0

    async def expire(self, *, commands: int = 0, events: int = 0) -> None:
        self.servers.commands_begin, self.servers.log_begin = commands, events

    async def forget_scripts(self) -> None:
        """It has none."""

    @property
    def committed(self) -> int | None:
        return self.servers.committed


class _CommitsAtOnce(memory.Faults):
    def commit(self) -> memory.Fate:
        return "done"
