"""An activity's intake: records of shared streams become commands, by the rules that are published."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from pydantic import ValidationError

from fairground_contracts import cloudevent, topics
from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent, Malformed
from fairground_contracts.message import Message, encoded
from fairground_decider import Translated
from fairground_runtime import metrics
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import KafkaPayments
from fairground_runtime.kafka.dead_letters import dead_letter
from fairground_runtime.progress import Ends, Progress, positions
from fairground_runtime.protocol.decode import because
from fairground_runtime.protocol.ports import Payment, Unavailable
from fairground_runtime.settings import ServerSettings, WorkerSettings
from fairground_runtime.subscription import Rebalance, batches_of_raw_records
from fairground_runtime.worker.manifest import Activity, Intake
from fairground_runtime.worker.passing_over import PassedOver

log = structlog.get_logger(__name__)

_OTHER = "other"  # what is counted of no concern, whatever its type


class ActivityTable:
    """The rows of `fairground.activities` that belong to one service, read up to the topic's end when asked."""

    def __init__(self, kafka: KafkaAddress, service: str) -> None:
        """Only rows of `service` are kept."""
        self.rows: dict[str, ActivityListed] = {}
        self._service = service
        self._tp = TopicPartition(topics.ACTIVITIES.name, 0)
        self._consumer = AIOKafkaConsumer(**kafka.options(), auto_offset_reset="earliest", enable_auto_commit=False)
        self._started = False
        self._reading = asyncio.Lock()

    async def catch_up(self) -> None:
        """Read what was published since: an order that came after a publication meets its rules. Raises KafkaError.

        While nothing is read the partition is paused: a fetch that waits at the broker for the next publication would
        hold up the question where the topic ends, which goes over the same connection, for half a second each time.
        """
        async with self._reading:
            await self._catch_up()

    async def _catch_up(self) -> None:
        if not self._started:
            self._consumer.assign([self._tp])
            self._consumer.pause(self._tp)
            await self._consumer.start()
            self._started = True
        end = (await self._consumer.end_offsets([self._tp]))[self._tp]
        if await self._consumer.position(self._tp) >= end:
            return
        self._consumer.resume(self._tp)
        try:
            while await self._consumer.position(self._tp) < end:
                for record in (await self._consumer.getmany(self._tp, timeout_ms=100)).get(self._tp, []):
                    self._read(record)
        finally:
            self._consumer.pause(self._tp)

    def _read(self, record: Any) -> None:
        try:
            event = cloudevent.read(record.headers, record.value)
            row = ActivityListed.model_validate_json(event.data)
        except ValueError as error:
            log.error("a row of the activities' table cannot be read", offset=record.offset, why=str(error))
            return
        if row.service == self._service:
            self.rows[row.activity_id] = row

    async def stop(self) -> None:
        """Let go of the connection."""
        if self._started:
            await self._consumer.stop()


class IntakeSubscriber:
    """Reads the shared streams `read_committed`, publishes commands, commits only what was published.

    After a crash records are translated again; the commands then carry the same ids and causes, and are recognised. A
    record that cannot be translated stops its partition there: FastStream would swallow the error and go on behind it.
    """

    def __init__(
        self, activity: Activity, intake: Intake, servers: ServerSettings, settings: WorkerSettings,
        sender: AIOKafkaProducer, progress: Progress, ends: Ends,
    ) -> None:  # fmt: skip
        """`sender` is the worker's producer, `progress` its knowledge of what moves, `ends` of where topics end."""
        self.stopped: dict[TopicPartition, str] = {}  # partitions that wait for a person, and why
        self._activity = activity
        self._intake = intake
        self._settings = settings
        self._progress = progress
        self._ends = ends
        self._passed_over = PassedOver(activity.name, intake.topics)
        self._table = ActivityTable(servers.kafka, activity.name)
        self._payments = KafkaPayments(sender, settings.request_timeout_ms)
        self._commands = topics.commands(activity.name).name
        self._source = f"/fairground/{activity.name}/intake"
        self._wanted: Mapping[str, type[Message]] = intake.messages
        self._kinds: Counter[str] = Counter()  # what the batch under way has read, by type
        self._stopping = asyncio.Event()
        self._busy = False
        self._done: dict[TopicPartition, int] = {}
        self._pending: dict[TopicPartition, int] = {}  # offsets that wait to be committed
        self._waits_because = ""

    def join(self, broker: KafkaBroker) -> None:
        """Subscribe within the worker's broker."""
        instance = self._settings.instance
        self._subscriber = broker.subscriber(
            *(topic.name for topic in self._intake.topics), group_id=f"fairground.{self._activity.name}.intake",
            max_records=2000, group_instance_id=f"{instance}-intake" if instance else None,
            listener=Rebalance(lambda _came: None, self._went), **batches_of_raw_records(self._settings),
        )  # fmt: skip
        self._subscriber(self._take)

    def _went(self, revoked: Collection[TopicPartition]) -> None:
        """Others have them now. Those that come back are read again from where they were committed."""
        self._progress.forget(revoked)
        self._passed_over.forget(revoked)
        for tp in revoked:
            self._done.pop(tp, None)
            self._pending.pop(tp, None)
            if self.stopped.pop(tp, None):
                metrics.STOPPED.labels(self._activity.name).dec()

    async def reached(self) -> dict[TopicPartition, int | None]:
        """Up to where everything is translated; while it is idle, up to where nothing more was there to be read."""
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        if consumer is None:
            return {}
        read = await positions(consumer, consumer.assignment())
        if not self._busy:
            self._done |= {tp: at for tp, at in read.items() if at is not None and tp not in self.stopped}
        return {tp: self._done.get(tp) for tp in read}

    async def pass_over(self) -> None:
        """Move behind records of topics that concern no activity, unread; to be called now and then.

        Ends are asked for before the table: a record below them came before any publication that the table lacks, so
        no activity that is published later would have met it either.
        """
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        if consumer is None or self._busy:
            return
        with contextlib.suppress(KafkaError, Unavailable):  # whoever reads tells that Kafka is away
            ends = await self._ends.of(consumer.assignment())
            await self._table.catch_up()
            if not self._busy:
                self._wanted = self._wanted_now()
                self._passed_over.read_what_concerns(consumer, self._wanted)
                behind = self._passed_over.move(consumer, ends, self._wanted, self.stopped)
                self._done |= behind
                self._pending |= behind

    async def commit(self) -> None:
        """What was published since the last time; losing a commit costs only repeated commands."""
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        if consumer is None or not self._pending:
            return
        due = {tp: offset for tp, offset in self._pending.items() if tp in consumer.assignment()}
        self._pending.clear()
        try:
            await consumer.commit(due)
        except KafkaError as error:
            log.info("a commit was lost, which does no harm", why=str(error))

    def unfit(self) -> list[str]:
        """What speaks against its being ready."""
        waits = [f"the intake waits: {self._waits_because}"] if self._waits_because else []
        return [*waits, *self.stopped.values()]

    def stop(self) -> None:
        """Wait for Kafka no more."""
        self._stopping.set()

    async def close(self) -> None:
        """Let go of the connection."""
        await self._table.stop()

    async def _take(self, raw: Sequence[Any]) -> None:
        self._busy = True
        wait_s = 0.1
        try:
            while not self._stopping.is_set():
                try:
                    await self._publish(raw)
                    return
                except (KafkaError, Unavailable) as error:
                    if not self._ours(raw):
                        return  # somebody else reads these records again
                    self._waits_because = str(error)
                    log.warning("the intake waits for Kafka", why=str(error), next_try_s=wait_s)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._stopping.wait()
                wait_s = min(wait_s * 2, self._settings.backoff_max_ms / 1000)
        except Exception as error:
            for tp, records in _by_partition(raw):
                self._stop(tp, records[0].offset, error)
        finally:
            self._busy = False
            self._waits_because = ""

    def _ours(self, raw: Sequence[Any]) -> bool:
        assignment = self._subscriber.consumer.assignment()
        return all(tp in assignment for tp, _ in _by_partition(raw))

    async def _publish(self, raw: Sequence[Any]) -> None:
        """The commands that the records mean; of a partition that stops, those before the trouble."""
        await self._table.catch_up()
        self._wanted = self._wanted_now()
        self._passed_over.read_what_concerns(self._subscriber.consumer, self._wanted)
        self._kinds.clear()
        due: list[Payment] = []
        behind: dict[TopicPartition, int] = {}
        for tp, records in _by_partition(raw):
            for record in records if tp not in self.stopped else ():
                try:
                    due += self.translate(record)
                except Exception as error:
                    self._stop(tp, record.offset, error)
                    break
                behind[tp] = record.offset + 1
        if behind:
            await self._payments.publish(due)
            self._pending |= behind
            self._done |= behind
        for kind, count in self._kinds.items():
            metrics.TRANSLATED.labels(self._activity.name, kind).inc(count)

    def _stop(self, tp: TopicPartition, offset: int, error: Exception) -> None:
        """Read no more of it, and commit nothing behind it: a version of the code that can goes on there."""
        consumer: AIOKafkaConsumer = self._subscriber.consumer
        if tp in self.stopped or tp not in consumer.assignment():
            return
        consumer.pause(tp)
        self._done[tp] = offset
        sentence = self.stopped[tp] = (
            f"the intake of {self._activity.name} stands at offset {offset} of {tp.topic} partition {tp.partition}: it "
            f"met an error that is a bug in this version, or published rules that it cannot read: "
            f"{type(error).__name__}: {error}"
        )
        metrics.STOPPED.labels(self._activity.name).inc()
        log.error("intake stopped, a person has to look", topic=tp.topic, partition=tp.partition, why=sentence)

    def _wanted_now(self) -> dict[str, type[Message]]:
        """The messages that mean something to the activities there are."""
        concerns, rows = self._intake.concerns, self._table.rows
        return {name: model for name, model in self._intake.messages.items() if concerns(model, rows)}

    def translate(self, record: Any) -> list[Payment]:
        """One record's commands, or its dead letter.

        Shared streams carry more than one service reads: what states a type of no concern, or lacks letters without
        which it is of none, is not even looked at, so that it is no dead letter of this service either, whatever is
        wrong with it.
        """
        stated = cloudevent.stated_type(record.headers)
        if stated and (stated not in self._wanted or self._lacks_letters(self._wanted[stated], record.value)):
            self._kinds[_OTHER] += 1
            return []
        try:
            event = cloudevent.read(record.headers, record.value)
            model = self._wanted.get(event.type)
            if model is None:  # only reading could tell
                self._kinds[_OTHER] += 1
                return []
            message: Message = model.model_validate_json(event.data)
            event.time_ms  # noqa: B018 - a time that cannot be read is malformed
        except ValidationError as error:
            return [self._dead(record, *because(error))]
        except Malformed as error:
            return [self._dead(record, error.cause, error.detail)]
        self._kinds[event.type] += 1
        return [
            self._command(event, translated) for translated in self._intake.translate(event, message, self._table.rows)
        ]

    def _lacks_letters(self, model: type[Message], value: bytes | None) -> bool:
        """Whether the data cannot say what the service listens for. JSON may spell any letter as an escape."""
        letters = self._intake.only_with.get(model)
        return letters is not None and value is not None and letters not in value and b"\\u" not in value

    def _command(self, event: CloudEvent, translated: Translated) -> Payment:
        data = translated.data
        made = CloudEvent(
            translated.id, data.type, self._source, translated.time, getattr(data, "activity_id", ""), b"", event.id,
            event.traceparent,
        )  # fmt: skip
        return Payment(self._commands, translated.key.encode(), encoded(data), cloudevent.headers(made))

    def _dead(self, record: Any, cause: str, detail: str) -> Payment:
        return dead_letter(self._activity.name, record, cause, detail, self._source)


def _by_partition(raw: Sequence[Any]) -> Iterator[tuple[TopicPartition, Sequence[Any]]]:
    for (topic, partition), records in groupby(raw, key=attrgetter("topic", "partition")):
        yield TopicPartition(topic, partition), tuple(records)
