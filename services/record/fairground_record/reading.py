"""Turns batches of a Kafka consumer into rows of the record."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import TopicPartition

from fairground_postgres import Connection, Follower, Stands, digest
from fairground_postgres import Part as Followed
from fairground_record.rows import kept
from fairground_record.sources import Source
from fairground_record.sql import query
from fairground_record.writer import Part, write
from fairground_runtime.metrics import ROWS


class Recorder(Follower):
    """Records what it is given, in order. Two of them at once do no harm: PostgreSQL lets one through."""

    def __init__(
        self, sources: Sequence[Source], connect: Callable[[], Awaitable[Connection]], max_wait_s: float = 5.0
    ) -> None:
        """`sources` as registered; `max_wait_s`: longest pause between attempts while PostgreSQL is away."""
        super().__init__("record", _Rows(sources), connect, max_wait_s)


class _Rows:
    """Implements Sink: rows of events and rewards, facts of what the shop says."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = {source.name: source for source in sources}

    def contiguous(self, topic: str) -> bool:
        return self._sources[topic].stamped

    async def stands(self, connection: Connection, at: TopicPartition) -> Stands:
        source = self._sources[at.topic]
        stands = await connection.fetchrow(query("position_begin"), source.id, at.partition)
        assert stands is not None, "it was begun"
        next_offset, last = stands
        if not source.of_shop:
            last = await connection.fetchrow(query("record_at"), source.id, at.partition, next_offset - 1)
        return Stands(next_offset, last)

    async def write(self, connection: Connection, parts: Sequence[Followed]) -> None:
        await write(
            connection, [Part(self._sources[at.topic], at.partition, expected, rows) for at, expected, rows in parts]
        )
        for at, _, rows in parts:
            ROWS.labels(at.topic).inc(len(rows))

    def is_same(self, last: Any, record: Any) -> bool:
        if isinstance(last, bytes):
            return last == digest(record)
        recorded = kept(last)
        return (recorded.key, recorded.value, recorded.headers) == (record.key, record.value, tuple(record.headers))
