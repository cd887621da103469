"""What becomes of batches of commands, in memory and on real servers: of good ones, bad ones, repeated ones."""

from typing import Any

import pytest

from fairground_contracts.dead import CommandDead, RecordDead
from fairground_contracts.rewards import RewardGranted
from fairground_decider import Command, State
from fairground_runtime.protocol.ports import Position, Record, Stopped
from fairground_runtime.protocol.step import MAX_FAILED_IN_BATCH, Unexpected
from tests.behaviour.world import World, dead
from tests.simulation.scenes import command
from tests.toy import CloseActivity, SetStock, StockChanged, TakeTicket, TicketRefused, TicketTaken, Toy

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def take(member: str = "m", count: int = 1, activity: str = "a", **headers: bytes) -> Record:
    return command(TakeTicket(activity_id=activity, member_id=member, count=count), f"take-{member}", 0, **headers)


async def test_the_first_batch_of_a_new_deployment(world: World) -> None:
    asked = await world.ask(
        command(SetStock(activity_id="a", stock=2), "s"), take("m", 2, traceparent=TRACE), take("n")
    )
    worker = world.worker()
    assert await worker.align() == Position(0, 0)
    outcomes = await worker.take(asked)
    assert [outcome.reasons for outcome in outcomes] == [(), (), ("sold_out",)]
    assert worker.partition.at == Position(3, 4)
    assert world.committed == 3

    assert [type(event) for event in await world.events()] == [StockChanged, TicketTaken, TicketTaken, TicketRefused]
    name = world.service.name
    first = (await world.log())[1]
    assert first.key == b"a"
    assert {of: content.decode() for of, content in first.headers} == {
        "ce_specversion": "1.0", "ce_id": f"{name}-1-0-1-0", "ce_type": "toy.ticket.taken.v1",
        "ce_source": f"/fairground/{name}", "ce_time": "2026-11-22T10:00:00Z", "ce_subject": "a",
        "content-type": "application/json", "ce_causationid": "take-m", "ce_stamp": "1", "traceparent": TRACE.decode(),
    }  # fmt: skip
    paid = {of: data for _, of, data in await world.paid()}
    assert set(paid) == {f"{name}-1-0-1-0-r", f"{name}-1-0-1-1-r"}
    assert all(isinstance(data, RewardGranted) and data.member_id == "m" for data in paid.values())

    stored = await world.stored()
    assert stored.position == Position(3, 4)
    encode = world.service.encode
    assert stored.records == {"a": {"stock": encode(2), "m:m": encode((1, 2))}}
    assert stored.counters == {"a": {"taken": 2}}


async def test_batches_of_any_size_come_to_the_same(world: World) -> None:
    commands = [take(f"m{number % 3}", number % 2 + 1, f"a{number % 2}") for number in range(12)]
    commands[7] = command(CloseActivity(activity_id="a0"), "close")
    await world.ask(*commands)
    await world.worker(batch_commands=5, max_batch_bytes=2_000).go(at_once=7)
    stored, events = await world.stored(), await world.events()
    await world.wipe()
    await world.worker(batch_commands=1).go()
    assert await world.stored() == stored
    assert await world.events() == events


async def test_a_batch_that_comes_again_is_not_decided_again(world: World) -> None:
    asked = await world.ask(take(), take("n"))
    worker = world.worker()
    await worker.align()
    await worker.take(asked)
    log, stored = await world.log(), await world.stored()
    with pytest.raises(Unexpected, match="came again"):
        await worker.take(asked)
    assert await worker.align() == Position(2, 2)
    assert (await world.log(), await world.stored()) == (log, stored)


async def test_a_worker_that_is_not_aligned_takes_nothing(world: World) -> None:
    asked = await world.ask(take())
    with pytest.raises(Unexpected, match="not aligned"):
        await world.worker().take(asked)
    assert not await world.log()


async def test_a_gap_in_the_offsets(world: World) -> None:
    await world.ask(take())
    await world.leave_gap()
    await world.ask(take("n"))
    worker = world.worker()
    await worker.go(at_once=1)  # the second batch begins behind the gap
    await world.leave_gap()
    await world.ask(take("o"), take("p"))
    await worker.go()
    offsets = [record.offset for record in await world.commands()]
    assert offsets[1] - offsets[0] > 1
    assert [found.offset for found in await world.outcomes()] == offsets
    assert (await world.stored()).position == Position(offsets[-1] + 1, 4)
    stored = await world.stored()
    await world.wipe()
    await world.worker().align()
    assert await world.stored() == stored


async def test_dead_letters_leave_the_rest_of_the_batch_alone(world: World) -> None:
    good = take()
    named = dict(good.headers)
    broken = {
        "bad_json": good._replace(value=b'{"activity_id": "a", '),
        "bad_data": good._replace(value=b'{"activity_id": "a", "member_id": 7}'),
        "missing_header": good._replace(headers=[header for header in good.headers if header[0] != "ce_id"]),
        "bad_header": good._replace(headers=[*good.headers, ("ce_type", b"twice")]),
        "bad_time": take(ce_time=b"yesterday"),
        "unknown_type": take(ce_type=b"toy.ticket.eat.v1"),
        "misrouted": good._replace(key=b"b"),
    }
    elsewhere = command(TakeTicket(activity_id="elsewhere", member_id="m"), "c")
    asked = await world.ask(take("first"), *broken.values(), elsewhere, take("last"))
    await world.worker().go()

    events = await world.events()
    assert [type(event) for event in events] == [TicketTaken, *[CommandDead] * 8, TicketTaken]
    assert [event.cause for event in dead(events)] == [*broken, "misrouted"]
    assert [(event.topic, event.partition, event.offset) for event in dead(events)] == [
        (world.topic, 0, record.offset) for record in asked[1:-1]
    ]
    letters = {of: data for topic, of, data in await world.paid() if topic == f"{world.topic}.dead"}
    assert letters == {
        f"{world.service.name}-1-0-{event.offset}-0-d": RecordDead(**event.model_dump()) for event in dead(events)
    }
    answers = [dict(record.headers)["ce_causationid"] for record in await world.log()]
    assert answers[1:5] == [named["ce_id"], named["ce_id"], b"", named["ce_id"]]
    assert (await world.stored()).position == Position(10, 10)


async def test_a_member_id_of_ten_kilobytes_is_a_dead_letter(world: World) -> None:
    data = TakeTicket.model_construct(activity_id="a", member_id="m" * 10_000, count=1)
    await world.ask(command(data, "c"), take())
    await world.worker().go()
    first, second = await world.events()
    assert isinstance(first, CommandDead)
    assert (first.cause, first.size > 10_000) == ("bad_data", True)
    assert isinstance(second, TicketTaken)


async def test_an_outcome_that_no_record_batch_takes(world: World) -> None:
    await world.ask(command(SetStock(activity_id="a", stock=100), "s"), take("m", 20), take("n"))
    await world.worker(max_batch_bytes=5_000).go()
    _, too_large, last = await world.events()
    assert isinstance(too_large, CommandDead)
    assert too_large.cause == "outcome_too_large"
    assert isinstance(last, TicketTaken)
    assert last.number == 1  # it left no trace in the state
    assert (await world.stored()).counters == {"a": {"taken": 1}}


class Fails(Toy):
    """Decides a ticket, and then fails for members whose name begins with x."""

    def decide(self, state: State, command: Command[Any]) -> Any:
        yield from super().decide(state, command)
        if command.data.member_id.startswith("x"):
            raise ZeroDivisionError("a bug")


async def test_a_decision_that_fails_leaves_no_trace(world: World) -> None:
    service = Fails()
    service.name = world.service.name
    await world.ask(take("m"), take("x"), take("n"))
    await world.worker(service).go()
    _, failed, last = await world.events()
    assert isinstance(failed, CommandDead)
    assert (failed.cause, failed.detail, failed.offset) == ("decide_failed", "ZeroDivisionError: a bug", 1)
    assert isinstance(last, TicketTaken)
    assert last.number == 2


async def test_many_failing_decisions_are_the_codes_fault(world: World) -> None:
    service = Fails()
    service.name = world.service.name
    asked = await world.ask(take(), *[take(f"x{number}") for number in range(MAX_FAILED_IN_BATCH)])
    worker = world.worker(service)
    await worker.align()
    with pytest.raises(Stopped, match=r"20 of 21 commands .* nothing was published"):
        await worker.take(asked)
    assert not await world.log()
    assert (await world.stored()).position == Position(0, 0)
    await world.worker().go()  # the version before goes on
    assert len(await world.outcomes()) == 21


class StoresNoMembers(Toy):
    """A version of the code whose records of members cannot be encoded."""

    def encode(self, record: Any) -> bytes:
        if not isinstance(record, int):
            raise OverflowError("no such number fits")
        return super().encode(record)


async def test_what_cannot_be_stored_is_not_published_either(world: World) -> None:
    service = StoresNoMembers()
    service.name = world.service.name
    asked = await world.ask(take())
    worker = world.worker(service)
    await worker.align()
    with pytest.raises(Stopped, match="no such number fits"):
        await worker.take(asked)
    assert not await world.log()
    await world.worker().go()  # a mended version goes on
    assert len(await world.outcomes()) == 1


async def test_records_of_strangers_in_the_events_topic_are_void(world: World) -> None:
    await world.ask(take(), take("n"))
    await world.worker().go(at_once=1)
    await world.append_foreign(Record(0, b"a", b"{}", [("ce_id", b"x")]))
    await world.append_foreign((await world.log())[0])  # a copy: what counted there does not count here
    await world.ask(take("o"))
    worker = world.worker()
    assert await worker.align() == Position(2, 4)
    await worker.go()
    assert [record.offset for found in await world.outcomes() for _, record in found.events] == [0, 1, 4]
    stored = await world.stored()
    await world.wipe()
    await world.worker().align()
    assert await world.stored() == stored
