"""Several instances, some of which die or freeze; servers that are away; a process that is told to end."""

import asyncio
import os
import signal
import time
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from fairground_embedded import Kafka, Postgres, Server
from tests.timer.world import BY_STREAMS, DAY_MS, NEW_YEAR_MS, World, now_ms, until

TERM_S = 10
_MANY = 400
_CLAIM = "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
_IS_OPEN = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = $1)"
_SLOW = {**BY_STREAMS, "FAIRGROUND_BATCH_DUE": "10", "FAIRGROUND_DUE_PER_SECOND": "60"}


async def _know_many(world: World, number: int = _MANY) -> dict[str, list[str]]:
    """So many timers of a dozen keys, all of them known and due the next day; returns the order of each key."""
    wanted: dict[str, list[str]] = {}
    for at in range(number):
        wanted.setdefault(f"k{at % 12}", []).append(f"t{at}-1")
    asked = [world.request(f"t{at}", NEW_YEAR_MS + DAY_MS + at, f"k{at % 12}", 1) for at in range(number)]
    await world.ask(*asked, time_ms=NEW_YEAR_MS)
    reads = world.start("one", **BY_STREAMS)
    await world.known(number)
    await world.kill(reads)
    return wanted


async def _the_day_ends(world: World) -> None:
    await world.advance(NEW_YEAR_MS + 2 * DAY_MS)


async def test_two_share_the_work_and_one_takes_over_when_the_other_is_killed(world: World) -> None:
    wanted = await _know_many(world)
    both = [world.start(name, **_SLOW) for name in ("one", "two")]
    await _the_day_ends(world)
    for name in ("one", "two"):
        await _gave(world, name)
    await world.kill(both[0])
    await world.none_left()
    assert await world.first_given() == wanted


async def _gave(world: World, instance: str) -> None:
    async with asyncio.timeout(30):
        while not sum((await world.pages(instance).metric("fairground_timers_given_total")).values()) > 20:
            await asyncio.sleep(0.05)


async def test_one_that_freezes_while_it_holds_shards_is_not_waited_for(world: World) -> None:
    """Awake again it may repeat what it held, under the same ids, and changes nothing."""
    wanted = await _know_many(world, 60)
    frozen = world.start("one", "claimed", 1, signal.SIGSTOP, **BY_STREAMS)
    await _the_day_ends(world)
    await _is_stopped(frozen)
    claim = await world.connection.fetchval(_CLAIM)
    world.start("two", **BY_STREAMS)
    while not (given := await world.given()):
        await asyncio.sleep(0.05)
    assert await world.connection.fetchval(_IS_OPEN, claim), "other shards are given without waiting for the claim"
    assert len(given) < 60
    await world.none_left()  # PostgreSQL has ended the claim after 8 s
    assert await world.first_given() == wanted
    assert frozen.pid
    os.kill(frozen.pid, signal.SIGCONT)
    await until(lambda: "due commands wait for a server" in world.log("one"), 20, "it has not noticed")
    await world.ask(world.request("after", NEW_YEAR_MS, "k0", 1))
    await world.settled({"after": "given"})
    assert (await world.first_given())["k0"] == [*wanted["k0"], "after-1"]


async def _is_stopped(process: BaseProcess) -> None:
    def state() -> str:
        with open(f"/proc/{process.pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]

    await until(lambda: state() == "T", 30, "it has not stopped")


async def test_one_of_two_that_stops_in_order_leaves_nothing_behind(world: World) -> None:
    wanted = await _know_many(world)
    both = [world.start(name, **_SLOW) for name in ("one", "two")]
    await _the_day_ends(world)
    await _gave(world, "two")
    await world.stop(both[0])
    await world.none_left()
    assert await world.first_given() == wanted
    assert len(await world.given()) == _MANY, "nobody died, so nothing was given twice"


@pytest.mark.parametrize("which", [Kafka, Postgres])
async def test_what_is_due_waits_for_a_server_that_is_away(
    world: World, kafka: Kafka, postgres: Postgres, which: type[Server]
) -> None:
    server: Server = kafka if which is Kafka else postgres
    world.start()
    await world.ask(*(world.request(f"t{at}", now_ms() + 3_000 + at, "k", 1) for at in range(60)))
    await world.known(60)
    server.pause()
    told = await world.pages().until("/ready", 503, "Kafka: " if which is Kafka else "PostgreSQL: ")
    assert "bug" not in told
    assert (await world.pages().read("/live"))[0] == 200
    server.resume()
    await world.none_left()
    await world.pages().until("/ready", 200)
    assert {each.timer for each in await world.given()} == {f"t{at}-1" for at in range(60)}


async def test_postgresql_dies_while_requests_come_in(world: World, postgres: Postgres) -> None:
    world.start(FAIRGROUND_BATCH_REQUESTS="10", **BY_STREAMS)
    asked = [world.request(f"t{at}", NEW_YEAR_MS + DAY_MS + at, "k", 1) for at in range(600)]
    await world.ask(*asked, time_ms=NEW_YEAR_MS)
    await world.known(20)
    assert len(await world.states()) < 600, "it was killed too late to prove anything"
    await postgres.kill()
    await world.pages().until("/ready", 503)
    await postgres.start()
    await world.reconnect()
    await world.known(600)
    await _the_day_ends(world)
    await world.none_left()
    assert await world.first_given() == {"k": [f"t{at}-1" for at in range(600)]}


@pytest.mark.parametrize("which", [Kafka, Postgres])
async def test_sigterm_ends_it_while_a_server_is_away(
    world: World, kafka: Kafka, postgres: Postgres, which: type[Server]
) -> None:
    """In the middle of its work, with a membership that it has to give back, and as patient as by default."""
    server: Server = kafka if which is Kafka else postgres
    wanted = await _know_many(world)
    await _the_day_ends(world)
    patient = {"FAIRGROUND_REQUEST_TIMEOUT_MS": "10000", "FAIRGROUND_INSTANCE": ""}
    process = world.start("one", **_SLOW, **patient)
    await _gave(world, "one")
    server.pause()
    began = time.monotonic()
    process.terminate()
    status = await world.died(process, TERM_S * 3)
    took_s = time.monotonic() - began
    server.resume()
    assert (status, took_s < TERM_S) == (0, True), f"{status} after {took_s:.1f} s: {world.log()[-2000:]}"
    world.start("two", **BY_STREAMS)
    await world.none_left()
    assert await world.first_given() == wanted


async def test_a_topic_that_was_created_anew_stops_a_partition_with_a_sentence(world: World) -> None:
    await world.ask(*(world.request(f"t{at}", now_ms(), "a") for at in range(20)))
    process = world.start()
    await world.none_left()
    await world.known(20)
    await world.stop(process)
    await world.connection.execute("UPDATE positions SET last = '\\x00' WHERE partition = 0 AND topic LIKE '%timers'")
    world.start()
    await world.ask(*(world.request(f"u{at}", now_ms(), "a") for at in range(20)))
    told = await world.pages().until("/ready", 503, "is not the topic that was read before")
    assert told.count("fairground.timers partition 0") == 1
    await world.known(25)  # the other partitions go on
    assert (await world.pages().read("/live"))[0] == 200


async def test_a_database_that_was_set_back_gives_again_under_the_same_ids(world: World) -> None:
    before = await world.connection.fetch("SELECT * FROM positions")
    process = world.start()
    await world.ask(world.request("t", now_ms(), "a", 1))
    await world.settled({"t": "given"})
    await world.stop(process)
    async with world.connection.transaction():
        await world.connection.execute("DELETE FROM timers")
        await world.connection.execute("DELETE FROM positions")
        await world.connection.executemany(
            "INSERT INTO positions VALUES ($1, $2, $3, $4)", [tuple(row) for row in before]
        )
    world.start()
    await world.settled({"t": "given"})
    first, second = await world.given()
    assert (first.id, first.key, first.value) == (second.id, second.key, second.value)


async def test_giving_that_hangs_fails_liveness(world: World) -> None:
    """Both servers answer, commands are due, and nothing moves: that is no server that is away."""
    world.start(FAIRGROUND_STUCK_MS="2000", FAIRGROUND_DATABASE_TIMEOUT_MS="120000")
    await world.ask(world.request("first", now_ms(), "a"))
    await world.settled({"first": "given"})
    async with world.connection.transaction():
        await world.connection.execute("LOCK TABLE shards IN ACCESS EXCLUSIVE MODE")
        await world.pages().until("/live", 503, "due commands: nothing has been given or looked for")
    await world.pages().until("/live", 200)


async def test_what_it_does_is_measured(world: World) -> None:
    world.start(FAIRGROUND_DUE_PER_SECOND="10", FAIRGROUND_BATCH_DUE="10")
    await world.ask(
        *(world.request(f"t{at}", now_ms() - 60_000, "a") for at in range(60)), world.cancellation("none"),
        world.request("lost", now_ms() - 90_000, "a", service="nobody"),
    )  # fmt: skip
    pages = world.pages()
    await _seen(world, "fairground_timers_due", lambda found: 0 < found < 60)
    await _seen(world, "fairground_timers_late_seconds", lambda found: 59 < found < 300)
    await world.none_left()
    await _seen(world, "fairground_timers_due", lambda found: found == 0)
    assert await pages.metric("fairground_timers_given_total") == {f'{{service="{world.service}"}}': 60}
    assert await pages.metric("fairground_timers_asked_total") == {'{what="cancelled"}': 1, '{what="requested"}': 61}
    _, text = await pages.read("/metrics")
    assert "fairground_timers_parked_total 1.0" in text
    assert "fairground_timer_drift_seconds_count 60.0" in text


async def _seen(world: World, name: str, wanted: Any) -> None:
    """Wait until a metric without labels is what is wanted."""
    async with asyncio.timeout(30):
        while True:
            _, text = await world.pages().read("/metrics")
            found = [float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} ")]
            if found and wanted(found[0]):
                return
            await asyncio.sleep(0.05)
