"""The state that events lead to, by the service's own code: for the audit, and for what an event had before it."""

from collections.abc import Iterator
from typing import Any

from fairground_contracts.dead import CommandDead
from fairground_decider import Event, Key, Service, State
from fairground_decider.lean import Held


class Folding:
    """The states of activities. Each lives as long as this, so `evolve` finds all that was there before."""

    def __init__(self, service: Service) -> None:
        """Nothing has happened yet."""
        self._service = service
        self._states: dict[str, Held] = {}

    def take(self, event: Event[Any]) -> None:
        """The next event that counts. Raises whatever `evolve` raises."""
        if type(event.data) is CommandDead:
            return
        self._service.evolve(self.state(self._service.touches(event.data).activity), event)

    def state(self, activity: str) -> State:
        """An activity's state as it is so far, with all its records and counters."""
        state = self._states.get(activity)
        if state is None:
            state = self._states[activity] = Held()
        return state

    def records(self) -> Iterator[tuple[Key, Any]]:
        """Every record there is, decoded."""
        for state in self._states.values():
            yield from state.records.items()

    def counters(self) -> Iterator[tuple[Key, int]]:
        """Every counter there is."""
        for state in self._states.values():
            yield from state.counters.items()
