"""A service on four partitions in memory, in a random order: what one partition sends another waits in lines that move
at different paces, comes again when nobody expects it, and is decided in batches of any size.
"""

import random
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent, format_time
from fairground_contracts.message import CommandMessage, Message
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_contracts.topics import PARTITIONS
from fairground_contracts.topics import commands as commands_topic
from fairground_decider import Event, Outgoing, Service, Translated
from fairground_decider.folding import World
from fairground_decider.laws import Law, judge
from fairground_runtime.kafka.adapters import partition_of

Translate = Callable[[CloudEvent, Message, Mapping[str, ActivityListed]], Iterable[Translated]]

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


class Worlds:
    """All partitions of a service, the timers that it asked for, and its clock."""

    def __init__(self, service: Service, chance: random.Random, now_ms: int, repeated: float = 0.1) -> None:
        """`repeated`: how often something is sent that was sent before."""
        self.worlds = [World(service, partition=number) for number in range(PARTITIONS)]
        self.log: list[list[Translated]] = [[] for _ in range(PARTITIONS)]
        self.chance = chance
        self.now_ms = now_ms
        self.heard: Callable[[Outgoing], None] = lambda effect: None  # what other systems make of it
        self._service = service
        self._repeated = repeated
        self._lines: defaultdict[tuple[str, int], deque[Translated]] = defaultdict(deque)
        self._sent: list[Translated] = []
        self._timers: dict[str, tuple[int, TimerRequested | None]] = {}

    def ask(self, asked: Translated, line: str = "") -> None:
        """Put a command behind the others of its line."""
        self._lines[line, partition_of(asked.key.encode(), PARTITIONS)].append(asked)
        self._sent.append(asked)

    def send(self, data: CommandMessage, request: str, late_ms: int = 0) -> None:
        """A command of somebody outside, with the time that it was written at."""
        self.ask(Translated(self._service.key(data), request, format_time(self.now_ms - late_ms), data), request)

    def step(self) -> None:
        """One of the partitions takes what some line has for it; now and then something comes again."""
        if self._sent and self.chance.random() < self._repeated:
            again = self.chance.choice(self._sent[-200:])
            self._lines["again", partition_of(again.key.encode(), PARTITIONS)].append(again)
        waiting = [line for line, asked in self._lines.items() if asked]
        if not waiting:
            return
        line = self.chance.choice(waiting)
        asked = self._lines[line]
        size = min(len(asked), self.chance.choice((1, 1, 2, 5, 20)))
        self._decide(line[1], [asked.popleft() for _ in range(size)])
        if not asked:
            del self._lines[line]

    def quiet(self) -> None:
        """Decide all that waits."""
        while self._lines:
            self.step()

    def again(self) -> None:
        """Send all there ever was once more, in the order in which it was sent."""
        for asked in list(self._sent):
            self._lines["again", partition_of(asked.key.encode(), PARTITIONS)].append(asked)

    def tick(self, by_ms: int) -> None:
        """Time goes by; what is due is given, under the same id each time."""
        self.now_ms += by_ms
        for timer_id, (revision, timer) in sorted(self._timers.items()):
            if timer is not None and round(timer.due_at.timestamp() * 1000) <= self.now_ms:
                self._timers[timer_id] = (revision, None)
                data = self._service.commands[timer.command].model_validate(timer.content)
                assert isinstance(data, CommandMessage)
                given = Translated(timer.key, f"{timer_id}:{revision}", format_time(self.now_ms), data)
                self.ask(given, f"timer {self.chance.randrange(3)}")

    @property
    def due(self) -> bool:
        """Whether anything is still to be given at its time."""
        return any(timer is not None for _, timer in self._timers.values())

    def _decide(self, number: int, batch: list[Translated]) -> None:
        self.log[number] += batch
        for event in self.worlds[number].decide(batch):
            for effect in self._service.effects(event):
                self._follow(number, effect, event)

    def _follow(self, number: int, effect: Outgoing, event: Event[Any]) -> None:
        if effect.topic == commands_topic(self._service.name).name:
            assert isinstance(effect.data, CommandMessage)
            self.ask(Translated(effect.key, effect.id, event.time, effect.data), f"partition {number}")
        elif isinstance(effect.data, TimerRequested | TimerCancelled):
            revision, _ = self._timers.get(effect.data.timer_id, (-1, None))
            if effect.data.revision > revision:
                kept = effect.data if isinstance(effect.data, TimerRequested) else None
                self._timers[effect.data.timer_id] = (effect.data.revision, kept)
        else:
            self.heard(effect)

    @property
    def events(self) -> list[Event[Any]]:
        """All events, partition by partition."""
        return [event for world in self.worlds for event in world.events]

    @property
    def effects(self) -> list[Outgoing]:
        """All effects."""
        return [effect for world in self.worlds for effect in world.effects]

    def of(self, *kinds: type[Any]) -> list[Any]:
        """What events of these kinds say."""
        return [event.data for event in self.events if isinstance(event.data, kinds)]

    def record(self, key: str, field: str) -> Any:
        """What the partition of that key holds."""
        stored = self.worlds[partition_of(key.encode(), PARTITIONS)].records.get((key, field))
        return None if stored is None else self._service.decode(field, stored)

    def counter(self, key: str, field: str) -> int:
        """A counter of that key."""
        return self.worlds[partition_of(key.encode(), PARTITIONS)].counters.get((key, field), 0)

    def broken(self, laws: Iterable[Law]) -> list[str]:
        """What breaks the audit's laws, and whatever makes other events or another state of the same log."""
        found = [str(verdict) for verdict in judge(laws, self.events, self.effects) if verdict.broken]
        for number, world in enumerate(self.worlds):
            folded, cut = World(self._service, partition=number), World(self._service, partition=number)
            folded.fold(world.events)
            waiting = list(self.log[number])
            while waiting:
                size = self.chance.choice((1, 3, 10, 100))
                cut.decide(waiting[:size])
                del waiting[:size]
            if cut.events != world.events:
                found.append(f"partition {number} decides otherwise in other batches")
            for other, how in ((folded, "folded"), (cut, "in other batches")):
                if (other.records, _counted(other)) != (world.records, _counted(world)):
                    found.append(f"partition {number} is another one {how}")
        return found


def _counted(world: World) -> dict[Any, int]:
    return {key: count for key, count in world.counters.items() if count}


class Town(ABC):
    """What is around a service: whoever asks for something, other systems whose words come late and again, a clock."""

    def __init__(self, service: Service, translate: Translate, seed: int, now_ms: int) -> None:
        """`translate`: what the service's intake makes of what other systems say."""
        self.chance = random.Random(seed)
        self.worlds = Worlds(service, self.chance, now_ms)
        self.worlds.heard = self._hear
        self.rows: dict[str, ActivityListed] = {}
        self._translate = translate
        self._number = 0
        self._mail: list[tuple[int, str, Message]] = []  # when, id, what is said

    @abstractmethod
    def deeds(self) -> list[tuple[int, Callable[[], None]]]:
        """What may be done, and how often."""

    @abstractmethod
    def wrong(self) -> Iterator[str]:
        """What does not come out even, once all is over."""

    @abstractmethod
    def moved(self) -> dict[str, int]:
        """How often something happened that is worth something."""

    @abstractmethod
    def hear(self, id: str, said: Message) -> None:
        """What is made of what the service says elsewhere."""

    def live(self, steps: int) -> None:
        """Everybody does something now and then; in between the partitions take some of it."""
        weights, deeds = zip(*self.deeds(), strict=True)
        for _ in range(steps):
            self.chance.choices(deeds, weights)[0]()
            for _ in range(self.chance.randrange(3)):
                self.worlds.step()

    def settle(self) -> None:
        """All that is under way arrives; no time goes by."""
        self.worlds.quiet()
        while self._mail:
            self.post(len(self._mail))
            self.worlds.quiet()

    def end(self) -> None:
        """All that is under way arrives, and all that is due comes."""
        self.settle()
        while self.worlds.due:
            self.worlds.tick(DAY_MS)
            self.settle()

    def faults(self) -> list[str]:
        """What is wrong in the end, and when all there ever was has come once more and should have moved nothing."""
        self.end()
        found, before = list(self.wrong()), self.moved()
        self.worlds.again()
        self.end()
        found += self.wrong()
        after = self.moved()
        return found + [
            f"all again: {before[kind]} {kind} became {after[kind]}" for kind in before if before[kind] != after[kind]
        ]

    def number(self) -> int:
        """One that was not there before."""
        self._number += 1
        return self._number

    def ask(self, data: CommandMessage, late_ms: int = 0) -> None:
        """A command of somebody outside."""
        self.worlds.send(data, f"r{self.number()}", late_ms)

    def late_ms(self) -> int:
        """How long ago something was written that is heard of now: mostly it is not."""
        return self.chance.choices((0, 1_000, 5 * MINUTE_MS, 3 * HOUR_MS, 26 * HOUR_MS), (90, 20, 5, 2, 2))[0]

    def say(self, message: Message, id: str, late_ms: int = 0) -> None:
        """Another system says something now: once at least, and heard of by and by."""
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            self._mail.append((self.worlds.now_ms - late_ms, id, message))

    def post(self, letters: int = 2) -> None:
        """Some of what was said is heard of, in any order."""
        for _ in range(min(len(self._mail), letters)):
            time_ms, id, message = self._mail.pop(self.chance.randrange(len(self._mail)))
            event = CloudEvent(id, message.type, "", format_time(time_ms), "", b"")
            for asked in self._translate(event, message, self.rows):
                self.worlds.ask(asked, f"intake {self.chance.randrange(3)}")

    def wait(self) -> None:
        """Time goes by."""
        minutes = self.chance.choices((0, 1, 5, 12, 60, 1_500), (30, 30, 10, 6, 3, 3))[0]
        self.worlds.tick(minutes * MINUTE_MS + self.chance.randrange(60_000))

    def count(self, *kinds: type[Any], nothing: Callable[[Any], bool] = lambda said: False) -> dict[str, int]:
        """How often something of these kinds happened, or was sent. `nothing`: what does not count."""
        said = [*(event.data for event in self.worlds.events), *(effect.data for effect in self.worlds.effects)]
        return {kind.__name__: sum(isinstance(each, kind) and not nothing(each) for each in said) for kind in kinds}

    def _hear(self, effect: Outgoing) -> None:
        if isinstance(effect.data, ActivityListed):
            self.rows[effect.data.activity_id] = effect.data
        else:
            self.hear(effect.id, effect.data)
