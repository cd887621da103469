"""The audit's own laws over all rows, partition by partition: each row is compared with its topic, and then judged."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from fairground_contracts import topics
from fairground_contracts.dead import CommandDead
from fairground_record.audit import fold, lines, outcomes, owed, reading
from fairground_record.audit.report import Finding, Judged, short
from fairground_record.audit.topic import Topics
from fairground_record.audit.totals import Totals
from fairground_record.database import Connection
from fairground_record.rows import lines as lines_of
from fairground_record.sources import Source
from fairground_record.sql import query

if TYPE_CHECKING:
    from fairground_record.audit.run import Audited, Moment


class Judging:
    """The laws while they are being checked."""

    def __init__(
        self, services: Mapping[str, "Audited"], recorded: Sequence[Source], moment: "Moment", kafka: Topics,
        connection: Connection, *, strangers: bool,
    ) -> None:  # fmt: skip
        self._services = services
        self._recorded = recorded
        self._moment = moment
        self._kafka = kafka
        self._connection = connection
        self._strangers = strangers
        self._same = Finding("record_is_topic", "记录与主题逐字节一致", "the record is the topics, byte for byte")
        self._readable = Finding("events_readable", "所有有效事件都能读懂", "every event that counts can be read")
        self._ids = owed.ids_law()
        self._rewards = owed.rewards_law()
        self._letters = owed.letters_law()
        self._owed_rewards = owed.Owed([s for s in recorded if s.kind == "rewards"], self._rewards, self._ids)
        self._owed_letters = owed.Owed(
            [s for s in recorded if s.kind == "dead" and s.service], self._letters, self._ids
        )
        self.totals = Totals()
        self.events = 0
        self.rows = 0

    async def run(self) -> list[Judged]:
        """Look at everything once."""
        own: list[Judged] = []
        for name in self._services:
            own += await self._service(name)
        for source in self._recorded:
            if not source.stamped:
                for partition in range(source.topic.partitions):
                    await self._other(source, partition)
        self._owed_rewards.close()
        self._owed_letters.close()
        shared = (self._same, self._readable, self._ids, self._rewards, self._letters)
        return [Judged.of("", finding) for finding in shared] + own

    # ---- events ------------------------------------------------------------------------------------

    async def _service(self, name: str) -> list[Judged]:
        source = next(each for each in self._recorded if each.stamped and each.service == name)
        decided, is_fold = outcomes.law(), fold.law()
        for partition in range(source.topic.partitions):
            await self._partition(source, partition, decided, is_fold)
        return [Judged.of(name, decided), Judged.of(name, is_fold)]

    async def _partition(self, source: Source, partition: int, decided: Finding, is_fold: Finding) -> None:
        name, store = source.service, self._moment.stores[source.service, partition]
        commands = TopicPartition(topics.commands(name).name, partition)
        begin, end = self._moment.commands[commands]
        following = outcomes.Outcomes(name, partition, decided, begin)
        folding = fold.Fold(self._services[name].service, partition, store, is_fold)
        async for text in self._windows(source, partition):
            self._events(name, text, following, folding)
        if store.next > end:
            decided.note(f"{name} partition {partition}: Redis stands at command {store.next}, the topic ends at {end}")
        for first, behind in following.holes(min(store.next, end)):  # a transaction's marker is no command
            async for records in self._kafka.read(commands, first, behind):
                following.missing(record.offset for record in records)
        async for records in self._kafka.read(commands, max(folding.decided, begin), min(store.next, end)):
            folding.undecided(record.offset for record in records)
        folding.compare(self._moment.ends[TopicPartition(source.name, partition)])

    def _events(self, name: str, text: bytes, following: outcomes.Outcomes, folding: fold.Fold) -> None:
        """One window of events, once for each that looks at them: much faster than each event through everybody."""
        service = self._services[name].service
        before = self._readable.broken
        found = list(reading.events(service.events, text, self._unreadable))
        self.events += len(found)
        self._ids.checked += len(found)
        self._readable.checked += len(found) + self._readable.broken - before
        for offset, event, _ in found:
            if not following.see(event.id, offset):
                self._ids.note(f"event {event.id} counts twice, the second time at offset {offset}")
        for offset, event, row in found:
            owing = self._owed_letters if type(event.data) is CommandDead else self._owed_rewards
            for payment in owed.owed_by(service, event, row):
                owing.owe(payment, due=offset < folding.end)
        for offset, event, _ in found:
            folding.take(event, offset)

    def _unreadable(self, row: lines.Row, error: Exception) -> None:
        where = f"{reading.service_of(row)} partition {row.partition.decode()}, offset {row.offset.decode()}"
        self._readable.note(f"{where}: {short(error)}")

    # ---- rewards, results, dead letters -------------------------------------------------------------

    async def _other(self, source: Source, partition: int) -> None:
        settled = self._moment.settled[TopicPartition(source.name, partition)]
        async for text in self._windows(source, partition):
            if source.kind in ("rewards", "results"):
                for row in lines.rows(text):
                    self.totals.see(row)
            if source.kind == "rewards":
                self._paid(text, settled)
            elif source.kind == "dead" and source.service:
                for row in lines.rows(text):
                    self._owed_letters.find(row, settled=int(row.offset) < settled)

    def _paid(self, text: bytes, settled: int) -> None:
        for row in lines.rows(text):
            if self._strangers or reading.service_of(row) in self._services:
                self._owed_rewards.find(row, settled=int(row.offset) < settled)

    # ---- rows --------------------------------------------------------------------------------------

    async def _windows(self, source: Source, partition: int) -> AsyncIterator[bytes]:
        """The record's lines, window by window, each compared with what stands on the topic."""
        at = TopicPartition(source.name, partition)
        end, begin = self._moment.ends[at], 0
        async for records in self._kafka.read(at, 0, end):
            behind = records[-1].offset + 1
            text = await lines.read(self._connection, source, partition, begin, behind)
            on_topic = lines_of(source, partition, records)
            if text != on_topic:
                self._differ(at, text, on_topic)
            self._same.checked += len(records)
            self.rows += len(records)
            begin = behind
            yield text
        more = await self._connection.fetchval(query("records_behind"), source.id, partition)
        if more:
            self._same.note(f"{at.topic} partition {at.partition}: {more} rows stand behind the record's own end")

    def _differ(self, at: TopicPartition, recorded: bytes, on_topic: bytes) -> None:
        for offset, how in lines.differences(recorded, on_topic):
            self._same.note(f"{at.topic} partition {at.partition}, offset {offset}: {how}")
