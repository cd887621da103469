"""The store's two scripts on a real server: one reads all of one moment; the other checks everything, then writes
everything, as the in-memory store does it."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fairground_decider import Change, Key, Move
from fairground_embedded import Addresses, Valkey
from fairground_runtime.protocol.ports import Position, Stopped, Unavailable
from fairground_runtime.redis_store import Keys, RedisStore, check_server
from tests.simulation.memory import Saved, Write
from tests.toy import Toy

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEYS = Keys("raw", 0)
FAR = 2**53


class Raw(Toy):
    """Records are the bytes that are stored."""

    name = "raw"

    def encode(self, record: Any) -> bytes:
        return bytes(record)

    def decode(self, field: str, stored: bytes) -> Any:
        return stored


@pytest_asyncio.fixture(loop_scope="module")
async def redis(addresses: Addresses) -> AsyncIterator[Redis]:
    """The server, without any key of ours."""
    client = Redis.from_url(addresses.redis, protocol=2, retry=Retry(NoBackoff(), 0))
    if keys := await client.keys(f"{KEYS.tag}:*"):
        await client.delete(*keys)
    yield client
    await client.aclose()


@pytest.fixture
def store(redis: Redis) -> RedisStore:
    return RedisStore(redis, Raw(), 0, epoch=3)


def change(
    records: dict[Key, bytes | None] | None = None, counters: dict[Key, Move] | None = None,
    dropped: tuple[str, ...] = (), cleared: tuple[Key, ...] = (),
) -> Change:  # fmt: skip
    return Change(dropped, records or {}, counters or {}, cleared)


async def apply(store: RedisStore, made: Change, start: int, to: Position) -> bool:
    return await store.apply(store.pack(made), start, to)


async def dump(redis: Any) -> dict[str, Any]:
    """All keys of the partition with all that is in them."""
    found: dict[str, Any] = {}
    for key in await redis.keys(f"{KEYS.tag}:*"):
        name = key.decode().removeprefix(f"{KEYS.tag}:")
        found[name] = await (redis.smembers(key) if name == "activities" else redis.hgetall(key))
    return found


async def test_one_write_holds_everything(redis: Redis, store: RedisStore) -> None:
    done = await apply(store, change({("a", "f"): b"\x00\xff"}, {("b", "n"): Move(-3, -5, 0)}), 0, Position(7, 9))
    assert done
    assert await dump(redis) == {
        "position": {b"next": b"7", b"end": b"9", b"epoch": b"3"},
        "activities": {b"a", b"b"},
        "records:a": {b"f": b"\x00\xff"},
        "counters:b": {b"n": b"-3"},
    }
    position, state = await store.load({"a": {"f", "g"}, "b": {"f"}})
    assert position == await store.position() == Position(7, 9)
    assert (state.record("a", "f"), state.record("a", "g"), state.record("b", "f")) == (b"\x00\xff", None, None)
    assert (state.counter("b", "n"), state.counter("b", "m")) == (-3, 0)


async def test_counters_alone_can_be_loaded(redis: Redis, store: RedisStore) -> None:
    assert await apply(store, change({}, {("a", "n"): Move(2, 0, 2)}), 0, Position(1, 1))
    _, state = await store.load({"a": frozenset()})
    assert state.counters_of("a") == {"n": 2}


async def test_more_records_than_lua_takes_at_once_are_loaded_in_their_order(store: RedisStore) -> None:
    records: dict[Key, bytes | None] = {("a", f"f{number}"): b"%d" % number for number in range(0, 9_000, 2)}
    assert await apply(store, change(records), 0, Position(1, 1))
    _, state = await store.load({"a": {f"f{number}" for number in range(9_000)}, "b": {"f"}})
    for number in range(9_000):
        assert state.record("a", f"f{number}") == (None if number % 2 else b"%d" % number)
    assert state.record("b", "f") is None


@pytest.mark.parametrize(
    ("start", "refused"),
    [
        (4, change({("a", "f"): b"new"})),
        (6, change({("a", "f"): b"new"})),
        (5, change({("a", "f"): b"new"}, {("z", "n"): Move(1, 0, 9), ("a", "n"): Move(3, 0, 4)})),
        (5, change({("a", "f"): None}, {("a", "n"): Move(-3, 0, 4)}, cleared=(("a", "m"),))),
        (5, change({}, {("a", "n"): Move(-1, 0, 4)}, dropped=("a",))),
        (5, change({}, {("a", "n"): Move(5, 0, 4)}, cleared=(("a", "n"),))),
    ],
    ids=["behind", "ahead", "above_the_ceiling", "below_the_floor", "below_after_a_drop", "above_after_a_clear"],
)
async def test_a_refused_write_writes_nothing(redis: Redis, store: RedisStore, start: int, refused: Change) -> None:
    before = change({("a", "f"): b"old"}, {("a", "n"): Move(2, 0, 4), ("a", "m"): Move(1, 0, 4)})
    assert await apply(store, before, 0, Position(5, 5))
    stored = await dump(redis)
    assert not await apply(store, refused, start, Position(8, 8))
    assert await dump(redis) == stored


BEFORE = change({("a", "f"): b"old", ("b", "f"): b"old"}, {("a", "n"): Move(2, 0, 4), ("b", "n"): Move(2, 0, 4)})
AFTER = change({("a", "f"): b"new"}, {("a", "n"): Move(1, 0, 4)})


async def frozen(redis: Any) -> dict[bytes, bytes]:
    """All keys of the partition, of whatever type."""
    return {key: await redis.dump(key) for key in await redis.keys(f"{KEYS.tag}:*")}


@pytest.mark.parametrize("value", ["1.5", "1e0", "0x1", "01", "-0", "+1", " 1", "", "one", b"\xff", FAR + 2, 2**63])
async def test_a_counter_that_somebody_spoiled_stops_the_whole_write(
    redis: Redis, store: RedisStore, value: Any
) -> None:
    """HINCRBY refuses some of them, and would do so after other counters had moved."""
    assert await apply(store, BEFORE, 0, Position(5, 5))
    await redis.hset(KEYS.counters("b"), "n", value)
    stored = await frozen(redis)
    moved = AFTER._replace(counters={**AFTER.counters, ("b", "n"): Move(1, -(2**60), 2**60)})
    assert not await apply(store, moved, 5, Position(8, 8))
    assert await frozen(redis) == stored


@pytest.mark.parametrize("key", [KEYS.activities, KEYS.records("b"), KEYS.counters("b")])
@pytest.mark.parametrize(
    "then",
    [
        change({("b", "f"): b"new"}, {("b", "n"): Move(1, 0, 4)}),
        change({("b", "f"): None}, cleared=(("b", "n"),)),
        change({("b", "f"): b"new"}, {("b", "n"): Move(1, 0, 4)}, cleared=(("b", "n"),)),
    ],
    ids=["put", "gone", "begun_anew"],
)
async def test_a_key_of_another_type_stops_the_whole_write(
    redis: Redis, store: RedisStore, key: str, then: Change
) -> None:
    assert await apply(store, BEFORE, 0, Position(5, 5))
    await redis.delete(key)
    await redis.set(key, "spoiled")
    stored = await frozen(redis)
    both = Change((), {**AFTER.records, **then.records}, {**AFTER.counters, **then.counters}, then.cleared)
    with pytest.raises(Unavailable, match="WRONGTYPE"):
        await apply(store, both, 5, Position(8, 8))
    assert await frozen(redis) == stored


async def test_a_full_server_refuses_the_whole_write(redis: Redis, store: RedisStore, valkey: Valkey) -> None:
    assert await apply(store, BEFORE, 0, Position(5, 5))
    stored = await frozen(redis)
    await redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(Unavailable, match="maxmemory"):
            await apply(store, AFTER, 5, Position(8, 8))
        assert await frozen(redis) == stored
    finally:
        await redis.config_set("maxmemory", 0)
    assert await apply(store, AFTER, 5, Position(8, 8))


async def test_drops_come_first(redis: Redis, store: RedisStore) -> None:
    assert await apply(
        store,
        change({("a", "f"): b"1", ("a", "g"): b"2", ("b", "f"): b"3"}, {("a", "n"): Move(4, 0, 4)}),
        0,
        Position(1, 1),
    )
    again = change({("a", "g"): b"4", ("b", "f"): None}, {("a", "n"): Move(1, 0, 4)}, dropped=("a",))
    assert await apply(store, again, 1, Position(2, 2))
    stored = await dump(redis)
    assert stored["records:a"] == {b"g": b"4"}
    assert stored["counters:a"] == {b"n": b"1"}
    assert "records:b" not in stored


async def test_a_counter_that_was_cleared_begins_at_nothing(redis: Redis, store: RedisStore) -> None:
    assert await apply(store, change({}, {("a", "n"): Move(4, 0, 4), ("a", "m"): Move(4, 0, 4)}), 0, Position(1, 1))
    cleared = change({}, {("a", "n"): Move(1, 0, 4)}, cleared=(("a", "n"), ("a", "m"), ("a", "never")))
    assert await apply(store, cleared, 1, Position(2, 2))
    assert (await dump(redis))["counters:a"] == {b"n": b"1"}


async def test_more_fields_than_lua_can_unpack(redis: Redis, store: RedisStore) -> None:
    many = 20_000
    records: dict[Key, bytes | None] = {("a", f"f{number}"): b"%d" % number for number in range(many)}
    counters = {("a", f"n{number}"): Move(number, 0, FAR) for number in range(many)}
    assert await apply(store, change(records, counters), 0, Position(1, 1))
    stored = await dump(redis)
    assert stored["records:a"] == {b"f%d" % number: b"%d" % number for number in range(many)}
    assert stored["counters:a"] == {b"n%d" % number: b"%d" % number for number in range(many)}
    gone = change(dict.fromkeys(records), {}, cleared=tuple(counters))
    assert await apply(store, gone, 1, Position(2, 2))
    assert set(await dump(redis)) == {"position", "activities"}


async def test_large_numbers_stay_whole(redis: Redis, store: RedisStore) -> None:
    far = Position(FAR - 1, FAR - 3)
    assert await apply(store, change({}, {("a", "n"): Move(FAR - 7, 0, FAR), ("a", "m"): Move(10**14, 0, FAR)}), 0, far)
    stored = await dump(redis)
    assert stored["counters:a"] == {b"n": b"%d" % (FAR - 7), b"m": b"%d" % 10**14}
    assert await store.position() == far
    assert await apply(store, change({}, {("a", "n"): Move(3 - FAR, 0, FAR)}), FAR - 1, Position(FAR, FAR)) is False
    assert await apply(store, change({}, {("a", "n"): Move(8 - FAR, 0, FAR)}), FAR - 1, Position(FAR, FAR))
    assert (await dump(redis))["counters:a"][b"n"] == b"1"


async def test_names_that_look_like_syntax(redis: Redis, store: RedisStore) -> None:
    odd = 'a}{b:\r\n*1 "名字'
    assert await apply(store, change({(odd, odd): b"x"}, {(odd, odd): Move(1, 0, 1)}), 0, Position(1, 1))
    _, state = await store.load({odd: {odd}})
    assert (state.record(odd, odd), state.counter(odd, odd)) == (b"x", 1)


async def test_random_changes_come_to_the_same_as_in_memory(redis: Redis, store: RedisStore) -> None:
    dice = random.Random(11)
    saved, refused = Saved(), 0
    for number in range(150):
        made = _random_change(dice)
        start = saved.position.next if dice.random() < 0.9 else number
        to = Position(start + dice.randint(1, 3), number)
        write = Write(start, to, 3, made, made.records)
        wanted = not write.refused(saved)
        assert await apply(store, made, start, to) == wanted, made
        saved = write.onto(saved) if wanted else saved
        refused += not wanted
    assert 10 < refused < 100
    stored = await dump(redis)
    for activity in "ab":
        records = {name.encode(): value for name, value in saved.records[activity].items()}
        counters = {name.encode(): b"%d" % count for name, count in saved.counters[activity].items()}
        assert stored.get(f"records:{activity}", {}) == records
        assert stored.get(f"counters:{activity}", {}) == counters
    assert await store.position() == saved.position


def _random_change(dice: random.Random) -> Change:
    def keys() -> list[Key]:
        return [(dice.choice("ab"), dice.choice("uvwxyz")) for _ in range(dice.randint(0, 3))]

    def bounds() -> tuple[int, int]:
        return -dice.randint(0, 9), dice.randint(0, 9)

    return Change(
        tuple({dice.choice("ab")} if dice.random() < 0.1 else ()),
        {key: dice.choice((None, b"", dice.randbytes(3))) for key in keys()},
        {key: Move(dice.randint(-4, 4), *bounds()) for key in keys()},
        tuple(dict.fromkeys(keys())) if dice.random() < 0.3 else (),
    )


async def test_a_script_that_the_server_has_forgotten(redis: Redis, store: RedisStore) -> None:
    assert await apply(store, change({("a", "f"): b"1"}), 0, Position(1, 1))
    await redis.script_flush()
    assert await apply(store, change({("a", "f"): b"2"}), 1, Position(2, 2))
    assert (await dump(redis))["records:a"] == {b"f": b"2"}
    await redis.script_flush()
    _, state = await store.load({"a": {"f"}})
    assert state.record("a", "f") == b"2"


async def test_a_key_of_another_type_is_no_state(redis: Redis, store: RedisStore) -> None:
    await redis.set(KEYS.records("a"), "x")
    with pytest.raises(Unavailable, match="WRONGTYPE"):
        await store.load({"a": {"f"}})


async def test_the_state_of_another_epoch(redis: Redis, store: RedisStore) -> None:
    assert await apply(store, change(), 0, Position(1, 1))
    other = RedisStore(redis, Raw(), 0, epoch=4)
    with pytest.raises(Stopped, match="epoch 3, this worker's is 4"):
        await other.position()
    with pytest.raises(Stopped, match="epoch 3, this worker's is 4"):
        await other.load({"a": {"f"}})
    stored = await dump(redis)
    assert not await apply(other, change({("a", "f"): b"x"}), 1, Position(2, 2))
    assert await dump(redis) == stored


async def test_a_server_that_is_away(store: RedisStore) -> None:
    nobody = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    away = RedisStore(nobody, Raw(), 0, epoch=3)
    with pytest.raises(Unavailable):
        await away.position()
    with pytest.raises(Unavailable):
        await apply(away, change(), 0, Position(1, 1))


async def test_a_server_that_would_evict_state_is_refused(redis: Redis) -> None:
    await check_server(redis)
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(Stopped, match="allkeys-lru"):
            await check_server(redis)
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")
