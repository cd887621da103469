"""From the moment a command was due to its reward at a consumer, as multiples of one bare produce -> consume hop."""

import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from hdrh.histogram import HdrHistogram

from fairground_contracts.topics import PARTITIONS, Topic
from fairground_runtime.kafka.topics import provide
from tests.bench.stage import COMMANDS, REWARDS, Failed, Process, Stage
from tests.bench.traffic import Scene

_HOP = "bench.hop"
_ONE_MINUTE_US = 60_000_000
_START_S = 2.5  # the sender's imports
_WARM_S = 1.0  # not counted
_QUIET_S = 1.0  # nothing came for so long: that was all
_PATIENCE_S = 15.0


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
        await provide(self._stage.addresses.kafka, [hop])

    async def hop(self, scene: Scene, rate: float, seconds: float) -> Latency:
        """Bare: producer, broker, consumer."""
        return await self._measured(scene, rate, seconds, _HOP, _HOP, 1.0)

    async def rewards(self, scene: Scene, rate: float, seconds: float) -> Latency:
        """From the command to the reward event."""
        seen = await self._measured(scene, rate, seconds, COMMANDS, REWARDS, 1.0 if scene.always else 0.15)
        await self._stage.idle(self._worker)
        return seen

    async def _measured(self, scene: Scene, rate: float, seconds: float, to: str, back: str, share: float) -> Latency:
        count = int(rate * seconds)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._stage.addresses.kafka)
        consumer.assign([TopicPartition(back, number) for number in range(PARTITIONS)])
        await consumer.start()
        await consumer.seek_to_end()
        begin_s = time.time() + _START_S
        arguments = (to, json.dumps(asdict(scene)), str(begin_s), str(rate), str(count), str(self._sent))
        self._sent += count
        try:
            async with self._stage.module("load", *arguments) as sender:
                seen, late_s, histogram = await _collect(consumer, begin_s, seconds)
                await sender.ended(30)
        finally:
            await consumer.stop()
        if seen < 0.8 * share * count and late_s < _PATIENCE_S:
            raise Failed(f"of {count} commands only {seen} came back")
        p50_us, p99_us = (histogram.get_value_at_percentile(percentile) for percentile in (50, 99))
        counted = int(histogram.get_total_count())
        return Latency(rate, counted, p50_us / 1000, p99_us / 1000, histogram.get_max_value() / 1000, late_s)


async def _collect(consumer: AIOKafkaConsumer, begin_s: float, seconds: float) -> tuple[int, float, HdrHistogram]:
    """All that comes until nothing comes any more; only what was due after the warm-up counts."""
    histogram, seen = HdrHistogram(1, _ONE_MINUTE_US, 3), 0
    counted_s, end_s = begin_s + min(_WARM_S, seconds / 4), begin_s + seconds
    last_s = end_s
    while time.time() < min(last_s + _QUIET_S, end_s + _PATIENCE_S):
        fetched = await consumer.getmany(timeout_ms=100)
        now_s = time.time()
        for records in fetched.values():
            for record in records:
                seen += 1
                due_s = _due_s(record.headers)
                if due_s >= counted_s:
                    histogram.record_value(max(int((now_s - due_s) * 1e6), 1))
        if fetched:
            last_s = max(last_s, now_s)
    return seen, last_s - end_s, histogram


def _due_s(headers: list[tuple[str, bytes]]) -> float:
    time_sent = next(content for name, content in headers if name == "ce_time")
    return datetime.fromisoformat(time_sent.decode()).timestamp()
