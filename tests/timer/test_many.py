"""A hundred thousand timers cost their rows: nothing is held for them, and nothing looks through them."""

import re
from typing import Any

import psutil

from fairground_timer.sql import query
from tests.timer.world import World, now_ms

_ROWS = 100_000
_DAY_MS = 86_400_000


def _questions(now_ms: int) -> dict[str, tuple[Any, ...]]:
    """What is asked again and again, with values for its places."""
    return {
        "claim": (now_ms, 4), "due": ([1, 2, 3, 4], now_ms, 500, 4_000_000), "next_due": (), "overdue": (now_ms, 1_000),
    }  # fmt: skip


async def _many(world: World, due_ms: int) -> None:
    """Rows as requests would have made them, ten milliseconds apart, and as many that are over."""
    await world.connection.execute(
        """
        INSERT INTO timers (service, timer_id, revision, state, shard, due_ms, key, command, content, subject, cause,
            traceparent)
        SELECT $1, state || n, 1, state, n % 16, $2::bigint + n * 10, 'k' || n, 'toy.ticket.take.v1',
            '{"activity_id": "a", "member_id": "m"}', 'a', 'c', ''
        FROM generate_series(1, $3) AS n, unnest(ARRAY['waiting', 'given']) AS state
        """,
        world.service, due_ms, _ROWS,
    )  # fmt: skip
    await world.connection.execute("ANALYZE timers")


async def test_no_question_looks_through_the_rows(world: World) -> None:
    await _many(world, now_ms() - _ROWS * 5)  # half of them are due
    for name, values in _questions(now_ms()).items():
        rows = await world.connection.fetch(f"EXPLAIN ANALYZE {query(name)}", *values)
        plan = "\n".join(row[0] for row in rows)
        assert "Seq Scan on timers" not in plan, plan
        read = [float(found) for found in re.findall(r"timers_due on timers .*?actual time=\S+ rows=(\S+)", plan)]
        assert read, plan
        assert max(read) <= (1_000 if name == "overdue" else 500), plan


async def test_an_instance_holds_nothing_for_them(world: World) -> None:
    process = world.start()
    await world.ask(world.request("first", now_ms(), "a"))
    await world.settled({"first": "given"})
    resident = psutil.Process(process.pid).memory_info().rss
    await _many(world, now_ms() + _DAY_MS)
    await world.ask(*(world.request(f"mine{at}", now_ms() + 1_000 + at * 50, "a") for at in range(40)))
    await world.settled({f"mine{at}": "given" for at in range(40)})
    grown = psutil.Process(process.pid).memory_info().rss - resident
    assert grown < 4_000_000, f"{grown / 1e6:.1f} MB for {_ROWS} rows"


async def test_those_that_are_due_are_given_and_the_others_left_alone(world: World) -> None:
    due = 10_000
    await _many(world, now_ms() - due * 10)  # one more is due every ten milliseconds
    process = world.start(FAIRGROUND_DUE_PER_SECOND="100000", FAIRGROUND_BATCH_DUE="2000")
    await world.none_due(now_ms())
    resident = psutil.Process(process.pid).memory_info().rss
    await world.stop(process)
    given = {each.id for each in await world.given()}
    assert due <= len(given) < due * 2
    assert len(given) == sum(state == "given" for state in (await world.states()).values()) - _ROWS
    assert resident < 200_000_000
