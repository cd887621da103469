"""Reads topics to their ends, without a group."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from fairground_record.sources import Source
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.header_names import read_any_header_name

_SILENT_S = 30.0
_FETCH_BYTES = 4 * 1_048_576

read_any_header_name()  # an odd record must not stop the audit


class Silent(Exception):
    """Kafka did not answer for a while. The text is a sentence."""


class Topics:
    """Enter it to read."""

    def __init__(self, kafka: KafkaAddress) -> None:
        self._consumer = AIOKafkaConsumer(
            **kafka.options(), enable_auto_commit=False, auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES, fetch_max_bytes=4 * _FETCH_BYTES, fetch_max_wait_ms=50,
            isolation_level="read_committed",
        )  # fmt: skip

    async def __aenter__(self) -> "Topics":
        await self._consumer.start()
        await asyncio.sleep(
            0
        )  # its tasks begin; stopped before that, it raises CancelledError in place of what happened
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def extents(self, names: Sequence[str], partitions: Sequence[int]) -> dict[TopicPartition, tuple[int, int]]:
        """First and next offset of every partition."""
        wanted = [
            TopicPartition(name, number)
            for name, count in zip(names, partitions, strict=True)
            for number in range(count)
        ]
        self._consumer.assign(wanted)
        begins = await self._consumer.beginning_offsets(wanted)
        ends = await self._consumer.end_offsets(wanted)
        return {partition: (begins[partition], ends[partition]) for partition in wanted}

    async def ends(self, sources: Sequence[Source]) -> dict[TopicPartition, int]:
        """Next offset of every partition of these topics."""
        found = await self.extents([each.name for each in sources], [each.topic.partitions for each in sources])
        return {partition: end for partition, (_, end) in found.items()}

    async def read(self, partition: TopicPartition, begin: int, end: int) -> AsyncIterator[Sequence[Any]]:
        """The records begin <= offset < end, some at a time. Raises Silent."""
        if begin >= end:
            return
        self._consumer.assign([partition])
        self._consumer.seek(partition, begin)
        heard = time.monotonic()
        while await self._consumer.position(partition) < end:
            found = (await self._consumer.getmany(partition, timeout_ms=200)).get(partition, [])
            if found:
                heard = time.monotonic()
                yield found if found[-1].offset < end else [record for record in found if record.offset < end]
            elif time.monotonic() - heard > _SILENT_S:
                raise Silent(f"Kafka does not answer for {partition.topic} partition {partition.partition}")
