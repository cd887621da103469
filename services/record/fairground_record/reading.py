"""Turns batches of a Kafka consumer into rows of the record."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import TopicPartition

from fairground_postgres import Connection, Follower, Stands, digest
from fairground_postgres import Part as Followed
from fairground_record import exposures
from fairground_record.rows import kept
from fairground_record.sources import Source
from fairground_record.sql import query
from fairground_record.writer import Part, write
from fairground_runtime.metrics import ROWS
from fairground_runtime.protocol.ports import Payments


class Recorder(Follower):
    """Records what it is given, in order. Two of them at once do no harm: PostgreSQL lets one through."""

    def __init__(
        self, sources: Sequence[Source], payments: Payments, connect: Callable[[], Awaitable[Connection]],
        max_wait_s: float = 5.0,
    ) -> None:  # fmt: skip
        """`sources` as registered; `payments` publishes dead letters; `max_wait_s`: longest pause between attempts
        while a server is away."""
        super().__init__("record", _Rows(sources, payments), connect, max_wait_s)


class _Rows:
    """Implements Sink: rows of events and rewards, facts of what the shop says, counts of who saw what."""

    def __init__(self, sources: Sequence[Source], payments: Payments) -> None:
        self._sources = {source.name: source for source in sources}
        self._payments = payments

    def contiguous(self, topic: str) -> bool:
        return self._sources[topic].stamped

    async def stands(self, connection: Connection, at: TopicPartition) -> Stands:
        source = self._sources[at.topic]
        stands = await connection.fetchrow(query("position_begin"), source.id, at.partition)
        assert stands is not None, "it was begun"
        next_offset, last = stands
        if not (source.of_shop or source.counted):
            last = await connection.fetchrow(query("record_at"), source.id, at.partition, next_offset - 1)
        return Stands(next_offset, last)

    async def write(self, connection: Connection, parts: Sequence[Followed]) -> None:
        known = [Part(self._sources[at.topic], at.partition, expected, rows) for at, expected, rows in parts]
        seen, letters = exposures.understood(
            record for part in known if part.source.counted for record in part.records
        )  # fmt: skip
        if letters:
            await self._payments.publish(letters)
        await write(connection, known, seen)
        for at, _, rows in parts:
            ROWS.labels(at.topic).inc(len(rows))

    def is_same(self, last: Any, record: Any) -> bool:
        if isinstance(last, bytes):
            return last == digest(record)
        recorded = kept(last)
        return (recorded.key, recorded.value, recorded.headers) == (record.key, record.value, tuple(record.headers))
