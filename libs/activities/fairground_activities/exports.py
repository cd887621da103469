"""What files that strangers verify have in common: where an event stands, and the bytes of a content."""

import re
from typing import NamedTuple

from fairground_activities.lifecycle import canonical

__all__ = ["Malformed", "Place", "canonical", "place_of"]

_EVENT_ID = re.compile(r"([a-z]+)-(0|[1-9]\d*)-(0|[1-9]\d*)-(0|[1-9]\d*)-(0|[1-9]\d*)")


class Malformed(ValueError):
    """A file that is no export; the text says what is wrong with it."""


class Place(NamedTuple):
    """Where an event stands; within one partition places compare as the log runs."""

    epoch: int
    offset: int
    number: int  # of its command's events
    partition: int


def place_of(service: str, event_id: str) -> Place | None:
    """Where an event stands, by its id; None: that is no id of this service's events."""
    found = _EVENT_ID.fullmatch(event_id)
    if found is None or found[1] != service:
        return None
    epoch, partition, offset, number = (int(digits) for digits in found.groups()[1:])
    return Place(epoch, offset, number, partition)
