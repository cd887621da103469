"""Support's question: why did I (not) get this? Everything is found by its id, with reasons."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio

from fairground_contracts import cloudevent, topics
from fairground_contracts.activities import ActivityPaused
from fairground_contracts.cloudevent import CloudEvent
from fairground_embedded import Addresses
from fairground_record import queries
from fairground_record.database import Connection
from fairground_record.queries import Entry
from fairground_runtime.protocol.ports import Record
from tests.record.test_record import Reading, recorded_all
from tests.record.world import World, everything
from tests.toy import SetStock, TakeTicket

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(addresses: Addresses) -> AsyncIterator[World]:
    """Two tickets for three takers, a dead letter, and what became of the rewards."""
    async with World(addresses) as world:
        name = world.name
        await world.play([
            SetStock(activity_id="a", stock=2),
            TakeTicket(activity_id="a", member_id=f"{name}-ann", order_id=f"{name}-o1"),
            TakeTicket(activity_id="a", member_id=f"{name}-bob", count=2),
            TakeTicket(activity_id="b", member_id=f"{name}-ann"),
        ])  # fmt: skip
        await world.play_raw(0, [Record(0, b"k", b"no JSON", cloudevent.headers(
            CloudEvent(f"bad-{name}", "toy.ticket.take.v1", "/tests", "2017-07-14T02:40:00Z", "", b"")))])  # fmt: skip
        reward = _reward(world, "a", 1)
        for kind, at in (("fairground.reward.failed.v1", 1), ("fairground.reward.delivered.v1", 2)):
            result = CloudEvent(f"{name}-{at}", kind, "/shop", f"2017-07-15T00:00:0{at}Z", "", b'{"reward_id":"%s"}'
                                % reward.encode())  # fmt: skip
            await world.append(result, b"k", topics.REWARD_RESULTS.name)
        paused = ActivityPaused(activity_id="a", version=1, by="olga", why="too fast")
        end = world.ends[world.partition("a")]
        await world.append(
            CloudEvent(f"{name}-1-x-9-0", paused.type, f"/fairground/{name}", "2017-07-16T00:00:00Z", "a",
                       paused.model_dump_json().encode(), "c-pause", "", end), b"a", partition=world.partition("a"),
        )  # fmt: skip
        async with Reading(world):
            await recorded_all(world)
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def connection(world: World) -> AsyncIterator[Connection]:
    connection = await world.connect()
    yield connection
    await connection.close()


def _reward(world: World, activity: str, offset: int) -> str:
    return f"{world.name}-1-{world.partition(activity)}-{offset}-0-r"


def short(entries: list[Entry]) -> list[str]:
    return [entry.type.removeprefix("fairground.") + (f" {entry.reason}" if entry.reason else "") for entry in entries]


async def test_a_member_finds_what_happened_and_why_not(world: World, connection: Connection) -> None:
    bob = await queries.of_member(connection, f"{world.name}-bob")
    assert Counter(short(bob)) == Counter(
        ["toy.ticket.taken.v1", "toy.ticket.refused.v1 sold_out", "reward.granted.v1"]
    )
    assert bob[1].data["reason"] == "sold_out"
    ann = await queries.of_member(connection, f"{world.name}-ann")
    assert Counter(short(ann)) == Counter(
        ["toy.ticket.taken.v1", "reward.granted.v1"] * 2 + ["reward.failed.v1", "reward.delivered.v1"]
    )
    assert [entry.logged_ms for entry in ann] == sorted(entry.logged_ms for entry in ann)
    assert await queries.of_member(connection, "nobody") == []


async def test_an_order_is_followed_to_what_became_of_its_reward(world: World, connection: Connection) -> None:
    found = await queries.of_order(connection, f"{world.name}-o1")
    assert short(found) == ["toy.ticket.taken.v1", "reward.granted.v1", "reward.failed.v1", "reward.delivered.v1"]


async def test_a_command_is_followed_too(world: World, connection: Connection) -> None:
    found = await queries.of_command(connection, f"c-{world.name}-2")
    assert Counter(short(found)) == Counter(
        ["toy.ticket.taken.v1", "toy.ticket.refused.v1 sold_out", "reward.granted.v1"]
    )
    assert {entry.member_id for entry in found} == {f"{world.name}-bob"}


async def test_an_activity_says_who_did_what(world: World, connection: Connection) -> None:
    (paused,) = await queries.of_activity(connection, "a")
    assert (paused.data["by"], paused.data["why"]) == ("olga", "too fast")


async def test_dead_letters_say_where_the_record_stands(world: World, connection: Connection) -> None:
    commands = topics.commands(world.name).name
    (letter,) = await queries.dead_letters(connection, commands)
    assert (letter.cause, letter.of_topic, letter.of_partition) == ("bad_json", commands, 0)
    (dead,) = await queries.of_command(connection, f"bad-{world.name}", limit=1)
    assert dead.type == "fairground.command.dead.v1"


async def test_figures(world: World, connection: Connection) -> None:
    assert [(each.reason, each.times) for each in await queries.refusals(connection, "a")] == [("sold_out", 1)]
    rewards = await connection.fetch(
        "SELECT status, count(*) FROM rewards WHERE service = $1 GROUP BY 1 ORDER BY 1", world.name
    )
    assert [tuple(row) for row in rewards] == [("delivered", 1), ("granted", 2)]
    assert sum(each.value_fen for each in await queries.rewards_by_kind(connection)) >= 3
    days = {(each.day, each.type): each.times for each in await queries.per_day(connection)}
    assert days[date(2017, 7, 14), "toy.ticket.taken.v1"] == 3
    assert await queries.outcomes_by_prize(connection, "a") == []


async def test_the_log_can_be_read_from_any_offset_as_it_stands_on_the_topic(
    world: World, connection: Connection
) -> None:
    log = (await everything(world)).on_topics
    for partition in range(topics.PARTITIONS):
        on_topic = log.get((world.events_topic, partition), [])
        for offset in range(len(on_topic) + 1):
            served = [
                each async for page in queries.events_from(connection, world.name, partition, offset) for each in page
            ]
            assert served == on_topic[offset:]
        assert await queries.position(connection, world.name, partition) == len(on_topic)
