"""One partition between coming and going."""

import asyncio
import contextlib
from typing import Any

import pytest
from aiokafka import TopicPartition

from fairground_runtime import metrics
from fairground_runtime.protocol.ports import Position, Stopped, Unavailable
from fairground_runtime.worker.assigned import MOST_WAITING, Assigned


class _Deaf:
    """A partition that loses its cancellation on the way, as Python 3.11's wait_for may; then it ends as it ends."""

    at = None

    def __init__(self, end: Position | Exception) -> None:
        self.aligning = asyncio.Event()
        self._end = end

    async def align(self) -> Position:
        if self.aligning.is_set():
            await asyncio.Event().wait()  # once more: this time it can be cancelled
        self.aligning.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        if isinstance(self._end, Exception):
            raise self._end
        return self._end


class _Consumer:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.told.append(name)


@pytest.mark.parametrize("end", [Position(5, 7), Stopped("it cannot go on"), Unavailable("away")])
async def test_what_was_given_up_ends_though_its_cancellation_is_lost(end: Position | Exception) -> None:
    partition, consumer = _Deaf(end), _Consumer()
    reader: Any = contextlib.AsyncExitStack()
    assigned = Assigned(TopicPartition("t", 0), "deaf", partition, reader, consumer, 10, lambda: None, list)  # type: ignore[arg-type]
    assigned.start_aligning("assigned", "it came")
    await partition.aligning.wait()
    given_up, _ = await asyncio.wait([asyncio.create_task(assigned.give_up())], timeout=5)
    assert given_up, "it aligns again and again what is no longer ours"
    assert consumer.told == ["pause"], "whoever has it now is not told where to read"
    assert metrics.STOPPED.labels("deaf")._value.get() == 0


class _Slow:
    """A partition that is aligned and takes each batch only when it is told to."""

    at = Position(0, 0)

    def __init__(self) -> None:
        self.may_go_on = asyncio.Semaphore(0)
        self.taken: list[int] = []

    async def take(self, records: list[int]) -> list[Any]:
        await self.may_go_on.acquire()
        self.taken += records
        return []


async def test_no_more_is_fetched_while_too_much_waits() -> None:
    """A fetch may bring more than a batch takes: without a bound a backlog would pile up in memory."""
    partition, reader = _Slow(), contextlib.AsyncExitStack()
    assigned = Assigned(TopicPartition("t", 0), "slow", partition, reader, _Consumer(), 10, lambda: None, list)  # type: ignore[arg-type]
    records = list(range(3 * MOST_WAITING))
    assigned.take(records)
    room = asyncio.create_task(assigned.room())
    for done in (1, 2):
        partition.may_go_on.release()
        while len(partition.taken) < done * MOST_WAITING:
            assert not room.done(), f"{len(records) - len(partition.taken)} wait"
            await asyncio.sleep(0)
    await asyncio.wait_for(room, 5)
    partition.may_go_on.release()
    await assigned.settled()
    assert partition.taken == records
