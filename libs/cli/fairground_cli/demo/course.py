"""The course of a demo on running servers: publish the wheels, replay the orders, wait until everything is answered."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from fairground_cli import activityfile
from fairground_cli.demo.baskets import Baskets
from fairground_cli.demo.pace import Pace
from fairground_cli.demo.players import Players
from fairground_cli.demo.progress import Reading
from fairground_cli.demo.replay import Replay
from fairground_cli.demo.sender import Sender, let_go
from fairground_cli.demo.tally import Tally
from fairground_cli.demo.watch import Watch
from fairground_cli.demo.wheels import Wheel
from fairground_cli.demo.words import say
from fairground_cli.trouble import Trouble
from fairground_contracts import cloudevent, topics
from fairground_contracts.activities import ActivityListed, PublishActivity
from fairground_contracts.cloudevent import CloudEvent
from fairground_runtime.kafka.adapters import producer
from fairground_runtime.worker.manifest import Activity

#: How long nothing may happen until the demo gives up waiting, and reports what is missing.
PATIENCE_S = 30.0

_BATCH_BYTES = 900_000
_REQUEST_TIMEOUT_MS = 20_000
_DAY_MS = 86_400_000


class Course:
    """One service's activities, played through a year. Enter it with `on`."""

    def __init__(self, activity: Activity, sender: Sender, bootstrap_servers: str, origin_ms: int) -> None:
        """`origin_ms`: the simulated time of the first order."""
        self.activity = activity
        self.pace = Pace()
        self.tally = Tally(origin_ms)
        self.watch = Watch(bootstrap_servers, activity.name, sender, self.pace, self.tally)
        self.replay: Replay | None = None
        self.wheels: list[Wheel] = []
        self.watching: asyncio.Task[None] | None = None
        self._rows: dict[str, ActivityListed] = {}
        self._sender = sender
        self._origin_ms = origin_ms

    @classmethod
    @asynccontextmanager
    async def on(cls, bootstrap_servers: str, activity: Activity, origin_ms: int) -> AsyncIterator["Course"]:
        """Connected, and watching."""
        connected = producer(bootstrap_servers, _BATCH_BYTES, _REQUEST_TIMEOUT_MS)
        await connected.start()
        try:
            course = cls(activity, Sender(connected), bootstrap_servers, origin_ms)
            course.watching = asyncio.create_task(course.watch.run())
            try:
                yield course
            finally:
                course.watching.cancel()
                await asyncio.gather(course.watching, return_exceptions=True)
        finally:
            await let_go(connected)

    async def publish(self, files: Sequence[Path], time_ms: int) -> list[Wheel]:
        """Publish activity files and wait until they are in force. `time_ms`: when. Raises Trouble."""
        texts = {path: activityfile.read(path) for path in files}
        rules = {path: activityfile.content(text) for path, text in texts.items()}
        for path, content in rules.items():
            await self._send(
                PublishActivity(activity_id=content["id"], rules=content, by="demo", why=path.name), time_ms
            )
        await self._sender.flush()
        wheels = [self._in_force(await self._published(content["id"]), path) for path, content in rules.items()]
        self.wheels += wheels
        return wheels

    async def run(self, baskets: Baskets, seed: int) -> bool:
        """Replay the baskets; whether everything was answered in the end."""
        assert self.activity.intake is not None, "it listens to orders"
        players = Players(self.wheels, seed)
        self.watch.play(players)
        self.replay = Replay(
            baskets, seed, self.activity.intake, self._rows, self._sender, self.pace, self.watch, players
        )
        replaying = asyncio.create_task(self.replay.run())
        try:
            await self._until_done(replaying)
        finally:
            replaying.cancel()
            await asyncio.gather(replaying, return_exceptions=True)
        return not (self.pace.unanswered or self.watch.unanswered)

    def reading(self, orders_total: int) -> Reading:
        """Where it stands."""
        replay = self.replay
        lag = self.pace.unanswered_total + self.watch.unanswered_total
        return Reading(
            replay.now_ms if replay else 0, replay.orders if replay else 0, orders_total, self.tally.draws,
            self.tally.wins, lag,
        )  # fmt: skip

    async def _until_done(self, replaying: "asyncio.Task[None]") -> None:
        """Wait for the replay and all answers, as long as anything moves."""
        moved_at, seen = time.monotonic(), -1
        while time.monotonic() - moved_at < PATIENCE_S:
            if self.watching and self.watching.done():
                self.watching.result()
            if replaying.done():
                replaying.result()
                if not (self.pace.unanswered_total or self.watch.unanswered_total):
                    return
            if self.tally.events != seen:
                moved_at, seen = time.monotonic(), self.tally.events
            await asyncio.sleep(0.02)

    async def _send(self, command: PublishActivity, time_ms: int) -> None:
        made = CloudEvent(
            f"demo-publish-{command.activity_id}", command.type, "/fairground/demo", cloudevent.format_time(time_ms),
            command.activity_id, b"",
        )  # fmt: skip
        value = orjson.dumps(command.model_dump())
        part = (command.activity_id.encode(), value, cloudevent.headers(made))
        await self._sender.send(topics.commands(self.activity.name).name, [part])

    async def _published(self, activity_id: str) -> Mapping[str, Any]:
        patience = time.monotonic() + PATIENCE_S
        while activity_id not in self.watch.published:
            if time.monotonic() > patience:
                raise Trouble(say("not-published", activity=activity_id, seconds=f"{PATIENCE_S:.0f}"))
            await asyncio.sleep(0.01)
        return self.watch.published[activity_id]

    def _in_force(self, published: Mapping[str, Any], path: Path) -> Wheel:
        if "reason" in published:
            wrong = "; ".join(f"{problem['field']}: {problem['en']}" for problem in published["problems"])
            raise Trouble(say("refused", file=path, why=wrong or published["en"]))
        row = ActivityListed(**{name: published[name] for name in ActivityListed.model_fields})
        self._rows[row.activity_id] = row
        return Wheel.of(published["rules"])


def day_before(time_ms: int) -> int:
    """When the wheels are published: the day before the first order."""
    return time_ms - _DAY_MS
