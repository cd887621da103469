"""The process: FastStream hands it batches of raw records, `Recorder` writes them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Collection
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker

from fairground_record.database import Connection, connect, migrate, register
from fairground_record.reading import Recorder
from fairground_record.settings import RecordSettings
from fairground_record.sources import Source, services, sources
from fairground_record.tallying import tally_now_and_then
from fairground_runtime import logs
from fairground_runtime.health import Health
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import calm_collector, end_when_told, end_within, let_go, patiently, serve
from fairground_runtime.progress import Ends, Progress, positions
from fairground_runtime.settings import ServerSettings
from fairground_runtime.subscription import Rebalance, ask_without_sleeping, hand_over, raw_records

log = structlog.get_logger(__name__)

_LOOK_S = 2.0
_CLOSING_S = 1.0  # for the consumer to leave its group, when the batch under way has taken all its time


class Record:
    """The record of all topics of these services. Any number of them share the partitions."""

    def __init__(self, names: tuple[str, ...], servers: ServerSettings, settings: RecordSettings) -> None:
        """`names`: the activity services whose topics are recorded."""
        self._wanted = sources(names)
        self._servers = servers
        self._settings = settings
        self._ends = Ends(servers.kafka_bootstrap_servers)
        self._progress = Progress(self._ends, settings.stuck_ms / 1000)

    async def run(self) -> None:
        """Record until SIGTERM or SIGINT. Raises Stopped when a server is not fit to be used."""
        end_when_told()
        ask_without_sleeping()
        calm_collector()
        settings = self._settings
        registered = await patiently("PostgreSQL", self._prepare)
        await patiently("Kafka", self._provide_topics)
        self._recorder = Recorder(registered, self._connect, settings.backoff_max_ms / 1000)
        health = Health(
            self._progress.stuck, self._ready, settings.health_host, settings.health_port, settings.health_port_file
        )
        try:
            async with health:
                await self._app().run()
        finally:
            await let_go(self._recorder.close(), self._ends.close())
        log.info("stopped")

    def _connect(self) -> Awaitable[Connection]:
        return connect(self._servers.database_url, self._settings.database_timeout_ms / 1000)

    async def _prepare(self) -> tuple[Source, ...]:
        connection = await self._connect()
        try:
            for name in await migrate(connection):
                log.info("migrated", migration=name)
            return await register(connection, self._wanted)
        finally:
            await connection.close()

    async def _provide_topics(self) -> None:
        await provide(
            self._servers.kafka_bootstrap_servers, [source.topic for source in self._wanted], self._settings.replication
        )

    def _app(self) -> FastStream:
        settings = self._settings
        broker = KafkaBroker(
            self._servers.kafka_bootstrap_servers, apply_types=False, logger=None, client_id=settings.client_id,
            graceful_timeout=settings.stop_timeout_ms / 1000, allow_auto_create_topics=False,
        )  # fmt: skip
        self._subscriber = broker.subscriber(
            *(source.name for source in self._wanted), group_id=settings.group, batch=True,
            max_records=settings.batch_records, batch_timeout_ms=settings.poll_ms, ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest", isolation_level="read_committed", parser=raw_records, decoder=hand_over,
            session_timeout_ms=settings.session_timeout_ms, fetch_max_wait_ms=settings.fetch_wait_ms,
            heartbeat_interval_ms=settings.heartbeat_interval_ms, fetch_min_bytes=settings.fetch_min_bytes,
            max_poll_interval_ms=3_600_000,  # PostgreSQL is waited for without losing the partitions
            group_instance_id=settings.instance or None, listener=Rebalance(lambda _came: None, self._went),
        )  # fmt: skip
        self._subscriber(self._take)
        app = FastStream(broker, lifespan=self._lifespan, logger=None)
        app.on_shutdown(self._finish)
        return app

    async def _take(self, raw: Any) -> None:
        await self._recorder.take(raw, self._consumer)

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        assert consumer is not None, "records come from a running consumer"
        return consumer

    def _went(self, revoked: Collection[TopicPartition]) -> None:
        self._recorder.forget(revoked)
        self._progress.forget(revoked)

    async def _finish(self) -> None:
        log.info("stopping: the batch under way is finished first")
        end_within(self._settings.stop_timeout_ms / 1000 + _CLOSING_S)
        self._recorder.stop()

    @contextlib.asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        tallying = tally_now_and_then(self._connect, self._settings.tally_ms / 1000)
        tasks = [asyncio.create_task(each) for each in (self._look_now_and_then(), tallying)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if self._subscriber.consumer is None:
                continue
            try:
                await self._look(self._consumer)
            except Exception as error:
                log.error("looking after the partitions has failed", why=repr(error))

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
        """Is PostgreSQL there, and does every partition move?"""
        await self._recorder.look()
        reached = await self._reached(consumer)
        excused = reached if self._recorder.away else self._recorder.stopped
        await self._progress.look(reached, list(excused))

    async def _reached(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, int | None]:
        """Up to where everything is written; while it is idle, up to where nothing more was there to be read."""
        recorder = self._recorder
        read = await positions(consumer, consumer.assignment())
        written = {tp: recorder.positions.get(tp) for tp in read}
        if recorder.busy:
            return written
        return {tp: written[tp] if at is None or tp in recorder.stopped else at for tp, at in read.items()}

    def _ready(self) -> list[str]:
        assigned = self._subscriber.consumer is not None and self._subscriber.consumer.assignment()
        problems = [self._recorder.away, self._progress.away, "" if assigned else "no partition is assigned yet"]
        return [problem for problem in (*problems, *self._recorder.stopped.values()) if problem]


def run(names: tuple[str, ...], settings: RecordSettings | None = None) -> None:
    """Record the topics of these services until SIGTERM."""
    settings = settings or RecordSettings()
    logs.configure("record", settings.log_format, settings.log_level)
    serve(lambda: Record(names, ServerSettings(), settings).run())


def main() -> None:
    """Record the topics of every service that is installed."""
    run(services())
