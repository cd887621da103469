"""What follows topics into PostgreSQL, where its records go somewhere else: a bug in there loses nothing."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from fairground_postgres import Connection, Database, Follower, Part, Stands
from tests.timer.world import World

_A, _B = TopicPartition("test.topic", 0), TopicPartition("test.topic", 1)


class Raw(NamedTuple):
    """As much of a record as is looked at."""

    topic: str
    partition: int
    offset: int


class Reading:
    """A consumer of two partitions, as a follower sees it."""

    def __init__(self) -> None:
        self.paused: set[TopicPartition] = set()

    def assignment(self) -> Iterable[TopicPartition]:
        return {_A, _B}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        pass

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused |= set(partitions)


class Sink:
    """Keeps offsets, and has a bug at offset 2 of partition 0."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, int]] = []

    def contiguous(self, topic: str) -> bool:
        return False

    async def stands(self, connection: Connection, at: TopicPartition) -> Stands:
        return Stands(0, None)

    def is_same(self, last: Any, record: Any) -> bool:
        return True

    async def write(self, connection: Connection, parts: Sequence[Part]) -> None:
        for part in parts:
            for record in part.records:
                if (record.partition, record.offset) == (0, 2):
                    raise KeyError("no such thing")
        self.kept += [(record.partition, record.offset) for part in parts for record in part.records]


async def test_a_bug_stops_the_partitions_of_the_batch_and_loses_nothing(world: World) -> None:
    sink, reading = Sink(), Reading()
    follower = Follower("test", sink, lambda: Database("timer").connect(world.url), 0.1)
    for batch in ([(0, 0), (1, 0)], [(0, 0), (0, 1), (1, 0)], [(0, 2), (0, 3)], [(0, 4), (1, 1)], [(1, 2)]):
        await asyncio.wait_for(follower.take([Raw("test.topic", *at) for at in batch], reading), 10)
    await follower.close()
    assert sink.kept == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    assert reading.paused == {_A}
    assert follower.stopped == {
        _A: "the test service stands at offset 2 of test.topic partition 0: it met an error that is a bug in this "
        "version: KeyError: 'no such thing'"
    }
    assert follower.positions[_A] == 2
