"""Where workers are killed: commands go in, processes come and go, and in the end the truth is read."""

import asyncio
import signal
import time
from collections.abc import Iterable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from redis.asyncio import Redis
from redis.exceptions import RedisError

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_decider import Translated
from fairground_embedded import Addresses
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import patiently
from tests.crash import worker
from tests.forks import forked
from tests.services import activity
from tests.truth import Truth

_QUICK = {
    "FAIRGROUND_SESSION_TIMEOUT_MS": "3000", "FAIRGROUND_REQUEST_TIMEOUT_MS": "1500",
    "FAIRGROUND_REDIS_TIMEOUT_MS": "500", "FAIRGROUND_BACKOFF_MAX_MS": "400", "FAIRGROUND_IDLE_LOOK_MS": "300",
    "FAIRGROUND_COMMIT_MS": "50", "FAIRGROUND_BATCH_COMMANDS": "40", "FAIRGROUND_HEALTH_HOST": "127.0.0.1",
    "FAIRGROUND_SECRET": "5ec2e7" * 11,
}  # fmt: skip


class Arena:
    """One service on real servers, with workers that are ours to kill."""

    def __init__(self, addresses: Addresses, name: str, logs: Path) -> None:
        self.addresses = addresses
        self.name = name
        self.service = activity(name).reader()
        self._logs = logs
        self._running: list[BaseProcess] = []
        self._topic = topics.commands(name).name

    async def __aenter__(self) -> "Arena":
        wanted = (*topics.shared(), *activity(self.name).topics)
        await patiently(
            "Kafka", lambda: provide(KafkaAddress(self.addresses.kafka), wanted)
        )  # an earlier test may have frozen it
        self.redis = Redis.from_url(self.addresses.redis)
        self._producer = AIOKafkaProducer(bootstrap_servers=self.addresses.kafka, acks="all")
        await self._producer.start()
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self.addresses.kafka)
        self._tps = [TopicPartition(self._topic, number) for number in range(topics.PARTITIONS)]
        self._consumer.assign(self._tps)
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._running:
            process.kill()
            process.join()
        await self._consumer.stop()
        await self._producer.stop()
        await self.redis.aclose()

    async def publish(self, commands: Iterable[Translated], source: str = "/test") -> None:
        """Publish commands and wait until all are in the topic."""
        sent = []
        for asked in commands:
            data = asked.data
            subject = getattr(data, "activity_id", "")
            headers = cloudevent.headers(CloudEvent(asked.id, data.type, source, asked.time, subject, b""))
            body = data.model_dump_json().encode()
            sent.append(await self._producer.send(self._topic, body, asked.key.encode(), headers=headers))
        await asyncio.gather(*sent)

    async def publish_raw(
        self, value: bytes, key: bytes, headers: Any, partition: int | None = None
    ) -> tuple[int, int]:
        """Publish anything at all; returns partition and offset."""
        done = await self._producer.send_and_wait(self._topic, value, key, partition, headers=headers)
        return done.partition, done.offset

    def start(self, instance: str = "one", point: str = "", hits: int = 1, **extra: str) -> BaseProcess:
        """A worker under a static name: whoever has it next takes the partitions over at once."""
        environment = self.addresses.environment() | _QUICK | {"FAIRGROUND_INSTANCE": f"{self.name}-{instance}"} | extra
        process = forked(worker.main, self.name, environment, str(self._logs / f"{instance}.log"), point, hits)
        self._running.append(process)
        return process

    async def died(self, process: BaseProcess, patience_s: float = 30) -> int | None:
        """Wait for its end; returns its exit code, negative for a signal."""
        await until(lambda: process.exitcode is not None, patience_s, "the worker has not ended")
        return process.exitcode

    async def stop(self, process: BaseProcess) -> None:
        """SIGTERM, and an orderly end; one that had not begun yet just ends."""
        process.terminate()
        assert await self.died(process) in (0, -signal.SIGTERM)

    async def kill(self, process: BaseProcess) -> None:
        """SIGKILL."""
        process.kill()
        assert await self.died(process) == -signal.SIGKILL

    async def positions(self) -> list[int]:
        """`next` of each partition."""
        found = []
        for tp in self._tps:
            try:
                stored = await self.redis.hget(f"{{{self.name}:{tp.partition}}}:position", "next")
            except RedisError:  # it is being restarted
                stored = "0"
            found.append(int(stored or 0))
        return found

    async def drained(self, patience_s: float = 60) -> None:
        """Wait until every command is decided, paid and applied."""
        give_up = time.monotonic() + patience_s
        while (found := await self.positions()) != (ends := await self.ends()):
            assert time.monotonic() < give_up, f"{found} of {ends}; see {self._logs}"
            await asyncio.sleep(0.05)

    async def ends(self) -> list[int]:
        """Where the command topic's partitions end now: what is decided may be a follow-up command's cause."""
        ends = await self._consumer.end_offsets(self._tps)
        return [ends[tp] for tp in self._tps]

    async def truth(self) -> Truth:
        """What the topics say now."""
        return await Truth.read(self.addresses.kafka, self.service)

    async def check(self) -> Truth:
        """Everything must be right: to be called when it is drained."""
        truth = await self.truth()
        truth.check_one_outcome_each()
        truth.check_paid_exactly()
        await truth.check_store(self.redis)
        return truth

    def log(self, instance: str = "one") -> str:
        """What its workers of that name said."""
        path = self._logs / f"{instance}.log"
        return path.read_text() if path.exists() else ""


async def until(condition: Any, patience_s: float, otherwise: str) -> None:
    """Wait for a condition."""
    give_up = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < give_up, otherwise
        await asyncio.sleep(0.02)
