"""The process: FastStream hands over batches of raw records, `Requests` writes them, `Giver` gives what is due."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable

import structlog
from aiokafka import AIOKafkaProducer

from fairground_contracts import topics
from fairground_postgres import Connection, Follower, Reading, Subscription
from fairground_runtime.health import Health
from fairground_runtime.kafka.adapters import KafkaPayments, producer
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import calm_collector, end_when_told, let_go, patiently, serve
from fairground_runtime.protocol.ports import Observer
from fairground_runtime.settings import ServerSettings
from fairground_runtime.subscription import ask_without_sleeping
from fairground_timer.clocks import StreamClock, WallClock
from fairground_timer.database import connect, migrate
from fairground_timer.giving import Giver
from fairground_timer.publishing import Publisher
from fairground_timer.reading import Requests, streams
from fairground_timer.settings import TimerSettings

log = structlog.get_logger(__name__)

_BATCH_BYTES = 900_000
_CLAIM_SPARE_S = 5.0


class Unobserved:
    """Implements Observer: nobody looks."""

    def reached(self, point: str, count: int = 0) -> None:
        """A point was passed."""


class Timers:
    """One instance. Any number of them share the partitions of the requests, and what is due."""

    def __init__(self, servers: ServerSettings, settings: TimerSettings, observer: Observer | None = None) -> None:
        """`observer` sees the named points pass; the crash tests kill the process there."""
        self._servers = servers
        self._settings = settings
        self._observer = observer or Unobserved()
        self._by_streams = settings.timer_clock == "streams"
        self._topics = tuple(streams(self._by_streams))
        reading = Reading([topic.name for topic in self._topics], settings.timer_group, settings.batch_requests)
        self._subscription = Subscription(servers.kafka, settings, reading)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises Stopped when a server is not fit to be used."""
        end_when_told()
        self._denied = ask_without_sleeping()
        calm_collector()
        settings, kafka = self._settings, self._servers.kafka
        owned = (*self._topics, topics.dead(topics.TIMERS))
        await patiently("PostgreSQL", self._prepare)
        await patiently("Kafka", lambda: provide(kafka, owned, settings.replication))
        sender = producer(kafka, _BATCH_BYTES, settings.request_timeout_ms)
        await patiently("Kafka", sender.start)
        follower = self._put_together(sender)
        app = self._subscription.app(follower, self._lifespan)
        app.on_shutdown(self._finish)
        health = Health(self._stuck, self._ready, settings.health_host, settings.health_port, settings.health_port_file)
        try:
            async with health:
                await app.run()
        finally:
            await let_go(follower.close(), self._giver.close(), sender.stop(), self._subscription.close())
        log.info("stopped")

    def _put_together(self, sender: AIOKafkaProducer) -> Follower:
        settings = self._settings
        payments = KafkaPayments(sender, settings.request_timeout_ms)
        clock = StreamClock() if self._by_streams else WallClock()
        publisher = Publisher(sender, payments, _BATCH_BYTES)
        self._giver = Giver(clock, publisher, self._observer, self._connect, settings)
        requests = Requests(payments, self._observer, self._giver.tell, self._by_streams)
        return Follower("timer", requests, self._connect, settings.backoff_max_ms / 1000)

    def _connect(self) -> Awaitable[Connection]:
        settings = self._settings
        claim_s = settings.request_timeout_ms / 1000 * 2 + _CLAIM_SPARE_S  # publishing gives up before that
        return connect(self._servers.database_url, settings.database_timeout_ms / 1000, claim_s)

    async def _prepare(self) -> None:
        connection = await self._connect()
        try:
            for name in await migrate(connection):
                log.info("migrated", migration=name)
        finally:
            await connection.close()

    async def _finish(self) -> None:
        self._giver.stop()
        await asyncio.gather(self._giving, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        self._giving = asyncio.create_task(self._giver.run())
        looking = asyncio.create_task(self._subscription.look_now_and_then())
        try:
            yield
        finally:
            self._giver.hang_up()
            for task in (self._giving, looking):
                task.cancel()
            await asyncio.gather(self._giving, looking, return_exceptions=True)

    def _stuck(self) -> list[str]:
        return [*self._subscription.stuck(), *self._giver.stuck()]

    def _ready(self) -> list[str]:
        """An instance beside others may have no partition, and gives commands all the same."""
        joined = [] if self._subscription.joined else ["it has not joined its group yet"]
        away = [self._giver.away] if self._giver.away else []
        return [*dict.fromkeys([*joined, *away, *self._denied.values(), *self._subscription.waits()])]


def main() -> None:
    """Serve with the settings of the environment until SIGTERM."""
    serve("timer", TimerSettings, lambda settings: Timers(ServerSettings(), settings).run())
