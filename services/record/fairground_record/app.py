"""The process: FastStream hands it batches of raw records, `Recorder` writes them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable

import structlog

from fairground_postgres import Reading, Subscription
from fairground_record.database import Connection, connect, migrate, register
from fairground_record.reading import Recorder
from fairground_record.settings import RecordSettings
from fairground_record.sources import Source, services, sources
from fairground_record.tallying import tally_now_and_then
from fairground_runtime.health import Health
from fairground_runtime.kafka.adapters import KafkaPayments, producer
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import calm_collector, end_when_told, let_go, patiently, serve
from fairground_runtime.settings import ServerSettings
from fairground_runtime.subscription import ask_without_sleeping

log = structlog.get_logger(__name__)

_LETTERS_BYTES = 900_000  # of dead letters in one request


class Record:
    """The record of all topics of these services. Any number of them share the partitions."""

    def __init__(self, names: tuple[str, ...], servers: ServerSettings, settings: RecordSettings) -> None:
        """`names`: the activity services whose topics are recorded."""
        self._wanted = sources(names)
        self._servers = servers
        self._settings = settings
        reading = Reading(
            [source.name for source in self._wanted], settings.group, settings.batch_records, settings.fetch_min_bytes
        )
        self._subscription = Subscription(servers.kafka, settings, reading)

    async def run(self) -> None:
        """Record until SIGTERM or SIGINT. Raises Stopped when a server is not fit to be used."""
        end_when_told()
        self._denied = ask_without_sleeping()
        calm_collector()
        settings = self._settings
        registered = await patiently("PostgreSQL", self._prepare)
        await patiently("Kafka", self._provide_topics)
        sender = producer(self._servers.kafka, _LETTERS_BYTES, settings.request_timeout_ms)
        await patiently("Kafka", sender.start)
        payments, subscription = KafkaPayments(sender, settings.request_timeout_ms), self._subscription
        recorder = Recorder(registered, payments, self._connect, settings.backoff_max_ms / 1000)
        app = subscription.app(recorder, self._lifespan)
        health = Health(
            subscription.stuck, self._ready, settings.health_host, settings.health_port, settings.health_port_file
        )
        try:
            async with health:
                await app.run()
        finally:
            await let_go(recorder.close(), subscription.close(), sender.stop())
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
        await provide(self._servers.kafka, [source.topic for source in self._wanted], self._settings.replication)

    @contextlib.asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        tallying = tally_now_and_then(self._connect, self._settings.tally_ms / 1000)
        tasks = [asyncio.create_task(each) for each in (self._subscription.look_now_and_then(), tallying)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _ready(self) -> list[str]:
        nothing = [] if self._subscription.assigned else ["no partition is assigned yet"]
        return [*nothing, *self._denied.values(), *self._subscription.waits()]


def run(names: tuple[str, ...]) -> None:
    """Record the topics of these services until SIGTERM."""
    serve("record", RecordSettings, lambda settings: Record(names, ServerSettings(), settings).run())


def main() -> None:
    """Record the topics of every service that is installed."""
    run(services())
