"""An audit that cannot be made says why, on however many processes."""

from collections.abc import AsyncIterator

import pytest

from fairground_decider.laws import Findings
from fairground_embedded import Addresses
from tests.record.test_audit import audited, record
from tests.record.world import World, tickets


class Unmade(Findings):
    """A law with a bug that shows when it is made."""

    name = "unmade"

    def __init__(self) -> None:
        raise ZeroDivisionError("a bug in a law")


@pytest.fixture
async def world(addresses: Addresses) -> AsyncIterator[World]:
    """Some tickets, all of them recorded."""
    async with World(addresses) as world:
        await world.play(tickets(8))
        await record(world)
        yield world


@pytest.mark.parametrize("worth_a_process", [1, 1_000_000], ids=["several_processes", "one_process"])
async def test_a_law_that_cannot_be_made_ends_the_audit_with_its_own_error(
    world: World, monkeypatch: pytest.MonkeyPatch, worth_a_process: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    with pytest.raises(ZeroDivisionError, match="a bug in a law"):
        await audited(world, Unmade, worth_a_process=worth_a_process)
