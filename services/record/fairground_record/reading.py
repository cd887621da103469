"""Turns batches of a Kafka consumer into rows. Where a partition goes on is said by PostgreSQL, never by the group."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import asyncpg
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from fairground_record.database import Connection
from fairground_record.rows import kept
from fairground_record.shop import digest
from fairground_record.sources import Source
from fairground_record.sql import query
from fairground_record.writer import Fenced, Part, write
from fairground_runtime.metrics import ROWS, STOPPED

log = structlog.get_logger(__name__)

_FIRST_WAIT_S = 0.1
_PATIENCE_S = 3.0  # an idle PostgreSQL that has not answered by then is away

#: What says that PostgreSQL did not do, or did not say whether it did. Whatever it is: records wait, none is dropped.
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class Consumer(Protocol):
    """What is needed of aiokafka's consumer."""

    def assignment(self) -> Iterable[TopicPartition]:
        """What it reads."""

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go on reading there."""

    def pause(self, *partitions: TopicPartition) -> None:
        """Read no more of it."""


class _Overlap(NamedTuple):
    """A partition that was set back by one record, to see that the topic still is the one that was recorded."""

    next: int
    last: Any  # the last recorded row, or the hash of the last record; None when there is none or it is missing


class Recorder:
    """Records what it is given, in order. Two of them at once do no harm: PostgreSQL lets one through."""

    def __init__(
        self, sources: Sequence[Source], connect: Callable[[], Awaitable[Connection]], max_wait_s: float = 5.0
    ) -> None:
        """`sources` as registered; `max_wait_s`: longest pause between attempts while PostgreSQL is away."""
        self._sources = {source.name: source for source in sources}
        self._connect = connect
        self._max_wait_s = max_wait_s
        self._connection: Connection | None = None
        self._positions: dict[TopicPartition, int] = {}
        self._overlaps: dict[TopicPartition, _Overlap] = {}
        self._stopping = asyncio.Event()
        self._probe: Connection | None = None
        self.stopped: dict[TopicPartition, str] = {}  # partitions that wait for a person, and why
        self.away: str = ""  # why PostgreSQL is waited for
        self.busy = False  # records are in hand

    @property
    def positions(self) -> dict[TopicPartition, int]:
        """The next offset of each partition that this recorder writes."""
        return self._positions

    def stop(self) -> None:
        """Wait for PostgreSQL no more."""
        self._stopping.set()

    async def close(self) -> None:
        """Close the connections."""
        for connection in (self._connection, self._probe):
            if connection is not None:
                await connection.close()

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """They are others' now. Those that come back go on where PostgreSQL says by then."""
        for partition in partitions:
            self.stopped.pop(partition, None)
            self._overlaps.pop(partition, None)
            self._positions.pop(partition, None)
        STOPPED.labels("record").set(len(self.stopped))

    async def look(self) -> None:
        """While idle: is PostgreSQL there? Asked over a connection of its own, for the other one may not be shared."""
        if self.busy:
            return  # whoever records finds out
        try:
            async with asyncio.timeout(_PATIENCE_S):
                if self._probe is None:
                    self._probe = await self._connect()
                await self._probe.fetchval("SELECT 1")
        except AWAY as error:
            probe, self._probe = self._probe, None
            if probe is not None:
                probe.terminate()
            self.away = f"PostgreSQL: {type(error).__name__}: {error}"
        else:
            if not self.busy:
                self.away = ""

    async def record(self, records: Sequence[Any], consumer: Consumer) -> None:
        """Record them; returns when that is done, or stop was called. PostgreSQL is waited for without end."""
        self.busy = True
        try:
            await self._record_at_last(records, consumer)
        finally:
            self.busy = False

    async def _record_at_last(self, records: Sequence[Any], consumer: Consumer) -> None:
        wait_s = _FIRST_WAIT_S
        while not self._stopping.is_set():
            try:
                await self._record(records, consumer)
                self.away = ""
                return
            except Fenced:
                log.info("another recorder was here: reading the positions again")
                self._positions.clear()
            except AWAY as error:
                await self._wait(error, wait_s)
                wait_s = min(wait_s * 2, self._max_wait_s)

    async def _wait(self, error: Exception, wait_s: float) -> None:
        self.away = f"PostgreSQL: {type(error).__name__}: {error}"
        log.warning("PostgreSQL does not take the records; they wait", why=self.away, wait_s=round(wait_s, 1))
        self._positions.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
        try:
            async with asyncio.timeout(wait_s * random.uniform(0.5, 1)):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _record(self, records: Sequence[Any], consumer: Consumer) -> None:
        if self._connection is None:
            self._connection = await self._connect()
            for partition in consumer.assignment():  # it may know less than before: a backup, another machine
                await self._begin(partition, None, consumer)
            log.info("recording goes on where PostgreSQL says", partitions=len(self._positions))
            return
        parts = []
        for partition, group in _by_partition(records):
            following = await self._following(partition, group, consumer)
            if following:
                source = self._sources[partition.topic]
                parts.append(Part(source, partition.partition, self._positions[partition], following))
        if not parts:
            return
        await write(self._connection, parts)
        for part in parts:
            self._positions[TopicPartition(part.source.name, part.partition)] = part.next
            ROWS.labels(part.source.name).inc(len(part.records))

    async def _following(self, partition: TopicPartition, records: Sequence[Any], consumer: Consumer) -> Sequence[Any]:
        """Those of the records that continue what is recorded of their partition."""
        if partition in self.stopped:
            return ()
        overlap = self._overlaps.pop(partition, None)
        if overlap is not None:
            return self._after(overlap, partition, records, consumer)
        expected, first = self._positions.get(partition), records[0].offset
        if expected == first:
            return records
        if expected is not None and first > expected and not self._sources[partition.topic].stamped:
            return records  # offsets between them are markers of transactions
        return await self._begin(partition, records, consumer)

    async def _begin(
        self, partition: TopicPartition, records: Sequence[Any] | None, consumer: Consumer
    ) -> Sequence[Any]:
        """Go on where the record ends: from one record before it, unless `records` begin with the very first."""
        assert self._connection is not None
        source = self._sources[partition.topic]
        stands = await self._connection.fetchrow(query("position_begin"), source.id, partition.partition)
        assert stands is not None, "it was begun"
        next_offset, last = stands
        self._positions[partition] = next_offset
        if records and next_offset == records[0].offset == 0:
            return records
        if not source.of_shop:
            last = await self._connection.fetchrow(query("record_at"), source.id, partition.partition, next_offset - 1)
        try:
            consumer.seek(partition, max(next_offset - 1, 0))
        except IllegalStateError:
            return ()  # it was taken from us in the meantime
        self._overlaps[partition] = _Overlap(next_offset, last)
        log.debug("recording goes on", topic=partition.topic, partition=partition.partition, offset=next_offset)
        return ()

    def _after(
        self, overlap: _Overlap, partition: TopicPartition, records: Sequence[Any], consumer: Consumer
    ) -> Sequence[Any]:
        """The records behind the one that was recorded last, if it still is the same."""
        self._positions[partition] = overlap.next
        if overlap.next == 0:
            return records
        sentence = _why_not_continued(overlap, partition, records, self._sources[partition.topic].stamped)
        if sentence:
            self._stop(partition, sentence, consumer)
            return ()
        return records[1:]

    def _stop(self, partition: TopicPartition, sentence: str, consumer: Consumer) -> None:
        self.stopped[partition] = sentence
        STOPPED.labels("record").set(len(self.stopped))
        with contextlib.suppress(IllegalStateError):
            consumer.pause(partition)
        log.error("partition stopped", topic=partition.topic, partition=partition.partition, why=sentence)


def _why_not_continued(overlap: _Overlap, partition: TopicPartition, records: Sequence[Any], contiguous: bool) -> str:
    """Why these records cannot be what follows the record; empty when they can."""
    where, first = f"{partition.topic} partition {partition.partition}", records[0]
    if first.offset != overlap.next - 1 or not _is_same(overlap.last, first):
        return (
            f"{where} is not the topic that was recorded: the record ends with offset {overlap.next - 1}, and the "
            "topic has another record there or none. Was it created anew, or cut, or is this another cluster? Nothing "
            "more of it is recorded until that is settled."
        )
    if contiguous and len(records) > 1 and records[1].offset != overlap.next:
        return (
            f"{where} has no offsets {overlap.next} to {records[1].offset - 1}: an events topic must be neither "
            "compacted nor written with transactions."
        )
    return ""


def _by_partition(records: Sequence[Any]) -> Iterator[tuple[TopicPartition, Sequence[Any]]]:
    """The records of each partition; the consumer returns them one partition after another."""
    for (topic, partition), group in groupby(records, key=lambda record: (record.topic, record.partition)):
        yield TopicPartition(topic, partition), tuple(group)


def _is_same(row: Any, record: Any) -> bool:
    if row is None:
        return False
    if isinstance(row, bytes):
        return row == digest(record)
    recorded = kept(row)
    return (recorded.key, recorded.value, recorded.headers) == (record.key, record.value, tuple(record.headers))
