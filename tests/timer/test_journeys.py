"""A timer's life on real servers: asked for, moved, cancelled, given when its time has come."""

import asyncio
import json
from dataclasses import replace

from fairground_contracts import topics
from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.message import Message
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.kafka.topics import provide
from tests.crash.arena import Arena
from tests.timer.world import BY_STREAMS, COMMAND, DAY_MS, NEW_YEAR_MS, World, now_ms
from tests.truth import everything, header


async def test_a_command_comes_when_it_is_due_and_as_it_was_asked_for(world: World) -> None:
    world.start()
    async with world.listening() as listener:
        await world.ask(world.request("soon", due := now_ms() + 1500, "wheel-1", 7, count=2, name="大转盘"))
        given = await listener.next()
    assert given.id == f"timer-{world.service}-soon-7"
    assert (given.key, given.type, given.cause[:5]) == ("wheel-1", COMMAND, "said-")
    assert json.loads(given.value) == {"activity_id": "wheel-1", "member_id": "m", "count": 2, "name": "大转盘"}
    assert given.partition == partition_of(b"wheel-1", topics.PARTITIONS)
    assert due <= parse_time_ms(given.time) <= given.logged_ms + 1
    await world.settled({"soon": "given"})


async def test_what_was_due_long_ago_is_given_at_once(world: World) -> None:
    world.start()
    async with world.listening() as listener:
        await world.ask(world.request("before-1970", -86_400_000, "a"), world.request("in-1971", 86_400_000, "a"))
        assert [(await listener.next()).timer for _ in range(2)] == ["before-1970-1", "in-1971-2"]


async def test_a_cancelled_one_never_comes(world: World) -> None:
    world.start(**BY_STREAMS)
    due = NEW_YEAR_MS + DAY_MS
    await world.ask(
        world.request("cancelled", due, "a", 1),
        world.cancellation("cancelled", 2),
        world.cancellation("never-asked-for", 50),
        world.request("never-asked-for", due, "a", 49),
        world.request("kept", due + 1, "a", 4),
        world.cancellation("kept", 4),  # not newer than what is known
        world.cancellation("kept", 3),
        time_ms=NEW_YEAR_MS,
    )
    await world.revised({"cancelled": 2, "never-asked-for": 50, "kept": 4})
    await world.advance(due + 1)
    await world.settled({"cancelled": "cancelled", "never-asked-for": "cancelled", "kept": "given"})
    assert [each.timer for each in await world.given()] == ["kept-4"]


async def test_asked_for_again_it_comes_at_the_newest_time_only(world: World) -> None:
    world.start(**BY_STREAMS)

    def at(day: int, timer: str, key: str, revision: int) -> Message:
        return world.request(timer, NEW_YEAR_MS + day * DAY_MS, key, revision)

    await world.ask(at(1, "later", "a", 1), at(9, "earlier", "a", 1), at(3, "between", "a", 1), time_ms=NEW_YEAR_MS)
    await world.revised({"later": 1, "earlier": 1, "between": 1})
    overtaken = at(4, "earlier", "a", 2)
    await world.ask(at(2, "earlier", "a", 3), overtaken, at(5, "later", "b", 2), time_ms=NEW_YEAR_MS)
    await world.revised({"later": 2, "earlier": 3})
    async with world.listening() as listener:
        for day, timer, key in ((2, "earlier-3", "a"), (3, "between-1", "a"), (5, "later-2", "b")):
            await world.advance(NEW_YEAR_MS + day * DAY_MS)
            given = await listener.next()
            assert (given.timer, given.key) == (timer, key)
            assert parse_time_ms(given.time) == NEW_YEAR_MS + day * DAY_MS
    await world.advance(NEW_YEAR_MS + 10 * DAY_MS)
    await world.none_left()
    assert len(await world.given()) == 3


async def test_what_was_given_may_be_asked_for_again(world: World) -> None:
    world.start()
    async with world.listening() as listener:
        await world.ask(world.request("cycle", now_ms(), "a", 1))
        assert (await listener.next()).timer == "cycle-1"
        await world.ask(
            world.request("cycle", now_ms(), "a", 1), world.request("cycle", now_ms(), "a", 2)
        )  # the first of them is a repetition
        assert (await listener.next()).timer == "cycle-2"
    await world.settled({"cycle": "given"})
    assert len(await world.given()) == 2


async def test_it_goes_on_after_a_restart(world: World) -> None:
    process = world.start()
    await world.ask(world.request("first", now_ms(), "a"), world.request("second", now_ms() + 600_000, "a"))
    await world.settled({"first": "given", "second": "waiting"})
    await world.kill(process)
    await world.ask(world.request("second", now_ms(), "a"), world.request("third", now_ms(), "a"))
    world.start()
    await world.settled({"second": "given", "third": "given"})
    assert sorted(each.timer for each in await world.given()) == ["first-1", "second-3", "third-4"]


async def test_after_an_outage_it_comes_in_due_order_without_a_stampede(world: World) -> None:
    reads = world.start(**BY_STREAMS)
    asked = [(number * 7919 % 600, f"k{number % 7}") for number in range(600)]
    requests = [world.request(f"t{at}", NEW_YEAR_MS + DAY_MS + at, key, 1) for at, key in asked]
    await world.ask(*requests, time_ms=NEW_YEAR_MS)
    await world.known(600)
    await world.kill(reads)
    await world.advance(NEW_YEAR_MS + 2 * DAY_MS)
    world.start(FAIRGROUND_BATCH_DUE="50", FAIRGROUND_DUE_PER_SECOND="200", **BY_STREAMS)
    await world.none_left()
    moments = sorted(each.logged_ms for each in await world.given())
    assert moments[-1] - moments[0] > (600 - 50) / 200 * 1000 * 0.9, "no more than 200 a second"
    order = await world.first_given()
    for key, came in order.items():
        assert came == [f"t{at}-1" for at, of in sorted(asked) if of == key]
    assert sum(len(came) for came in order.values()) == len(await world.given()) == 600


async def test_by_the_streams_a_replayed_year_expires_in_its_own_time(world: World) -> None:
    world.start(**BY_STREAMS)

    def day(number: int) -> int:
        return NEW_YEAR_MS + number * DAY_MS

    await world.ask(world.request("june", day(150), "a", 1), world.request("march", day(60), "a", 1), time_ms=day(0))
    await world.settled({"june": "waiting", "march": "waiting"})
    async with world.listening() as listener:
        await world.advance(day(90))
        march = await listener.next()
        await world.advance(day(20))  # streams go back now and then; their clock does not
        await world.ask(world.request("february", day(40), "a", 1), time_ms=day(30))
        february = await listener.next()
        await world.settled({"june": "waiting"})
        await world.ask(world.request("july", day(190), "a", 1), time_ms=day(151))  # these tell the time, too
        june = await listener.next()
    came = [(each.timer, parse_time_ms(each.time)) for each in (march, february, june)]
    assert came == [("march-1", day(90)), ("february-1", day(90)), ("june-1", day(151))]
    await world.settled({"july": "waiting"})


async def test_a_service_that_nobody_knows_stops_no_other_and_is_served_when_it_is_there(world: World) -> None:
    world.start()
    stranger = f"{world.service}x"
    due = now_ms()
    await world.ask(
        world.request("for-nobody", due, "a", service=stranger), world.request("for-nobody", due, "a", service="a b/ü"),
        world.request("for-us", due + 1, "a"),
    )  # fmt: skip
    await world.settled({"for-us": "given"})
    rows = await world.connection.fetch("SELECT service, problem FROM timers WHERE state = 'parked'")
    assert {row["service"] for row in rows} == {stranger, "a b/ü"}
    assert all("there is no topic fairground." in row["problem"] for row in rows)
    assert "commands cannot be given" in world.log()
    await provide(KafkaAddress(world.addresses.kafka), [topics.commands(stranger)])
    await world.ask(world.request("for-it", due + 2, "a", service=stranger))
    async with asyncio.timeout(30):
        while len(came := await world.given(stranger)) < 2:
            await asyncio.sleep(0.05)
    assert [each.timer for each in came] == ["for-nobody-1", "for-it-4"], "the older one first"


async def test_a_topic_that_takes_no_such_command_stops_no_other(world: World) -> None:
    small = f"{world.service}s"
    await provide(
        KafkaAddress(world.addresses.kafka), [replace(topics.commands(small), extra={"max.message.bytes": "2000"})]
    )
    world.start()
    due = now_ms()
    await world.ask(
        world.request("too-large", due, "a", 1, service=small, text="x" * 3000),
        world.request("for-us", due + 1, "a", 1),
    )
    await world.settled({"for-us": "given"})
    row = await world.connection.fetchrow("SELECT service, problem FROM timers WHERE state = 'parked'")
    assert row is not None
    assert row["service"] == small
    assert "MessageSizeTooLarge" in row["problem"]


async def test_a_worker_decides_what_it_is_given(world: World) -> None:
    """As any other command, and by its id whoever asked for it finds the answer."""
    async with Arena(world.addresses, world.service, world.logs) as arena:
        arena.start("worker")
        world.start()
        await world.ask(world.request("take", now_ms(), "summer", 5))
        await world.settled({"take": "given"})
        while sum(await arena.positions()) < 1:
            await asyncio.sleep(0.05)
        (events,) = [
            found
            for found in (await everything(world.addresses.kafka, f"fairground.{world.service}.events")).values()
            if found
        ]
        await arena.check()
    assert [(header(each, "ce_type"), header(each, "ce_causationid")) for each in events] == [
        ("toy.ticket.taken.v1", f"timer-{world.service}-take-5")
    ]


async def test_what_cannot_be_understood_is_a_dead_letter_and_the_rest_goes_on(world: World) -> None:
    world.start()
    before = await _letters(world)
    at = await world.say_raw(b"{}", [("ce_id", b"x")])
    await world.say_raw(b"\xff\x00", [])
    await world.ask(world.request("good", now_ms(), "a"))
    await world.settled({"good": "given"})
    mine = (await _letters(world))[len(before) :]
    assert [letter["cause"] for letter in mine] == ["missing_header", "missing_header"]
    assert (mine[0]["topic"], mine[0]["partition"], mine[0]["offset"]) == ("fairground.timers", *at)


async def _letters(world: World) -> list[dict[str, object]]:
    found = await everything(world.addresses.kafka, topics.dead(topics.TIMERS).name)
    mine = [
        record for records in found.values() for record in records if header(record, "ce_source").endswith("/timer")
    ]
    return [json.loads(record.value) for record in mine]
