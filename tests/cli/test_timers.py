"""`fairground timers list`, against the house's timer service."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.timers import TimerRequested
from fairground_timer.asking import understood
from fairground_timer.database import connect
from fairground_timer.sql import query
from tests.cli.conftest import Ran, Run, Up


async def _know(database: str, service: str, timer_id: str, due_at: datetime) -> None:
    """As if it had been asked for: on the topic may stand only what events owe, and the audit looks there."""
    asked = TimerRequested(
        service=service, timer_id=timer_id, revision=3, due_at=due_at, key="spring", command="test.nothing.v1",
        content={},
    )  # fmt: skip
    body = asked.model_dump_json().encode()
    row = understood(CloudEvent(f"test-{timer_id}", asked.type, "/test", "2026-11-26T00:00:00Z", "", body))
    connection = await connect(database)
    await connection.execute(query("ask"), *([column] for column in row))
    await connection.close()


def test_what_waits_and_what_is_parked_are_told(up: Up, ask: Run) -> None:
    tomorrow, yesterday = (datetime.now(UTC) + timedelta(days=days) for days in (1, -1))
    asyncio.run(_know(up.addresses.database, "lottery", "opening:spring", tomorrow))
    asyncio.run(_know(up.addresses.database, "nobody", "forgotten", yesterday))
    said = _until(
        lambda: ask("timers", "list"), "opening:spring", "parked: there is no topic fairground.nobody.commands"
    )
    lines = {line.split()[0]: line.split() for line in said.out.splitlines()[1:]}
    moment = datetime.fromisoformat(lines["lottery:opening:spring"][2])
    assert timedelta() <= moment - tomorrow < timedelta(milliseconds=1)
    assert lines["lottery:opening:spring"][3:] == ["spring", "test.nothing.v1", "waits"]
    assert next(iter(lines)) == "nobody:forgotten", "what is due first stands first"
    assert "opening:spring" not in ask("timers", "list", "--service", "nobody").out
    assert len(ask("timers", "list", "--limit", "1").out.splitlines()) == 2
    assert ask("timers", "list", "--service", "somebody").out == "Nothing is asked for at a later time.\n"


def _until(asked: Callable[[], Ran], *words: str) -> Ran:
    said = asked()
    for _ in range(200):
        if all(word in said.out for word in words):
            return said
        said = asked()
    raise AssertionError(f"{words} are not in {said}")


def test_what_is_missing_is_said_in_a_sentence(up: Up, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert run("timers", "list") == (
        1, "", "No servers are known here: start them with `fairground up`, or set DATABASE_URL.\n",
    )  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", f"{up.addresses.database.rpartition('/')[0]}/template1")
    assert "This database holds no timers" in run("timers", "list").err
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")
    assert run("timers", "list").err.startswith("PostgreSQL does not answer: ")
