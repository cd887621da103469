"""What a worker's health pages say: liveness is progress, readiness the dependencies. And how it ends without them."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient

from fairground_contracts import topics
from fairground_embedded import Kafka, Server, Servers, Valkey
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.topics import provide
from tests.crash.arena import Arena, until
from tests.services import fresh, toy_traffic
from tests.worker.pages import Pages

pytestmark = pytest.mark.asyncio(loop_scope="module")

TERM_S = 10


@pytest_asyncio.fixture(loop_scope="module")
async def arena(servers: Servers, tmp_path: Path) -> AsyncIterator[Arena]:
    async with Arena(servers.addresses, fresh("toy"), tmp_path) as arena:
        yield arena


async def test_a_partition_that_stands_still_is_not_excused_by_idle_ones(arena: Arena, tmp_path: Path) -> None:
    pages = Pages(tmp_path)
    worker = arena.start(FAIRGROUND_STUCK_MS="1500", FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
    await arena.publish(toy_traffic(61, 200))
    await arena.drained()
    assert await pages.read("/live") == (200, '{"ok":true,"problems":[]}')
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGUSR1)
    await arena.publish(toy_traffic(62, 200))
    told = await pages.until("/live", 503)
    assert f"fairground.{arena.name}.commands partition 1: records wait and nothing has moved" in told
    assert told.count("records wait") == 1  # the others are done
    lags = await pages.metric("fairground_lag_records")
    assert {labels: lag > 0 for labels, lag in lags.items()} == {
        f'{{partition="{number}",topic="fairground.{arena.name}.commands"}}': number == 1 for number in range(4)
    }
    await arena.kill(worker)  # as its supervisor does
    worker = arena.start(FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
    await arena.drained()
    await pages.until("/live", 200)
    await arena.stop(worker)
    await arena.check()


@pytest.mark.parametrize("which", [Kafka, Valkey])
async def test_an_idle_worker_is_not_ready_without_its_servers(
    arena: Arena, tmp_path: Path, kafka: Kafka, valkey: Valkey, which: type[Server]
) -> None:
    server: Server = kafka if which is Kafka else valkey
    pages = Pages(tmp_path)
    worker = arena.start(FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
    await arena.publish(toy_traffic(63, 50))
    await arena.drained()
    await pages.until("/ready", 200)
    server.pause()
    await pages.until("/ready", 503, "Kafka: " if which is Kafka else "Redis")
    assert await pages.read("/live") == (200, '{"ok":true,"problems":[]}')
    server.resume()
    await pages.until("/ready", 200)
    await arena.stop(worker)
    await arena.check()


@pytest.mark.parametrize("which", [Kafka, Valkey])
async def test_sigterm_ends_it_while_a_server_is_away(
    arena: Arena, kafka: Kafka, valkey: Valkey, which: type[Server]
) -> None:
    """In the middle of its work, with a member's name that it has to give back, and as patient as by default."""
    server: Server = kafka if which is Kafka else valkey
    await arena.publish(toy_traffic(64, 1500))
    worker = arena.start(
        FAIRGROUND_INSTANCE="", FAIRGROUND_REQUEST_TIMEOUT_MS="10000", FAIRGROUND_REDIS_TIMEOUT_MS="3000"
    )
    while not any(await arena.positions()):
        await asyncio.sleep(0.005)
    server.pause()
    began = time.monotonic()
    worker.terminate()
    status = await arena.died(worker, patience_s=TERM_S * 3)
    took_s = time.monotonic() - began
    server.resume()
    assert (status, took_s < TERM_S) == (0, True), f"{status} after {took_s:.1f} s"
    worker = arena.start()
    await arena.drained()
    await arena.stop(worker)
    await arena.check()


async def test_what_moved_to_another_worker_is_not_counted_any_more(arena: Arena, tmp_path: Path) -> None:
    """A partition that waits for a person is shown by whoever has it, and so are lags: once each."""
    await arena.publish(toy_traffic(66, 200))
    worker = arena.start()
    await arena.drained()
    await arena.stop(worker)
    door = f"{{{arena.name}:1}}:position"
    real: Any = await arena.redis.hgetall(door)
    await arena.redis.hset(door, mapping={"end": int(real[b"end"]) + 1_000_000})
    first, second = Pages(tmp_path, "first"), Pages(tmp_path, "second")
    workers = [arena.start("first", FAIRGROUND_HEALTH_PORT_FILE=first.port_file)]
    await until(lambda: "a person has to look" in arena.log("first"), 20, "it has not stopped the partition")
    workers.append(arena.start("second", FAIRGROUND_HEALTH_PORT_FILE=second.port_file))
    wanted = sorted(f'{{partition="{number}",topic="fairground.{arena.name}.commands"}}' for number in (0, 2, 3))
    async with asyncio.timeout(30):
        while True:
            both = [await pages.metric("fairground_lag_records") for pages in (first, second)]
            stopped = [await pages.metric("fairground_stopped_partitions") for pages in (first, second)]
            if all(both) and sorted([*both[0], *both[1]]) == wanted and sum(sum(s.values()) for s in stopped) == 1:
                break
            await asyncio.sleep(0.1)
    for pages in (first, second):
        assert (await pages.read("/live"))[0] == 200, "no restart helps where a person has to look"
    for worker in workers:
        await arena.stop(worker)
    await arena.redis.hset(door, mapping=real)
    await arena.check()


async def test_an_idle_worker_notices_that_its_command_topic_was_created_anew(arena: Arena, tmp_path: Path) -> None:
    """It sleeps meanwhile, so that it does not see that the topic is gone, which would take its partitions away."""
    pages = Pages(tmp_path)
    worker = arena.start(FAIRGROUND_SESSION_TIMEOUT_MS="30000", FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
    await arena.publish(toy_traffic(67, 50))
    await arena.drained()
    await pages.until("/ready", 200)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    commands = topics.commands(arena.name)
    admin = AIOKafkaAdminClient(bootstrap_servers=arena.addresses.kafka)
    await admin.start()
    await admin.delete_topics([commands.name])
    async with asyncio.timeout(20):
        while commands.name in await admin.list_topics():
            await asyncio.sleep(0.05)
    await admin.close()
    await provide(KafkaAddress(arena.addresses.kafka), [commands])
    os.kill(worker.pid, signal.SIGCONT)
    await pages.until("/ready", 503, "the command topic ends at 0: it was created anew or cut")
    await arena.kill(worker)
