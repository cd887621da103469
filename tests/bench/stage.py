"""What every measurement needs: servers, topics with a backlog, service processes, and where they stand."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Self

import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from redis.asyncio import Redis

from fairground_contracts import topics
from fairground_contracts.topics import PARTITIONS
from fairground_embedded import Addresses
from fairground_embedded.watchdog import guard, release
from fairground_record.sources import services, sources
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import producer
from fairground_runtime.kafka.topics import provide
from tests.bench.traffic import Asked, Scene

SERVICE = "lottery"
COMMANDS = topics.commands(SERVICE).name
EVENTS = topics.events(SERVICE).name
REWARDS = topics.REWARDS.name

_ROOT = Path(__file__).parents[2]
_RECORDS_A_BATCH = 1_000
_SAMPLE_S = 0.02
_FROZEN_MS = "300000"


class Failed(Exception):
    """The benchmark cannot go on; the text says why."""


class Sample(NamedTuple):
    """Where a process stands, and what it has used so far."""

    at_s: float
    done: int  # commands, records, rows
    cpu_s: float


class Speed(NamedTuple):
    """A process between its first and its last position."""

    number: int
    seconds: float
    cpu_s: float

    @property
    def per_second(self) -> float:
        """How many of them a second."""
        return self.number / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU time for one, user and system, in microseconds."""
        return self.cpu_s / self.number * 1e6

    @classmethod
    def between(cls, first: Sample, last: Sample) -> "Speed":
        """What happened from one sample to the other."""
        return cls(last.done - first.done, last.at_s - first.at_s, last.cpu_s - first.cpu_s)


#: Where a process stands; it only grows.
Position = Callable[[], Awaitable[int]]


class Process:
    """One process of a service or of a rival, ended with the block at the latest."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as said:
            self._popen = subprocess.Popen(
                command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
        guard(self._popen.pid)
        self._process = psutil.Process(self._popen.pid)

    @property
    def cpu_s(self) -> float:
        """User and system time of this process alone."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    @property
    def resident_bytes(self) -> int:
        """Memory that it holds."""
        return int(self._process.memory_info().rss)

    def pause(self) -> None:
        """Freeze it where it stands, so that it takes nothing from what is measured next."""
        self._process.suspend()

    def resume(self) -> None:
        """Let it go on."""
        self._process.resume()

    def check(self) -> None:
        """Raises Failed when it has ended."""
        if self._popen.poll() is not None:
            raise Failed(f"{self._log.name} ended with status {self._popen.returncode}:\n{self._last_words()}")

    async def ended(self, patience_s: float = 120) -> None:
        """Wait for its end. Raises Failed unless that is a good one."""
        try:
            await asyncio.to_thread(self._popen.wait, patience_s)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self._log.name}: not done after {patience_s:.0f} s:\n{self._last_words()}") from None
        if self._popen.returncode:
            self.check()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL after 15 s."""
        if self._popen.poll() is None:
            self.resume()
            self._popen.terminate()
        try:
            await asyncio.to_thread(self._popen.wait, 15)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            await asyncio.to_thread(self._popen.wait)
        release(self._popen.pid)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])


class Stage:
    """Clients of the servers, and how to put processes on."""

    def __init__(self, addresses: Addresses, directory: Path) -> None:
        self.addresses = addresses
        self.directory = directory
        self._drawn: dict[str, int] = {}

    async def __aenter__(self) -> Self:
        recorded = [source.topic for source in sources(services())]
        await provide(KafkaAddress(self.addresses.kafka), (*topics.shared(), *topics.of_service(SERVICE), *recorded))
        self.redis = Redis.from_url(self.addresses.redis)
        self.producer: AIOKafkaProducer = producer(KafkaAddress(self.addresses.kafka), 900_000, 30_000)
        await self.producer.start()
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self.addresses.kafka)
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()
        await self.producer.stop()
        await self.redis.aclose()

    # ---- topics ------------------------------------------------------------------------------------

    async def open(self, scenes: Iterable[Scene], worker: Process) -> None:
        """Open the wheels, and have that decided."""
        for scene in scenes:
            await self.publish(scene.publications())
        await self.idle(worker)

    def drawn(self, scene: Scene) -> int:
        """How many draws of the scene were made so far."""
        return self._drawn.get(scene.name, 0)

    async def backlog(self, scene: Scene, number: int) -> dict[TopicPartition, int]:
        """Append that many draws which nobody has made before; returns where the first of them stand."""
        begin, first = await self.ends(COMMANDS), self.drawn(scene)
        self._drawn[scene.name] = first + number
        await self.publish(scene.draws(first, number))
        return begin

    async def publish(self, asked: Iterable[Asked], topic: str = COMMANDS) -> int:
        """Append commands to the partitions that their keys belong to; returns how many they are."""
        builders = [self.producer.create_batch() for _ in range(PARTITIONS)]
        number, sent = 0, []
        for partition, key, value, headers in asked:
            number += 1
            builder = builders[partition]
            builder.append(timestamp=None, key=key, value=value, headers=headers)
            if builder.record_count() == _RECORDS_A_BATCH:
                sent.append(await self.producer.send_batch(builder, topic, partition=partition))
                builders[partition] = self.producer.create_batch()
                await asyncio.sleep(0)
        for partition, builder in enumerate(builders):
            if builder.record_count():
                sent.append(await self.producer.send_batch(builder, topic, partition=partition))
        await asyncio.gather(*sent)
        return number

    async def ends(self, topic: str) -> dict[TopicPartition, int]:
        """Where a topic's partitions end now."""
        return dict(await self._consumer.end_offsets([TopicPartition(topic, n) for n in range(PARTITIONS)]))

    async def since(self, begin: Mapping[TopicPartition, int]) -> AsyncIterator[ConsumerRecord]:
        """What stands behind these positions, as far as it goes now."""
        ends = await self._consumer.end_offsets([*begin])
        async with AIOKafkaConsumer(bootstrap_servers=self.addresses.kafka) as consumer:
            consumer.assign([*begin])
            for partition, offset in begin.items():
                consumer.seek(partition, offset)
            while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    for record in records:
                        yield record

    # ---- processes ---------------------------------------------------------------------------------

    def worker(self) -> Process:
        """`fairground-lottery`, as it is installed, with longer time-outs, because it is frozen now and then."""
        names = ("SESSION_TIMEOUT_MS", "REQUEST_TIMEOUT_MS", "REDIS_TIMEOUT_MS")
        return self._installed("fairground-lottery", **{f"FAIRGROUND_{name}": _FROZEN_MS for name in names})

    def service(self, name: str, instance: str = "") -> Process:
        """Any service, as it is installed; `instance` tells several of it apart."""
        settings = {"FAIRGROUND_INSTANCE": f"bench-{name}-{instance}"} if instance else {}
        return self._installed(f"fairground-{name}", **settings)

    def record(self) -> Process:
        """`fairground-record`, as it is installed."""
        return self._installed("fairground-record")

    def timer(self) -> Process:
        """`fairground-timer`, as it is installed, with nothing that holds it back."""
        return self._installed("fairground-timer", FAIRGROUND_DUE_PER_SECOND="1000000")

    def module(self, name: str, *arguments: str) -> Process:
        """A rival: a module of this folder."""
        command = [sys.executable, "-m", f"tests.bench.{name}", *arguments]
        environment = self.addresses.environment() | {"PYTHONPATH": str(_ROOT)}
        return Process(command, environment, self.directory / f"{name}.log")

    def _installed(self, script: str, **settings: str) -> Process:
        environment = {
            "FAIRGROUND_INSTANCE": f"bench-{script}",  # the next process of that name has the partitions at once
            "FAIRGROUND_HEALTH_HOST": "127.0.0.1",
            "FAIRGROUND_SECRET": "5ec2e7" * 11,
            "FAIRGROUND_LOG_FORMAT": "json",
            **settings,
        }
        command = [str(Path(sys.executable).with_name(script))]
        return Process(command, self.addresses.environment() | environment, self.directory / f"{script}.log")

    # ---- positions ---------------------------------------------------------------------------------

    async def decided(self) -> int:
        """How many commands the worker has behind it: decided, paid and applied."""
        pipeline = self.redis.pipeline(transaction=False)
        for partition in range(PARTITIONS):
            pipeline.hget(f"{{{SERVICE}:{partition}}}:position", "next")
        return sum(int(found or 0) for found in await pipeline.execute())

    async def asked(self) -> int:
        """How many commands there are."""
        return sum((await self.ends(COMMANDS)).values())

    async def idle(self, worker: Process) -> None:
        """Let the worker decide all that is there."""
        await reach(worker, self.decided, await self.asked())

    async def drained(self, worker: Process) -> Speed:
        """Let the worker decide all that is there; its speed from the first sign of progress to the last command."""
        return await follow(worker, self.decided, await self.asked())


async def reach(process: Process, position: Position, end: int, patience_s: float = 180) -> list[Sample]:
    """Wait until the position is `end`; what was seen on the way. Raises Failed when it takes too long."""
    seen, give_up = list[Sample](), time.monotonic() + patience_s
    while True:
        done = await position()
        seen.append(Sample(time.monotonic(), done, process.cpu_s))
        if done >= end:
            return seen
        process.check()
        if seen[-1].at_s > give_up:
            raise Failed(f"after {patience_s:.0f} s it stands at {done} of {end}")
        await asyncio.sleep(_SAMPLE_S)


async def follow(process: Process, position: Position, end: int, patience_s: float = 180) -> Speed:
    """The process's speed from the first sign of progress until its position is `end`. Raises Failed."""
    seen = await reach(process, position, end, patience_s)
    moving = [sample for sample in seen if sample.done > seen[0].done]
    if not moving or moving[0].done == seen[-1].done:
        raise Failed("there was too little to measure")
    return Speed.between(moving[0], seen[-1])
