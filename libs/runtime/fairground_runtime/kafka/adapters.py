"""The protocol's ports on aiokafka."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.refusal import because
from fairground_runtime.protocol.ports import Extent, Payment, Record, Stopped, Unavailable

_BATCH_HEADER_BYTES = 1_024
_REMEMBERED_KEYS = 100_000


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that a key belongs to: murmur2, as the default partitioners of Java, aiokafka and kafkajs."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


class Partitioner:
    """partition_of with a memory: hashing in Python costs microseconds, and hot keys come again and again."""

    def __init__(self, partitions: int) -> None:
        """`partitions`: how many the topic has, for good."""
        self._partitions = partitions
        self._known: dict[bytes, int] = {}

    def __call__(self, key: bytes) -> int:
        """The partition that the key belongs to."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED_KEYS:
                self._known.clear()
            found = self._known[key] = partition_of(key, self._partitions)
        return found


def producer(kafka: KafkaAddress, max_batch_bytes: int, request_timeout_ms: int) -> AIOKafkaProducer:
    """A producer that is safe by default: acknowledged by all replicas, idempotent, in large batches."""
    return AIOKafkaProducer(
        **kafka.options(),
        acks="all",
        enable_idempotence=True,
        max_batch_size=max_batch_bytes + _BATCH_HEADER_BYTES,
        max_request_size=max_batch_bytes + 100 * _BATCH_HEADER_BYTES,
        request_timeout_ms=request_timeout_ms,
    )


class Reader:
    """Looks at one partition's commands and events topics while it is entered; a group of its own it has none."""

    def __init__(self, kafka: KafkaAddress, events: TopicPartition, commands: TopicPartition) -> None:
        """Both are of the same partition."""
        self._kafka = kafka
        self.events = events
        self.commands = commands
        self._consumer: AIOKafkaConsumer | None = None

    async def __aenter__(self) -> "Reader":
        consumer = AIOKafkaConsumer(
            **self._kafka.options(),
            auto_offset_reset="none",
            enable_auto_commit=False,
            max_partition_fetch_bytes=4 * 1_048_576,
            fetch_max_wait_ms=100,
        )
        consumer.assign([self.events, self.commands])
        consumer.pause(self.events, self.commands)
        try:
            await consumer.start()
        except (KafkaError, OSError) as error:
            await consumer.stop()
            raise Unavailable(because(error)) from error
        self._consumer = consumer
        return self

    async def __aexit__(self, *_: object) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    @property
    def is_open(self) -> bool:
        """Whether it is entered."""
        return self._consumer is not None

    async def extent(self, partition: TopicPartition) -> Extent:
        """First and next offset."""
        consumer = self._opened()
        try:
            begin = await consumer.beginning_offsets([partition])
            end = await consumer.end_offsets([partition])
        except (KafkaError, OSError) as error:
            raise Unavailable(because(error)) from error
        return Extent(begin[partition], end[partition])

    async def read(self, begin: int, end: int, patience_s: float) -> AsyncIterator[Sequence[Record]]:
        """The events begin <= offset < end. Raises Unavailable when nothing comes for `patience_s`."""
        if begin >= end:
            return
        consumer = self._opened()
        consumer.seek(self.events, begin)
        consumer.resume(self.events)
        last_seen = time.monotonic()
        try:
            while begin < end:
                fetched = (await consumer.getmany(self.events, timeout_ms=200)).get(self.events, [])
                if fetched:
                    last_seen = time.monotonic()
                    begin = fetched[-1].offset + 1
                    yield [record_of(record) for record in fetched if record.offset < end]
                elif time.monotonic() - last_seen > patience_s:
                    raise Unavailable(f"Kafka: no answer for events from {begin} on")
        except KafkaError as error:
            raise Unavailable(because(error)) from error

    def _opened(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise Unavailable("Kafka: the reader is closed")
        return self._consumer


def record_of(raw: Any) -> Record:
    """An aiokafka record as the protocol's."""
    return Record(raw.offset, raw.key, raw.value, raw.headers, raw.timestamp)


class KafkaLog:
    """Implements ports.Log on one partition of the events topic."""

    def __init__(self, sender: AIOKafkaProducer, reader: Reader, max_batch_bytes: int, timeout_ms: int) -> None:
        """`reader` must be entered while the log is read; appending needs only the producer."""
        self._producer = sender
        self._reader = reader
        self._max_batch_bytes = max_batch_bytes
        self._timeout_s = timeout_ms / 1000

    @property
    def max_batch_bytes(self) -> int:
        """As configured; the topic's max.message.bytes has to be larger."""
        return self._max_batch_bytes

    async def append(self, records: Sequence[Record]) -> int:
        """One record batch; returns the acknowledged offset of its first record."""
        builder = self._producer.create_batch()
        now_ms = int(time.time() * 1000)
        for record in records:
            added = builder.append(timestamp=now_ms, key=record.key, value=record.value, headers=record.headers)
            assert added is not None, "outcomes are measured larger than they are, so a batch always fits"
        try:
            events = self._reader.events
            async with asyncio.timeout(self._timeout_s * 2):  # wait_for loses cancellations before Python 3.12
                acknowledged = await (
                    await self._producer.send_batch(builder, events.topic, partition=events.partition)
                )
        except TopicAuthorizationFailedError as error:
            raise Stopped(because(error)) from error  # nothing was appended, and nothing will be until it is allowed
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(because(error)) from error
        if acknowledged is None or acknowledged.offset < 0:
            raise Unavailable("Kafka: acknowledged without an offset")  # a repeated batch: where it stands is not said
        return int(acknowledged.offset)

    async def extent(self) -> Extent:
        """What the events topic holds of this partition."""
        return await self._reader.extent(self._reader.events)

    def read(self, begin: int, end: int) -> AsyncIterator[Sequence[Record]]:
        """Events in order, void ones too."""
        return self._reader.read(begin, end, self._timeout_s * 2)


class KafkaCommands:
    """Implements ports.Commands; commits wait in `pending` until somebody takes them along."""

    def __init__(self, reader: Reader, committed: Callable[[], Any], pending: dict[TopicPartition, int]) -> None:
        """`committed` asks the group; `pending` is shared by all partitions of a worker."""
        self._reader = reader
        self._committed = committed
        self._pending = pending

    async def extent(self) -> Extent:
        """What the command topic holds of this partition."""
        if self._reader.is_open:
            return await self._reader.extent(self._reader.commands)
        async with self._reader:
            return await self._reader.extent(self._reader.commands)

    async def committed(self) -> int | None:
        """The group's committed offset."""
        try:
            offset: int | None = await self._committed()
        except (KafkaError, OSError) as error:
            raise Unavailable(because(error)) from error
        return offset

    def commit(self, offset: int) -> None:
        """Committed a little later, with the other partitions'."""
        self._pending[self._reader.commands] = offset


class KafkaPayments:
    """Implements ports.Payments."""

    def __init__(self, sender: AIOKafkaProducer, timeout_ms: int) -> None:
        """`timeout_ms` for all of a batch's messages together."""
        self._producer = sender
        self._timeout_s = timeout_ms / 1000
        self._partitioners: dict[str, Partitioner] = {}

    async def publish(self, payments: Sequence[Payment]) -> None:
        """Publish all, wait for all; a partition's messages go as one record batch."""
        try:
            async with asyncio.timeout(self._timeout_s * 2):
                futures = [
                    await self._producer.send_batch(batch, topic, partition=partition)
                    for (topic, partition), batches in (await self._batches(payments)).items()
                    for batch in batches
                ]
                await asyncio.gather(*futures)
        except (KafkaError, OSError, TimeoutError) as error:
            raise Unavailable(because(error)) from error

    async def _batches(self, payments: Sequence[Payment]) -> dict[tuple[str, int], list[BatchBuilder]]:
        batches: dict[tuple[str, int], list[BatchBuilder]] = {}
        now_ms = int(time.time() * 1000)
        for topic, key, value, headers in payments:
            partitioner = self._partitioners.get(topic) or await self._partitioner(topic)
            to = batches.setdefault((topic, partitioner(key)), [])
            if not to or to[-1].append(timestamp=now_ms, key=key, value=value, headers=headers) is None:  # full
                to.append(self._producer.create_batch())
                added = to[-1].append(timestamp=now_ms, key=key, value=value, headers=headers)
                assert added is not None, "outcomes' effects are measured, so one always fits"
        return batches

    async def _partitioner(self, topic: str) -> Partitioner:
        partitions = len(await self._producer.partitions_for(topic))
        return self._partitioners.setdefault(topic, Partitioner(partitions))
