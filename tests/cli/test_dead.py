"""Dead letters: found, shown whole, sent again where that is possible."""

import asyncio
import re

from fairground_cli import client
from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent, Headers
from fairground_runtime.address import KafkaAddress
from tests.cli.conftest import Ran, Run, Up

_COMMANDS = "fairground.lottery.commands"


def _headers(id: str, type: str = "lottery.wheel.draw.v1") -> Headers:
    return cloudevent.headers(CloudEvent(id, type, "/tests", "2026-11-22T10:00:00Z", "", b""))


def _publish(up: Up, topic: str, key: bytes, value: bytes, headers: Headers, partition: int | None = None) -> None:
    async def publish() -> None:
        async with client.sender(KafkaAddress(up.addresses.kafka)) as writer:
            await client.publish(writer, topic, key, value, headers, partition)

    asyncio.run(publish())


def _place(ask: Run, topic: str, words: str) -> str:
    """Where the newest letter with these words lies, once it is there."""
    listed = Ran(1, "", "")
    for _ in range(100):
        listed = ask("dead", "list", "--topic", topic, "--limit", "1000")
        rows = [line.split()[0] for line in listed.out.splitlines() if words in line]
        if rows:
            return rows[-1]
    raise AssertionError(f"no letter with {words!r}: {listed}")


def test_a_malformed_command_is_listed_and_shown(ask: Run, up: Up) -> None:
    _publish(up, _COMMANDS, b"spring", b'{"activity_id": "spring", "member_id": 7}', _headers("malformed-1"))
    place = _place(ask, _COMMANDS, "bad_data")
    status, out, _ = ask("dead", "show", place)
    assert status == 0
    assert "ce_id: malformed-1" in out
    assert '"member_id": 7' in out
    assert "key spring" in out
    assert re.search(rf"record {_COMMANDS}/\d/\d+", out)


def test_a_misrouted_command_is_decided_when_it_is_sent_again(ask: Run, up: Up) -> None:
    command = b'{"activity_id": "spring", "member_id": "stray"}'
    for partition in range(2):  # on at least one of them it is out of place
        _publish(up, _COMMANDS, b"spring", command, _headers(f"stray-{partition}"), partition)
    place = _place(ask, _COMMANDS, "misrouted")
    status, out, _ = ask("dead", "replay", place)
    assert "is published again on fairground.lottery.commands." in out
    assert status == 0 or "Refused (no_chances)" in out, "it was decided"


def test_a_letter_that_holds_only_a_part_is_not_sent_again(ask: Run, up: Up) -> None:
    _publish(up, _COMMANDS, b"spring", b'"' + b"x" * 70_000 + b'"', _headers("long-1"))
    place = _place(ask, _COMMANDS, "bad_data")
    status, _, err = ask("dead", "replay", place)
    assert status == 1
    assert "cannot be replayed: the letter holds the first 65536 of 70002 bytes" in err


def test_a_record_of_a_shared_stream_is_sent_again_to_it(ask: Run, up: Up) -> None:
    _publish(up, "shop.orders", b"m1", b"{}", _headers("order-1", "shop.order.paid.v1"))
    place = _place(ask, "shop.orders", "bad_data")
    status, out, _ = ask("dead", "replay", place)
    assert (status, "is published again on shop.orders." in out) == (0, True)


def test_places_that_are_none_are_said(ask: Run, run: Run) -> None:
    assert run("dead", "show", "nonsense").err.startswith("'nonsense' is no place: write TOPIC/PARTITION/OFFSET")
    assert ask("dead", "show", f"{_COMMANDS}.dead/1/99999").err == (
        f"There is no dead letter at {_COMMANDS}.dead/1/99999.\n"
    )
    assert "There is no dead letter topic for 'nosuch'" in ask("dead", "list", "--topic", "nosuch").err
