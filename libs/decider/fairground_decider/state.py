"""The state of one command partition, as far as a batch touches it: a fold of its events.

A key is (activity, field). Records are immutable values that a service puts as wholes; counters are integers that
move by deltas within bounds. Everything can be taken back until the command is kept, so that a command whose outcome
turns out not to be publishable leaves no trace.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Key = tuple[str, str]  # (activity id, field within it)

_ABSENT: Any = object()


class OutOfBounds(AssertionError):
    """A counter would leave its bounds: decide has a bug, for it has to look before it takes."""


class Move(NamedTuple):
    """How a batch moves one counter: apply refuses it when the result leaves [floor, ceiling]."""

    delta: int
    floor: int
    ceiling: int


class Touched(NamedTuple):
    """What a message can read or change: one activity's counters, and these fields of its records.

    What an event changes is of one activity, so that whoever folds keeps activities apart. Deciding a command may read
    records of others, too: what its partition knows beside the activity.
    """

    activity: str
    fields: tuple[str, ...]
    beside: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of others: activity and fields, to read only


class Change(NamedTuple):
    """What a batch did to the state, to be applied in one atomic write: drops first, then the rest."""

    dropped: tuple[str, ...]  # activities whose records and counters all go
    records: Mapping[Key, Any]  # None: the record goes
    counters: Mapping[Key, Move]
    cleared: tuple[Key, ...]  # counters that go (a day that nobody counts any more)


class Records(dict[Key, Any]):
    """Every record is there; one that nobody wrote is None. For a state that lives as long as its log is read."""

    def __missing__(self, key: Key) -> None:
        return None

    def __contains__(self, key: object) -> bool:
        return True


class State:
    """A working copy, private to one batch."""

    __slots__ = ("_changed", "_cleared", "_counters", "_dropped", "_journal", "_loaded", "_moves", "_records")

    def __init__(self, records: dict[Key, Any], counters: dict[Key, int], loaded: Iterable[str]) -> None:
        """`records` holds every touched record, None where there is none; `loaded`: activities with all counters."""
        self._records = records
        self._counters = counters
        self._loaded = frozenset(loaded)
        self._changed: dict[Key, None] = {}
        self._moves: dict[Key, Move] = {}
        self._cleared: dict[Key, None] = {}
        self._dropped: dict[str, None] = {}
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []

    def record(self, activity: str, field: str) -> Any:
        """The record, or None. Raises KeyError when the message's `touches` did not name it (a bug)."""
        return self._records[activity, field]

    def counter(self, activity: str, field: str) -> int:
        """The counter, 0 when it never moved."""
        assert activity in self._loaded, f"counters of {activity!r} were not loaded"
        return self._counters.get((activity, field), 0)

    def counters_of(self, activity: str) -> dict[str, int]:
        """All counters of an activity that are not 0 by field."""
        assert activity in self._loaded, f"counters of {activity!r} were not loaded"
        return {field: count for (owner, field), count in self._counters.items() if owner == activity and count}

    def put(self, activity: str, field: str, record: Any) -> None:
        """Write a record as a whole; None removes it."""
        key = (activity, field)
        records, changed, journal = self._records, self._changed, self._journal
        assert key in records, f"record {key} was not loaded"
        journal.append((records, key, records[key]))
        if key not in changed:
            journal.append((changed, key, _ABSENT))
            changed[key] = None
        records[key] = record

    def count(self, activity: str, field: str, delta: int, floor: int, ceiling: int) -> None:
        """Move a counter. Raises OutOfBounds when it would leave [floor, ceiling]."""
        key = (activity, field)
        counters, moves = self._counters, self._moves
        assert activity in self._loaded, f"counters of {activity!r} were not loaded"
        before, move = counters.get(key, _ABSENT), moves.get(key, _ABSENT)
        after = delta if before is _ABSENT else before + delta
        if not floor <= after <= ceiling:
            raise OutOfBounds(f"{key} would become {after}, outside {floor}..{ceiling}")
        self._journal.append((counters, key, before))
        self._journal.append((moves, key, move))
        counters[key] = after
        moves[key] = Move(delta if move is _ABSENT else move.delta + delta, floor, ceiling)

    def clear(self, activity: str, field: str) -> None:
        """Forget a counter for good, such as that of a day which is over."""
        key = (activity, field)
        self._unset(self._counters, key)
        self._unset(self._moves, key)
        self._set(self._cleared, key, None)

    def drop(self, activity: str) -> None:
        """Forget all records and counters of an activity; what is put after it is kept."""
        for key in [key for key in self._records if key[0] == activity]:
            self._set(self._records, key, None)
        for kept in (self._counters, self._moves, self._changed, self._cleared):
            for key in [key for key in kept if key[0] == activity]:
                self._unset(kept, key)
        self._set(self._dropped, activity, None)

    def keep(self) -> None:
        """The command's outcome stands: what was changed so far cannot be taken back any more."""
        self._journal.clear()

    def take_back(self) -> None:
        """Undo everything since the last `keep`."""
        while self._journal:
            kept, key, before = self._journal.pop()
            if before is _ABSENT:
                del kept[key]
            else:
                kept[key] = before

    def change(self) -> Change:
        """Everything that was changed since the load."""
        records = self._records
        changed = {key: records[key] for key in self._changed}
        return Change(tuple(self._dropped), changed, self._moves, tuple(self._cleared))

    def _set(self, kept: dict[Any, Any], key: Any, value: Any) -> None:
        self._journal.append((kept, key, kept.get(key, _ABSENT)))
        kept[key] = value

    def _unset(self, kept: dict[Any, Any], key: Any) -> None:
        if key in kept:
            self._journal.append((kept, key, kept[key]))
            del kept[key]
