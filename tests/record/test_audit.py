"""The audit finds nothing where nothing is wrong, and finds each kind of tampering by the law that it breaks."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any

import pytest
from rich.console import Console

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.dead import RecordDead
from fairground_contracts.rewards import Reward, RewardGranted
from fairground_decider import Event
from fairground_decider.laws import Findings, Law
from fairground_embedded import Addresses
from fairground_record.audit import Audited, Report, audit
from fairground_runtime.protocol.ports import Record
from fairground_runtime.redis_store import Keys
from fairground_runtime.settings import ServerSettings
from tests.record.test_record import Reading, recorded_all
from tests.record.world import World, tickets
from tests.toy import TicketTaken


class NoMemberTwice(Findings):
    """A law that the toy does not keep: of use to see that laws are asked."""

    name = "no_member_twice"
    zh = "每人一张"
    en = "a member takes one ticket"

    def __init__(self) -> None:
        super().__init__()
        self._members: set[tuple[str, str]] = set()

    def see(self, event: Event[Any]) -> None:
        if isinstance(event.data, TicketTaken):
            member = event.data.activity_id, event.data.member_id
            self.check(member not in self._members, f"{member} takes another one")
            self._members.add(member)


class AsManyRewards(Findings):
    """A law over both: as many rewards as tickets."""

    name = "as_many_rewards"
    zh = "一票一奖"
    en = "as many rewards as tickets"

    def see(self, event: Event[Any]) -> None:
        self.checked += isinstance(event.data, TicketTaken)

    def see_reward(self, reward: Any) -> None:
        self.checked -= 1


def fresh(laws: Iterable[type[Law]]) -> list[Law]:
    return [law() for law in laws]


async def audited(
    world: World, *laws: type[Law], patience_s: float = 15, strangers: bool = False, worth_a_process: int = 20_000
) -> Report:
    at = world.addresses
    servers = ServerSettings(kafka_bootstrap_servers=at.kafka, redis_url=at.redis, database_url=world.database)
    services = {world.name: Audited(world.service, partial(fresh, laws))}
    return await audit(services, servers, strangers=strangers, patience_s=patience_s, worth_a_process=worth_a_process)


def broken(report: Report) -> dict[str, list[str]]:
    return {each.verdict.name: each.verdict.broken for each in report.judged if each.broken}


@pytest.fixture
async def world(addresses: Addresses) -> AsyncIterator[World]:
    """All kinds of outcomes, in every partition, and nothing wrong."""
    async with World(addresses) as world:
        await world.play(tickets(200))
        odd = [("ce_id", b"x\\y\n"), ("traceparent", b"t")]
        malformed = [Record(0, b"a\tb", b"no JSON \xff", odd), Record(0, b"k", None, [])]
        await world.play_raw(1, malformed)
        yield world


async def record(world: World) -> None:
    async with Reading(world):
        await recorded_all(world)


async def change(world: World, statement: str, *arguments: Any) -> None:
    connection = await world.connect()
    done = await connection.execute(statement, *arguments)
    await connection.close()
    assert not done.endswith(" 0"), "nothing was changed"


def event(world: World, event_id: str, stamp: int | None, **changes: Any) -> CloudEvent:
    taken = TicketTaken(
        activity_id="a-0", member_id="m-x", number=1, reward=Reward(reward="points", amount=1, value_fen=1)
    )
    made = CloudEvent(
        event_id, taken.type, f"/fairground/{world.name}", "2017-01-01T00:00:00.000Z", "a-0",
        taken.model_dump_json().encode(), "c-x", "", stamp,
    )  # fmt: skip
    return made._replace(**changes)


def reward(world: World, reward_id: str, amount: int = 1) -> CloudEvent:
    granted = RewardGranted(
        member_id="m-x", activity_id="a-0", service=world.name, version=1, reward=Reward(reward="points", amount=amount)
    )
    return CloudEvent(
        reward_id, granted.type, f"/fairground/{world.name}", "2017-01-01T00:00:00.000Z", "a-0",
        granted.model_dump_json().encode(), reward_id.removesuffix("-r"),
    )  # fmt: skip


async def test_nothing_wrong_nothing_found(world: World) -> None:
    await world.append(event(world, "late", 3), b"a-0")  # void: of no concern
    await record(world)
    report = await audited(world, AsManyRewards)
    assert (report.holds, broken(report)) == (True, {})
    checked = {each.verdict.name: each.verdict.checked for each in report.judged}
    connection = await world.connect()
    events = await connection.fetchval("SELECT count(*) FROM events")
    rewards = await connection.fetchval("SELECT count(*) FROM rewards WHERE service = $1", world.name)
    assert report.events == checked["events_readable"] == events
    assert checked["record_is_topic"] == await connection.fetchval("SELECT count(*) FROM records")
    assert (checked["commands_decided"], checked["dead_letters_owed"]) == (202, 2)
    assert checked["rewards_owed"] == rewards > 50
    assert checked["ids_once"] == events + rewards + 2
    assert checked["as_many_rewards"] == 0
    assert checked["state_is_fold"] > 50
    await connection.close()


def facts(report: Report) -> list[tuple[Any, ...]]:
    return sorted((each.service, each.verdict.name, each.verdict.checked, each.broken) for each in report.judged)


async def test_any_number_of_processes_finds_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for forged in (f"{world.name}-1-0-99999-0-r", "no event's"):
        await world.append(reward(world, forged), b"m-x", topics.REWARDS.name, None)
    for partition in range(topics.PARTITIONS):
        await world.redis.hincrby(Keys(world.name, partition).position, "next", 1000)
    await record(world)
    alone = await audited(world, AsManyRewards, NoMemberTwice, Confused)
    assert broken(alone).keys() >= {"rewards_owed", "commands_decided", "laws_able", "no_member_twice"}
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    together = await audited(world, AsManyRewards, NoMemberTwice, Confused, worth_a_process=1)
    assert facts(together) == facts(alone)
    assert (together.events, together.rows, together.totals) == (alone.events, alone.rows, alone.totals)


async def test_a_reward_published_again_is_no_fault(world: World) -> None:
    await world.play(tickets(8))
    connection = await world.connect()
    await record(world)
    row = await connection.fetchrow("SELECT * FROM records WHERE reward_id LIKE $1 LIMIT 1", f"{world.name}%")
    await connection.close()
    assert row
    again = CloudEvent(row["id"], row["type"], row["source"], row["time"], row["activity_id"], row["value"].encode(),
                       row["command_id"])  # fmt: skip
    await world.append(again, row["key"].encode(), topics.REWARDS.name, None)
    await record(world)
    assert broken(await audited(world)) == {}


async def test_it_can_be_asked_while_everything_runs(world: World) -> None:
    async with Reading(world):
        enough = asyncio.Event()
        playing = asyncio.create_task(_play_until(enough, world))
        try:
            for _ in range(3):
                assert broken(await audited(world)) == {}
        finally:
            enough.set()
            played = await playing
    assert played > 0


async def _play_until(enough: asyncio.Event, world: World) -> int:
    """Commands that keep coming; returns how often. It ends by itself: a cancellation can get lost on its way down."""
    played = 0
    while not enough.is_set():
        await world.play(tickets(100), batch=20)
        played += 1
    return played


CHANGED = {
    "DELETE FROM records WHERE {at}": "is missing in the record",
    "UPDATE records SET value = replace(value, 'm-', 'n-') WHERE {at}": "differs in value",
    "UPDATE records SET valid = NOT valid WHERE {at}": "differs in valid ('f' instead of 't')",
    "UPDATE records SET member_id = 'somebody' WHERE {at}": "differs in member_id",
    "UPDATE records SET exact = '\\x00' WHERE {at}": "differs in exact",
}


async def test_a_changed_record_is_not_the_topic(world: World) -> None:
    await record(world)
    at = 'topic = (SELECT id FROM topics WHERE name = $1) AND partition = 2 AND "offset" = 7'
    await change(world, f"CREATE TABLE saved AS SELECT * FROM records WHERE {at.replace('$1', quoted(world))}")
    for statement, how in CHANGED.items():
        await change(world, statement.format(at=at), world.events_topic)
        (example,) = broken(await audited(world))["record_is_topic"]
        assert example.startswith(f"{world.events_topic} partition 2, offset 7: {how}")
        connection = await world.connect()
        await connection.execute(f"DELETE FROM records WHERE {at}", world.events_topic)
        await connection.close()
        await change(world, "INSERT INTO records SELECT * FROM saved")
    assert broken(await audited(world)) == {}


def quoted(world: World) -> str:
    return f"'{world.events_topic}'"


async def test_a_row_of_which_the_topic_knows_nothing(world: World) -> None:
    await record(world)
    await change(
        world, 'INSERT INTO records (topic, partition, "offset", valid, logged_ms) SELECT id, 0, 100000, false, 0 '
        "FROM topics WHERE name = $1", world.events_topic,
    )  # fmt: skip
    assert broken(await audited(world)).keys() == {"record_is_topic"}


async def test_a_record_that_stands_still_is_incomplete(world: World) -> None:
    await record(world)
    await world.play(tickets(30))
    found = broken(await audited(world, patience_s=0.3))
    assert any(example.startswith(f"{world.events_topic} partition") for example in found["record_complete"])


async def test_redis_is_not_the_fold(world: World) -> None:
    await record(world)
    keys = Keys(world.name, world.partition("a-1"))
    for key in (keys.records("a-1"), keys.counters("a-1")):
        fields: Any = await world.redis.hgetall(key)
        field, content = next(iter(fields.items()))
        other = b"%d" % (int(content) + 1) if content.isdigit() else content[:-1] + b"\x63"
        for changed, value in ((field, other), (field, None), (b"another", content)):
            await (world.redis.hset(key, changed, value) if value else world.redis.hdel(key, changed))
            found = broken(await audited(world))
            assert found.keys() == {"state_is_fold"}
            (example,) = found["state_is_fold"]
            assert "of a-1: Redis has" in example
            await world.redis.hdel(key, b"another")
            await world.redis.hset(key, field, content)
    assert broken(await audited(world)) == {}


async def test_a_position_that_was_moved(world: World) -> None:
    await record(world)
    at = Keys(world.name, 2).position
    for field in ("next", "end"):
        for by in (-1, 1, 1000):
            await world.redis.hincrby(at, field, by)
            assert broken(await audited(world)).keys() & {"state_is_fold", "commands_decided"}, (field, by)
            await world.redis.hincrby(at, field, -by)
    assert broken(await audited(world)) == {}


async def test_a_forged_reward(world: World) -> None:
    await world.append(reward(world, f"{world.name}-1-0-99999-0-r"), b"m-x", topics.REWARDS.name, None)
    await record(world)
    found = broken(await audited(world))
    assert found.keys() == {"rewards_owed"}
    assert "is owed by no event" in found["rewards_owed"][0]


async def test_a_reward_of_a_service_that_nobody_knows(world: World) -> None:
    forged = reward(world, "evil-1")._replace(source="/fairground/evil")
    await world.append(forged, b"m-x", topics.REWARDS.name, None)
    await record(world)
    assert broken(await audited(world)) == {}
    found = broken(await audited(world, strangers=True))
    assert found.keys() == {"rewards_owed"}


async def test_a_reward_with_another_content(world: World) -> None:
    connection = await world.connect()
    await record(world)
    paid = await connection.fetchval("SELECT id FROM records WHERE reward_id LIKE $1 LIMIT 1", f"{world.name}%")
    await connection.close()
    await world.append(reward(world, paid, amount=10**6), b"m-x", topics.REWARDS.name, None)
    await record(world)
    assert "different content" in broken(await audited(world))["ids_once"][0]


async def test_an_event_that_counts_and_was_never_paid(world: World) -> None:
    """A valid event of the test's own making, of a command that exists, which Redis has folded, they say."""
    partition = world.partition("a-0")
    end, at = world.ends[world.partition("a-0")], Keys(world.name, partition).position
    offset = int((await world.redis.hget(at, "next")) or 0)
    command = cloudevent.headers(event(world, "c-x", None))
    await world.producer.send_and_wait(
        topics.commands(world.name).name, b"{}", b"a-0", partition=partition, headers=command
    )
    stands = await world.append(
        event(world, f"{world.name}-1-{partition}-{offset}-0", end), b"a-0", partition=partition
    )
    assert stands == end
    await world.redis.hset(at, mapping={"next": offset + 1, "end": end + 1})
    await record(world)
    found = broken(await audited(world))
    assert found["rewards_owed"] == [
        f"{world.name}-1-{partition}-{offset}-0-r is owed by an event and was never published"
    ]
    assert found.keys() == {"rewards_owed", "state_is_fold"}


async def test_a_command_without_an_outcome(world: World) -> None:
    partition = world.partition("a-0")
    await world.producer.send_and_wait(topics.commands(world.name).name, b"{}", b"a-0", partition=partition)
    await world.redis.hincrby(Keys(world.name, partition).position, "next", 1)
    await record(world)
    found = broken(await audited(world))
    assert found.keys() == {"commands_decided", "state_is_fold"}
    assert found["commands_decided"][0].endswith("has no outcome")


async def test_an_outcome_twice(world: World) -> None:
    partition, end = world.partition("a-0"), world.ends[world.partition("a-0")]
    await world.append(event(world, f"{world.name}-1-{partition}-0-0", end), b"a-0", partition=partition)
    await record(world)
    found = broken(await audited(world))
    assert {"ids_once", "commands_decided"} <= found.keys()


async def test_outcomes_of_no_command(world: World) -> None:
    forged = {
        0: ("{name}-1-0-{next}-1", "begins with event 1"),
        1: ("{name}-2-1-{next}-0", "names no command of this partition"),
        2: ("other-1-2-{next}-0", "names no command of this partition"),
        3: ("x", "names no command of this partition"),
    }
    for partition, (event_id, _) in forged.items():
        following = int((await world.redis.hget(Keys(world.name, partition).position, "next")) or 0)
        named = event_id.format(name=world.name, next=following)
        await world.append(event(world, named, world.ends[partition]), b"a-0", partition=partition)
    await record(world)
    found = broken(await audited(world))["commands_decided"]
    for partition, (_, what) in forged.items():
        assert any(f"partition {partition}: " in example and what in example for example in found), found


async def test_events_that_count_and_cannot_be_read(world: World) -> None:
    changes: list[dict[str, Any]] = [{"data": b"{}"}, {"type": "toy.unknown.v1"}, {"time": "yesterday"}]
    for partition, changed in enumerate(changes):
        made = event(world, f"{world.name}-1-{partition}-99-0", world.ends[partition], **changed)
        await world.append(made, b"a-0", partition=partition)
    await record(world)
    found = broken(await audited(world))
    assert found.keys() == {"events_readable"}
    assert len(found["events_readable"]) == len(changes)


async def test_a_forged_dead_letter(world: World) -> None:
    letter = RecordDead.of("bad_json", "", topic="t", partition=0, offset=1, key=b"k", headers=[], value=b"")
    forged = CloudEvent("x-d", letter.type, f"/fairground/{world.name}", "2017-01-01T00:00:00Z", "",
                        letter.model_dump_json().encode(), "x")  # fmt: skip
    await world.append(forged, b"k", topics.dead(topics.commands(world.name)).name)
    await record(world)
    assert broken(await audited(world)).keys() == {"dead_letters_owed"}


class Confused(Findings):
    """A law that does not expect what it meets."""

    name = "confused"
    zh = en = "nothing"

    def see(self, event: Event[Any]) -> None:
        raise KeyError(event.id)


async def test_a_law_that_fails_is_no_law_that_holds(world: World) -> None:
    await record(world)
    found = broken(await audited(world, Confused))
    assert found.keys() == {"laws_able"}
    assert found["laws_able"][0].startswith(f"law confused cannot judge {world.name}-1-0-0-0: KeyError")


async def test_a_services_own_law(world: World) -> None:
    await record(world)
    report = await audited(world, NoMemberTwice)
    (judged,) = [each for each in report.judged if each.broken]
    assert (judged.service, judged.verdict.name) == (world.name, "no_member_twice")
    assert len(judged.verdict.broken) == judged.broken > 5
    console = Console(file=io.StringIO(), record=True, width=120)
    console.print(report.render("en"))
    console.print(report.render("zh"))
    shown = console.export_text()
    assert "a member takes one ticket" in shown
    assert "每人一张" in shown
    assert "takes another one" in shown
