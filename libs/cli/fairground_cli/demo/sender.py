"""Publishes many records at once: one record batch for each partition."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from fairground_cli.demo.trouble import lost
from fairground_contracts.cloudevent import Headers
from fairground_contracts.topics import PARTITIONS
from fairground_runtime.kafka.adapters import partition_of

_STOP_S = 4.0

Part = tuple[bytes, bytes, Headers]  # key, value, headers


class _Client(Protocol):
    async def stop(self) -> None: ...


async def let_go(client: _Client) -> None:
    """Stop a client of Kafka. It would wait for ever for a broker that is gone: not longer than a few seconds."""
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(_STOP_S):
            await client.stop()


class Sender:
    """Puts records into their partitions. What was not acknowledged is told on the next call, and by `flush`."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        """`producer` is started and stopped by whoever made it."""
        self._producer = producer
        self._partitions: dict[bytes, int] = {}
        self._under_way: set[asyncio.Future[Any]] = set()
        self._failed: BaseException | None = None

    async def send(self, topic: str, parts: Iterable[Part]) -> None:
        """Publish the records, each key's in order. Raises Trouble when Kafka did not take something."""
        self._check()
        now_ms = int(time.time() * 1000)  # never the simulated time: Kafka's retention goes by this one
        builders: dict[int, Any] = {}
        for key, value, headers in parts:
            partition = self._partition(key)
            builder = builders.get(partition)
            if builder is None:
                builder = builders[partition] = self._producer.create_batch()
            if builder.append(timestamp=now_ms, key=key, value=value, headers=headers) is None:  # it is full
                await self._ship(topic, partition, builder)
                builder = builders[partition] = self._producer.create_batch()
                builder.append(timestamp=now_ms, key=key, value=value, headers=headers)
        for partition, builder in builders.items():
            await self._ship(topic, partition, builder)

    async def flush(self) -> None:
        """Wait until everything is acknowledged. Raises Trouble."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._check()

    async def _ship(self, topic: str, partition: int, builder: Any) -> None:
        try:
            future = await self._producer.send_batch(builder, topic, partition=partition)
        except (KafkaError, OSError) as error:
            raise lost(error) from error
        self._under_way.add(future)
        future.add_done_callback(self._landed)

    def _landed(self, future: "asyncio.Future[Any]") -> None:
        self._under_way.discard(future)
        if not future.cancelled() and (error := future.exception()):
            self._failed = error

    def _check(self) -> None:
        if self._failed is not None:
            raise lost(self._failed) from self._failed

    def _partition(self, key: bytes) -> int:
        found = self._partitions.get(key)
        if found is None:
            found = self._partitions[key] = partition_of(key, PARTITIONS)
        return found
