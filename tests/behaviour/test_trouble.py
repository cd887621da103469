"""What becomes of a partition when replies get lost, the store goes back in time, workers oversleep, topics change."""

import asyncio
from collections.abc import Sequence

import pytest

from fairground_runtime.protocol.ports import Ports, Position, Record, Stopped, Unavailable
from fairground_runtime.protocol.step import Unexpected
from tests.behaviour.between import Asleep, LosesReplies, Meeting, PaysOnly
from tests.behaviour.world import World
from tests.simulation.scenes import Stingy, command
from tests.toy import SetStock, TakeTicket, TicketRefused, TicketTaken

pytestmark = pytest.mark.asyncio(loop_scope="module")


def take(member: str = "m", count: int = 1, activity: str = "a") -> Record:
    return command(TakeTicket(activity_id=activity, member_id=member, count=count), f"take-{member}")


async def taken(world: World) -> list[tuple[str, int]]:
    return [(event.member_id, event.number) for event in await world.events() if isinstance(event, TicketTaken)]


async def check_paid_once(world: World) -> None:
    """All rewards that the log owes are paid, and no others."""
    owed = {
        f"{event.id}-r"
        for found in await world.outcomes()
        for event, _ in found.events
        if isinstance(event.data, TicketTaken)
    }
    assert {of for _, of, _ in await world.paid()} == owed


# ---- replies get lost ----------------------------------------------------------------------------------


@pytest.mark.parametrize("done", [True, False], ids=["done", "not_done"])
@pytest.mark.parametrize(("port", "method"), [("log", "append"), ("payments", "publish"), ("store", "apply")])
async def test_a_lost_reply(world: World, port: str, method: str, done: bool) -> None:
    def between(ports: Ports) -> Ports:
        return ports._replace(**{port: LosesReplies(getattr(ports, port), method, done=done)})

    asked = await world.ask(take("m", 2), take("n"))
    worker = world.worker(between=between)
    await worker.align()
    with pytest.raises(Unavailable):
        await worker.take(asked)
    assert worker.partition.at is None
    await worker.go()
    assert await taken(world) == [("m", 1), ("m", 2), ("n", 3)]
    assert (await world.stored()).position == Position(2, 3)
    assert (await world.stored()).counters == {"a": {"taken": 3}}
    await check_paid_once(world)


async def test_what_was_decided_once_is_not_decided_again_by_another_version(world: World) -> None:
    stingy = Stingy()
    stingy.name = world.service.name
    asked = await world.ask(take("m"), take("n"))
    old = world.worker(between=lambda ports: ports._replace(log=LosesReplies(ports.log, "append")))
    await old.align()
    with pytest.raises(Unavailable):
        await old.take(asked)
    await world.ask(take("o"), take("p"))
    await world.worker(stingy).go()
    assert [type(event) for event in await world.events()] == [TicketTaken, TicketTaken, TicketTaken, TicketRefused]
    await check_paid_once(world)


async def test_payments_of_which_only_some_were_published(world: World) -> None:
    asked = await world.ask(take("m", 3))
    worker = world.worker(between=lambda ports: ports._replace(payments=PaysOnly(ports.payments, 2)))
    await worker.align()
    with pytest.raises(Unavailable):
        await worker.take(asked)
    assert len(await world.paid()) == 2
    assert (await world.stored()).position == Position(0, 0)
    await world.worker().align()
    assert (await world.stored()).position == Position(1, 3)
    await check_paid_once(world)


async def test_a_record_batch_is_lost_between_others(world: World) -> None:
    await world.ask(*[take(f"m{number}") for number in range(9)])

    def between(ports: Ports) -> Ports:
        return ports._replace(log=LosesReplies(ports.log, "append", times=2, done=False))

    await world.worker(between=between, max_batch_bytes=2_000).go()
    assert await taken(world) == [(f"m{number}", number + 1) for number in range(9)]
    await check_paid_once(world)


# ---- workers oversleep ---------------------------------------------------------------------------------


async def test_a_stale_workers_events_are_void_and_it_aligns(world: World) -> None:
    await world.ask(take("m"), take("n"))
    stale, quick = world.worker(), world.worker()
    await stale.align()
    await quick.go()
    with pytest.raises(Unexpected, match="the store stands at 2"):
        await stale.take(await world.commands())
    await stale.go()
    assert await taken(world) == [("m", 1), ("n", 2)]


@pytest.mark.parametrize(("port", "method"), [("log", "append"), ("payments", "publish"), ("store", "apply")])
async def test_a_worker_that_falls_asleep_in_the_middle_of_a_batch(world: World, port: str, method: str) -> None:
    doors: list[Asleep] = []

    def between(ports: Ports) -> Ports:
        doors.append(Asleep(getattr(ports, port), method))
        return ports._replace(**{port: doors[0]})

    asked = await world.ask(take("m"), take("n"))
    sleeper, quick = world.worker(between=between), world.worker()
    await sleeper.align()
    step = asyncio.create_task(sleeper.take(asked))
    await doors[0].sleeps.wait()
    await quick.go()
    await world.ask(take("o"))
    await quick.go()
    stored = await world.stored()
    doors[0].wake.set()
    with pytest.raises(Unexpected):
        await step
    assert await world.stored() == stored
    assert await taken(world) == [("m", 1), ("n", 2), ("o", 3)]
    await world.ask(take("p"))
    await sleeper.go()
    assert await taken(world) == [("m", 1), ("n", 2), ("o", 3), ("p", 4)]
    await check_paid_once(world)


async def test_what_a_sleeper_decided_too_late_is_not_paid(world: World) -> None:
    stingy = Stingy()
    stingy.name = world.service.name
    doors: list[Asleep] = []

    def between(ports: Ports) -> Ports:
        doors.append(Asleep(ports.log, "append"))
        return ports._replace(log=doors[0])

    asked = await world.ask(take("m"), take("n"))
    sleeper = world.worker(between=between)
    await sleeper.align()
    step = asyncio.create_task(sleeper.take(asked))
    await doors[0].sleeps.wait()
    await world.worker(stingy).go()
    doors[0].wake.set()
    with pytest.raises(Unexpected, match="appended at 2 instead of 0: they are void"):
        await step
    assert len(await world.log()) == 4
    assert [type(event) for event in await world.events()] == [TicketTaken, TicketRefused]
    await check_paid_once(world)


async def test_the_last_one_in_stock_has_one_winner(worlds: Sequence[World]) -> None:
    """Two processes read the stock, and both took it down from what they had read (`decPrizeNum` of CRMEB). Two hundred
    races, in partitions each of which two workers believe to be their own: neither asks a group."""
    rounds = 200 // len(worlds)
    await asyncio.gather(*(_race(world, rounds) for world in worlds))
    for world in worlds:
        events = await world.events()
        winners = [event.activity_id for event in events if isinstance(event, TicketTaken)]
        assert winners == [f"a{number}" for number in range(rounds)]
        assert len(events) == 3 * rounds
        assert len(await world.log()) > len(events), "what the losers decided is there, and void"
        await check_paid_once(world)
        stored = await world.stored()
        await world.wipe()
        await world.worker().align()
        assert await world.stored() == stored


async def _race(world: World, rounds: int) -> None:
    """Both take the same commands, and publish what they decided at once; each in batches of another size."""
    meeting, commands = Meeting(2), list[Record]()
    async with (
        world.worker(between=meeting.in_front_of_the_log, batch_commands=2) as one,
        world.worker(between=meeting.in_front_of_the_log, batch_commands=1) as two,
    ):
        for number in range(rounds):
            activity = f"a{number}"
            for worker in (one, two):
                await worker.go(commands=commands)
            asked = await world.ask(
                command(SetStock(activity_id=activity, stock=1), "s"), take("m", 1, activity), take("n", 1, activity)
            )
            commands += asked
            meeting.begin()
            ends = await asyncio.gather(one.take(asked), two.take(asked), return_exceptions=True)
            assert {type(end) for end in ends} in ({Unexpected, list}, {Unexpected}), ends  # both may void each other
        await one.go(commands=commands)


# ---- the store forgets ---------------------------------------------------------------------------------


async def test_a_wiped_store_is_restored_byte_for_byte(world: World) -> None:
    await world.ask(take("m", 3), take("n"), take("m"))
    worker = world.worker()
    await worker.go()
    stored, paid = await world.stored(), await world.paid()
    await world.wipe()
    with pytest.raises(Unexpected, match="the store stands at 0"):
        await worker.partition.look()
    assert await worker.align() == stored.position
    assert await world.stored() == stored
    assert await world.paid() == paid


async def test_a_look_that_takes_long_does_not_disturb_who_went_on(world: World) -> None:
    doors: list[Asleep] = []

    def between(ports: Ports) -> Ports:
        doors.append(Asleep(ports.store, "position"))
        return ports._replace(store=doors[0])

    worker = world.worker(between=between)
    doors[0].wake.set()
    await worker.align()
    doors[0].wake.clear()
    doors[0].sleeps.clear()
    look = asyncio.create_task(worker.partition.look())
    await doors[0].sleeps.wait()
    await worker.take(await world.ask(take("m")))
    doors[0].wake.set()
    await look
    assert worker.partition.at == Position(1, 1)


async def test_a_store_that_went_back_in_time_goes_on_where_the_log_ends(world: World) -> None:
    """After a loss of Redis stock was loaded from a database that lagged behind, and given once more (big-market). Here
    the log is the truth: what the store lacks of it is folded before anything is decided."""
    await world.ask(take("m"), take("n"))
    worker = world.worker()
    await worker.go()
    earlier = await world.snapshot()
    await world.ask(take("m"), take("o"))
    await worker.go()
    stored = await world.stored()
    await world.roll_back(earlier)
    asked = await world.ask(take("p"))
    with pytest.raises(Unexpected, match="the store stands at 2"):
        await worker.take(asked)
    assert await worker.align() == stored.position
    assert await world.stored() == stored
    await worker.go()
    assert [number for _, number in await taken(world)] == [1, 2, 3, 4, 5]


async def test_the_store_goes_back_in_the_middle_of_a_batch(world: World) -> None:
    await world.ask(take("m"))
    await world.worker().go()
    earlier = await world.snapshot()
    await world.ask(take("n"))
    await world.worker().go()
    doors: list[Asleep] = []

    def between(ports: Ports) -> Ports:
        doors.append(Asleep(ports.store, "apply"))
        return ports._replace(store=doors[0])

    asked = await world.ask(take("o"))
    worker = world.worker(between=between)
    await worker.align()
    step = asyncio.create_task(worker.take(asked))
    await doors[0].sleeps.wait()
    await world.roll_back(earlier)
    doors[0].wake.set()
    with pytest.raises(Unexpected, match="refused"):
        await step
    await worker.go()
    assert await taken(world) == [("m", 1), ("n", 2), ("o", 3)]
    assert (await world.stored()).position == Position(3, 3)


async def test_the_store_has_forgotten_its_scripts(world: World) -> None:
    await world.ask(take("m"))
    worker = world.worker()
    await worker.go()
    await world.forget_scripts()
    await world.ask(take("n"))
    await worker.go()
    assert (await world.stored()).counters == {"a": {"taken": 2}}


async def test_a_counter_that_somebody_changed_by_hand(world: World) -> None:
    await world.ask(take("m"))
    await world.worker().go()
    doors: list[Asleep] = []

    def between(ports: Ports) -> Ports:
        doors.append(Asleep(ports.store, "apply"))
        return ports._replace(store=doors[0])

    asked = await world.ask(take("n"))
    worker = world.worker(between=between)
    await worker.align()
    step = asyncio.create_task(worker.take(asked))
    await doors[0].sleeps.wait()
    await world.set_counter("a", "taken", 10)  # of ten tickets
    stored = await world.stored()
    doors[0].wake.set()
    with pytest.raises(Unexpected, match="refused"):
        await step
    assert await world.stored() == stored, "a refused write must write nothing"
    with pytest.raises(Stopped, match="would become 11"):
        await worker.align()


async def test_a_record_that_nobody_can_read(world: World) -> None:
    await world.ask(take("m"))
    worker = world.worker()
    await worker.go()
    await world.set_record("a", "m:m", b"\xc1")
    asked = await world.ask(take("m"))
    with pytest.raises(Stopped, match="cannot read"):
        await worker.take(asked)
    assert worker.partition.at is None
    assert len(await world.log()) == 1


# ---- topics change -------------------------------------------------------------------------------------


async def test_another_epoch(world: World) -> None:
    await world.ask(take("m"))
    await world.worker().go()
    with pytest.raises(Stopped, match="epoch 1, this worker's is 2"):
        await world.worker(epoch=2).align()
    await world.wipe()
    with pytest.raises(Stopped, match="it is of epoch 1, this worker's is 2"):
        await world.worker(epoch=2).align()


async def test_an_events_topic_that_is_shorter_than_the_state(world: World) -> None:
    await world.ask(take("m"), take("n"))
    await world.worker().go()
    await world.recreate_log()
    with pytest.raises(Stopped, match=r"made from events up to 2, but the events topic ends at 0.*created anew"):
        await world.worker().align()


async def test_an_events_topic_that_is_another_one(world: World) -> None:
    await world.ask(take("m"), take("n"))
    await world.worker().go()
    await world.recreate_log()
    for _ in range(3):
        await world.append_foreign(Record(0, b"a", b"{}", [("ce_stamp", b"99")]))
    with pytest.raises(Stopped, match=r"the event before 2 is not the one .* \(command 1\).*created anew"):
        await world.worker().align()


async def test_an_events_topic_that_lost_what_was_committed(world: World) -> None:
    await world.ask(take("m"), take("n"))
    await world.worker().go()
    await world.recreate_log()
    await world.wipe()
    with pytest.raises(Stopped, match=r"up to 2 were committed, .* only up to 0: events were lost"):
        await world.worker().align()


async def test_events_that_expired(world: World) -> None:
    await world.ask(take("m"), take("n"), take("o"))
    worker = world.worker()
    await worker.go()
    await world.expire(events=2)
    assert await worker.align() == Position(3, 3)  # the last one is still there
    stored = await world.snapshot()
    await world.wipe()
    with pytest.raises(Stopped, match=r"needs events from 0 on, but the events topic begins at 2: they have expired"):
        await worker.align()
    await world.roll_back(stored)
    await world.expire(events=3)
    with pytest.raises(Stopped, match=r"needs events from 2 on, but the events topic begins at 3"):
        await worker.align()


async def test_commands_that_expired(world: World) -> None:
    await world.ask(take("m"))
    worker = world.worker()
    await worker.go()
    asked = await world.ask(take("n"), take("o"), take("p"))
    await world.expire(commands=3)
    with pytest.raises(Stopped, match=r"is 1, but the command topic begins at 3: commands expired"):
        await worker.take(asked[2:])
    with pytest.raises(Stopped, match=r"is 1, but the command topic begins at 3: commands expired"):
        await world.worker().align()
    assert len(await world.log()) == 1
