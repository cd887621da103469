"""A small world of its own for each test: a toy service under a fresh name, a database of its own, true commands,
events, rewards and state written by the worker's own code, without a worker process."""

import asyncio
import contextlib
import itertools
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from redis.asyncio import Redis

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import CommandMessage
from fairground_embedded.servers import Addresses
from fairground_record.database import Connection, connect, migrate, register
from fairground_record.reading import Recorder
from fairground_record.rows import Kept, kept
from fairground_record.sources import Source, sources
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import KafkaLog, KafkaPayments, Reader, partition_of, producer
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import patiently
from fairground_runtime.protocol.decode import Decoder
from fairground_runtime.protocol.ports import Ports, Position, Record
from fairground_runtime.protocol.step import step
from fairground_runtime.redis_store import RedisStore
from tests.forks import forked
from tests.record import process
from tests.toy import SetStock, TakeTicket, Toy
from tests.worker.pages import Pages

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
        self._asking: Connection | None = None

    async def __aenter__(self) -> "World":
        wanted = [*topics.of_service(self.name), *topics.shared()]
        await patiently(
            "Kafka", lambda: provide(KafkaAddress(self.addresses.kafka), wanted)
        )  # an earlier test may have frozen it
        await _administer(self.addresses, f"CREATE DATABASE {self.name}")
        self.database = f"{self.addresses.database.rpartition('/')[0]}/{self.name}"
        self.topics = [source.name for source in await self.sources()]
        self.redis: Redis = Redis.from_url(self.addresses.redis)
        self.producer: AIOKafkaProducer = producer(KafkaAddress(self.addresses.kafka), 900_000, 10_000)
        await self.producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.producer.stop()
        keys = [key async for key in self.redis.scan_iter(match=f"{{{self.name}:*", count=1000)]
        if keys:
            await self.redis.delete(*keys)
        await self.redis.aclose()
        if self._asking:
            self._asking.terminate()
        await _administer(self.addresses, f"DROP DATABASE {self.name} WITH (FORCE)")

    @property
    def events_topic(self) -> str:
        return topics.events(self.name).name

    def partition(self, activity: str) -> int:
        return partition_of(activity.encode(), topics.PARTITIONS)

    @property
    def ends(self) -> list[int]:
        """Where the events log of each partition ended with the last played command."""
        return [at.end for at in self._at]

    async def play(self, commands: Iterable[CommandMessage], batch: int = 1000) -> int:
        """Publish the commands and decide all of them; returns how many events there are now."""
        asked: dict[int, list[Record]] = {}
        for data in commands:
            key = self.service.key(data).encode()
            number = next(self._ids)
            event = CloudEvent(
                f"c-{self.name}-{number}", data.type, "/tests", cloudevent.format_time(TIME_MS + number),
                self.service.key(data), b"",
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
        placed = [each._replace(offset=(await future).offset) for each, future in zip(records, futures, strict=True)]
        reader = Reader(
            KafkaAddress(self.addresses.kafka),
            TopicPartition(self.events_topic, partition),
            TopicPartition(topic, partition),
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

    async def number(self, question: str) -> int:
        """What a question comes to, 0 for nothing; who waits asks often, so all are asked over one connection."""
        if self._asking is None or self._asking.is_closed():  # PostgreSQL may have died meanwhile
            self._asking = await self.connect()
        return int(await self._asking.fetchval(question) or 0)

    async def sources(self) -> tuple[Source, ...]:
        """The topics of this world, as registered in its database."""
        connection = await self.connect()
        try:
            await migrate(connection)
            return await register(connection, sources((self.name,)))
        finally:
            await connection.close()

    async def recorder(self) -> Recorder:
        return Recorder(await self.sources(), KafkaPayments(self.producer, 10_000), self.connect, max_wait_s=0.2)


@contextlib.contextmanager
def fresh_database(addresses: Addresses) -> Iterator[str]:
    """A database of its own, for as long as it is entered."""
    name = f"record_{secrets.token_hex(4)}"
    asyncio.run(_administer(addresses, f"CREATE DATABASE {name}"))
    yield f"{addresses.database.rpartition('/')[0]}/{name}"
    asyncio.run(_administer(addresses, f"DROP DATABASE {name} WITH (FORCE)"))


async def _administer(addresses: Addresses, statement: str) -> None:
    connection = await asyncpg.connect(addresses.database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def tickets(count: int, activities: int = 16, members: int = 50) -> list[CommandMessage]:
    """Commands that lead to wins, refusals and several events at once."""
    commands: list[CommandMessage] = [
        SetStock(activity_id=f"a-{number}", stock=count // 40 + 5) for number in range(activities // 2)
    ]
    commands += [
        TakeTicket(
            activity_id=f"a-{number % activities}", member_id=f"m-{number * 7919 % members}",
            count=1 + (number % 10 == 0), order_id=f"o-{number}" if number % 3 == 0 else "",
        )
        for number in range(count - len(commands))
    ]  # fmt: skip
    return commands


async def settle(condition: Callable[[], Awaitable[Any]], timeout_s: float = 60) -> None:
    """Wait until the condition holds; a test that waits in vain fails."""
    async with asyncio.timeout(timeout_s):
        while not await condition():
            await asyncio.sleep(0.02)


class Everything(NamedTuple):
    """What Kafka holds of a world's topics, and what the record holds of them, by topic and partition."""

    on_topics: dict[tuple[str, int], list[Kept]]
    recorded: dict[tuple[str, int], list[Kept]]


async def everything(world: World) -> Everything:
    """Both, read apart from the record's own code paths: the topics by a plain consumer, the rows one by one.

    Without what the shop says, of which only facts are kept (tests/record/test_shop.py), and without exposures, which
    are only counted (tests/record/test_exposures.py).
    """
    elsewhere = {topic.name for topic in (topics.ORDERS, topics.MEMBERS, topics.EXPOSURES)}
    names = [name for name in world.topics if name not in elsewhere]
    partitions = [TopicPartition(name, n) for name in names for n in range(topics.PARTITIONS)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=world.addresses.kafka, auto_offset_reset="earliest", enable_auto_commit=False
    )
    consumer.assign(partitions)
    await consumer.start()
    ends = await consumer.end_offsets(partitions)
    on_topics: dict[tuple[str, int], list[Kept]] = {}
    while any([await consumer.position(each) < ends[each] for each in partitions]):
        for at, records in (await consumer.getmany(timeout_ms=200)).items():
            on_topics.setdefault((at.topic, at.partition), []).extend(
                Kept(at.partition, r.offset, r.key, r.value, tuple(r.headers), r.timestamp, _counts(r, at.topic))
                for r in records
            )
    await consumer.stop()
    connection = await world.connect()
    rows = await connection.fetch(
        'SELECT r.*, t.kind, t.name FROM records r JOIN topics t ON t.id = r.topic ORDER BY topic, partition, "offset"'
    )
    await connection.close()
    recorded: dict[tuple[str, int], list[Kept]] = {}
    for row in rows:
        found = kept(row)
        recorded.setdefault((row["name"], row["partition"]), []).append(
            found if row["kind"] == "events" else found._replace(valid=True)
        )
    return Everything(on_topics, recorded)


def _counts(record: Any, topic: str) -> bool:
    """The stamp rule, which is for events alone."""
    return not topic.endswith(".events") or dict(record.headers).get("ce_stamp") == str(record.offset).encode()


class Process:
    """The record as a process of its own, in a consumer group of its own."""

    def __init__(self, world: World, **settings: str) -> None:
        self._name = world.name
        self._directory = Path(tempfile.mkdtemp(prefix="fairground-record-"))
        self._pages, self._log = Pages(self._directory), self._directory / "log"
        self._environment = {
            **world.addresses.environment(), "DATABASE_URL": world.database,
            "FAIRGROUND_GROUP": world.name, "FAIRGROUND_HEALTH_PORT_FILE": self._pages.port_file,
            "FAIRGROUND_HEALTH_HOST": "127.0.0.1", "FAIRGROUND_INSTANCE": f"{world.name}-1",
            "FAIRGROUND_BATCH_RECORDS": "200", **settings,
        }  # fmt: skip
        self._process: BaseProcess | None = None

    def start(self) -> None:
        self._process = forked(process.main, self._name, self._environment, str(self._log))

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Signal it and wait; its status, and what it said."""
        assert self._process
        assert self._process.pid
        os.kill(self._process.pid, number)
        return self.ended(20)

    def ended(self, patience_s: float) -> tuple[int, str]:
        """Wait until it has ended; its status, and what it said."""
        assert self._process
        self._process.join(patience_s)
        status = self._process.exitcode
        assert status is not None, f"it has not ended: {self._log.read_text()}"
        return status, self._log.read_text()

    async def page(self, path: str) -> tuple[int, dict[str, Any]]:
        """A health page."""
        status, text = await self._pages.read(path)
        return status, orjson.loads(text) if status else {}

    def __enter__(self) -> "Process":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process and self._process.is_alive():
            self._process.kill()
            self._process.join()
        shutil.rmtree(self._directory)
