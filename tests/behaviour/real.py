"""The world of real servers: Kafka and Valkey."""

import asyncio
import itertools
from dataclasses import replace
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from fairground_contracts import topics
from fairground_contracts.message import Message
from fairground_decider import Service
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import KafkaCommands, KafkaLog, KafkaPayments, Reader, record_of
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import patiently
from fairground_runtime.protocol.partition import Partition
from fairground_runtime.protocol.ports import Ports, Position, Record
from fairground_runtime.redis_store import RedisStore
from tests.behaviour.world import MAX_BATCH_BYTES, Between, Stored, Worker, World, filled, letter
from tests.simulation import memory

_TIMEOUT_MS = 10_000
_names = itertools.count(1)


class Clients(NamedTuple):
    """Connections that tests share."""

    bootstrap_servers: str
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    admin: AIOKafkaAdminClient
    redis: Any  # answers are bytes, which redis-py's types do not say


class RealWorld(World):
    """Kafka and Valkey. Each world is a service of its own name, with topics of one partition."""

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
        await patiently("Kafka", lambda: provide(KafkaAddress(self._clients.bootstrap_servers), (topics.REWARDS, *own)))
        self._paid_before = await self._clients.consumer.end_offsets(_all_of(topics.REWARDS.name, topics.PARTITIONS))

    def worker(
        self, service: Service | None = None, *, between: Between = lambda ports: ports, epoch: int = 1,
        batch_commands: int = 100, max_batch_bytes: int = MAX_BATCH_BYTES,
    ) -> Worker:  # fmt: skip
        service = service or self.service
        assert service.name == self.service.name
        events, commands = TopicPartition(self._events.name, 0), TopicPartition(self.topic, 0)
        reader = Reader(KafkaAddress(self._clients.bootstrap_servers), events, commands)

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
        return Stored(at, filled(records), filled(counters))

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
        await provide(KafkaAddress(self._clients.bootstrap_servers), (self._events,))

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
