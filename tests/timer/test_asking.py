"""What stands on `fairground.timers`, understood: whatever strangers send, and in whatever order it comes."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent, Malformed
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_postgres import Connection
from fairground_timer.asking import CONTENT_BYTES, Asked, newest, understood
from fairground_timer.commands import Due, payment_of
from fairground_timer.database import connect
from fairground_timer.shards import SHARDS, shard_of
from fairground_timer.sql import query
from tests.timer.world import World

_GOOD: dict[str, Any] = {
    "service": "lottery", "timer_id": "expiry:p-1", "revision": 7, "due_at": "2026-11-30T10:00:00.0001Z", "key": "p-1",
    "command": "lottery.prize.expire.v1", "content": {"activity_id": "p-1", "n": 1.5, "deep": [{"名": None}]},
}  # fmt: skip


_LAST = datetime(9998, 12, 31, 23, 59, 59)  # noqa: DTZ001 - Hypothesis adds the zone


def event(type: str = TimerRequested.type, **changed: Any) -> CloudEvent:
    body = {name: value for name, value in {**_GOOD, **changed}.items() if value is not ...}
    return CloudEvent(
        "evt-1-t", type, "/tests", "2026-11-29T10:00:00Z", "", json.dumps(body).encode(), "c", "00-aa-bb-01"
    )


def test_a_request_becomes_the_row_of_a_command_that_its_service_can_read() -> None:
    asked = understood(event())
    assert asked == Asked(
        "lottery", "expiry:p-1", 7, "waiting", shard_of("lottery", "p-1"), 1_796_032_800_001, "p-1",
        "lottery.prize.expire.v1", '{"activity_id":"p-1","n":1.5,"deep":[{"名":null}]}', "p-1", "evt-1-t",
        "00-aa-bb-01",
    )  # fmt: skip
    for now_ms, said in ((1_796_032_800_002, "10:00:00.002"), (1_796_032_800_000, "10:00:00.001")):  # never before
        payment = payment_of(asked.due, now_ms)
        read = cloudevent.read(payment.headers, payment.value)
        assert (payment.topic, payment.key) == ("fairground.lottery.commands", b"p-1")
        assert read == CloudEvent(
            "timer-lottery-expiry:p-1-7", "lottery.prize.expire.v1", "/fairground/timer", f"2026-11-30T{said}Z", "p-1",
            json.dumps(_GOOD["content"], ensure_ascii=False, separators=(",", ":")).encode(), "evt-1-t", "00-aa-bb-01",
        )  # fmt: skip


def test_a_cancellation_needs_no_more_than_the_timer() -> None:
    asked = understood(event(TimerCancelled.type, due_at=..., key=..., command=..., content=...))
    assert asked[:4] == ("lottery", "expiry:p-1", 7, "cancelled")
    assert set(asked[4:10]) == {None}


@given(st.datetimes(max_value=_LAST, timezones=st.just(UTC)))
def test_nothing_is_due_before_the_time_that_was_asked_for(due_at: datetime) -> None:
    due_ms = understood(event(due_at=due_at.isoformat())).due_ms
    assert due_ms is not None
    due = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=due_ms)
    assert due_at <= due < due_at + timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"timer_id": ...}, "fields"),
        ({"timer_id": "x" * 201}, "fields"),
        ({"due_at": "2026-11-30T10:00:00"}, "fields"),  # no zone
        ({"due_at": "9999-01-01T00:00:00Z"}, "bad_data"),
        ({"revision": -1}, "fields"),
        ({"revision": 2**63}, "bad_data"),
        ({"content": [1]}, "fields"),
        ({"content": {"a": float("nan")}}, "bad_data"),
        ({"content": {"a": "x" * CONTENT_BYTES}}, "outcome_too_large"),
        ({"timer_id": "🎁" * 200, "service": "🧧" * 128}, "bad_header"),  # its id would be longer than readers take
        ({"content": {"activity_id": "x" * 1025}}, "bad_header"),
        ({"key": ""}, "fields"),
    ],
)
def test_what_could_never_be_given_is_refused_at_once(changed: dict[str, Any], cause: str) -> None:
    with pytest.raises(ValidationError if cause == "fields" else Malformed) as refused:
        understood(event(**changed))
    assert getattr(refused.value, "cause", "fields") == cause


def test_another_type_of_event_is_refused() -> None:
    with pytest.raises(Malformed, match=r"fairground.timer.moved.v1") as refused:
        understood(event("fairground.timer.moved.v1"))
    assert refused.value.cause == "unknown_type"


def test_numbers_of_any_size_stay_what_they_are() -> None:
    assert understood(event(content={"n": 10**30})).content == f'{{"n":{10**30}}}'


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*_GOOD, "other"]), _json))
def test_whatever_is_sent_is_understood_or_refused(changed: dict[str, Any]) -> None:
    """And what is understood can be given: nothing may stop the others."""
    try:
        asked = understood(event(**changed))
    except (Malformed, ValidationError):
        return
    payment = payment_of(asked.due, 2**40)
    cloudevent.read(payment.headers, payment.value)


def test_shards_are_those_of_the_table_for_good() -> None:
    """Another hash, or another number, would part a key's timers."""
    assert [shard_of("redpacket", f"p-{number}") for number in range(8)] == [8, 14, 11, 3, 4, 5, 3, 15]
    assert {shard_of("redpacket", f"p-{number}") for number in range(500)} == set(range(SHARDS))


# ---- in any order and repetition -----------------------------------------------------------------------

_TIMERS = ("t1", "t2", "t3")


def said(timer: str, revision: int) -> Asked:
    """What is said under a revision is always the same: every third one cancels."""
    if revision % 3 == 0:
        nothing = {"due_at": ..., "key": ..., "command": ..., "content": ...}
        return understood(event(TimerCancelled.type, timer_id=timer, revision=revision, **nothing))
    return understood(event(timer_id=timer, revision=revision, key=f"k{revision % 2}", content={"n": revision}))


_histories = st.lists(st.tuples(st.sampled_from(_TIMERS), st.integers(1, 9)), min_size=1, max_size=25)


@given(_histories, st.randoms(use_true_random=False))
def test_the_newest_revision_counts_in_any_order_and_repetition(history: list[tuple[str, int]], dice: Random) -> None:
    wanted = {timer: max(revision for of, revision in history if of == timer) for timer, _ in history}
    shuffled = [*history, *dice.choices(history, k=5)]
    dice.shuffle(shuffled)
    found = newest(said(*each) for each in shuffled)
    assert {each.timer_id: each for each in found} == {timer: said(timer, newest) for timer, newest in wanted.items()}


@pytest.mark.asyncio
async def test_the_table_comes_to_the_same_in_any_order_and_in_batches_of_any_size(world: World) -> None:
    dice = Random(7)
    for _ in range(30):
        history = [(dice.choice(_TIMERS), dice.randint(1, 9)) for _ in range(dice.randint(1, 25))]
        wanted = {each.timer_id: each for each in newest(said(*each) for each in history)}
        shuffled = [*history, *dice.choices(history, k=5)]
        dice.shuffle(shuffled)
        await world.connection.execute("TRUNCATE timers")
        while shuffled:
            size = dice.randint(1, 6)
            await _ask(world.connection, [said(*each) for each in shuffled[:size]])
            del shuffled[:size]
        rows = await world.connection.fetch("SELECT * FROM timers")
        assert {row["timer_id"]: Asked(*(row[name] for name in Asked._fields)) for row in rows} == wanted
    assert await world.connection.fetchval("SELECT count(*) FROM shards") == SHARDS


async def test_any_text_comes_back_from_the_table_as_it_was(world: World) -> None:
    odd = ["'; --", '"\\"', "\\N", "\x01\x7f", "{}", "NULL", "\ufffe", "\U0010ffff", "的 🧧", "a\tb\nc"]
    asked = [
        understood(event(service=text, timer_id=f"{text} {at}", key=text, command=text, content={text: text}))
        for at, text in enumerate(odd)
    ]
    await _ask(world.connection, asked)
    for due in (each.due for each in asked):
        row = await world.connection.fetchrow("SELECT * FROM timers WHERE timer_id = $1", due.timer_id)
        assert row is not None
        assert Due(*(row[name] for name in Due._fields)) == due


async def test_a_claim_keeps_nobody_from_asking(world: World) -> None:
    """While commands are published their shards are held, and requests come in all the same."""
    await _ask(world.connection, [said("t1", 1)])
    asks = await connect(world.url, timeout_s=5)
    async with world.connection.transaction():
        assert await world.connection.fetch(query("claim"), 2**60, SHARDS)
        await _ask(asks, [said("t2", 1), said("t3", 2)])
    await asks.close()
    assert len(await world.connection.fetch("SELECT FROM timers")) == 3


async def _ask(connection: Connection, asked: list[Asked]) -> None:
    columns = list(map(list, zip(*newest(asked), strict=True)))
    await connection.execute(query("ask"), *columns)
