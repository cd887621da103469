"""One partition of the toy service, in memory or on real servers, behind one face: the same tests run on both.

The workers are the protocol's own `Partition` objects, on the ports that the world has; a test may stand between a
worker and its ports (`Ports._replace`) to lose replies, to fall asleep or to look at what happens.
"""

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from fairground_contracts import topics
from fairground_contracts.dead import CommandDead, RecordDead
from fairground_contracts.message import Message
from fairground_contracts.rewards import RewardGranted
from fairground_decider import Service
from fairground_runtime.kafka.adapters import KafkaCommands, KafkaLog, KafkaPayments, Reader, record_of
from fairground_runtime.kafka.topics import provide
from fairground_runtime.protocol.decode import Decoder
from fairground_runtime.protocol.outcome import Outcome
from fairground_runtime.protocol.partition import Partition
from fairground_runtime.protocol.ports import Payment, Ports, Position, Record, Unavailable
from fairground_runtime.protocol.reader import Found, outcomes
from fairground_runtime.protocol.step import Unexpected
from fairground_runtime.redis_store import RedisStore
from tests.simulation import memory
from tests.toy import Toy

MAX_BATCH_BYTES = 200_000
_TIMEOUT_MS = 10_000
_names = itertools.count(1)

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

    async def align(self) -> Position:
        """Make it fit to go on."""
        if self._reader is None:
            return await self.partition.align()
        async with self._reader:
            return await self.partition.align()

    async def take(self, records: Sequence[Record]) -> list[Outcome]:
        """Take these commands."""
        return await self.partition.take(records)

    async def go(self, at_once: int = 1000) -> None:
        """Do all that there is to do, aligning as often as it takes."""
        for _ in range(50):
            try:
                at = self.partition.at or await self.align()
                records = [record for record in await self._world.commands() if record.offset >= at.next]
                if not records:
                    return
                await self.take(records[:at_once])
            except (Unexpected, Unavailable):
                await asyncio.sleep(0)
        raise AssertionError("the worker does not come to an end")


class World(ABC):
    """What a partition consists of, and what can happen to it."""

    rounds: int  # so often a race is run

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


def letter(topic: str, value: bytes | None) -> Message:
    """A payment's content."""
    model: type[Message] = RewardGranted if topic == topics.REWARDS.name else RecordDead
    return model.model_validate_json(value or b"")


def dead(events: Sequence[Message]) -> list[CommandDead]:
    """The dead ones among the events."""
    return [event for event in events if isinstance(event, CommandDead)]


class MemoryWorld(World):
    """In memory."""

    rounds = 200

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
        return Stored(saved.position, _filled(saved.records), _filled(saved.counters))

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


class Clients(NamedTuple):
    """Connections that tests share."""

    bootstrap_servers: str
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    admin: AIOKafkaAdminClient
    redis: Any  # answers are bytes, which redis-py's types do not say


class RealWorld(World):
    """Kafka and Valkey. Each world is a service of its own name, with topics of one partition."""

    rounds = 12

    def __init__(self, clients: Clients) -> None:
        super().__init__()
        self.service.name = f"toy{next(_names)}"  # type: ignore[misc]  # an instance's own name
        self._clients = clients
        self._pending: dict[TopicPartition, int] = {}
        self._paid_before: dict[TopicPartition, int] = {}
        self._events = topics.events(self.service.name)

    async def prepare(self) -> None:
        """Make its topics."""
        own = [replace(topic, partitions=1) for topic in topics.of_service(self.service.name)]
        await provide(self._clients.bootstrap_servers, (topics.REWARDS, *own))
        self._paid_before = await self._clients.consumer.end_offsets(_all_of(topics.REWARDS.name, topics.PARTITIONS))

    def worker(
        self, service: Service | None = None, *, between: Between = lambda ports: ports, epoch: int = 1,
        batch_commands: int = 100, max_batch_bytes: int = MAX_BATCH_BYTES,
    ) -> Worker:  # fmt: skip
        service = service or self.service
        assert service.name == self.service.name
        events, commands = TopicPartition(self._events.name, 0), TopicPartition(self.topic, 0)
        reader = Reader(self._clients.bootstrap_servers, events, commands)

        async def committed() -> int | None:
            return self.committed

        ports = Ports(
            RedisStore(self._clients.redis, service, 0, epoch),
            KafkaLog(self._clients.producer, reader, max_batch_bytes, _TIMEOUT_MS),
            KafkaCommands(reader, committed, self._pending),
            KafkaPayments(self._clients.producer, _TIMEOUT_MS),
            memory.Blind(),
        )
        partition = Partition(service, self.decoder(service, epoch), between(ports), batch_commands)
        return Worker(partition, reader, self)

    async def ask(self, *commands: Record) -> list[Record]:
        send = self._clients.producer.send
        sent = [await send(self.topic, one.value, one.key, 0, headers=list(one.headers)) for one in commands]
        stand = await asyncio.gather(*sent)
        return [one._replace(offset=at.offset, timestamp=at.timestamp) for one, at in zip(commands, stand, strict=True)]

    async def leave_gap(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._clients.bootstrap_servers, transactional_id=f"{self.service.name}-gap"
        )
        await producer.start()
        await producer.begin_transaction()
        await producer.send_and_wait(self.topic, b"never committed", partition=0)
        await producer.abort_transaction()
        await producer.stop()

    async def commands(self) -> list[Record]:
        return await self._all(self.topic)

    async def log(self) -> list[Record]:
        return await self._all(self._events.name)

    async def append_foreign(self, record: Record) -> None:
        send = self._clients.producer.send_and_wait
        await send(self._events.name, record.value, record.key, 0, headers=list(record.headers))

    async def paid(self) -> list[tuple[str, str, Message]]:
        letters = f"{self.topic}.dead"
        found = [(letters, record) for record in await self._all(letters)]
        for tp, begin in self._paid_before.items():
            found += [(tp.topic, record) for record in await self._read(tp, begin)]
        named = [
            (topic, dict(record.headers)["ce_id"].decode(), letter(topic, record.value)) for topic, record in found
        ]
        once = {(topic, of): data for topic, of, data in named if of.startswith(f"{self.service.name}-")}
        return [(topic, of, data) for (topic, of), data in once.items()]

    async def stored(self) -> Stored:
        redis, tag = self._clients.redis, f"{{{self.service.name}:0}}"
        position = await redis.hgetall(f"{tag}:position")
        at = Position(int(position.get(b"next", 0)), int(position.get(b"end", 0)))
        records, counters = dict[str, dict[str, bytes]](), dict[str, dict[str, int]]()
        for name in await redis.smembers(f"{tag}:activities"):
            activity = name.decode()
            stored = await redis.hgetall(f"{tag}:records:{activity}")
            counted = await redis.hgetall(f"{tag}:counters:{activity}")
            records[activity] = {field.decode(): value for field, value in stored.items()}
            counters[activity] = {field.decode(): int(value) for field, value in counted.items()}
        return Stored(at, _filled(records), _filled(counters))

    async def wipe(self) -> None:
        redis = self._clients.redis
        if keys := await redis.keys(f"{{{self.service.name}:0}}:*"):
            await redis.delete(*keys)

    async def snapshot(self) -> dict[bytes, bytes]:
        redis = self._clients.redis
        return {key: await redis.dump(key) for key in await redis.keys(f"{{{self.service.name}:0}}:*")}

    async def roll_back(self, snapshot: dict[bytes, bytes]) -> None:
        await self.wipe()
        for key, dumped in snapshot.items():
            await self._clients.redis.restore(key, 0, dumped)

    async def set_counter(self, activity: str, field: str, value: int) -> None:
        await self._clients.redis.hset(f"{{{self.service.name}:0}}:counters:{activity}", field, str(value))

    async def set_record(self, activity: str, field: str, value: bytes) -> None:
        await self._clients.redis.hset(f"{{{self.service.name}:0}}:records:{activity}", field, value)

    async def recreate_log(self) -> None:
        self._events = replace(self._events, name=f"{self._events.name}.anew", partitions=1)
        await provide(self._clients.bootstrap_servers, (self._events,))

    async def expire(self, *, commands: int = 0, events: int = 0) -> None:
        below = {TopicPartition(self.topic, 0): commands, TopicPartition(self._events.name, 0): events}
        wanted = {tp: RecordsToDelete(before_offset=offset) for tp, offset in below.items() if offset}
        await self._clients.admin.delete_records(wanted, timeout_ms=_TIMEOUT_MS)

    async def forget_scripts(self) -> None:
        await self._clients.redis.script_flush()

    @property
    def committed(self) -> int | None:
        return self._pending.get(TopicPartition(self.topic, 0))

    async def _all(self, topic: str) -> list[Record]:
        return await self._read(TopicPartition(topic, 0))

    async def _read(self, tp: TopicPartition, begin: int | None = None) -> list[Record]:
        """From an offset, or the first, to the end."""
        consumer, found = self._clients.consumer, list[Record]()
        consumer.assign([tp])
        end = (await consumer.end_offsets([tp]))[tp]
        consumer.seek(tp, (await consumer.beginning_offsets([tp]))[tp] if begin is None else begin)
        while await consumer.position(tp) < end:
            fetched = await consumer.getmany(tp, timeout_ms=200)
            found += [record_of(record) for record in fetched.get(tp, [])]
        return found


def _all_of(topic: str, partitions: int) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for number in range(partitions)]


def _filled(kept: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {activity: dict(values) for activity, values in kept.items() if values}


class LosesReplies:
    """Stands before a port: what is asked is done (or not), and nobody is told, so many times."""

    def __init__(self, port: Any, method: str, times: int = 1, *, done: bool = True) -> None:
        self._port, self._method, self._times, self._done = port, method, times, done

    def __getattr__(self, name: str) -> Any:
        if name != self._method or not self._times:
            return getattr(self._port, name)
        self._times -= 1
        return self._lose

    async def _lose(self, *arguments: Any) -> None:
        if self._done:
            await getattr(self._port, self._method)(*arguments)
        raise Unavailable(f"the reply to {self._method} was lost")


class Asleep:
    """Stands before a port: the worker falls asleep before it calls the method, until somebody wakes it."""

    def __init__(self, port: Any, method: str) -> None:
        self._port, self._method = port, method
        self.sleeps = asyncio.Event()
        self.wake = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name) if name != self._method else self._sleep

    async def _sleep(self, *arguments: Any) -> Any:
        self.sleeps.set()
        await self.wake.wait()
        return await getattr(self._port, self._method)(*arguments)


class PaysOnly:
    """Stands before Payments: publishes only the first ones, once, and then does not answer."""

    def __init__(self, port: Any, first: int) -> None:
        self._port, self._first = port, first

    async def publish(self, payments: Sequence[Payment]) -> None:
        first, self._first = self._first, 10_000
        await self._port.publish(payments[:first])
        if first < len(payments):
            raise Unavailable("the connection was lost")


class Meeting:
    """So many workers wait for each other before they publish their first events, so that they do it at once."""

    def __init__(self, workers: int) -> None:
        self._barrier = asyncio.Barrier(workers)
        self._awaited = 0

    def begin(self) -> None:
        """Everybody is awaited once."""
        self._awaited = self._barrier.parties

    def in_front_of_the_log(self, ports: Ports) -> Ports:
        """Stands between a worker and its log."""
        return ports._replace(log=_Meets(ports.log, self))

    async def come(self) -> None:
        """Wait for the others, the first time."""
        if self._awaited:
            self._awaited -= 1
            await self._barrier.wait()


class _Meets:
    def __init__(self, port: Any, meeting: Meeting) -> None:
        self._port, self._meeting = port, meeting

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def append(self, records: Sequence[Record]) -> int:
        await self._meeting.come()
        offset: int = await self._port.append(records)
        return offset
