"""The course of a demo on running servers: publish activities, replay the orders, wait until everything is answered."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson

from fairground_cli import activityfile, installed
from fairground_cli.demo.act import Act
from fairground_cli.demo.baskets import Baskets
from fairground_cli.demo.heard import Heard
from fairground_cli.demo.pace import DAY_MS, Pace
from fairground_cli.demo.packets import Packets
from fairground_cli.demo.progress import Reading
from fairground_cli.demo.quiet import until_quiet
from fairground_cli.demo.replay import Replay
from fairground_cli.demo.sender import Sender, let_go
from fairground_cli.demo.signins import SignIns
from fairground_cli.demo.watch import Watch
from fairground_cli.demo.wheelplay import WheelPlay
from fairground_cli.demo.words import say
from fairground_cli.trouble import Trouble
from fairground_contracts import cloudevent, topics
from fairground_contracts.activities import ActivityListed, PublishActivity
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.topics import ORDERS
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import producer

#: How long nothing may happen until the demo gives up waiting, and reports what is missing.
PATIENCE_S = 30.0

_BATCH_BYTES = 900_000
_REQUEST_TIMEOUT_MS = 20_000


A = TypeVar("A", bound=Act)


class Course:
    """Activities of several services, played through a year. Enter it with `on`."""

    def __init__(self, acts: Sequence[Act], sender: Sender, bootstrap_servers: str) -> None:
        """`acts`: one for each service that takes part."""
        self.acts = tuple(acts)
        self.activities = {act.service: installed.activity(act.service) for act in acts}
        self.pace = Pace()
        self.heard = Heard()
        self.watches = {
            act.service: Watch(bootstrap_servers, act, sender, self.pace, self.heard) for act in self.acts
        }  # fmt: skip
        self.replay: Replay | None = None
        self.published: list[str] = []  # ids of activities, in the order of their files
        self._watching: list[asyncio.Task[None]] = []
        self._bootstrap_servers = bootstrap_servers
        self._rows: dict[str, ActivityListed] = {}
        self._sender = sender

    @classmethod
    @asynccontextmanager
    async def on(cls, bootstrap_servers: str, acts: Sequence[Act]) -> AsyncIterator["Course"]:
        """Connected, and watching."""
        connected = producer(KafkaAddress(bootstrap_servers), _BATCH_BYTES, _REQUEST_TIMEOUT_MS)
        await connected.start()
        try:
            course = cls(acts, Sender(connected), bootstrap_servers)
            course._watching = [asyncio.create_task(watch.run()) for watch in course.watches.values()]
            try:
                yield course
            finally:
                for watching in course._watching:
                    watching.cancel()
                await asyncio.gather(*course._watching, return_exceptions=True)
        finally:
            await let_go(connected)

    def act(self, kind: type[A]) -> A:
        """The act of this kind."""
        return next(act for act in self.acts if isinstance(act, kind))

    def activities_of(self, kind: type[Act]) -> list[str]:
        """The ids of the activities of an act's service."""
        return [row.activity_id for row in self._rows.values() if row.service == self.act(kind).service]

    @property
    def intakes(self) -> list[str]:
        """The services that take in orders."""
        return [
            name for name, activity in self.activities.items() if activity.intake and ORDERS in activity.intake.topics
        ]

    @property
    def unanswered(self) -> list[str]:
        """Commands and requests that nothing was heard of."""
        return [*self.pace.unanswered, *(asked for watch in self.watches.values() for asked in watch.unanswered)]

    @property
    def unanswered_total(self) -> int:
        """How many answers are due."""
        return self.pace.unanswered_total + sum(watch.unanswered_total for watch in self.watches.values())

    @property
    def requests(self) -> int:
        """Commands that members sent themselves."""
        return sum(watch.requests for watch in self.watches.values())

    async def publish(self, files: Sequence[Path], time_ms: int) -> list[str]:
        """Publish activity files and wait until they are in force. `time_ms`: when. Returns the activities' ids.

        Raises Trouble.
        """
        texts = {path: activityfile.read(path) for path in files}
        rules = {path: activityfile.content(text) for path, text in texts.items()}
        services = {path: activityfile.service_of(text, path).name for path, text in texts.items()}
        for path, content in rules.items():
            command = PublishActivity(activity_id=content["id"], rules=content, by="demo", why=path.name)
            await self._send(services[path], command, time_ms)
        await self._sender.flush()
        for path, content in rules.items():
            published = await self._published(self.watches[services[path]], content["id"])
            if "reason" in published:
                wrong = "; ".join(f"{problem['field']}: {problem['en']}" for problem in published["problems"])
                raise Trouble(say("refused", file=path, why=wrong or published["en"]))
            row = ActivityListed(**{name: published[name] for name in ActivityListed.model_fields})
            self._rows[row.activity_id] = row
        self.published += [content["id"] for content in rules.values()]
        return [content["id"] for content in rules.values()]

    async def run(self, baskets: Baskets, seed: int) -> None:
        """Replay the baskets, until everything is answered, or nothing moves any more."""
        for act in self.acts:
            act.open([row.rules for row in self._rows.values() if row.service == act.service], seed)
        intakes = [activity.intake for activity in self.activities.values() if activity.intake is not None]
        self.replay = Replay(
            baskets, seed, intakes, self._rows, self._sender, self.pace, tuple(self.watches.values())
        )  # fmt: skip
        replaying = asyncio.create_task(self._replay(self.replay))
        try:
            await self._until_done(replaying)
        finally:
            replaying.cancel()
            await asyncio.gather(replaying, return_exceptions=True)

    def reading(self, orders_total: int) -> Reading:
        """Where it stands."""
        replay = self.replay
        wheels, signins, packets = self.act(WheelPlay).tally, self.act(SignIns).tally, self.act(Packets).tally
        return Reading(
            replay.now_ms if replay else 0, replay.orders if replay else 0, orders_total, wheels.draws,
            signins.signed, packets.shares, wheels.rewards.count + signins.given.count + packets.given.count,
            self.unanswered_total,
        )  # fmt: skip

    async def _replay(self, replay: Replay) -> None:
        """The orders, and then what services still have to tell each other."""
        while not all(act.ready for act in self.acts):
            await asyncio.sleep(0.01)
        await replay.run()
        await until_quiet(
            self._bootstrap_servers, self.activities, self._rows, lambda: self.unanswered_total == 0
        )  # fmt: skip

    async def _until_done(self, replaying: "asyncio.Task[None]") -> None:
        """Wait for the replay and all answers, as long as anything moves."""
        moved_at, seen = time.monotonic(), -1
        while time.monotonic() - moved_at < PATIENCE_S:
            for watching in self._watching:
                if watching.done():
                    watching.result()
            if replaying.done():
                replaying.result()
                return
            if self.heard.events != seen:
                moved_at, seen = time.monotonic(), self.heard.events
            await asyncio.sleep(0.02)

    async def _send(self, service: str, command: PublishActivity, time_ms: int) -> None:
        made = CloudEvent(
            f"demo-publish-{command.activity_id}", command.type, "/fairground/demo", cloudevent.format_time(time_ms),
            command.activity_id, b"",
        )  # fmt: skip
        value = orjson.dumps(command.model_dump())
        part = (command.activity_id.encode(), value, cloudevent.headers(made))
        await self._sender.send(topics.commands(service).name, [part])

    async def _published(self, watch: Watch, activity_id: str) -> Mapping[str, Any]:
        patience = time.monotonic() + PATIENCE_S
        while activity_id not in watch.published:
            if time.monotonic() > patience:
                raise Trouble(say("not-published", activity=activity_id, seconds=f"{PATIENCE_S:.0f}"))
            await asyncio.sleep(0.01)
        return watch.published[activity_id]


def day_before(time_ms: int) -> int:
    """When activities are published: the day before the first order."""
    return time_ms - DAY_MS
