"""A world of one partition in memory that holds records as objects: nothing passes through bytes or is validated.

For simulations, which decide millions of commands that nobody keeps. It comes to the same events, records and counters
as `folding.World`, which takes the way that a worker takes; a test compares the two for every service. Whoever folds a
whole log needs its state alone.
"""

from typing import Any

from fairground_decider.envelope import Command, Coordinates, Event, Translated
from fairground_decider.service import Service
from fairground_decider.state import Key, OutOfBounds, State


class Held(State):
    """The whole state of a partition at once. What is written counts at once: nothing can be taken back."""

    __slots__ = ()

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._records: dict[Key, Any] = {}
        self._counters: dict[Key, int] = {}

    @property
    def records(self) -> dict[Key, Any]:
        """Every record there is."""
        return self._records

    @property
    def counters(self) -> dict[Key, int]:
        """Every counter that ever moved and was not cleared."""
        return self._counters

    def record(self, activity: str, field: str) -> Any:
        """The record, or None."""
        return self._records.get((activity, field))

    def counter(self, activity: str, field: str) -> int:
        """The counter, 0 when it never moved."""
        return self._counters.get((activity, field), 0)

    def counters_of(self, activity: str) -> dict[str, int]:
        """All counters of an activity that are not 0 by field."""
        return {field: count for (owner, field), count in self._counters.items() if owner == activity and count}

    def put(self, activity: str, field: str, record: Any) -> None:
        """Write a record as a whole; None removes it."""
        if record is None:
            self._records.pop((activity, field), None)
        else:
            self._records[activity, field] = record

    def count(self, activity: str, field: str, delta: int, floor: int, ceiling: int) -> None:
        """Move a counter. Raises OutOfBounds when it would leave [floor, ceiling]."""
        key, counters = (activity, field), self._counters
        after = counters.get(key, 0) + delta
        if not floor <= after <= ceiling:
            raise OutOfBounds(f"{key} would become {after}, outside {floor}..{ceiling}")
        counters[key] = after

    def clear(self, activity: str, field: str) -> None:
        """Forget a counter for good."""
        self._counters.pop((activity, field), None)

    def drop(self, activity: str) -> None:
        """Forget all records and counters of an activity; what is put after it is kept."""
        for kept in (self._records, self._counters):
            for key in [key for key in kept if key[0] == activity]:
                del kept[key]


class LeanWorld:
    """Decides one command after another, each in the state that the one before it has left."""

    __slots__ = ("_decide", "_epoch", "_evolve", "_name", "_partition", "next", "state")

    def __init__(self, service: Service, epoch: int = 1, partition: int = 0) -> None:
        """An empty world of this service."""
        self._name = service.name
        self._decide = service.decide
        self._evolve = service.evolve
        self._epoch = epoch
        self._partition = partition
        self.next = 0  # the next command's offset
        self.state = Held()

    def decide(self, asked: Translated, time_ms: int) -> list[Event[Any]]:
        """Take one command; its events. `time_ms` is the command's time once more, as a number."""
        state, evolve, time, command_id = self.state, self._evolve, asked.time, asked.id
        at = Coordinates(self._name, self._epoch, self._partition, self.next)
        decided: list[Event[Any]] = []
        for data in self._decide(state, Command(command_id, time, time_ms, at, asked.data)):
            event = Event(at.event_id(len(decided)), time, time_ms, command_id, data)
            evolve(state, event)
            decided.append(event)
        self.next += 1
        return decided
