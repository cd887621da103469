"""The timer service: how late comes what is due while it is idle, and how much one instance reads and gives."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from hdrh.histogram import HdrHistogram

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.timers import TimerRequested
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.kafka.topics import provide
from tests.bench.stage import Failed, Process, Speed, Stage, follow, reach
from tests.bench.traffic import Asked

_SERVICE = "bench"
_COMMANDS = topics.commands(_SERVICE)
_SQL = Path(__file__).parent
_EVERY_S = 0.1
_READ_S = 3.0  # until the first is due, when all of them are read
_FAR = timedelta(days=1)
_ONE_MINUTE_US = 60_000_000


class Drift(NamedTuple):
    """From when commands were due to when a consumer had them."""

    number: int
    p50_ms: float
    p99_ms: float
    max_ms: float


class Timers:
    """Measures with one `fairground-timer`, which has nothing else to do."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._asked = 0

    async def __aenter__(self) -> "Timers":
        wanted = (_COMMANDS, topics.TIMERS, topics.dead(topics.TIMERS))
        await provide(KafkaAddress(self._stage.addresses.kafka), wanted)
        self._connection = await asyncpg.connect(self._stage.addresses.database)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def drift(self, process: Process, number: int) -> Drift:
        """One command each tenth of a second, all of them asked for before."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._stage.addresses.kafka)
        consumer.assign([TopicPartition(_COMMANDS.name, partition) for partition in range(topics.PARTITIONS)])
        await consumer.start()
        await consumer.seek_to_end()
        try:
            first = datetime.now(UTC) + timedelta(seconds=_READ_S)
            due = [first + timedelta(seconds=at * _EVERY_S) for at in range(number)]
            await self._ask(due)
            process.check()
            return await _drift_of(consumer, number)
        finally:
            await consumer.stop()

    async def read(self, process: Process, number: int) -> Speed:
        """That many requests, to rows."""
        asked = self._ask([datetime.now(UTC) + _FAR] * number)
        speed, _ = await asyncio.gather(follow(process, self._known, self._asked + number), asked)
        return speed

    async def given(self, process: Process) -> Speed:
        """Everything that waits becomes due at the same moment: rows to commands."""
        before = await self._given()
        done = await self._connection.execute(_query("hurry"), _SERVICE, time.time_ns() // 1_000_000)
        return await follow(process, self._given, before + int(done.split()[-1]))

    async def ready(self, process: Process) -> None:
        """Wait until it reads and gives."""
        await self._ask([datetime.now(UTC)])
        await reach(process, self._given, await self._given() + 1)

    async def _ask(self, due: list[datetime]) -> None:
        await self._stage.publish(self._requests(due), topics.TIMERS.name)

    def _requests(self, due: list[datetime]) -> Iterator[Asked]:
        for due_at in due:
            self._asked += 1
            data = TimerRequested(
                service=_SERVICE, timer_id=f"t-{self._asked}", revision=1, due_at=due_at, key=f"k-{self._asked % 997}",
                command="bench.nothing.do.v1", content={"due_s": due_at.timestamp()},
            )  # fmt: skip
            key = f"{_SERVICE}:{data.timer_id}".encode()
            event = CloudEvent(f"bench-{self._asked}", data.type, "/bench", "2026-01-01T00:00:00Z", "", b"")
            body = data.model_dump_json().encode()
            yield Asked(partition_of(key, topics.PARTITIONS), key, body, cloudevent.headers(event))

    async def _known(self) -> int:
        return int(await self._connection.fetchval(_query("known"), _SERVICE))

    async def _given(self) -> int:
        return sum((await self._stage.ends(_COMMANDS.name)).values())


async def _drift_of(consumer: AIOKafkaConsumer, number: int) -> Drift:
    histogram, seen = HdrHistogram(1, _ONE_MINUTE_US, 3), 0
    give_up = time.monotonic() + _READ_S + number * _EVERY_S + 60
    while seen < number:
        if time.monotonic() > give_up:
            raise Failed(f"of {number} timers only {seen} came")
        fetched = await consumer.getmany(timeout_ms=100)
        now_s = time.time()
        for records in fetched.values():
            for record in records:
                seen += 1
                late_s = now_s - orjson.loads(record.value)["due_s"]
                histogram.record_value(max(int(late_s * 1e6), 1))
    p50_us, p99_us = (histogram.get_value_at_percentile(percentile) for percentile in (50, 99))
    return Drift(seen, p50_us / 1000, p99_us / 1000, histogram.get_max_value() / 1000)


def _query(name: str) -> str:
    return (_SQL / f"timers_{name}.sql").read_text("utf-8")
