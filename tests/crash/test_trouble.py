"""What goes wrong around a worker: servers vanish or go back in time, workers oversleep, partitions move.

Whatever it is: nothing is lost, nothing is paid twice, and no command is decided twice.
"""

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_decider import Translated
from fairground_embedded import Kafka, Servers, Valkey
from fairground_runtime.kafka.adapters import partition_of
from tests.crash.arena import Arena, until
from tests.services import fresh, toy_traffic
from tests.toy import TakeTicket
from tests.worker.pages import Pages

pytestmark = pytest.mark.asyncio(loop_scope="module")

AWAY_S = 5  # longer than every time-out of the clients here


@pytest_asyncio.fixture(loop_scope="module")
async def arena(servers: Servers, tmp_path: Path) -> AsyncIterator[Arena]:
    async with Arena(servers.addresses, fresh("toy"), tmp_path) as arena:
        yield arena


async def _publish_on(arena: Arena, seed: int, batches: int = 12, pause_s: float = 0.1) -> None:
    """Commands that keep coming while something happens."""
    for number in range(batches):
        await arena.publish(toy_traffic(seed * 1000 + number, 60))
        await asyncio.sleep(pause_s)


async def _begun(arena: Arena, instance: str = "one") -> None:
    """Wait until a worker has a partition that it can go on with."""
    await until(lambda: '"aligned"' in arena.log(instance), 40, f"{instance} has not begun")


async def test_redis_loses_everything_in_mid_run(arena: Arena, valkey: Valkey) -> None:
    """Stock that was loaded anew from a database behind the log was given twice (big-market)."""
    worker = arena.start()
    await arena.publish(toy_traffic(1, 300))
    await arena.drained()
    coming = asyncio.create_task(_publish_on(arena, 2))
    await asyncio.sleep(0.4)
    await arena.redis.flushall()
    await coming
    await arena.drained()
    await arena.stop(worker)
    await arena.check()


async def test_an_idle_worker_notices_that_its_state_is_gone(arena: Arena, valkey: Valkey) -> None:
    worker = arena.start()
    await arena.publish(toy_traffic(3, 100))
    await arena.drained()
    await arena.redis.flushall()
    await arena.drained()  # without any further command
    await arena.stop(worker)
    await arena.check()


async def test_redis_comes_back_with_an_older_file(arena: Arena, valkey: Valkey, tmp_path: Path) -> None:
    worker = arena.start()
    await arena.publish(toy_traffic(4, 200))
    await arena.drained()
    await arena.redis.config_set("appendfsync", "always")  # so that the file holds what was just written
    await arena.publish(toy_traffic(4001, 20))
    await arena.drained()
    await valkey.snapshot(tmp_path / "older")
    await _publish_on(arena, 5, batches=5)
    await arena.drained()
    coming = asyncio.create_task(_publish_on(arena, 6))
    await valkey.restore(tmp_path / "older")
    await coming
    await arena.drained()
    await arena.stop(worker)
    await arena.check()


async def test_redis_is_away(arena: Arena, valkey: Valkey, tmp_path: Path) -> None:
    pages = Pages(tmp_path)
    worker = arena.start(FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
    await arena.publish(toy_traffic(7, 100))
    await arena.drained()
    await pages.until("/ready", 200)
    valkey.pause()
    await arena.publish(toy_traffic(8, 300))
    await pages.until("/ready", 503, "Redis")
    await asyncio.sleep(AWAY_S)
    assert [(await pages.read(path))[0] for path in ("/ready", "/live")] == [503, 200]
    valkey.resume()
    await arena.drained()
    await pages.until("/ready", 200)
    await arena.stop(worker)
    await arena.check()


async def test_redis_is_full(arena: Arena, valkey: Valkey) -> None:
    worker = arena.start()
    await arena.publish(toy_traffic(18, 100))
    await arena.drained()
    before = await arena.positions()
    await arena.redis.config_set("maxmemory", 1)
    try:
        await arena.publish(toy_traffic(19, 300))
        await until(lambda: "'maxmemory'" in arena.log(), 40, "no write was refused")
        assert await arena.positions() == before
    finally:
        await arena.redis.config_set("maxmemory", 0)
    await arena.drained()
    await arena.stop(worker)
    await arena.check()


@pytest.mark.parametrize("how", ["frozen", "killed"])
async def test_kafka_is_away(arena: Arena, kafka: Kafka, how: str) -> None:
    worker = arena.start()
    await _begun(arena)
    await arena.publish(toy_traffic(9, 600))
    if how == "frozen":
        kafka.pause()
        await asyncio.sleep(AWAY_S)
        kafka.resume()
    else:
        await kafka.kill()
        await asyncio.sleep(AWAY_S)
        await kafka.start()
    await _publish_on(arena, 10, batches=3)
    await arena.drained()
    await arena.stop(worker)
    await arena.check()


async def test_a_worker_that_overslept_can_do_no_harm(arena: Arena) -> None:
    """It is frozen in mid-run, its partitions move on to another, and it wakes up still believing in itself."""
    await arena.publish(toy_traffic(11, 400))
    sleeper = arena.start("sleeper")
    await _begun(arena, "sleeper")
    coming = asyncio.create_task(_publish_on(arena, 12, batches=40, pause_s=0.15))
    await asyncio.sleep(0.5)
    assert sleeper.pid is not None
    os.kill(sleeper.pid, signal.SIGSTOP)
    other = arena.start("other")
    await asyncio.sleep(4.5)  # the group gives it up after its session time-out of 3 s
    os.kill(sleeper.pid, signal.SIGCONT)
    await coming
    await arena.drained()
    await arena.kill(sleeper)
    await arena.stop(other)
    await arena.check()


async def test_partitions_move_under_load(arena: Arena) -> None:
    coming = asyncio.create_task(_publish_on(arena, 13, batches=50))
    first = arena.start("first")
    await _begun(arena, "first")
    second = arena.start("second")
    await _begun(arena, "second")
    await arena.kill(first)
    third = arena.start("third")
    await _begun(arena, "third")
    await arena.stop(second)
    await coming
    await arena.drained()
    await arena.stop(third)
    await arena.check()


async def test_sigterm_under_load_ends_within_ten_seconds(arena: Arena) -> None:
    worker = arena.start()
    await _begun(arena)
    await arena.publish(toy_traffic(14, 3000))
    worker.terminate()
    assert await arena.died(worker, patience_s=10) == 0
    after = arena.start()
    await arena.drained()
    await arena.stop(after)
    await arena.check()


async def test_poisonous_commands_do_not_stop_the_others(arena: Arena) -> None:
    worker = arena.start()
    poison = [
        (b"{", b"act-1", _headers(TakeTicket.type)),
        (b"{}", b"act-1", _headers("toy.unknown.v9")),
        (b"{}", b"act-1", []),
        (None, b"act-1", _headers(TakeTicket.type)),
        (b'{"activity_id":"act-1","member_id":"' + b"m" * 10_000 + b'"}', b"act-1", _headers(TakeTicket.type)),
        (b'{"activity_id":"act-1","member_id":"m"}', b"act-2", _headers(TakeTicket.type)),
        (b'{"activity_id":"act-1","member_id":"m"}', b"act-1", _headers(TakeTicket.type, at="yesterday")),
        (b"\xff\xfe", b"act-1", _headers(TakeTicket.type)),
        (b"0" * 900_000, b"act-1", _headers(TakeTicket.type)),
    ]
    before = len((await arena.truth()).dead_letters())
    coordinates = []
    for number, (value, key, headers) in enumerate(poison):
        coordinates.append(await arena.publish_raw(value or b"", key, headers))
        await arena.publish(toy_traffic(15_000 + number, 20))
    await arena.drained()
    await arena.stop(worker)
    truth = await arena.check()
    letters = truth.dead_letters()[before:]
    assert {(letter["partition"], letter["offset"]) for letter in letters} == set(coordinates)
    assert sorted(letter["cause"] for letter in letters) == sorted(
        ["bad_json", "unknown_type", "missing_header", "bad_json", "bad_data", "misrouted", "bad_time", "bad_json",
         "bad_json"]
    )  # fmt: skip


def _headers(kind: str, at: str = "2026-01-01T00:00:00Z") -> cloudevent.Headers:
    return cloudevent.headers(CloudEvent("poison", kind, "/test", at, "act-1", b""))


async def test_a_command_in_the_wrong_partition_is_never_decided(arena: Arena) -> None:
    worker = arena.start()
    body = b'{"activity_id":"act-1","member_id":"m"}'
    right, _ = await arena.publish_raw(body, b"act-1", _headers(TakeTicket.type))
    at = await arena.publish_raw(body, b"act-1", _headers(TakeTicket.type), partition=(right + 1) % 4)
    await arena.drained()
    await arena.stop(worker)
    (letter,) = [
        letter for letter in (await arena.check()).dead_letters() if (letter["partition"], letter["offset"]) == at
    ]
    assert letter["cause"] == "misrouted"
    assert f"belongs to partition {right}" in letter["detail"]


async def test_a_long_align_holds_no_other_partition_up(arena: Arena) -> None:
    """One partition's state is lost and has to be folded from its whole log; the others go on meanwhile."""
    worker = arena.start("before", FAIRGROUND_BATCH_COMMANDS="1000")
    await arena.publish(_for_partition(2, 16_000))
    await arena.drained()
    await arena.stop(worker)
    gone = [key async for key in arena.redis.scan_iter(f"{{{arena.name}:2}}*")]
    await arena.redis.delete(*gone)
    for partition in (0, 1, 3):
        await arena.publish(_for_partition(partition, 20))
    ends = await arena.ends()
    worker = arena.start("after", FAIRGROUND_BATCH_COMMANDS="1000")
    overtaken = False
    while (now := await arena.positions())[2] < ends[2]:
        overtaken = overtaken or all(now[n] == ends[n] for n in (0, 1, 3))
        assert worker.exitcode is None
    assert overtaken, "the other partitions waited for the one that was aligned"
    await arena.drained()
    await arena.stop(worker)
    await arena.check()
    assert arena.log("after").count('"cause": "assigned"') == topics.PARTITIONS, "it was put out of its group meanwhile"


def _for_partition(partition: int, count: int) -> Iterator[Translated]:
    """Tickets of one activity of this partition."""
    names = (f"of-{partition}-{number}" for number in itertools.count())
    which = next(name for name in names if partition_of(name.encode(), topics.PARTITIONS) == partition)
    for number in range(count):
        data = TakeTicket(activity_id=which, member_id=f"m{number % 50}")
        yield Translated(which, f"{which}-{number}", "2026-01-01T00:00:00Z", data)
