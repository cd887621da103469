"""Entries of the record as the events that they are."""

from typing import Any

from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.dead import CommandDead
from fairground_decider import Event
from fairground_record.queries import Entry
from fairground_record.rooms import reader


def event_of(entry: Entry) -> Event[Any] | None:
    """The event that a row is; None when its service is not installed, or this version of it cannot read it."""
    service = reader(entry.service)
    if service is None:
        return None
    model = CommandDead if entry.type == CommandDead.type else service.events.get(entry.type)
    if model is None:
        return None
    try:
        return Event(
            entry.id, entry.time, parse_time_ms(entry.time), entry.command_id, model.model_validate(entry.data)
        )
    except ValueError:
        return None
