"""The process: FastStream hands over batches of raw records, `Requests` writes them, `Giver` gives what is due."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Collection
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker

from fairground_contracts import topics
from fairground_postgres import Connection, Follower
from fairground_runtime import logs
from fairground_runtime.health import Health
from fairground_runtime.kafka.adapters import KafkaPayments, producer
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import calm_collector, end_when_told, end_within, let_go, patiently, serve
from fairground_runtime.progress import Ends, Progress, positions
from fairground_runtime.protocol.ports import Observer
from fairground_runtime.settings import ServerSettings
from fairground_runtime.subscription import Rebalance, ask_without_sleeping, hand_over, raw_records
from fairground_timer.clocks import StreamClock, WallClock
from fairground_timer.database import connect, migrate
from fairground_timer.giving import Giver
from fairground_timer.publishing import Publisher
from fairground_timer.reading import Requests, streams
from fairground_timer.settings import TimerSettings

log = structlog.get_logger(__name__)

_LOOK_S = 2.0
_CLOSING_S = 1.0  # for the consumer to leave its group, when what is under way has taken all its time
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
        self._ends = Ends(servers.kafka_bootstrap_servers)
        self._progress = Progress(self._ends, settings.stuck_ms / 1000)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises Stopped when a server is not fit to be used."""
        end_when_told()
        ask_without_sleeping()
        calm_collector()
        settings, bootstrap_servers = self._settings, self._servers.kafka_bootstrap_servers
        owned = (*self._topics, topics.dead(topics.TIMERS))
        await patiently("PostgreSQL", self._prepare)
        await patiently("Kafka", lambda: provide(bootstrap_servers, owned, settings.replication))
        sender = producer(bootstrap_servers, _BATCH_BYTES, settings.request_timeout_ms)
        await patiently("Kafka", sender.start)
        self._put_together(sender)
        health = Health(self._stuck, self._ready, settings.health_host, settings.health_port, settings.health_port_file)
        try:
            async with health:
                await self._app().run()
        finally:
            await let_go(self._follower.close(), self._giver.close(), sender.stop(), self._ends.close())
        log.info("stopped")

    def _put_together(self, sender: AIOKafkaProducer) -> None:
        settings = self._settings
        payments = KafkaPayments(sender, settings.request_timeout_ms)
        clock = StreamClock() if self._by_streams else WallClock()
        publisher = Publisher(sender, payments, _BATCH_BYTES)
        self._giver = Giver(clock, publisher, self._observer, self._connect, settings)
        requests = Requests(payments, self._observer, self._giver.tell, self._by_streams)
        self._follower = Follower("timer", requests, self._connect, settings.backoff_max_ms / 1000)

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

    def _app(self) -> FastStream:
        settings = self._settings
        broker = KafkaBroker(
            self._servers.kafka_bootstrap_servers, apply_types=False, logger=None, client_id=settings.client_id,
            graceful_timeout=settings.stop_timeout_ms / 1000, allow_auto_create_topics=False,
        )  # fmt: skip
        self._subscriber = broker.subscriber(
            *(topic.name for topic in self._topics), group_id=settings.timer_group, batch=True,
            max_records=settings.batch_requests, batch_timeout_ms=settings.poll_ms, ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest", isolation_level="read_committed", parser=raw_records, decoder=hand_over,
            session_timeout_ms=settings.session_timeout_ms, heartbeat_interval_ms=settings.heartbeat_interval_ms,
            fetch_max_wait_ms=settings.fetch_wait_ms,
            max_poll_interval_ms=3_600_000,  # PostgreSQL is waited for without losing the partitions
            group_instance_id=settings.instance or None, listener=Rebalance(lambda _came: None, self._went),
        )  # fmt: skip
        self._subscriber(self._take)
        app = FastStream(broker, lifespan=self._lifespan, logger=None)
        app.on_shutdown(self._finish)
        return app

    async def _take(self, raw: Any) -> None:
        await self._follower.take(raw, self._consumer)

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        assert consumer is not None, "records come from a running consumer"
        return consumer

    def _went(self, revoked: Collection[TopicPartition]) -> None:
        self._follower.forget(revoked)
        self._progress.forget(revoked)

    async def _finish(self) -> None:
        log.info("stopping: what is under way is finished first")
        end_within(self._settings.stop_timeout_ms / 1000 + _CLOSING_S)
        self._follower.stop()
        self._giver.stop()
        await asyncio.gather(self._giving, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        self._giving = asyncio.create_task(self._giver.run())
        looking = asyncio.create_task(self._look_now_and_then())
        try:
            yield
        finally:
            self._giver.hang_up()
            for task in (self._giving, looking):
                task.cancel()
            await asyncio.gather(self._giving, looking, return_exceptions=True)

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
        await self._follower.look()
        reached = await self._reached(consumer)
        excused = reached if self._follower.away else self._follower.stopped
        await self._progress.look(reached, list(excused))

    async def _reached(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, int | None]:
        """Up to where everything is written; while it is idle, up to where nothing more was there to be read."""
        follower = self._follower
        read = await positions(consumer, consumer.assignment())
        written = {tp: follower.positions.get(tp) for tp in read}
        if follower.busy:
            return written
        return {tp: written[tp] if at is None or tp in follower.stopped else at for tp, at in read.items()}

    def _stuck(self) -> list[str]:
        return [*self._progress.stuck(), *self._giver.stuck()]

    def _ready(self) -> list[str]:
        """An instance beside others may have no partition, and gives commands all the same."""
        joined = "" if self._subscriber.consumer is not None else "it has not joined its group yet"
        problems = [self._follower.away, self._giver.away, self._progress.away, joined]
        return [*dict.fromkeys(problem for problem in problems if problem), *self._follower.stopped.values()]


def run(settings: TimerSettings | None = None) -> None:
    """Serve until SIGTERM."""
    settings = settings or TimerSettings()
    logs.configure("timer", settings.log_format, settings.log_level)
    serve(lambda: Timers(ServerSettings(), settings).run())


def main() -> None:
    """Serve with the settings of the environment."""
    run()
