"""Takes what is said about timers into PostgreSQL, with the positions behind it in the same transaction."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition
from pydantic import ValidationError

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import Malformed
from fairground_postgres import Connection, Fenced, Part, Stands, digest
from fairground_runtime import metrics
from fairground_runtime.kafka.dead_letters import dead_letter
from fairground_runtime.protocol.decode import because
from fairground_runtime.protocol.ports import Observer, Payment, Payments
from fairground_timer.asking import Asked, newest, understood
from fairground_timer.sql import query

log = structlog.get_logger(__name__)

_SERVICE = "timer"

#: Of a stream that only tells the time, the newest records of a batch do: a repetition among them may be older.
_LAST = 8


class Requests:
    """Implements the sink of `Follower`: requests become rows; other streams only tell the time."""

    def __init__(self, payments: Payments, observer: Observer, told: Callable[[], None], by_streams: bool) -> None:
        """`told` is called when something was written; `by_streams`: whether the streams' clock is kept."""
        self._payments = payments
        self._observer = observer
        self._told = told
        self._by_streams = by_streams

    def contiguous(self, topic: str) -> bool:
        """Transactions may leave markers in all of them."""
        return False

    async def stands(self, connection: Connection, at: TopicPartition) -> Stands:
        """Where the partition stands; begins one that was never read."""
        found = await connection.fetchrow(query("position_begin"), at.topic, at.partition)
        assert found is not None, "it was begun"
        return Stands(*found)

    def is_same(self, last: Any, record: Any) -> bool:
        """By its hash."""
        return bool(last == digest(record))

    async def write(self, connection: Connection, parts: Sequence[Part]) -> None:
        """All of it or nothing; what could not be understood becomes a dead letter first."""
        number = sum(len(part.records) for part in parts)
        self._observer.reached("taken", number)
        batch = _Batch(self._by_streams)
        for part in parts:
            batch.read(part)
        if batch.letters:
            await self._payments.publish(batch.letters)
            self._observer.reached("letters_published", len(batch.letters))
        async with connection.transaction():
            await _advance(connection, parts)
            await _ask(connection, tuple(newest(batch.asked)))
            if batch.newest_ms:
                await connection.execute(query("clock_advance"), batch.newest_ms)
            self._observer.reached("written", number)
        self._observer.reached("committed", number)
        metrics.TIMERS_ASKED.labels("requested").inc(sum(each.state == "waiting" for each in batch.asked))
        metrics.TIMERS_ASKED.labels("cancelled").inc(sum(each.state == "cancelled" for each in batch.asked))
        self._told()


class _Batch:
    """What the records of a batch come to."""

    def __init__(self, by_streams: bool) -> None:
        self.asked: list[Asked] = []
        self.letters: list[Payment] = []
        self.newest_ms = 0
        self._by_streams = by_streams

    def read(self, part: Part) -> None:
        """Add these."""
        if part.at.topic == topics.TIMERS.name:
            for record in part.records:
                self._read_timer(record)
        else:
            for record in part.records[-_LAST:]:
                self._read_time(record)

    def _read_timer(self, record: Any) -> None:
        try:
            event = cloudevent.read(record.headers, record.value)
            time_ms = event.time_ms
            self.asked.append(understood(event))
        except ValidationError as error:
            self.letters.append(dead_letter(_SERVICE, record, *because(error)))
        except Malformed as error:
            self.letters.append(dead_letter(_SERVICE, record, error.cause, error.detail))
        else:
            self._seen(time_ms)

    def _read_time(self, record: Any) -> None:
        """What cannot be read is a dead letter of whoever reads this stream for its content."""
        try:
            self._seen(cloudevent.read(record.headers, record.value).time_ms)
        except Malformed as error:
            log.debug("a record without a time", topic=record.topic, offset=record.offset, why=error.detail)

    def _seen(self, time_ms: int) -> None:
        if self._by_streams:
            self.newest_ms = max(self.newest_ms, time_ms)


async def _advance(connection: Connection, parts: Sequence[Part]) -> None:
    """Move the positions on, first of all: that keeps everybody else out. Raises Fenced."""
    asked = [(*part.at, part.expected, part.next, digest(part.records[-1])) for part in parts]
    moved = await connection.fetch(query("position_advance"), *map(list, zip(*asked, strict=True)))
    if len(moved) != len(parts):
        raise Fenced


async def _ask(connection: Connection, asked: Sequence[Asked]) -> None:
    if not asked:
        return
    columns = list(map(list, zip(*asked, strict=True)))
    await connection.execute(query("hold"), columns[0], columns[1])
    await connection.execute(query("ask"), *columns)


def streams(by_streams: bool) -> Iterator[topics.Topic]:
    """The topics that are read."""
    yield topics.TIMERS
    if by_streams:
        yield topics.ORDERS
