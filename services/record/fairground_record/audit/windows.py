"""The record in windows of rows, each compared with what stands on the topic."""

from collections.abc import AsyncIterator

from aiokafka import TopicPartition

from fairground_record import rows, shop
from fairground_record.audit import lines
from fairground_record.audit.report import Finding
from fairground_record.audit.topic import Topics
from fairground_record.database import Connection
from fairground_record.sources import Source
from fairground_record.sql import query

_WINDOW = 5_000  # rows at a time


class Windows:
    """Compares what it reads."""

    def __init__(self, kafka: Topics, connection: Connection, same: Finding) -> None:
        """`same`: the law that is checked."""
        self._kafka = kafka
        self._connection = connection
        self._same = same
        self.rows = 0  # that were compared

    @staticmethod
    def law() -> Finding:
        """The law that this checks."""
        return Finding("record_is_topic", "记录与主题逐字节一致", "the record is the topics, byte for byte")

    async def of(self, source: Source, partition: int, end: int) -> AsyncIterator[bytes]:
        """The record's lines of one partition below `end`, in order."""
        at, begin = TopicPartition(source.name, partition), 0
        lines_of, behind_end = (shop.lines, "facts_behind") if source.of_shop else (rows.lines, "records_behind")
        async for records in self._kafka.read(at, 0, end):
            behind = records[-1].offset + 1
            if source.of_shop and not begin:
                begin = records[0].offset  # the shop keeps its records as long as it likes; facts stay
            text = await lines.read(self._connection, source, partition, begin, behind)
            on_topic = lines_of(source, partition, records)
            if text != on_topic:
                self._differ(at, text, on_topic)
            self._same.checked += len(records)
            self.rows += 0 if source.of_shop else len(records)
            begin = behind
            yield text
        more = await self._connection.fetchval(query(behind_end), source.id, partition)
        if more:
            self._same.note(f"{at.topic} partition {at.partition}: {more} rows stand behind the record's own end")

    def _differ(self, at: TopicPartition, recorded: bytes, on_topic: bytes) -> None:
        for offset, how in lines.differences(recorded, on_topic):
            self._same.note(f"{at.topic} partition {at.partition}, offset {offset}: {how}")


async def read(connection: Connection, source: Source, partition: int, end: int) -> AsyncIterator[bytes]:
    """The record's lines of one partition below `end` as they are, when another part of the audit compares them."""
    for begin in range(0, end, _WINDOW):
        yield await lines.read(connection, source, partition, begin, min(begin + _WINDOW, end))
