"""The process: servers, subscribers, health, an orderly end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from faststream import FastStream
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fairground_contracts import topics
from fairground_decider import Service
from fairground_runtime.health import Health
from fairground_runtime.kafka.adapters import KafkaCommands, KafkaLog, KafkaPayments, Partitioner, Reader, producer
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import calm_collector, end_when_told, end_within, let_go, patiently, serve
from fairground_runtime.progress import Ends, Progress
from fairground_runtime.protocol.decode import Decoder
from fairground_runtime.protocol.partition import Partition
from fairground_runtime.protocol.ports import Observer, Ports
from fairground_runtime.redis_store import RedisStore, check_server
from fairground_runtime.settings import ServerSettings, WorkerSettings
from fairground_runtime.subscription import Rebalance, ask_without_sleeping, batches_of_raw_records, broker_at
from fairground_runtime.worker.assigned import Assigned
from fairground_runtime.worker.intake import IntakeSubscriber
from fairground_runtime.worker.manifest import Activity
from fairground_runtime.worker.observer import SignsOfLife, StepObserver
from fairground_runtime.worker.partitions import Partitions

log = structlog.get_logger(__name__)

_CLOSING_S = 1.0  # for consumers to leave their groups, when the batch under way has taken all its time


class Worker:
    """One worker of one activity service: any number of them share its partitions."""

    def __init__(
        self, activity: Activity, servers: ServerSettings, settings: WorkerSettings,
        observe: Callable[[int], Observer] | None = None,
    ) -> None:  # fmt: skip
        """`observe` makes what sees a partition's steps; by default the metrics."""
        self._activity = activity
        self._service: Service = activity.service()
        self._servers = servers
        self._settings = settings
        self._observe = observe or (lambda _partition: StepObserver(activity.name))
        self._topic = topics.commands(activity.name)
        self._partitioner = Partitioner(self._topic.partitions)
        self._ends = Ends(servers.kafka)
        self._progress = Progress(self._ends, settings.stuck_ms / 1000)
        self._partitions = Partitions(activity.name, self._topic.name, self._assigned, self._progress)
        self._intake: IntakeSubscriber | None = None

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises Stopped when a server is not fit to be used."""
        end_when_told()
        self._denied = ask_without_sleeping()
        calm_collector()
        settings, kafka = self._settings, self._servers.kafka
        self._redis: Redis = Redis.from_url(
            self._servers.redis_url, retry=Retry(NoBackoff(), 0), protocol=2,
            socket_timeout=settings.redis_timeout_ms / 1000, socket_connect_timeout=settings.redis_timeout_ms / 1000,
        )  # fmt: skip
        self._producer: AIOKafkaProducer = producer(kafka, settings.max_batch_bytes, settings.request_timeout_ms)
        await patiently("Redis", lambda: check_server(self._redis))
        await patiently("Kafka", lambda: provide(kafka, self._activity.used, settings.replication, topics.shared()))
        await patiently("Kafka", self._producer.start)
        health = Health(
            self._progress.stuck, self._ready, settings.health_host, settings.health_port, settings.health_port_file
        )
        try:
            async with health:
                await self._app().run()
        finally:
            closing = [self._producer.stop(), self._ends.close(), self._redis.aclose()]
            if self._intake:
                closing.append(self._intake.close())
            await let_go(*closing)

    def _ready(self) -> list[str]:
        waits = [*self._partitions.unfit(), *(self._intake.unfit() if self._intake else ())]
        problems = [*self._denied.values(), *waits]
        return [self._progress.away, *problems] if self._progress.away else problems

    def _app(self) -> FastStream:
        settings = self._settings
        broker = broker_at(self._servers.kafka, settings)
        self._subscriber = broker.subscriber(
            self._topic.name, group_id=f"fairground.{self._activity.name}", max_records=None,
            listener=Rebalance(self._partitions.came, self._partitions.went),
            group_instance_id=settings.instance or None, **batches_of_raw_records(settings),
        )  # fmt: skip
        self._subscriber(self._partitions.take)
        if self._activity.intake:
            self._intake = IntakeSubscriber(
                self._activity,
                self._activity.intake,
                self._servers,
                settings,
                self._producer,
                self._progress,
                self._ends,
            )
            self._intake.join(broker)
        app = FastStream(broker, lifespan=self._looking_after, logger=None)
        app.on_shutdown(self._finish)
        return app

    def _assigned(self, tp: TopicPartition) -> Assigned:
        """A partition that was just assigned, behind the protocol's ports."""
        settings, consumer, number = self._settings, self._consumer, tp.partition
        moved = partial(self._progress.moved, tp)
        events = TopicPartition(topics.events(self._activity.name).name, number)
        reader = Reader(self._servers.kafka, events, tp)
        ports = Ports(
            RedisStore(self._redis, self._service, number, settings.epoch),
            KafkaLog(self._producer, reader, settings.max_batch_bytes, settings.request_timeout_ms),
            KafkaCommands(reader, lambda: consumer.committed(tp), self._partitions.pending),
            KafkaPayments(self._producer, settings.request_timeout_ms),
            SignsOfLife(self._observe(number), moved),
        )
        decoder = Decoder(
            self._service, self._topic.name, settings.epoch, number, self._partitioner, settings.max_skew_ms
        )
        partition = Partition(self._service, decoder, ports, settings.batch_commands)
        return Assigned(
            tp, self._activity.name, partition, reader, consumer, settings.backoff_max_ms, moved, self._partitions.count
        )

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        assert consumer is not None, "partitions are assigned by a running consumer"
        return consumer

    @contextlib.asynccontextmanager
    async def _looking_after(self) -> AsyncIterator[None]:
        settings = self._settings
        tasks = (
            asyncio.create_task(self._every(settings.commit_ms, self._commit)),
            asyncio.create_task(self._every(settings.idle_look_ms, self._look)),
        )
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _every(self, interval_ms: int, act: Callable[[AIOKafkaConsumer], Awaitable[None]]) -> None:
        """Do something again and again once the consumer runs; its errors are told, and it goes on."""
        while True:
            await asyncio.sleep(interval_ms / 1000)
            if self._subscriber.consumer is None:
                continue
            try:
                await act(self._consumer)
            except Exception as error:
                log.error("what is done now and then has failed", what=act.__name__, why=repr(error))

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        await self._partitions.commit(consumer)
        if self._intake:
            await self._intake.commit()

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
        partitions, intake = self._partitions, self._intake
        if intake:
            await intake.pass_over()
        await partitions.look_after(consumer)
        reached = await partitions.reached(consumer) | (await intake.reached() if intake else {})
        excused = [*partitions.stopped, *(intake.stopped if intake else ())]
        partitions.commands_were_lost(await self._progress.look(reached, excused))

    async def _finish(self) -> None:
        log.info("stopping: the batch under way is finished first")
        patience_s = self._settings.stop_timeout_ms / 1000
        end_within(patience_s + _CLOSING_S)
        if self._intake:
            self._intake.stop()
        try:
            await self._partitions.finish(self._consumer, patience_s)
            if self._intake:
                await self._intake.commit()
        except TimeoutError:
            log.warning("the batch under way did not end in time; whoever has its partition next finishes it")
        log.info("stopped")


def run(activity: Activity) -> None:
    """The `main` of an activity service: configure, then serve until SIGTERM."""
    serve(activity.name, WorkerSettings, lambda settings: Worker(activity, ServerSettings(), settings).run())
