"""A worker is killed at every named point of the protocol, for every service; the next one finds what it left.

Each worker is the next step of one long story: it first recovers from the death before, then dies itself. In between
nothing may be paid that is not owed; in the end everything is right, for every command there ever was.
"""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fairground_embedded import Servers
from tests.crash.arena import Arena
from tests.crash.audited import audited
from tests.services import fresh, names, traffic

STEP_POINTS = (
    "taken", "decoded", "loaded", "decided", "publishing", "published", "paying", "paid", "applied", "committed",
)  # fmt: skip
ALIGN_POINTS = ("align_read", "align_scanned", "align_reading", "align_paid", "align_folded", "aligned")
COMMANDS = 240

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", params=names(), loop_scope="module")
async def arena(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Arena]:
    logs: Path = tmp_path_factory.mktemp(request.param)
    async with Arena(servers.addresses, fresh(request.param), logs) as arena:
        yield arena


@pytest.mark.parametrize("point", STEP_POINTS)
async def test_killed_in_a_step(arena: Arena, point: str) -> None:
    await arena.publish(traffic(arena.name, seed=STEP_POINTS.index(point), count=COMMANDS))
    worker = arena.start(point=point, hits=2)
    assert await arena.died(worker) == -signal.SIGKILL
    (await arena.truth()).check_nothing_unowed()


@pytest.mark.parametrize("point", ALIGN_POINTS)
async def test_killed_while_aligning(arena: Arena, point: str) -> None:
    await arena.publish(traffic(arena.name, seed=100 + ALIGN_POINTS.index(point), count=COMMANDS))
    left = arena.start(point="paying", hits=2)  # leaves outcomes that owe something, neither paid nor applied
    assert await arena.died(left) == -signal.SIGKILL
    worker = arena.start(point=point)
    assert await arena.died(worker) == -signal.SIGKILL
    (await arena.truth()).check_nothing_unowed()


async def test_in_the_end_everything_is_right(arena: Arena) -> None:
    worker = arena.start()
    await arena.drained()
    await arena.stop(worker)
    truth = await arena.check()
    assert truth.decided == truth.asked > 0
    assert truth.paid > 0


async def test_the_audit_comes_to_the_same_verdict(arena: Arena, tmp_path: Path) -> None:
    report = await audited(arena.addresses, arena.name, tmp_path / "record.log")
    assert {each.verdict.name: each.verdict.broken for each in report.judged if each.broken} == {}
    assert sum(each.verdict.checked for each in report.judged) > 0
