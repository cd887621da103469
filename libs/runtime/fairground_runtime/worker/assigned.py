"""One partition that was assigned to this worker: aligned in the background, fed when it is fit."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

from fairground_runtime import metrics
from fairground_runtime.kafka.adapters import Reader
from fairground_runtime.protocol.outcome import Outcome
from fairground_runtime.protocol.partition import Partition
from fairground_runtime.protocol.ports import Record, Stopped, Unavailable
from fairground_runtime.protocol.step import Unexpected

log = structlog.get_logger(__name__)

_FIRST_WAIT_S = 0.02

#: So many records of a partition wait here while its batch is under way; then the consumer waits, too.
MOST_WAITING = 2_000


class Assigned:
    """Takes a partition's records, and aligns it whenever it is not fit, without holding the other partitions up.

    Records that come while a batch is under way wait here and are the next batch: partitions do not wait for each
    other's answers from Kafka and Redis. While it aligns, the consumer pauses the partition: it stays assigned, the
    group hears its heartbeat, and the other partitions go on.
    """

    def __init__(
        self, tp: TopicPartition, service: str, partition: Partition, reader: Reader, consumer: AIOKafkaConsumer,
        backoff_max_ms: int, moved: Callable[[], None], decided: Callable[[Sequence[Outcome]], None],
    ) -> None:  # fmt: skip
        """`tp`: the command topic's partition; `moved` is called when something shows life, `decided` with outcomes."""
        self.tp = tp
        self.stopped_because = ""
        self.unavailable_because = ""
        self._service = service
        self._partition = partition
        self._reader = reader
        self._consumer = consumer
        self._backoff_max_s = backoff_max_ms / 1000
        self._moved = moved
        self._decided = decided
        self._waiting: list[Any] = []
        self._working: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._aligning: asyncio.Task[None] | None = None
        self._looking = False
        self._given_up = False
        self._reached: int | None = None

    @property
    def fit(self) -> bool:
        """Whether it takes records now."""
        aligned = self._working is not None or self._partition.at is not None
        return aligned and self._aligning is None and not self._given_up and not self.stopped_because

    @property
    def _idle(self) -> bool:
        return self._working is None and not self._looking

    def start_aligning(self, cause: str, why: str) -> None:
        """Pause it and align it in the background, with growing, jittered pauses, until it is fit or stopped."""
        if self._aligning or self._given_up or self.stopped_because:
            return
        metrics.ALIGNMENTS.labels(self._service, cause).inc()
        log.info("aligning", partition=self.tp.partition, cause=cause, why=why)
        self._pause()
        self._drop_waiting()
        self._aligning = asyncio.create_task(self._align_until_fit())

    def reached(self, read: int | None) -> int | None:
        """Up to where everything is decided. While it is idle: all that was `read`, transactions' markers too."""
        if self.fit and self._idle and self._partition.at is not None:
            self._reached = max(self._partition.at.next, read or 0)
        return self._reached

    @property
    def unfit_because(self) -> str:
        """Why it takes no records, in a sentence."""
        return self.stopped_because or self.unavailable_because or f"partition {self.tp.partition} is being aligned"

    def take(self, raw: Sequence[Any]) -> None:
        """Records of this partition, in order. What cannot be taken now is fetched again after aligning."""
        if not self.fit:
            return
        self._waiting.extend(raw)
        if len(self._waiting) >= MOST_WAITING:
            self._room.clear()
        if self._working is None:
            self._working = asyncio.create_task(self._work())

    async def room(self) -> None:
        """Wait until more records can be taken."""
        await self._room.wait()

    async def settled(self) -> None:
        """Take none of the records that wait, and wait for the batch under way."""
        self._drop_waiting()
        if self._working is not None:
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        """One batch after the other, as long as there are records and it is fit."""
        try:
            while self._waiting and not self._given_up:
                batch, self._waiting = self._waiting[:MOST_WAITING], self._waiting[MOST_WAITING:]
                if len(self._waiting) < MOST_WAITING:
                    self._room.set()
                self._decided(await self._partition.take(cast("Sequence[Record]", batch)))  # they have what one has
        except Stopped as error:
            self._stop(str(error))
        except (Unexpected, Unavailable) as error:
            if not self._given_up:
                self.start_aligning(_cause(error), str(error))
        finally:
            self._working = None
            self._drop_waiting()

    def _drop_waiting(self) -> None:
        self._waiting.clear()
        self._room.set()

    async def look(self) -> None:
        """While idle: has the store lost what this worker wrote?"""
        if not self.fit or not self._idle:
            return
        self._looking = True
        try:
            await self._partition.look()
        except Stopped as error:
            self._stop(str(error))
        except (Unexpected, Unavailable) as error:
            if self._working is None:  # a batch that began meanwhile meets the same trouble itself
                self.start_aligning(_cause(error), str(error))
        finally:
            self._looking = False

    def commands_were_lost(self, end: int) -> None:
        """The command topic ends at `end`, below what was decided. Aligning says what that means."""
        if self.fit and self._idle:
            self.start_aligning("unexpected", f"the command topic ends at {end}, and more was decided")

    async def give_up(self) -> None:
        """It is no longer assigned. A step under way may end: whatever it does is either correct or void."""
        self._given_up = True
        self._drop_waiting()
        if self.stopped_because:
            metrics.STOPPED.labels(self._service).dec()
        if self._aligning:
            self._aligning.cancel()
            await asyncio.wait([self._aligning])

    async def _align_until_fit(self) -> None:
        wait_s = _FIRST_WAIT_S
        try:
            while not self._given_up:  # a cancellation may be swallowed on its way up (Python 3.11's wait_for)
                began = time.monotonic()
                try:
                    async with self._reader:
                        at = await self._partition.align()
                except Stopped as error:
                    return self._stop(str(error))
                except (Unexpected, Unavailable) as error:
                    self.unavailable_because = str(error) if isinstance(error, Unavailable) else ""
                    log.warning("still aligning", partition=self.tp.partition, why=str(error), next_try_s=wait_s)
                else:
                    metrics.ALIGN_SECONDS.labels(self._service).observe(time.monotonic() - began)
                    self.unavailable_because = ""
                    log.info("aligned", partition=self.tp.partition, next=at.next, end=at.end)
                    return self._resume(at.next)
                self._moved()
                await asyncio.sleep(wait_s * (0.5 + random.random()))  # so that two do not meet for ever
                wait_s = min(wait_s * 2, self._backoff_max_s)
        finally:
            self._aligning = None

    def _pause(self) -> None:
        with contextlib.suppress(IllegalStateError):  # not assigned any more
            self._consumer.pause(self.tp)

    def _resume(self, offset: int) -> None:
        if self._given_up:
            return
        self._reached = offset
        with contextlib.suppress(IllegalStateError):
            self._consumer.seek(self.tp, offset)
            self._consumer.resume(self.tp)

    def _stop(self, sentence: str) -> None:
        if self._given_up:
            return  # whoever has it now will find out
        self.stopped_because = sentence
        self._pause()
        self._drop_waiting()
        metrics.STOPPED.labels(self._service).inc()
        log.error("partition stopped, a person has to look", partition=self.tp.partition, why=sentence)


def _cause(error: Exception) -> str:
    return "unavailable" if isinstance(error, Unavailable) else "unexpected"
