"""The books: written with the events, balanced, and the same as what the valid events have moved."""

from collections.abc import AsyncIterator, Iterator, Sequence

import asyncpg
import pytest
from aiokafka import TopicPartition

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_decider.folding import World
from fairground_embedded import Addresses
from fairground_record import books
from fairground_record.answers import balances
from fairground_record.audit import accounts
from fairground_record.audit.report import Finding
from fairground_record.database import Connection, connect, migrate, register
from fairground_record.sources import Source, sources
from fairground_record.writer import Part, write
from tests import services
from tests.lottery.world import SECRET
from tests.record.ledger import Raw
from tests.record.world import fresh_database

SERVICE = "redpacket"
_COMMANDS = 1_500


@pytest.fixture(scope="module")
def url(addresses: Addresses) -> Iterator[str]:
    with fresh_database(addresses) as made:
        yield made


@pytest.fixture
async def connection(url: str) -> AsyncIterator[Connection]:
    """A record that knows the service and holds nothing."""
    made = await connect(url)
    await migrate(made)
    await made.execute("TRUNCATE records, ledger_entries, positions, topics, tallied, tallies, totals CASCADE")
    yield made
    await made.close()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """What happened at red packets, in one partition."""
    monkeypatch.setenv("FAIRGROUND_SECRET", SECRET.hex())
    made = World(services.activity(SERVICE).service())
    for asked in services.traffic(SERVICE, 1, _COMMANDS):
        made.decide([asked])
    return made


def records(world: World, stamp_off: frozenset[int] = frozenset()) -> list[Raw]:
    """The events as they stand on their topic; those at `stamp_off` were stamped to stand elsewhere."""
    made = []
    for offset, event in enumerate(world.events):
        activity = getattr(event.data, "activity_id", "")  # a link of members is of none
        said = CloudEvent(
            event.id, event.data.type, f"/fairground/{SERVICE}", event.time, activity, b"", event.command_id,
            stamp=offset + (offset in stamp_off),
        )  # fmt: skip
        value = event.data.model_dump_json().encode()
        made.append(Raw(offset, b"key", value, cloudevent.headers(said), 1_500_000_000_000))
    return made


async def recorded(connection: Connection, found: Sequence[Raw]) -> Source:
    """The topic of events, after they were recorded."""
    known = await register(connection, sources((SERVICE,)))
    source = next(each for each in known if each.stamped)
    for partition in range(source.topic.partitions):
        await connection.execute("INSERT INTO positions VALUES ($1, $2)", source.id, partition)
    for at in range(0, len(found), 400):
        part = found[at : at + 400]
        await write(connection, [Part(source, 0, part[0].offset, part)])
    return source


async def verdict(connection: Connection, world: World, source: Source, left_out: frozenset[int]) -> Finding:
    """What the audit says of the books, of events that count."""
    sums: accounts.Sums = {}
    accounts.move(sums, SERVICE, (event for at, event in enumerate(world.events) if at not in left_out))
    ends = {TopicPartition(source.name, number): len(world.events) for number in range(topics.PARTITIONS)}
    ((service, found),) = await accounts.compare(connection, [source], ends, [sums])
    assert service == SERVICE
    return found


async def test_they_are_written_with_the_events_and_balance(connection: Connection, world: World) -> None:
    source = await recorded(connection, records(world))
    by_activity = await connection.fetch("SELECT DISTINCT activity_id FROM ledger_entries")
    assert len(by_activity) >= 3
    for (activity,) in by_activity:
        kinds = await balances(connection, activity)
        assert sum(kind.fen for kind in kinds) == 0
        assert sum(kind.entries for kind in kinds) > 0
        packets = await balances(connection, activity, "packet", limit=3)
        assert len(packets) <= 3
        assert all(each.account.startswith("packet:") for each in packets)
    found = await verdict(connection, world, source, frozenset())
    assert found.broken == 0
    assert found.checked > 100


async def test_events_that_do_not_count_move_nothing(connection: Connection, world: World) -> None:
    void = frozenset(range(0, len(world.events), 3))
    source = await recorded(connection, records(world, void))
    assert (await verdict(connection, world, source, void)).broken == 0
    assert (await verdict(connection, world, source, frozenset())).broken > 0


async def test_whoever_changes_an_entry_is_found_out(connection: Connection, world: World) -> None:
    source = await recorded(connection, records(world))
    await connection.execute(
        'UPDATE ledger_entries SET fen = fen + 1 WHERE (partition, "offset", line) = '
        '(SELECT partition, "offset", line FROM ledger_entries WHERE fen > 0 LIMIT 1)'
    )
    found = await verdict(connection, world, source, frozenset())
    assert found.broken == 2  # the account, and the sum of all of them


async def test_entries_that_do_not_come_to_nothing_are_refused(connection: Connection) -> None:
    await register(connection, sources((SERVICE,)))
    with pytest.raises(asyncpg.RaiseError, match="come to 5 fen, not to 0"):
        await connection.execute(
            "INSERT INTO ledger_entries VALUES (1, 0, 7, 0, 'a', 'packet:x', 15), (1, 0, 7, 1, 'a', 'settled', -10)"
        )


def test_a_service_that_moves_no_money_keeps_no_books() -> None:
    assert books.kept_by("lottery") is None
    assert books.kept_by(SERVICE) is not None
