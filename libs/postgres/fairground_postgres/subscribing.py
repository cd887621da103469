"""The process around a `Follower`: its consumer group, its orderly end, and whether what it follows moves on."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream import AckPolicy, FastStream

from fairground_postgres.following import Follower
from fairground_runtime.address import KafkaAddress
from fairground_runtime.lifetime import end_within
from fairground_runtime.progress import Ends, Progress, positions
from fairground_runtime.settings import ConsumerSettings
from fairground_runtime.subscription import Rebalance, broker_at, hand_over, raw_records

log = structlog.get_logger(__name__)

_LOOK_S = 2.0
_CLOSING_S = 1.0  # for the consumer to leave its group, when what is under way has taken all its time


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read, and by whom."""

    topics: Sequence[str]
    group: str  # consumer group: all instances that share one database
    max_records: int  # written in one transaction
    fetch_min_bytes: int = 1  # Kafka answers a fetch at once when it has this many


class Subscription:
    """Gives a follower what FastStream reads for it. Any number of instances share the partitions."""

    def __init__(self, kafka: KafkaAddress, settings: ConsumerSettings, reading: Reading) -> None:
        """Nothing is connected before `app`."""
        self._kafka = kafka
        self._settings = settings
        self._reading = reading
        self._ends = Ends(kafka)
        self._progress = Progress(self._ends, settings.stuck_ms / 1000)

    def app(self, follower: Follower, lifespan: Callable[[], AbstractAsyncContextManager[None]]) -> FastStream:
        """What FastStream runs, `lifespan` around it. After SIGTERM the batch under way ends first."""
        settings, reading = self._settings, self._reading
        self._follower = follower
        broker = broker_at(self._kafka, settings)
        self._subscriber = broker.subscriber(
            *reading.topics, group_id=reading.group, batch=True, max_records=reading.max_records,
            batch_timeout_ms=settings.poll_ms, ack_policy=AckPolicy.MANUAL, auto_offset_reset="earliest",
            isolation_level="read_committed", parser=raw_records, decoder=hand_over,
            session_timeout_ms=settings.session_timeout_ms, heartbeat_interval_ms=settings.heartbeat_interval_ms,
            fetch_max_wait_ms=settings.fetch_wait_ms, fetch_min_bytes=reading.fetch_min_bytes,
            max_poll_interval_ms=3_600_000,  # PostgreSQL is waited for without losing the partitions
            group_instance_id=settings.instance or None, listener=Rebalance(lambda _came: None, self._went),
        )  # fmt: skip
        self._subscriber(self._take)

        app = FastStream(broker, lifespan=lifespan, logger=None)
        app.on_shutdown(self._finish)
        return app

    async def _finish(self) -> None:
        log.info("stopping: what is under way is finished first")
        end_within(self._settings.stop_timeout_ms / 1000 + _CLOSING_S)
        self._follower.stop()

    async def close(self) -> None:
        """Let go of the connection that asks for ends."""
        await self._ends.close()

    @property
    def joined(self) -> bool:
        """Whether the consumer runs."""
        return self._subscriber.consumer is not None

    @property
    def assigned(self) -> bool:
        """Whether it has partitions; one beside many others may have none."""
        return self.joined and bool(self._consumer.assignment())

    def stuck(self) -> list[str]:
        """What speaks against being alive."""
        return self._progress.stuck()

    def waits(self) -> list[str]:
        """For which servers it waits, and what waits for a person."""
        away = dict.fromkeys((self._follower.away, self._progress.away))
        return [*filter(None, away), *self._follower.stopped.values()]

    async def look_now_and_then(self) -> None:
        """Until it is cancelled: is PostgreSQL there, and does every partition move?"""
        while True:
            await asyncio.sleep(_LOOK_S)
            if not self.joined:
                continue
            try:
                await self._look(self._consumer)
            except Exception as error:
                log.error("looking after the partitions has failed", why=repr(error))

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
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

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        assert consumer is not None, "records come from a running consumer"
        return consumer

    async def _take(self, raw: Any) -> None:
        await self._follower.take(raw, self._consumer)

    def _went(self, revoked: Collection[TopicPartition]) -> None:
        self._follower.forget(revoked)
        self._progress.forget(revoked)
