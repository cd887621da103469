"""A service's own activities in the table of all of them, as its intake asks for them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from fairground_activities.lifecycle import OPEN
from fairground_contracts.activities import ActivityListed

#: Activities whose members have something that more may be heard of, whether they still take part or not.
KEPT = (*OPEN, "ended", "stopped")

R = TypeVar("R")


def rows(service: str, activities: Mapping[str, ActivityListed], statuses: tuple[str, ...]) -> Iterator[ActivityListed]:
    """The service's activities that stand like this. A pause stops members, not what they have earned: see OPEN."""
    return (row for row in activities.values() if row.service == service and row.status in statuses)


class RulesOfRows(Generic[R]):
    """The rules of a service's activities, read once a version and not once an order."""

    def __init__(self, service: str, load: Callable[[dict[str, Any]], R]) -> None:
        """`load`: the rules that a published form says."""
        self._service = service
        self._load = load
        self._read: dict[str, tuple[ActivityListed, R]] = {}

    def __call__(self, activities: Mapping[str, ActivityListed], statuses: tuple[str, ...]) -> Iterator[R]:
        """Of those that stand like this."""
        for row in rows(self._service, activities, statuses):
            known = self._read.get(row.activity_id)
            if known is None or known[0] is not row:
                known = self._read[row.activity_id] = (row, self._load(row.rules))
            yield known[1]
