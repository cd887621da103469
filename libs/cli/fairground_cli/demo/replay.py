"""The replay: the shop's year onto `shop.orders`, at the pace of the players."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from fairground_cli.demo.act import Request
from fairground_cli.demo.baskets import Baskets
from fairground_cli.demo.pace import DAY_MS, SLICES_A_DAY, Pace, slice_of
from fairground_cli.demo.sender import Part, Sender
from fairground_cli.demo.shop import Happening, Said, Voice, happenings, member_id
from fairground_cli.demo.watch import Watch
from fairground_contracts import topics
from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent
from fairground_runtime.worker.manifest import Intake


class Replay:
    """Publishes what the shop says, slice by slice, each as soon as the pace lets it."""

    def __init__(
        self, baskets: Baskets, seed: int, intakes: Sequence[Intake], rows: Mapping[str, ActivityListed],
        sender: Sender, pace: Pace, watches: Sequence[Watch],
    ) -> None:  # fmt: skip
        """`intakes` and `rows` tell which commands an order leads to, so that each is known to be answered."""
        self._baskets = baskets
        self._seed = seed
        self._intakes = intakes
        self._rows = rows
        self._sender = sender
        self._pace = pace
        self._watches = watches
        self._day = -1
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
            asked: dict[Watch, list[Request]] = {
                watch: list(self._begun(watch, slice_number)) for watch in self._watches
            }
            self._day = slice_number // SLICES_A_DAY
            for happening in group:
                said = voice.say(happening)
                parts.append((said.key, said.value, said.headers))
                self._expect(slice_number, said)
                if self._is_visit(happening):
                    member = member_id(self._baskets, happening.basket)
                    for watch, requests in asked.items():
                        requests.extend(watch.act.came_by(member, happening.time_ms))
            for watch, requests in asked.items():
                await watch.ask(requests)
            await self._sender.send(topics.ORDERS.name, parts)
        await self._sender.flush()

    def _begun(self, watch: Watch, slice_number: int) -> Iterable[Request]:
        """What is asked because a day has begun."""
        day = slice_number // SLICES_A_DAY
        return watch.act.day_began(day * DAY_MS) if day != self._day else ()

    def _is_visit(self, happening: Happening) -> bool:
        """Count what is said; whether a household has come by."""
        self.now_ms = happening.said_ms
        if happening.repeated:
            self.said["repeated"] += 1
            return False
        self.said[happening.kind] += 1
        if happening.kind != "created":
            return False
        self.orders += 1
        return True

    def _expect(self, slice_number: int, said: Said) -> None:
        """Note the commands that intakes will make of it, by the intakes' own rules."""
        for intake in self._intakes:
            model = intake.messages.get(said.type)
            if model is not None and intake.concerns(model, self._rows):
                event = CloudEvent(said.id, said.type, "", said.time, "", said.value)
                for command in intake.translate(event, model.model_validate_json(said.value), self._rows):
                    self._pace.expect(slice_number, command.id)
                    self.expected += 1
