"""The lean world of simulations comes to what the world that takes a worker's way comes to."""

import pytest

from fairground_contracts.cloudevent import parse_time_ms
from fairground_decider import Service, Translated
from fairground_decider.folding import World
from fairground_decider.lean import LeanWorld
from tests import services

_COMMANDS = 4_000


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What services that draw need."""
    monkeypatch.setenv("FAIRGROUND_SECRET", "5e" * 32)


def _same(service: Service, commands: list[Translated]) -> int:
    """Both worlds take the same commands. Returns how many events there were."""
    world, lean = World(service), LeanWorld(service)
    for asked in commands:
        expected = world.decide([asked])
        assert lean.decide(asked, parse_time_ms(asked.time)) == expected, asked
    assert lean.next == world.next
    assert {key: service.encode(record) for key, record in lean.state.records.items()} == world.records
    assert lean.state.counters == world.counters
    return len(world.events)


@pytest.mark.parametrize("name", services.names())
def test_the_same_commands_come_to_the_same_events_records_and_counters(name: str) -> None:
    for seed in (1, 2):
        commands = services.traffic(name, seed, _COMMANDS)
        assert _same(services.activity(name).service(), commands) >= len(commands)


def test_a_batch_makes_no_difference_either() -> None:
    commands = services.traffic("lottery", 3, _COMMANDS)
    service = services.activity("lottery").service()
    world, lean = World(service), LeanWorld(service)
    for at in range(0, len(commands), 100):
        world.decide(commands[at : at + 100])
    assert [event for asked in commands for event in lean.decide(asked, parse_time_ms(asked.time))] == world.events
