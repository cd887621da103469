"""A small world of its own for each test: a toy service under a fresh name, a database of its own, true commands,
events, rewards and state written by the worker's own code, without a worker process."""

import asyncio
import itertools
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer, TopicPartition
from redis.asyncio import Redis

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import CommandMessage
from fairground_embedded.servers import Addresses
from fairground_record.database import Connection, connect, migrate, register
from fairground_record.reading import Recorder
from fairground_record.sources import Source, sources
from fairground_runtime.kafka.adapters import KafkaLog, KafkaPayments, Reader, partition_of, producer
from fairground_runtime.kafka.topics import provide
from fairground_runtime.protocol.decode import Decoder
from fairground_runtime.protocol.ports import Ports, Position, Record
from fairground_runtime.protocol.step import step
from fairground_runtime.redis_store import RedisStore
from tests.toy import SetStock, TakeTicket, Toy

TIME_MS = 1_500_000_000_000


class _Silent:
    """Ports that are of no interest here."""

    def reached(self, point: str, count: int = 0) -> None:
        pass

    def commit(self, offset: int) -> None:
        pass


class World:
    """Enter it, `play` commands, and everything is where a worker would have left it."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.service = Toy()
        self.name = self.service.name = f"toy{secrets.token_hex(4)}"
        self.database = ""
        self._at = [Position() for _ in range(topics.PARTITIONS)]
        self._ids = itertools.count()

    async def __aenter__(self) -> "World":
        await provide(self.addresses.kafka, [*topics.of_service(self.name), *topics.shared()])
        admin = await asyncpg.connect(self.addresses.database)
        await admin.execute(f"CREATE DATABASE {self.name}")
        await admin.close()
        self.database = f"{self.addresses.database.rpartition('/')[0]}/{self.name}"
        self.redis: Redis = Redis.from_url(self.addresses.redis)
        self.producer: AIOKafkaProducer = producer(self.addresses.kafka, 900_000, 10_000)
        await self.producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.producer.stop()
        keys = [key async for key in self.redis.scan_iter(match=f"{{{self.name}:*", count=1000)]
        if keys:
            await self.redis.delete(*keys)
        await self.redis.aclose()
        admin = await asyncpg.connect(self.addresses.database)
        await admin.execute(f"DROP DATABASE {self.name} WITH (FORCE)")
        await admin.close()

    @property
    def events_topic(self) -> str:
        return topics.events(self.name).name

    def partition(self, activity: str) -> int:
        return partition_of(activity.encode(), topics.PARTITIONS)

    async def play(self, commands: Iterable[CommandMessage], batch: int = 1000) -> int:
        """Publish the commands and decide all of them; returns how many events there are now."""
        asked: dict[int, list[Record]] = {}
        for data in commands:
            key = self.service.key(data).encode()
            number = next(self._ids)
            event = CloudEvent(
                f"c-{self.name}-{number}", data.type, "/tests", cloudevent.format_time(TIME_MS + number),
                data.activity_id, b"",
            )  # fmt: skip
            record = Record(0, key, data.model_dump_json().encode(), cloudevent.headers(event), TIME_MS)
            asked.setdefault(partition_of(key, topics.PARTITIONS), []).append(record)
        for partition, records in asked.items():
            await self._play(partition, records, batch)
        return sum(at.end for at in self._at)

    async def play_raw(self, partition: int, records: Sequence[Record]) -> None:
        """Publish these records as commands of the partition, and decide them."""
        await self._play(partition, records, 1000)

    async def _play(self, partition: int, records: Sequence[Record], batch: int) -> None:
        topic = topics.commands(self.name).name
        futures = [
            await self.producer.send(topic, each.value, each.key, partition=partition, headers=list(each.headers))
            for each in records
        ]
        placed = [
            each._replace(offset=(await future).offset) for each, future in zip(records, futures, strict=True)
        ]
        reader = Reader(
            self.addresses.kafka, TopicPartition(self.events_topic, partition), TopicPartition(topic, partition)
        )
        silent: Any = _Silent()
        ports = Ports(
            RedisStore(self.redis, self.service, partition, 1), KafkaLog(self.producer, reader, 900_000, 10_000),
            silent, KafkaPayments(self.producer, 10_000), silent,
        )  # fmt: skip
        decoder = Decoder(self.service, topic, 1, partition, lambda key: partition_of(key, topics.PARTITIONS))
        for first in range(0, len(placed), batch):
            part = placed[first : first + batch]
            self._at[partition], _ = await step(self.service, decoder, ports, self._at[partition], part)

    async def append(self, event: CloudEvent, key: bytes, topic: str = "", partition: int | None = 0) -> int:
        """Put a record of the test's own making on the events topic, or another one; returns its offset."""
        sent = await self.producer.send_and_wait(
            topic or self.events_topic, event.data, key, partition=partition, headers=cloudevent.headers(event)
        )
        return int(sent.offset)

    async def connect(self) -> Connection:
        return await connect(self.database)

    async def sources(self) -> tuple[Source, ...]:
        """The topics of this world, as registered in its database."""
        connection = await self.connect()
        try:
            await migrate(connection)
            return await register(connection, sources((self.name,)))
        finally:
            await connection.close()

    async def recorder(self) -> Recorder:
        return Recorder(await self.sources(), self.connect, max_wait_s=0.2)


def tickets(count: int, activities: int = 16, members: int = 50) -> list[CommandMessage]:
    """Commands that lead to wins, refusals and several events at once."""
    commands: list[CommandMessage] = [
        SetStock(activity_id=f"a-{number}", stock=count // 40 + 5) for number in range(activities // 2)
    ]
    for number in range(count - len(commands)):
        commands.append(
            TakeTicket(
                activity_id=f"a-{number % activities}", member_id=f"m-{number * 7919 % members}",
                count=1 + (number % 10 == 0), order_id=f"o-{number}" if number % 3 == 0 else "",
            )
        )  # fmt: skip
    return commands


async def settle(condition: Any, timeout_s: float = 30) -> None:
    """Wait until the condition (async) holds. The test's own time-out is its only clock."""
    async with asyncio.timeout(timeout_s):
        while not await condition():
            await asyncio.sleep(0.02)
