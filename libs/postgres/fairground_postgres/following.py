"""Takes batches of a Kafka consumer into PostgreSQL, which says where a partition goes on; the group never does.

What is written of a batch and the position behind it are one transaction, so nothing is left out or taken twice,
whatever dies or is set back.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import msgspec
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from fairground_postgres.database import AWAY, Connection
from fairground_runtime.metrics import STOPPED
from fairground_runtime.protocol.ports import Unavailable

log = structlog.get_logger(__name__)

_DIGEST_BYTES = 16
_FIRST_WAIT_S = 0.1
_PATIENCE_S = 3.0  # an idle PostgreSQL that has not answered by then is away


_exact = msgspec.msgpack.Encoder()


class Fenced(Exception):
    """Somebody else has taken these partitions on in the meantime: nothing was written, read the positions again."""


class Consumer(Protocol):
    """What is needed of aiokafka's consumer."""

    def assignment(self) -> Iterable[TopicPartition]:
        """What it reads."""

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go on reading there."""

    def pause(self, *partitions: TopicPartition) -> None:
        """Read no more of it."""


class Part(NamedTuple):
    """Records of one partition that continue what was taken of it."""

    at: TopicPartition
    expected: int  # where the partition's position has to stand
    records: Sequence[Any]  # aiokafka's, in order, none below `expected`

    @property
    def next(self) -> int:
        """The position behind them."""
        return int(self.records[-1].offset) + 1


class Stands(NamedTuple):
    """Where a partition's position stands, and what tells whether the topic still is the same one."""

    next: int
    last: Any  # whatever the sink knows the last record by; None when there is none or it is missing


class Sink(Protocol):
    """Where the records go: one service's tables."""

    def contiguous(self, topic: str) -> bool:
        """Whether every offset must be there; otherwise some are markers of transactions."""

    async def stands(self, connection: Connection, at: TopicPartition) -> Stands:
        """Where the partition stands; begins one that was never taken up."""

    async def write(self, connection: Connection, parts: Sequence[Part]) -> None:
        """All or nothing, positions too. Raises Fenced, Unavailable, and whatever the connection raises."""

    def is_same(self, last: Any, record: Any) -> bool:
        """Whether the record is the one that was taken last."""


class _Overlap(NamedTuple):
    """A partition that was set back by one record, to see that the topic still is the one that was followed."""

    next: int
    last: Any


class Follower:
    """Takes on what it is given, in order. Two of them at once do no harm: PostgreSQL lets one through."""

    def __init__(
        self, service: str, sink: Sink, connect: Callable[[], Awaitable[Connection]], max_wait_s: float = 5.0
    ) -> None:
        """`service` is the metrics' label; `max_wait_s`: longest pause between attempts while a server is away."""
        self._service = service
        self._sink = sink
        self._connect = connect
        self._max_wait_s = max_wait_s
        self._connection: Connection | None = None
        self._positions: dict[TopicPartition, int] = {}
        self._overlaps: dict[TopicPartition, _Overlap] = {}
        self._stopping = asyncio.Event()
        self._probe: Connection | None = None
        self.stopped: dict[TopicPartition, str] = {}  # partitions that wait for a person, and why
        self.away: str = ""  # why a server is waited for
        self.busy = False  # records are in hand

    @property
    def positions(self) -> dict[TopicPartition, int]:
        """The next offset of each partition that this follower takes on."""
        return self._positions

    def stop(self) -> None:
        """Wait for servers no more."""
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
        STOPPED.labels(self._service).set(len(self.stopped))

    async def look(self) -> None:
        """While idle: is PostgreSQL there? Asked over a connection of its own, for the other one may not be shared."""
        if self.busy:
            return  # whoever takes records on finds out
        try:
            async with asyncio.timeout(_PATIENCE_S):
                if self._probe is None:
                    self._probe = await self._connect()
                await self._probe.fetchval("SELECT 1")
        except AWAY as error:
            probe, self._probe = self._probe, None
            if probe is not None:
                probe.terminate()
            self.away = _why(error)
        else:
            if not self.busy:
                self.away = ""

    async def take(self, records: Sequence[Any], consumer: Consumer) -> None:
        """Take them on; returns when that is done, or stop was called. Servers are waited for without end."""
        self.busy = True
        try:
            await self._take_at_last(records, consumer)
        except Exception as error:  # FastStream would swallow it, and go on behind the records
            for at, group in _by_partition(records):
                self._stop(at, self._bug(at, group[0].offset, error), consumer)
        finally:
            self.busy = False

    async def _take_at_last(self, records: Sequence[Any], consumer: Consumer) -> None:
        wait_s = _FIRST_WAIT_S
        while not self._stopping.is_set():
            try:
                await self._take(records, consumer)
                self.away = ""
                return
            except Fenced:
                log.info("another one was here: reading the positions again")
                self._positions.clear()
            except (*AWAY, Unavailable) as error:
                await self._wait(error, wait_s)
                wait_s = min(wait_s * 2, self._max_wait_s)

    async def _wait(self, error: Exception, wait_s: float) -> None:
        self.away = _why(error)
        log.warning("a server does not take the records; they wait", why=self.away, wait_s=round(wait_s, 1))
        self._positions.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
        try:
            async with asyncio.timeout(wait_s * random.uniform(0.5, 1)):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _take(self, records: Sequence[Any], consumer: Consumer) -> None:
        if self._connection is None:
            self._connection = await self._connect()
            for partition in consumer.assignment():  # it may know less than before: a backup, another machine
                await self._begin(partition, None, consumer)
            log.info("reading goes on where PostgreSQL says", partitions=len(self._positions))
            return
        parts = []
        for partition, group in _by_partition(records):
            following = await self._following(partition, group, consumer)
            if following:
                parts.append(Part(partition, self._positions[partition], following))
        if not parts:
            return
        await self._sink.write(self._connection, parts)
        for part in parts:
            self._positions[part.at] = part.next

    async def _following(self, partition: TopicPartition, records: Sequence[Any], consumer: Consumer) -> Sequence[Any]:
        """Those of the records that continue what was taken of their partition."""
        if partition in self.stopped:
            return ()
        overlap = self._overlaps.pop(partition, None)
        if overlap is not None:
            return self._after(overlap, partition, records, consumer)
        expected, first = self._positions.get(partition), records[0].offset
        if expected == first:
            return records
        if expected is not None and first > expected and not self._sink.contiguous(partition.topic):
            return records  # offsets between them are markers of transactions
        return await self._begin(partition, records, consumer)

    async def _begin(
        self, partition: TopicPartition, records: Sequence[Any] | None, consumer: Consumer
    ) -> Sequence[Any]:
        """Go on at the position: from one record before it, unless `records` begin with the very first."""
        assert self._connection is not None
        stands = await self._sink.stands(self._connection, partition)
        self._positions[partition] = stands.next
        if records and stands.next == records[0].offset == 0:
            return records
        try:
            consumer.seek(partition, max(stands.next - 1, 0))
        except IllegalStateError:
            return ()  # it was taken from us in the meantime
        self._overlaps[partition] = _Overlap(stands.next, stands.last)
        log.debug("reading goes on", topic=partition.topic, partition=partition.partition, offset=stands.next)
        return ()

    def _after(
        self, overlap: _Overlap, partition: TopicPartition, records: Sequence[Any], consumer: Consumer
    ) -> Sequence[Any]:
        """The records behind the one that was taken last, if it still is the same."""
        self._positions[partition] = overlap.next
        if overlap.next == 0:
            return records
        if sentence := self._why_not_continued(overlap, partition, records):
            self._stop(partition, sentence, consumer)
            return ()
        return records[1:]

    def _why_not_continued(self, overlap: _Overlap, partition: TopicPartition, records: Sequence[Any]) -> str:
        """Why these records cannot be what follows; empty when they can."""
        where, first = f"{partition.topic} partition {partition.partition}", records[0]
        if first.offset != overlap.next - 1 or overlap.last is None or not self._sink.is_same(overlap.last, first):
            return (
                f"{where} is not the topic that was read before: it was read up to offset {overlap.next - 1}, and the "
                "topic has another record there or none. Was it created anew, or cut, or is this another cluster? "
                "Nothing more of it is read until that is settled."
            )
        contiguous = self._sink.contiguous(partition.topic)
        if contiguous and len(records) > 1 and records[1].offset != overlap.next:
            return (
                f"{where} has no offsets {overlap.next} to {records[1].offset - 1}: an events topic must be neither "
                "compacted nor written with transactions."
            )
        return ""

    def _bug(self, at: TopicPartition, offset: int, error: Exception) -> str:
        return (
            f"the {self._service} service stands at offset {offset} of {at.topic} partition {at.partition}: it met an "
            f"error that is a bug in this version: {type(error).__name__}: {error}"
        )

    def _stop(self, partition: TopicPartition, sentence: str, consumer: Consumer) -> None:
        self.stopped[partition] = sentence
        STOPPED.labels(self._service).set(len(self.stopped))
        with contextlib.suppress(IllegalStateError):
            consumer.pause(partition)
        log.error("partition stopped", topic=partition.topic, partition=partition.partition, why=sentence)


def digest(record: Any) -> bytes:
    """A hash of the whole record, by which a partition's last one is known again where it is not kept itself."""
    return blake2b(_exact.encode((record.key, record.value, list(record.headers))), digest_size=_DIGEST_BYTES).digest()


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, Unavailable) else f"PostgreSQL: {type(error).__name__}: {error}"


def _by_partition(records: Sequence[Any]) -> Iterator[tuple[TopicPartition, Sequence[Any]]]:
    """The records of each partition; the consumer returns them one partition after another."""
    for (topic, partition), group in groupby(records, key=lambda record: (record.topic, record.partition)):
        yield TopicPartition(topic, partition), tuple(group)
