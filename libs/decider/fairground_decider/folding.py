"""A world of one partition in memory: commands are decided and folded as by a worker, records pass through bytes.

For tests, simulation and figures; a worker does the same with Kafka and Redis.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from fairground_contracts.cloudevent import parse_time_ms
from fairground_decider.envelope import Command, Coordinates, Event, Outgoing, Translated
from fairground_decider.service import Service, touched
from fairground_decider.state import Change, Key, State


class World:
    """The store of one partition, and the log that it is a fold of."""

    def __init__(self, service: Service, epoch: int = 1, partition: int = 0) -> None:
        self.service = service
        self.epoch = epoch
        self.partition = partition
        self.next = 0  # the next command's offset
        self.events: list[Event[Any]] = []
        self.effects: list[Outgoing] = []
        self.records: dict[Key, bytes] = {}
        self.counters: dict[Key, int] = {}

    def decide(self, batch: Sequence[Translated]) -> list[Event[Any]]:
        """Take one batch of commands: load what it touches, decide, keep the changes. Returns its events."""
        state = self.load(asked.data for asked in batch)
        decided: list[Event[Any]] = []
        for asked in batch:
            at = Coordinates(self.service.name, self.epoch, self.partition, self.next)
            command = Command(asked.id, asked.time, parse_time_ms(asked.time), at, asked.data)
            events = len(decided)
            for index, data in enumerate(self.service.decide(state, command)):
                event = Event(at.event_id(index), command.time, command.time_ms, command.id, data)
                effects = tuple(self.service.effects(event))
                for made in (data, *(effect.data for effect in effects)):
                    assert type(made).model_validate_json(made.model_dump_json()) == made, f"{made!r} is not valid"
                self.service.evolve(state, event)
                self.effects.extend(effects)
                decided.append(event)
            assert len(decided) > events, f"{asked.data!r} has no outcome"
            state.keep()
            self.next += 1
        self.apply(state.change())
        self.events.extend(decided)
        return decided

    def fold(self, events: Iterable[Event[Any]]) -> None:
        """Fold events that were decided elsewhere, as align does."""
        taken = list(events)
        state = self.load(event.data for event in taken)
        for event in taken:
            self.service.evolve(state, event)
            self.effects.extend(self.service.effects(event))
        state.keep()
        self.apply(state.change())
        self.events.extend(taken)

    def load(self, messages: Iterable[Any]) -> State:
        """A working copy of what the messages touch, decoded from the stored bytes."""
        fields = touched(self.service, messages)
        records = {
            (activity, field): self._decoded(activity, field) for activity, names in fields.items() for field in names
        }
        return State(records, {key: count for key, count in self.counters.items() if key[0] in fields}, fields)

    def apply(self, change: Change) -> None:
        """Write a batch's changes as the store does: bounds are checked, then drops come first."""
        for activity in change.dropped:
            for kept in (self.records, self.counters):
                for key in [key for key in kept if key[0] == activity]:
                    del kept[key]
        for key in change.cleared:
            self.counters.pop(key, None)
        for key, move in change.counters.items():
            after = self.counters.get(key, 0) + move.delta
            assert move.floor <= after <= move.ceiling, f"{key} would become {after}"
            self.counters[key] = after
        for key, record in change.records.items():
            if record is None:
                self.records.pop(key, None)
            else:
                self.records[key] = self.service.encode(record)

    def _decoded(self, activity: str, field: str) -> Any:
        stored = self.records.get((activity, field))
        return None if stored is None else self.service.decode(field, stored)


def fold(service: Service, commands: Iterable[Translated], batch: int = 100) -> World:
    """A world in which these commands were taken, `batch` at a time."""
    world, waiting = World(service), list[Translated]()
    for asked in commands:
        waiting.append(asked)
        if len(waiting) == batch:
            world.decide(waiting)
            waiting = []
    if waiting:
        world.decide(waiting)
    return world
