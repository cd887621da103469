"""The partitions that a worker was assigned: they come and go, are fed, looked after, committed."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from fairground_runtime import metrics
from fairground_runtime.progress import Progress, positions
from fairground_runtime.protocol.outcome import Outcome
from fairground_runtime.worker.assigned import Assigned

log = structlog.get_logger(__name__)


class Partitions:
    """All partitions of the command topic that this worker has now."""

    def __init__(
        self, service: str, topic: str, make: Callable[[TopicPartition], Assigned], progress: Progress
    ) -> None:
        """`topic`: the command topic; `make`: a partition that has just come, not yet aligned."""
        self.pending: dict[TopicPartition, int] = {}  # offsets that wait to be committed
        self._service = service
        self._topic = topic
        self._make = make
        self._progress = progress
        self._assigned: dict[TopicPartition, Assigned] = {}
        self._going: set[asyncio.Task[None]] = set()
        self._stopping = False

    def came(self, assigned: Collection[TopicPartition]) -> None:
        """Align what is new, in the background."""
        for tp in assigned:
            if tp.topic == self._topic and tp not in self._assigned:
                self._assigned[tp] = self._make(tp)
                self._assigned[tp].start_aligning("assigned", "it was assigned to this worker")

    def went(self, revoked: Collection[TopicPartition]) -> None:
        """Let go of what is no longer ours; a step under way may end, for it is either correct or void."""
        for tp in revoked:
            self.pending.pop(tp, None)
            self._progress.forget([tp])
            if gone := self._assigned.pop(tp, None):
                task = asyncio.create_task(gone.give_up())
                self._going.add(task)
                task.add_done_callback(self._going.discard)

    async def take(self, raw: Sequence[Any]) -> None:
        """Records of several partitions: each works on its own, and the next fetch waits for none of them."""
        for number, records in groupby(raw, key=attrgetter("partition")):
            assigned = self._assigned.get(TopicPartition(self._topic, number))
            if assigned is not None and not self._stopping:
                assigned.take(list(records))
        for assigned in list(self._assigned.values()):
            await assigned.room()

    def count(self, outcomes: Sequence[Outcome]) -> None:
        """Commands that were decided, for the metrics."""
        metrics.COMMANDS.labels(self._service).inc(len(outcomes))
        metrics.EVENTS.labels(self._service).inc(sum(len(outcome.records) for outcome in outcomes))
        metrics.BATCH_COMMANDS.labels(self._service).observe(len(outcomes))
        for outcome in outcomes:
            for reason in outcome.reasons:
                metrics.REFUSALS.labels(self._service, reason).inc()
            if outcome.dead:
                metrics.DEAD_LETTERS.labels(self._topic, outcome.dead).inc()
                log.warning("dead letter", topic=self._topic, offset=outcome.offset, cause=outcome.dead)

    async def commit(self, consumer: AIOKafkaConsumer) -> None:
        """Exactly the offsets of partitions that are still ours; losing a commit costs only repeated payments."""
        due = {tp: offset for tp, offset in self.pending.items() if tp in self._assigned}
        self.pending.clear()
        if not due:
            return
        try:
            await consumer.commit(due)
        except KafkaError as error:
            log.info("a commit was lost, which does no harm", why=str(error))

    async def look_after(self, consumer: AIOKafkaConsumer) -> None:
        """Now and then: is every partition here that should be, has a store lost its state?"""
        self.came(consumer.assignment())
        await asyncio.gather(*(assigned.look() for assigned in self._assigned.values()))

    async def reached(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, int | None]:
        """Up to where everything is decided."""
        read = await positions(consumer, self._assigned.keys() & consumer.assignment())
        return {tp: assigned.reached(read.get(tp)) for tp, assigned in self._assigned.items()}

    def commands_were_lost(self, ends: Mapping[TopicPartition, int]) -> None:
        """Command topics end at these offsets, below what was decided."""
        for tp in ends.keys() & self._assigned.keys():
            self._assigned[tp].commands_were_lost(ends[tp])

    @property
    def stopped(self) -> list[TopicPartition]:
        """Those that wait for a person."""
        return [tp for tp, assigned in self._assigned.items() if assigned.stopped_because]

    def unfit(self) -> list[str]:
        """What speaks against its being ready."""
        if not self._assigned:
            return ["no partition is assigned yet"]
        return [assigned.unfit_because for assigned in self._assigned.values() if not assigned.fit]

    async def finish(self, consumer: AIOKafkaConsumer, patience_s: float) -> None:
        """Finish the batch under way, take no other, commit. Raises TimeoutError after `patience_s`."""
        self._stopping = True
        try:
            async with asyncio.timeout(patience_s):
                await asyncio.gather(*(assigned.settled() for assigned in self._assigned.values()))
                await self.commit(consumer)
        finally:
            await asyncio.gather(*(assigned.give_up() for assigned in self._assigned.values()))
