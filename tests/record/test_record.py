"""The record is what stands on the topics: complete, in order, without doubles, whatever dies."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from fairground_contracts import topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_embedded import Addresses, Kafka, Postgres, Server
from fairground_record.reading import Recorder
from tests.record.world import Everything, Process, World, everything, settle, tickets


@pytest.fixture
async def world(addresses: Addresses) -> AsyncIterator[World]:
    async with World(addresses) as entered:
        yield entered


async def recorded_all(world: World) -> None:
    """Wait until the record has reached the ends of the topics."""
    consumer = AIOKafkaConsumer(bootstrap_servers=world.addresses.kafka, enable_auto_commit=False)
    await consumer.start()
    partitions = [TopicPartition(name, n) for name in world.topics for n in range(topics.PARTITIONS)]
    end = sum((await consumer.end_offsets(partitions)).values())
    await consumer.stop()
    await settle(lambda: _is(world, "SELECT sum(next_offset) FROM positions", end))


async def _is(world: World, question: str, wanted: int) -> bool:
    return await world.number(question) >= wanted


async def rows(world: World) -> int:
    return await world.number("SELECT count(*) FROM records JOIN topics t ON t.id = topic WHERE t.kind = 'events'")


def assert_same(found: Everything) -> None:
    assert found.recorded.keys() == found.on_topics.keys()
    for at, kept in found.recorded.items():
        assert kept == found.on_topics[at], at


async def test_everything_is_recorded_in_order_and_void_events_are_marked(world: World) -> None:
    await world.play(tickets(400))
    void = CloudEvent("late", "toy.ticket.taken.v1", f"/fairground/{world.name}", "2017-01-01T00:00:00Z", "a-1", b"{}",
                      "c", "", 3)  # fmt: skip
    await world.append(void, b"a-1")
    await world.append(void._replace(stamp=None), b"a-1")
    await world.append(void._replace(data=b"no JSON"), b"a-1", topics.REWARD_RESULTS.name)
    with Process(world, FAIRGROUND_TALLY_MS="100") as process:
        await recorded_all(world)
        await settle(lambda: _is(world, "SELECT count(*) FROM people", 16))  # activities: their figures are kept, too
        status, said = process.end()
    assert status == 0, said
    found = await everything(world)
    assert_same(found)
    events = [kept for (topic, _), records in found.recorded.items() if topic == world.events_topic for kept in records]
    assert len(events) == await rows(world)
    assert [kept.valid for kept in events].count(False) == 2


async def test_killed_in_the_middle_and_started_again(world: World) -> None:
    await world.play(tickets(2500))
    with Process(world, FAIRGROUND_BATCH_RECORDS="25") as process:
        for count in (200, 600, 1000):
            await settle(partial(_reached, world, count))
            status, _ = process.end(signal.SIGKILL)
            assert status == -signal.SIGKILL
            assert not await _reached(world, 2500), "it was killed too late to prove anything"
            process.start()
        await recorded_all(world)
        process.end()
    assert_same(await everything(world))


async def _reached(world: World, count: int) -> bool:
    return await rows(world) >= count


class Reading:
    """A recorder that reads all partitions, as one does that does not know of another one."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __aenter__(self) -> "Reading":
        self.recorder: Recorder = await self._world.recorder()
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._world.addresses.kafka, auto_offset_reset="earliest", enable_auto_commit=False
        )
        self._consumer.assign(
            [TopicPartition(name, n) for name in self._world.topics for n in range(topics.PARTITIONS)]
        )
        await self._consumer.start()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.recorder.stop()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._consumer.stop()
        await self.recorder.close()

    async def _run(self) -> None:
        while True:
            found = await self._consumer.getmany(timeout_ms=50, max_records=100)
            records = [record for group in found.values() for record in group]
            if records:
                await self.recorder.take(records, self._consumer)


async def test_two_at_once_do_no_harm(world: World) -> None:
    await world.play(tickets(1500))
    async with Reading(world), Reading(world):
        await world.play(tickets(500))
        await recorded_all(world)
    assert_same(await everything(world))


async def test_postgresql_away_in_mid_run(world: World, postgres: Postgres) -> None:
    await world.play(tickets(2000))
    with Process(world, FAIRGROUND_BACKOFF_MAX_MS="200") as process:
        await settle(lambda: _reached(world, 300))
        await postgres.kill()
        await settle(lambda: _says(process, "/ready", 503))
        assert (await process.page("/live"))[0] == 200, "waiting for a server is no reason to be restarted"
        await postgres.start()
        await recorded_all(world)
        await settle(lambda: _says(process, "/ready", 200))
        process.end()
    assert_same(await everything(world))


async def _says(process: Process, path: str, status: int) -> bool:
    return (await process.page(path))[0] == status


async def test_writing_that_hangs_fails_liveness(world: World) -> None:
    """PostgreSQL answers, records wait, and nothing moves: that is no server that is away."""
    await world.play(tickets(200))
    with Process(world, FAIRGROUND_STUCK_MS="3000", FAIRGROUND_DATABASE_TIMEOUT_MS="120000") as process:
        await recorded_all(world)
        connection = await world.connect()
        async with connection.transaction():
            await connection.execute("LOCK TABLE positions IN ACCESS EXCLUSIVE MODE")
            await world.play(tickets(100))
            await settle(lambda: _says(process, "/live", 503))
            told = (await process.page("/live"))[1]["problems"]
            assert any(f"{world.events_topic} partition" in problem and "records wait" in problem for problem in told)
        await connection.close()
        await recorded_all(world)
        await settle(lambda: _says(process, "/live", 200))
        process.end()
    assert_same(await everything(world))


@pytest.mark.parametrize("which", [Kafka, Postgres])
async def test_idle_it_is_not_ready_without_its_servers(
    world: World, kafka: Kafka, postgres: Postgres, which: type[Server]
) -> None:
    server: Server = kafka if which is Kafka else postgres
    await world.play(tickets(50))
    with Process(world) as process:
        await recorded_all(world)
        await settle(lambda: _says(process, "/ready", 200))
        server.pause()
        await settle(lambda: _says(process, "/ready", 503))
        told = (await process.page("/ready"))[1]["problems"]
        assert [problem.partition(":")[0] for problem in told] == ["Kafka" if which is Kafka else "PostgreSQL"]
        assert (await process.page("/live"))[0] == 200
        server.resume()
        await settle(lambda: _says(process, "/ready", 200))
        await world.play(tickets(64))
        await recorded_all(world)
        process.end()
    assert_same(await everything(world))


async def test_sigterm_ends_it_while_kafka_is_away(world: World, kafka: Kafka) -> None:
    """Also with a membership that it has to give back."""
    await world.play(tickets(50))
    with Process(world, FAIRGROUND_INSTANCE="") as process:
        await recorded_all(world)
        kafka.pause()
        await settle(lambda: _says(process, "/ready", 503))
        began = time.monotonic()
        status, said = await asyncio.to_thread(process.end)
        took_s = time.monotonic() - began
        kafka.resume()
    assert (status, took_s < 10) == (0, True), f"{took_s:.1f} s: {said}"


async def test_sigterm_ends_it_while_postgresql_is_away(world: World, postgres: Postgres) -> None:
    with Process(world) as process:
        await recorded_all(world)
        await postgres.kill()
        await world.play(tickets(50))
        await settle(lambda: _says(process, "/ready", 503))
        status, said = process.end()
        await postgres.start()
        assert status == 0, said
        process.start()
        await recorded_all(world)
    assert_same(await everything(world))


async def test_a_database_that_was_set_back_is_filled_again(world: World) -> None:
    await world.play(tickets(300))
    async with Reading(world):
        await recorded_all(world)
        connection = await world.connect()
        await connection.execute(
            "BEGIN; DELETE FROM records; DELETE FROM shop_facts; UPDATE positions SET next_offset = 0; COMMIT"
        )
        await connection.close()
        await world.play(tickets(64))  # events in every partition
        await settle(lambda: _reached(world, 364))
    found = await everything(world)
    for (topic, partition), kept in found.recorded.items():
        if topic == world.events_topic:
            assert kept == found.on_topics[topic, partition]


async def test_another_topic_under_the_same_name_is_not_mixed_in(world: World) -> None:
    await world.play(tickets(200))
    async with Reading(world):
        await recorded_all(world)
    connection = await world.connect()
    await connection.execute(
        """UPDATE records r SET value = '{}' FROM positions p, topics t WHERE t.name = $1 AND t.id = r.topic
        AND p.topic = r.topic AND p.partition = 0 AND r.partition = 0 AND r."offset" = p.next_offset - 1""",
        world.events_topic,
    )
    before = await rows(world)
    await world.play(tickets(200))
    async with Reading(world) as reading:
        await settle(lambda: _stopped(reading.recorder))
        await settle(lambda: _reached(world, before + 100))  # its other partitions go on
        (at,) = reading.recorder.stopped
        assert (at.topic, at.partition) == (world.events_topic, 0)
        assert "created anew" in reading.recorder.stopped[at]
    await connection.close()


async def _stopped(recorder: Recorder) -> Any:
    return recorder.stopped


async def test_a_changed_migration_is_refused_in_one_sentence(world: World) -> None:
    await world.sources()
    connection = await world.connect()
    await connection.execute("UPDATE migrations SET sha256 = 'other'")
    with Process(world) as process:
        status, said = process.ended(30)
        assert status == 1
    assert "migration 0001_records.sql was changed after it had been applied" in said
    assert "Traceback" not in said
    await connection.execute("DELETE FROM migrations")
    await connection.execute("INSERT INTO migrations (name, sha256) VALUES ('9999_future.sql', 'x')")
    await connection.close()
    with Process(world) as process:
        status, said = process.ended(30)
        assert status == 1
    assert "run the newer version" in said
