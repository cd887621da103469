"""Sign-in on four partitions in memory: what an event sends elsewhere is decided there, behind what waits already."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from fairground_contracts.message import CommandMessage
from fairground_contracts.topics import PARTITIONS
from fairground_contracts.topics import commands as commands_topic
from fairground_decider import Event, Outgoing, Translated
from fairground_decider.folding import World
from fairground_runtime.kafka.adapters import partition_of
from fairground_signin.domain import SignIns


class Places:
    """Four partitions, each with its own log and state."""

    def __init__(self) -> None:
        self.worlds = [World(SignIns(), partition=number) for number in range(PARTITIONS)]
        self._waiting: list[deque[Translated]] = [deque() for _ in range(PARTITIONS)]
        self.taken: list[list[Translated]] = [[] for _ in range(PARTITIONS)]  # what each has decided, in its order
        self.history: list[Event[Any]] = []  # all events, as they came one after another
        self.sent: list[Translated] = []  # commands that events have sent

    def ask(self, commands: Iterable[Translated]) -> None:
        """Put commands into the topic."""
        for asked in commands:
            self._waiting[self.of(asked.key)].append(asked)

    def of(self, key: str) -> int:
        """The partition of a key."""
        return partition_of(key.encode(), PARTITIONS)

    def run(self, order: Iterable[int] = range(PARTITIONS)) -> None:
        """Decide all there is, partition by partition in that order, over and over."""
        order = list(order)
        while any(self._waiting):
            for number in order:
                while self._waiting[number]:
                    self.turn(number)

    def turn(self, number: int) -> list[Outgoing]:
        """Let one partition decide what waits there longest, if anything does. Returns what that sends elsewhere."""
        if not self._waiting[number]:
            return []
        asked, world = self._waiting[number].popleft(), self.worlds[number]
        known = len(world.effects)
        self.taken[number].append(asked)
        said = world.decide([asked])
        self.history += said
        for effect in world.effects[known:]:
            if effect.topic == commands_topic("signin").name and isinstance(effect.data, CommandMessage):
                again = Translated(effect.key, effect.id, said[0].time, effect.data)
                self.sent.append(again)
                self.ask([again])
        return world.effects[known:]

    @property
    def idle(self) -> bool:
        """Whether everything is decided."""
        return not any(self._waiting)

    @property
    def events(self) -> list[Event[Any]]:
        """All events, partition by partition."""
        return [event for world in self.worlds for event in world.events]

    @property
    def effects(self) -> list[Any]:
        """All effects."""
        return [effect for world in self.worlds for effect in world.effects]
