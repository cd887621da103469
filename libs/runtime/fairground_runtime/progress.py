"""Whether what a process reads moves on: that is its liveness. And whether Kafka answers, for its readiness."""

import asyncio
import contextlib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from fairground_runtime import metrics
from fairground_runtime.address import KafkaAddress
from fairground_runtime.protocol.ports import Unavailable

_PATIENCE_S = 3.0

#: Up to where everything of a partition is done; None where that is not known yet, which is work of its own.
Reached = Mapping[TopicPartition, int | None]


class Ends:
    """Where partitions end, asked over a connection of its own.

    A consumer that hangs knows only an old end, at which nothing waits (aiokafka issue 1154). What an open transaction
    still holds back does not count: nobody can read it yet.
    """

    def __init__(self, kafka: KafkaAddress, patience_s: float = _PATIENCE_S) -> None:
        """`patience_s`: whoever has not answered by then is away."""
        self._kafka = kafka
        self._patience_s = patience_s
        self._consumer: AIOKafkaConsumer | None = None

    async def of(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """The next offset of each of them, in one question. Raises Unavailable."""
        try:
            async with asyncio.timeout(self._patience_s):
                if self._consumer is None:
                    self._consumer = await self._connected()
                return dict(await self._consumer.end_offsets(list(partitions)))
        except (KafkaError, OSError, TimeoutError) as error:
            await self.close()  # a connection that lost its way would never be found out, for nobody waits that long
            raise Unavailable(f"Kafka: {str(error) or f'no answer within {self._patience_s:.0f} s'}") from error

    async def _connected(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(**self._kafka.options(), isolation_level="read_committed", enable_auto_commit=False)
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer

    async def close(self) -> None:
        """Let go of the connection."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()


@dataclass(slots=True)
class _Seen:
    """What the last look found of a partition."""

    reached: int | None = None
    waits: bool = False
    moved_at: float = field(default_factory=time.monotonic)


class Progress:
    """Knows of each partition whether it moves. One that stands still is not excused by others that are idle.

    A partition is stuck when something waits in it and nothing has been done in it for long. Waiting for a server and
    waiting for a person are not that: no restart would help.
    """

    def __init__(self, ends: Ends, stuck_s: float) -> None:
        """`stuck_s`: longer than any single step takes."""
        self.away = ""  # why Kafka is waited for
        self._ends = ends
        self._stuck_s = stuck_s
        self._seen: dict[TopicPartition, _Seen] = {}

    def moved(self, tp: TopicPartition) -> None:
        """Something was done in the partition."""
        if seen := self._seen.get(tp):
            seen.moved_at = time.monotonic()

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """They are others' now, and so are their lag and their position."""
        for tp in partitions:
            self._seen.pop(tp, None)
            metrics.LAG.remove(tp.topic, tp.partition)
            metrics.POSITION.remove(tp.topic, tp.partition)

    async def look(self, reached: Reached, excused: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Compare how far everything is with where it ends; `excused` ones wait for somebody else.

        Returns the ends that lie below what was reached: such a topic was cut or created anew.
        """
        self.forget(self._seen.keys() - reached.keys())
        ends: dict[TopicPartition, int] = {}
        try:
            ends = await self._ends.of(reached.keys())
            self.away = ""
        except Unavailable as error:
            self.away = str(error)
        for tp, offset in reached.items():
            seen = self._seen.setdefault(tp, _Seen(offset))
            if tp in ends:
                self._measure(tp, offset, ends[tp])
            seen.waits = offset is None or ends.get(tp, offset) > offset
            if not seen.waits or offset != seen.reached or tp in excused or self.away:
                seen.moved_at = time.monotonic()
            seen.reached = offset
        return {tp: end for tp, end in ends.items() if end < (reached[tp] or 0)}

    def _measure(self, tp: TopicPartition, offset: int | None, end: int) -> None:
        if offset is not None:
            metrics.POSITION.labels(tp.topic, tp.partition).set(offset)
            metrics.LAG.labels(tp.topic, tp.partition).set(max(end - offset, 0))

    def stuck(self) -> list[str]:
        """What speaks against being alive."""
        now = time.monotonic()
        return [
            f"{tp.topic} partition {tp.partition}: records wait and nothing has moved for {now - seen.moved_at:.0f} s"
            for tp, seen in self._seen.items()
            if seen.waits and now - seen.moved_at > self._stuck_s
        ]


async def positions(
    consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, int | None]:
    """Everything below was handed over, a transaction's markers too; None where the consumer does not know yet."""
    return dict(zip(partitions, await asyncio.gather(*(_position(consumer, tp) for tp in partitions)), strict=True))


async def _position(consumer: AIOKafkaConsumer, tp: TopicPartition) -> int | None:
    with contextlib.suppress(KafkaError, TimeoutError):  # it was taken away, or Kafka is
        async with asyncio.timeout(_PATIENCE_S):
            found: int = await consumer.position(tp)
            return found
    return None
