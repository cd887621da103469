"""An instance is killed at every named point; whoever comes next finds what it left.

It is one long story, as in tests/crash/test_points.py: each death leaves something behind, and the next instance has to
make it good. Meanwhile timers are asked for, moved and cancelled.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import pytest_asyncio

from fairground_embedded import Servers
from tests.timer.world import BY_STREAMS, DAY_MS, NEW_YEAR_MS, World

READING_POINTS = ("taken", "letters_published", "written", "committed")
GIVING_POINTS = ("claimed", "published", "marked", "given")

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Story:
    """What was asked for so far, and what has to come of it. Time passes when the story says so, by the streams."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wanted: dict[str, list[str]] = {}  # of each key the timers that are due, in their order
        self.unwanted: set[str] = set()
        self.known: set[str] = set()  # every timer's id
        self.now_ms = NEW_YEAR_MS
        self._day = 0

    async def chapter(self, name: str, number: int = 40) -> None:
        """Timers of four keys that are due this day, some of them moved there; others that are cancelled before."""
        self._day += 1
        world, begun = self.world, NEW_YEAR_MS + self._day * DAY_MS
        due = [(at, f"{name}-{at}", f"{name}-k{at % 4}") for at in range(number)]
        await world.say_raw(b"nonsense", [])
        await world.ask(
            *(world.request(f"{name}-c{at}", begun, "c", 1) for at in range(5)),
            *(world.cancellation(f"{name}-c{at}", 2) for at in range(5)),
            *(world.request(timer, begun + at if at % 3 else begun + 999 * DAY_MS, key, 1) for at, timer, key in due),
            *(world.request(timer, begun + at, key, 2) for at, timer, key in due if at % 3 == 0),
            time_ms=NEW_YEAR_MS,
        )
        for at, timer, key in due:
            self.wanted.setdefault(key, []).append(f"{timer}-{1 if at % 3 else 2}")
        self.unwanted |= {f"{name}-c{at}-1" for at in range(5)}
        self.known |= {timer for _, timer, _ in due} | {f"{name}-c{at}" for at in range(5)}

    def start(self, point: str = "", hits: int = 1, /, **extra: str) -> BaseProcess:
        """The next instance."""
        return self.world.start("one", point, hits, signal.SIGKILL, **BY_STREAMS, **extra)

    async def everything_is_known(self) -> None:
        """Wait until all that was asked for is read."""
        async with asyncio.timeout(30):
            while not self.known <= (await self.world.states()).keys():
                await asyncio.sleep(0.02)

    async def the_day_ends(self) -> None:
        """The streams come to the next day."""
        self.now_ms = NEW_YEAR_MS + (self._day + 1) * DAY_MS - 1
        await self.world.advance(self.now_ms)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    logs: Path = tmp_path_factory.mktemp("timer")
    async with World(servers.addresses, logs) as world:
        yield Story(world)


@pytest.mark.parametrize("point", READING_POINTS)
async def test_killed_while_reading(story: Story, point: str) -> None:
    await story.chapter(point)
    instance = story.start(point, FAIRGROUND_BATCH_REQUESTS="20")
    assert await story.world.died(instance) == -signal.SIGKILL
    await _nothing_unwanted(story)


@pytest.mark.parametrize("point", GIVING_POINTS)
async def test_killed_while_giving(story: Story, point: str) -> None:
    recovers = story.start()
    await story.chapter(point)
    await story.everything_is_known()
    await story.world.none_due(story.now_ms)
    await story.world.kill(recovers)
    instance = story.start(point, 2, FAIRGROUND_BATCH_DUE="15")
    await story.the_day_ends()
    assert await story.world.died(instance) == -signal.SIGKILL
    await _nothing_unwanted(story)


async def test_in_the_end_everything_that_is_due_was_given_and_in_order(story: Story) -> None:
    world = story.world
    instance = story.start(FAIRGROUND_BATCH_DUE="15")
    await story.everything_is_known()
    await story.the_day_ends()
    await world.settled({timer.rpartition("-")[0]: "given" for timers in story.wanted.values() for timer in timers})
    await world.settled({timer.rpartition("-")[0]: "cancelled" for timer in story.unwanted})
    await world.none_left()
    await world.stop(instance)
    await _nothing_unwanted(story)
    assert await world.first_given() == story.wanted


async def _nothing_unwanted(story: Story) -> None:
    """What was cancelled before it was due never comes, and what comes twice is the same."""
    given = await story.world.given()
    assert not {each.timer for each in given} & story.unwanted
    same: dict[str, tuple[str, bytes, str]] = {}
    for each in given:
        assert same.setdefault(each.id, (each.key, each.value, each.cause)) == (each.key, each.value, each.cause)
