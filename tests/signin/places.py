"""Sign-in on four partitions in memory: what an event sends elsewhere is decided there, behind what waits already."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from fairground_contracts.message import CommandMessage
from fairground_contracts.topics import PARTITIONS
from fairground_contracts.topics import commands as commands_topic
from fairground_decider import Event, Translated
from fairground_decider.folding import World
from fairground_runtime.kafka.adapters import partition_of
from fairground_signin.domain import SignIns


class Places:
    """Four partitions, each with its own log and state."""

    def __init__(self) -> None:
        self.worlds = [World(SignIns(), partition=number) for number in range(PARTITIONS)]
        self._waiting: list[deque[Translated]] = [deque() for _ in range(PARTITIONS)]
        self.sent: list[Translated] = []  # commands that events have sent

    def ask(self, commands: Iterable[Translated]) -> None:
        """Put commands into the topic."""
        for asked in commands:
            self._waiting[partition_of(asked.key.encode(), PARTITIONS)].append(asked)

    def run(self, order: Iterable[int] = range(PARTITIONS)) -> None:
        """Decide all there is, partition by partition in that order, over and over."""
        order = list(order)
        while any(self._waiting):
            for number in order:
                while self._waiting[number]:
                    self._decide(number, self._waiting[number].popleft())

    def _decide(self, number: int, asked: Translated) -> None:
        world = self.worlds[number]
        known = len(world.effects)
        (event, *_) = world.decide([asked])
        for effect in world.effects[known:]:
            if effect.topic == commands_topic("signin").name and isinstance(effect.data, CommandMessage):
                again = Translated(effect.key, effect.id, event.time, effect.data)
                self.sent.append(again)
                self.ask([again])

    @property
    def events(self) -> list[Event[Any]]:
        """All events, partition by partition."""
        return [event for world in self.worlds for event in world.events]

    @property
    def effects(self) -> list[Any]:
        """All effects."""
        return [effect for world in self.worlds for effect in world.effects]
