"""The state that events lead to, by the service's own code: for the audit, and for what an event had before it."""

from collections.abc import Iterator
from typing import Any

from fairground_contracts.dead import CommandDead
from fairground_decider import Event, Key, Records, Service, State


class Folding:
    """The states of activities. Each lives as long as this, so `evolve` finds all that was there before."""

    def __init__(self, service: Service) -> None:
        """Nothing has happened yet."""
        self._service = service
        self._records: dict[str, Records] = {}
        self._counters: dict[str, dict[Key, int]] = {}
        self._states: dict[str, State] = {}

    def take(self, event: Event[Any]) -> None:
        """The next event that counts. Raises whatever `evolve` raises."""
        if type(event.data) is CommandDead:
            return
        state = self.state(self._service.touches(event.data).activity)
        try:
            self._service.evolve(state, event)
        finally:
            state.keep()

    def state(self, activity: str) -> State:
        """An activity's state as it is so far, with all its records and counters."""
        state = self._states.get(activity)
        if state is None:
            records, counters = Records(), dict[Key, int]()
            self._records[activity], self._counters[activity] = records, counters
            state = self._states[activity] = State(records, counters, (activity,))
        return state

    def records(self) -> Iterator[tuple[Key, Any]]:
        """Every record there is, decoded."""
        for kept in self._records.values():
            yield from ((key, record) for key, record in kept.items() if record is not None)

    def counters(self) -> Iterator[tuple[Key, int]]:
        """Every counter there is."""
        for kept in self._counters.values():
            yield from kept.items()
