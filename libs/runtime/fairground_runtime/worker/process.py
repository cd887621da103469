"""The process: FastStream subscribers, the partitions it was assigned, health, an orderly end."""

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fairground_contracts import topics
from fairground_decider import Service
from fairground_runtime import logs, metrics
from fairground_runtime.health import Health
from fairground_runtime.kafka.adapters import KafkaCommands, KafkaLog, KafkaPayments, Reader, partition_of, producer
from fairground_runtime.kafka.topics import provide
from fairground_runtime.protocol.decode import Decoder
from fairground_runtime.protocol.outcome import Outcome
from fairground_runtime.protocol.partition import Partition
from fairground_runtime.protocol.ports import Observer, Ports, Stopped
from fairground_runtime.redis_store import RedisStore, check_server
from fairground_runtime.settings import ServerSettings, WorkerSettings
from fairground_runtime.worker.assigned import Assigned
from fairground_runtime.worker.intake import IntakeSubscriber
from fairground_runtime.worker.manifest import Activity
from fairground_runtime.worker.observer import StepObserver

log = structlog.get_logger(__name__)

#: A worker that has records waiting and has not moved for so long is stuck: liveness fails.
STUCK_S = 60.0


async def raw_records(message: Any) -> KafkaMessage:
    """FastStream's parser for a batch: the records as they are. Decoding is the worker's, record by record."""
    return KafkaMessage(body=b"", raw_message=message, headers={}, consumer=FAKE_CONSUMER)


async def hand_over(message: Any) -> Any:
    """FastStream's decoder: the raw records themselves."""
    return message.raw_message


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """Only tells: its errors would be swallowed, and the group's heartbeat rests while it runs."""

    def __init__(self, assigned: Callable[[Any], None], revoked: Callable[[Any], None]) -> None:
        self._assigned = assigned
        self._revoked = revoked

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._assigned(assigned)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self._revoked(revoked)


class Worker:
    """One worker of one activity service: any number of them share its partitions."""

    def __init__(
        self, activity: Activity, servers: ServerSettings, settings: WorkerSettings, *,
        observe: Callable[[int], Observer] | None = None, static: bool = False,
    ) -> None:  # fmt: skip
        """`static`: join the group under `settings.instance`; `observe` replaces the metrics (crash tests)."""
        self._activity = activity
        self._service: Service = activity.service()
        self._servers = servers
        self._settings = settings
        self._observe = observe
        self._static = static
        self._commands = topics.commands(activity.name)
        self._events = topics.events(activity.name)
        self._partitions: dict[TopicPartition, Assigned] = {}
        self._pending: dict[TopicPartition, int] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._busy = asyncio.Lock()
        self._moved_at = time.monotonic()
        self._counted = metrics.COMMANDS.labels(activity.name), metrics.EVENTS.labels(activity.name)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises Stopped when a server is not fit to be used."""
        _end_when_told()
        gc.freeze()
        gc.set_threshold(100_000, 20, 20)  # a batch makes 100,000 short-lived objects and no cycles
        settings = self._settings
        self._redis: Redis = Redis.from_url(
            self._servers.redis_url, retry=Retry(NoBackoff(), 0), protocol=2,
            socket_timeout=settings.redis_timeout_ms / 1000, socket_connect_timeout=settings.redis_timeout_ms / 1000,
        )  # fmt: skip
        await _patiently("Redis", lambda: check_server(self._redis))
        await _patiently("Kafka", self._provide_topics)
        self._producer: AIOKafkaProducer = producer(
            self._servers.kafka_bootstrap_servers, settings.max_batch_bytes, settings.request_timeout_ms
        )
        await self._producer.start()
        app = self._app()
        health = Health(self._alive, self._ready, settings.health_host, settings.health_port, settings.health_port_file)
        try:
            async with health:
                await app.run()
        finally:
            await self._producer.stop()
            await self._redis.aclose()

    async def _provide_topics(self) -> None:
        await provide(self._servers.kafka_bootstrap_servers, (*topics.shared(), *self._activity.topics))

    def _app(self) -> FastStream:
        settings = self._settings
        broker = KafkaBroker(
            self._servers.kafka_bootstrap_servers, apply_types=False, logger=None,
            graceful_timeout=settings.stop_timeout_ms / 1000, client_id=settings.instance,
            allow_auto_create_topics=False,
        )  # fmt: skip
        self._subscriber = broker.subscriber(
            self._commands.name, group_id=f"fairground.{self._activity.name}", batch=True, max_records=None,
            batch_timeout_ms=settings.poll_ms, ack_policy=AckPolicy.MANUAL, auto_offset_reset="earliest",
            isolation_level="read_committed", listener=_Rebalance(self._assigned, self._revoked),
            parser=raw_records, decoder=hand_over, session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=max(settings.session_timeout_ms // 4, 300),
            max_partition_fetch_bytes=settings.max_partition_fetch_bytes, fetch_max_wait_ms=100,
            group_instance_id=settings.instance if self._static else None,
        )  # fmt: skip
        self._subscriber(self._take)
        if self._activity.intake:
            IntakeSubscriber(self._activity, self._activity.intake, self._servers, settings, self._producer).join(
                broker
            )
        app = FastStream(broker, lifespan=self._lifespan, logger=None)
        app.after_startup(self._look_after_partitions)
        app.on_shutdown(self._finish)
        return app

    @contextlib.asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._commit_now_and_then()), asyncio.create_task(self._look_now_and_then())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # ---- partitions come and go --------------------------------------------------------------------

    def _assigned(self, assigned: Collection[TopicPartition]) -> None:
        for tp in assigned:
            if tp not in self._partitions:
                self._partitions[tp] = self._new(tp)
                self._partitions[tp].start_aligning("assigned", "it was assigned to this worker")

    def _revoked(self, revoked: Collection[TopicPartition]) -> None:
        for tp in revoked:
            self._pending.pop(tp, None)
            if gone := self._partitions.pop(tp, None):
                task = asyncio.create_task(gone.give_up())
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)

    def _new(self, tp: TopicPartition) -> Assigned:
        settings, consumer = self._settings, self._consumer
        reader = Reader(self._servers.kafka_bootstrap_servers, TopicPartition(self._events.name, tp.partition), tp)
        observer = self._observe(tp.partition) if self._observe else StepObserver(self._activity.name)
        count = self._commands.partitions
        ports = Ports(
            RedisStore(self._redis, self._service, tp.partition, settings.epoch),
            KafkaLog(self._producer, reader, settings.max_batch_bytes, settings.request_timeout_ms),
            KafkaCommands(reader, lambda: consumer.committed(tp), self._pending),
            KafkaPayments(self._producer, settings.request_timeout_ms),
            observer,
        )
        decoder = Decoder(
            self._service, self._commands.name, settings.epoch, tp.partition,
            _memory_of_keys(count), settings.max_skew_ms,
        )  # fmt: skip
        partition = Partition(self._service, decoder, ports, settings.batch_commands)
        return Assigned(tp, self._activity.name, partition, reader, consumer, settings.backoff_max_ms, self._moved)

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        assert consumer is not None, "partitions are assigned by a running consumer"
        return consumer

    # ---- records -----------------------------------------------------------------------------------

    async def _take(self, raw: Sequence[Any]) -> None:
        """A batch of several partitions' records: they are worked on side by side."""
        async with self._busy:
            self._moved()
            work: list[Awaitable[list[Outcome]]] = []
            for number, records in groupby(raw, key=attrgetter("partition")):
                assigned = self._partitions.get(TopicPartition(self._commands.name, number))
                if assigned is not None:
                    work.append(assigned.take(list(records), lambda: self._stopping))
            for outcomes in await asyncio.gather(*work):
                self._count(outcomes)
            self._moved()

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        name = self._activity.name
        commands, events = self._counted
        commands.inc(len(outcomes))
        events.inc(sum(len(outcome.records) for outcome in outcomes))
        metrics.BATCH_COMMANDS.labels(name).observe(len(outcomes))
        for outcome in outcomes:
            for reason in outcome.reasons:
                metrics.REFUSALS.labels(name, reason).inc()

    def _moved(self) -> None:
        self._moved_at = time.monotonic()

    # ---- now and then ------------------------------------------------------------------------------

    async def _commit_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._settings.commit_ms / 1000)
            await self._commit()

    async def _commit(self) -> None:
        """Exactly the offsets of partitions that are still ours; losing a commit costs only repeated payments."""
        due = {tp: offset for tp, offset in self._pending.items() if tp in self._partitions}
        self._pending.clear()
        if due:
            try:
                await self._consumer.commit(due)
            except KafkaError as error:
                log.info("a commit was lost, which does no harm", why=str(error))

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self._settings.idle_look_ms / 1000)
            await self._look_after_partitions()

    async def _look_after_partitions(self) -> None:
        consumer = self._consumer
        self._assigned([tp for tp in consumer.assignment() if tp.topic == self._commands.name])
        for tp, assigned in list(self._partitions.items()):
            await assigned.look()
            if self._lag(tp) == 0:
                self._moved()

    def _lag(self, tp: TopicPartition) -> int:
        consumer = self._consumer
        with contextlib.suppress(AssertionError, AttributeError):  # not assigned any more, or no position yet
            state = consumer._subscription.subscription.assignment.state_value(tp)
            highwater, position = consumer.highwater(tp), state.position
            if highwater is not None:
                metrics.POSITION.labels(tp.topic, tp.partition).set(position)
                metrics.LAG.labels(tp.topic, tp.partition).set(max(highwater - position, 0))
                return max(int(highwater - position), 0)
        return 0

    # ---- health and end ----------------------------------------------------------------------------

    def _alive(self) -> list[str]:
        silent_s = time.monotonic() - self._moved_at
        return [f"records wait and nothing has moved for {silent_s:.0f} s"] if silent_s > STUCK_S else []

    def _ready(self) -> list[str]:
        problems = [a.stopped_because or a.unavailable_because for a in self._partitions.values()]
        problems += [] if self._partitions else ["no partition is assigned yet"]
        problems += ["some partitions are being aligned"] if any(
            not a.fit and not a.stopped_because for a in self._partitions.values()
        ) else []  # fmt: skip
        return [problem for problem in problems if problem]

    async def _finish(self) -> None:
        """Finish the batch under way, take no other, commit."""
        self._stopping = True
        log.info("stopping: the batch under way is finished first")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.stop_timeout_ms / 1000), self._busy:
                await self._commit()
        for assigned in self._partitions.values():
            await assigned.give_up()
        log.info("stopped")


def _memory_of_keys(partitions: int) -> Callable[[bytes], int]:
    """partition_of with a memory: hashing in Python costs microseconds, and hot keys come again and again."""
    known: dict[bytes, int] = {}

    def remembered(key: bytes) -> int:
        found = known.get(key)
        if found is None:
            if len(known) > 100_000:
                known.clear()
            found = known[key] = partition_of(key, partitions)
        return found

    return remembered


def _end_when_told() -> None:
    """SIGTERM and SIGINT end the start, too; once the subscribers run, FastStream ends them in order."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)


async def _patiently(server: str, attempt: Callable[[], Awaitable[None]]) -> None:
    """Wait for a server that is not there yet, telling so; Stopped is not waited for."""
    wait_s = 0.2
    while True:
        try:
            return await attempt()
        except Stopped:
            raise
        except Exception as error:
            log.warning("waiting for a server", server=server, why=str(error), next_try_s=wait_s)
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, 5.0)


def run(activity: Activity, settings: WorkerSettings | None = None) -> None:
    """The `main` of an activity service: configure, serve, end with a sentence and status 1 when it cannot."""
    settings = settings or WorkerSettings()
    logs.configure(activity.name, settings.log_format, settings.log_level)
    try:
        worker = Worker(activity, ServerSettings(), settings, static="instance" in settings.model_fields_set)
        uvloop.run(worker.run())
    except asyncio.CancelledError:
        log.info("stopped before it had begun")
    except Stopped as error:
        log.error("cannot run", why=str(error))
        raise SystemExit(1) from None
