"""From the moment a command was due to its reward at a consumer, as multiples of one bare produce -> consume hop."""

import asyncio
import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from hdrh.histogram import HdrHistogram

from fairground_contracts.topics import PARTITIONS, Topic
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.topics import provide
from tests.bench.stage import COMMANDS, REWARDS, Failed, Process, Stage
from tests.bench.traffic import Scene

_HOP = "bench.hop"
_ONE_MINUTE_US = 60_000_000
_START_S = 2.5  # the sender's imports
_WARM_S = 1.0  # not counted
_QUIET_S = 0.5  # from the last answer's way out to the last consumer


class Latency(NamedTuple):
    """What was seen of one load."""

    rate: float  # commands a second
    number: int  # latencies that were counted
    p50_ms: float
    p99_ms: float
    max_ms: float
    late_s: float  # how long after the last command was due the last answer came: much means that the load was too high


class Latencies:
    """Measures with a worker that is running already."""

    def __init__(self, stage: Stage, worker: Process) -> None:
        self._stage = stage
        self._worker = worker
        self._sent = 0

    async def prepare(self) -> None:
        """The hop's topic."""
        hop = Topic(_HOP, "bench", "as the command", "records on their way", ("bench",), ("bench",))
        await provide(KafkaAddress(self._stage.addresses.kafka), [hop])

    async def hop(self, scene: Scene, rate: float, seconds: float) -> Latency:
        """Bare: producer, broker, consumer."""
        return await self._measured(scene, rate, seconds, _HOP, _HOP)

    async def rewards(self, scene: Scene, rate: float, seconds: float) -> Latency:
        """From the command to the reward event."""
        return await self._measured(scene, rate, seconds, COMMANDS, REWARDS)

    async def _measured(self, scene: Scene, rate: float, seconds: float, to: str, back: str) -> Latency:
        number = int(rate * seconds)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._stage.addresses.kafka)
        consumer.assign([TopicPartition(back, partition) for partition in range(PARTITIONS)])
        await consumer.start()
        await consumer.seek_to_end()
        begin_s = time.time() + _START_S
        arguments = (to, json.dumps(asdict(scene)), str(begin_s), str(rate), str(number), str(self._sent))
        self._sent += number
        seen = _Seen(begin_s + min(_WARM_S, seconds / 4))
        collecting = asyncio.create_task(seen.collect(consumer))
        try:
            async with self._stage.module("load", *arguments) as sender:
                await sender.ended(seconds + 60)
            await self._stage.idle(self._worker)
            await asyncio.sleep(_QUIET_S)
        finally:
            collecting.cancel()
            await asyncio.gather(collecting, return_exceptions=True)
            await consumer.stop()
        share = 1.0 if scene.always else 0.15
        if seen.number < 0.8 * share * number:
            raise Failed(f"of {number} commands only {seen.number} came back")
        return seen.latency(rate, begin_s + seconds)


class _Seen:
    """What comes back, and how long after it was due."""

    def __init__(self, counted_from_s: float) -> None:
        self.number = 0
        self._counted_from_s = counted_from_s
        self._last_s = 0.0
        self._histogram = HdrHistogram(1, _ONE_MINUTE_US, 3)

    async def collect(self, consumer: AIOKafkaConsumer) -> None:
        """Until it is cancelled."""
        while True:
            fetched = await consumer.getmany(timeout_ms=100)
            now_s = time.time()
            for records in fetched.values():
                self._last_s = now_s
                for record in records:
                    self.number += 1
                    due_s = _due_s(record.headers)
                    if due_s >= self._counted_from_s:
                        self._histogram.record_value(max(int((now_s - due_s) * 1e6), 1))

    def latency(self, rate: float, last_due_s: float) -> Latency:
        """The figures, but for the warm-up's."""
        p50_us, p99_us = (self._histogram.get_value_at_percentile(percentile) for percentile in (50, 99))
        counted, max_us = int(self._histogram.get_total_count()), self._histogram.get_max_value()
        return Latency(rate, counted, p50_us / 1000, p99_us / 1000, max_us / 1000, self._last_s - last_due_s)


def _due_s(headers: list[tuple[str, bytes]]) -> float:
    time_sent = next(content for name, content in headers if name == "ce_time")
    return datetime.fromisoformat(time_sent.decode()).timestamp()
