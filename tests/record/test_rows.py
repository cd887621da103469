"""Every record becomes a row that gives it back byte for byte, whatever is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent
from fairground_embedded import Addresses
from fairground_postgres import Fenced
from fairground_record.database import Connection, connect, migrate, register
from fairground_record.rows import Kept, kept
from fairground_record.sources import Source, sources
from fairground_record.writer import Part, write
from tests.record.world import fresh_database


@dataclass
class Raw:
    """As aiokafka returns it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, Any]]
    partition: int = 0
    timestamp: int = 1_500_000_000_000


EVENT = CloudEvent(
    "toy-1-0-5-0", "toy.ticket.taken.v1", "/fairground/toy", "2017-07-14T02:40:00.000Z", "a-1",
    b'{"activity_id":"a-1","member_id":"m-1","order_id":"o-1"}', "c-5", "", 0,
)  # fmt: skip


def raw(offset: int = 0, key: bytes | None = b"a-1", **changes: Any) -> Raw:
    event = EVENT._replace(**{"stamp": offset, **changes})
    return Raw(offset, key, event.data, cloudevent.headers(event))


class Database:
    """One connection, and a topic of each kind."""

    def __init__(self, connection: Connection, recorded: tuple[Source, ...]) -> None:
        self.connection = connection
        self.sources: dict[str, Source] = {source.kind: source for source in reversed(recorded)}

    async def begin(self, source: Source) -> None:
        await self.connection.execute("TRUNCATE records, positions")
        await self.connection.execute("INSERT INTO positions (topic, partition) VALUES ($1, 0)", source.id)

    async def there_and_back(self, records: Sequence[Raw], kind: str = "events") -> list[Any]:
        source = self.sources[kind]
        await self.begin(source)
        await write(self.connection, [Part(source, 0, 0, records)])
        rows = await self.connection.fetch(
            'SELECT r.*, t.kind FROM records r JOIN topics t ON t.id = r.topic ORDER BY "offset"'
        )
        assert [kept(row) for row in rows] == [
            Kept(0, each.offset, each.key, each.value, tuple(each.headers), each.timestamp, row["valid"])
            for each, row in zip(records, rows, strict=True)
        ]
        return list(rows)


@pytest.fixture(scope="module")
def database_url(addresses: Addresses) -> Iterator[str]:
    with fresh_database(addresses) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> Any:
    connection = await connect(database_url)
    await migrate(connection)
    yield Database(connection, await register(connection, sources(("toy",))))
    await connection.close()


async def test_an_events_columns_say_everything(database: Database) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    rows = await database.there_and_back(
        [
            raw(0), raw(1, traceparent=trace), raw(2, causation_id=""), raw(3, subject=""), raw(4, key=None),
            raw(5, data='{"member_id":"会员","reason":"sold_out","prize_id":"p\\\\1"}'.encode()),
        ]
    )  # fmt: skip
    first, last = rows[0], rows[-1]
    assert (first["valid"], first["stamp"], first["problem"], first["exact"]) == (True, None, None, None)
    assert (first["id"], first["type"], first["activity_id"]) == ("toy-1-0-5-0", "toy.ticket.taken.v1", "a-1")
    assert (first["member_id"], first["order_id"], first["command_id"]) == ("m-1", "o-1", "c-5")
    assert (last["member_id"], last["reason"], last["prize_id"]) == ("会员", "sold_out", "p\\1")
    assert [row["exact"] is None for row in rows] == [True, False, True, True, True, True]  # trace behind the stamp


async def test_void_events_are_marked_and_kept(database: Database) -> None:
    stamps = [0, 0, 3, None, 2]
    rows = await database.there_and_back([raw(offset, stamp=stamp) for offset, stamp in enumerate(stamps)])
    assert [row["valid"] for row in rows] == [True, False, False, False, False]
    assert [row["stamp"] for row in rows] == [None, 0, 3, None, 2]


@pytest.mark.parametrize("stamp", [b"00", b"+0", b" 0", b"", b"9" * 30, b"x"])
async def test_a_stamp_counts_only_as_it_is_written(database: Database, stamp: bytes) -> None:
    headers = [*cloudevent.headers(EVENT._replace(stamp=None)), ("ce_stamp", stamp)]
    (row,) = await database.there_and_back([Raw(0, b"a-1", EVENT.data, headers)])
    assert row["valid"] is False


HEADERS = cloudevent.headers(EVENT)

ODD = {
    "no headers": Raw(0, b"k", b"{}", []),
    "no value": Raw(0, b"k", None, HEADERS),
    "empty value": Raw(0, b"k", b"", HEADERS),
    "empty key": Raw(0, b"", EVENT.data, HEADERS),
    "no JSON": Raw(0, b"k", b"{member", HEADERS),
    "no object": Raw(0, b"k", b"[1,2]", HEADERS),
    "not UTF-8": Raw(0, b"\xff\xfe", b'{"a":"\xff"}', HEADERS),
    "null bytes": Raw(0, b"\0", b'{"member_id":"\\u0000"}', HEADERS),
    "a null byte in a header": Raw(0, b"k", b"{}", [*HEADERS[:5], ("ce_subject", b"\0a"), *HEADERS[6:]]),
    "tabs and lines": Raw(0, b"a\tb\nc\rd\\e\\.", b'{\n\t"member_id": "m\\t\\n\\r\\\\1"\n}', HEADERS),
    "COPY's own end": Raw(0, b"\\.", b'{"a":"\\\\."}', HEADERS),
    "other types": Raw(0, b"k", b'{"member_id":7,"order_id":null,"reason":["x"]}', HEADERS),
    "a lone surrogate": Raw(0, b"k", b'{"member_id":"\\ud800"}', HEADERS),
    "a null header": Raw(0, b"k", b"{}", [("ce_id", None), *HEADERS]),
    "a header twice": Raw(0, b"k", b"{}", [*HEADERS, ("ce_id", b"other")]),
    "a foreign header": Raw(0, b"k", b"{}", [*HEADERS, ("x", b"\xff")]),
    "another order": Raw(0, b"k", b"{}", HEADERS[::-1]),
    "a long id": Raw(0, b"k", b"{}", [("ce_id", b"i" * 10_000), *HEADERS]),
    "a long member": Raw(0, b"k", b'{"member_id":"%s"}' % (b"m" * 10_000), HEADERS),
    "an absurd time": Raw(0, b"k", b"{}", [*HEADERS[:4], ("ce_time", b"yesterday"), *HEADERS[5:]]),
    "structured": Raw(
        0, b"k", b'{"specversion":"1.0","id":"1","type":"t","source":"s","time":"2017-01-01T00:00:00Z",'
        b'"data":{"member_id":"m-1"}}', [("content-type", b"application/cloudevents+json")],
    ),
    "no timestamp": Raw(0, b"k", b"{}", HEADERS, timestamp=-1),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("kind", ["events", "rewards", "results", "dead"])
async def test_no_record_is_too_odd_to_be_kept(database: Database, name: str, kind: str) -> None:
    await database.there_and_back([ODD[name]], kind)
    for view in ("events", "rewards", "dead_letters"):
        await database.connection.fetch(f"SELECT * FROM {view}")  # and none makes a question fail


async def test_why_a_record_cannot_be_read_is_said(database: Database) -> None:
    (row,) = await database.there_and_back([ODD["no JSON"]])
    assert (row["problem"], row["id"], row["valid"]) == ("bad_json", "toy-1-0-5-0", True)
    (row,) = await database.there_and_back([ODD["no headers"]])
    assert (row["problem"], row["valid"]) == ("missing_header", False)


async def test_a_draw_is_found_by_the_order_whose_chance_it_used(database: Database) -> None:
    (row,) = await database.there_and_back([raw(data=b'{"cause":"order:o-9"}')])
    assert row["order_id"] == "o-9"


async def test_rewards_and_their_results_share_an_id(database: Database) -> None:
    for kind, data, wanted in [("rewards", b"{}", "toy-1-0-5-0"), ("rewards", b'{"reward_id":"r"}', "r"),
                               ("results", b'{"reward_id":"r"}', "r"), ("results", b"{}", None)]:  # fmt: skip
        (row,) = await database.there_and_back([raw(stamp=None, data=data)], kind)
        assert (row["reward_id"], row["valid"]) == (wanted, True)


_texts = st.one_of(st.text(max_size=20).map(str.encode), st.binary(max_size=20))
_headers = st.lists(st.tuples(st.sampled_from([*dict(HEADERS), "x-other"]), _texts), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_texts, _texts, _headers), min_size=1, max_size=20))
async def test_any_bytes_come_back(
    database: Database, made: list[tuple[bytes, bytes, list[tuple[str, bytes]]]]
) -> None:
    await database.there_and_back([Raw(n, key, value, headers) for n, (key, value, headers) in enumerate(made)])


async def test_a_batch_goes_in_whole_or_not_at_all(database: Database) -> None:
    source = database.sources["events"]
    await database.begin(source)
    await write(database.connection, [Part(source, 0, 0, [raw(0), raw(1)])])
    other = database.sources["rewards"]
    await database.connection.execute("INSERT INTO positions (topic, partition) VALUES ($1, 0)", other.id)
    with pytest.raises(Fenced):
        await write(database.connection, [Part(other, 0, 0, [raw(0)]), Part(source, 0, 1, [raw(1), raw(2)])])
    assert await database.connection.fetchval("SELECT count(*) FROM records") == 2
    assert await database.connection.fetchval("SELECT max(next_offset) FROM positions") == 2
