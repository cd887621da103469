"""The replay: the shop's year onto `shop.orders`, at the pace of the players."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby

from fairground_cli.demo.baskets import Baskets
from fairground_cli.demo.pace import Pace, slice_of
from fairground_cli.demo.players import Players, Request
from fairground_cli.demo.sender import Part, Sender
from fairground_cli.demo.shop import Happening, Said, Voice, happenings, member_id
from fairground_cli.demo.watch import Watch
from fairground_contracts import topics
from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent
from fairground_runtime.worker.manifest import Intake


class Replay:
    """Publishes what the shop says, slice by slice, each as soon as the players are less than a day behind it."""

    def __init__(
        self, baskets: Baskets, seed: int, intake: Intake, rows: Mapping[str, ActivityListed], sender: Sender,
        pace: Pace, watch: Watch, players: Players,
    ) -> None:  # fmt: skip
        """`intake` and `rows` tell which commands an order leads to, so that each is known to be answered."""
        self._baskets = baskets
        self._seed = seed
        self._intake = intake
        self._rows = rows
        self._sender = sender
        self._pace = pace
        self._watch = watch
        self._players = players
        self.orders = 0  # placed so far
        self.said: Counter[str] = Counter()
        self.expected = 0  # commands that the orders lead to
        self.now_ms = 0  # the simulated time

    async def run(self) -> None:
        """Publish everything; wait for nothing more than the pace."""
        voice = Voice(self._baskets)
        for slice_number, group in groupby(happenings(self._baskets, self._seed), lambda each: slice_of(each.said_ms)):
            await self._pace.wait_until_due(slice_number)
            parts: list[Part] = []
            visits: list[Request] = []
            for happening in group:
                said = voice.say(happening)
                parts.append((said.key, said.value, said.headers))
                self._expect(slice_number, said)
                visits.extend(self._note(happening))
            await self._watch.ask(visits)
            await self._sender.send(topics.ORDERS.name, parts)
        await self._sender.flush()

    def _note(self, happening: Happening) -> Iterator[Request]:
        self.now_ms = happening.said_ms
        if happening.repeated:
            self.said["repeated"] += 1
            return iter(())
        self.said[happening.kind] += 1
        if happening.kind != "created":
            return iter(())
        self.orders += 1
        return self._players.came_by(member_id(self._baskets, happening.basket), happening.time_ms)

    def _expect(self, slice_number: int, said: Said) -> None:
        """Note the commands that the intake will make of it, by the intake's own rule."""
        model = self._intake.messages.get(said.type)
        if model is None:
            return
        event = CloudEvent(said.id, said.type, "", said.time, "", said.value)
        for command in self._intake.translate(event, model.model_validate_json(said.value), self._rows):
            self._pace.expect(slice_number, command.id)
            self.expected += 1
