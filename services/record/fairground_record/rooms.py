"""The services that are installed, and what each can say about its activities: its rooms, found by their names."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, Literal

from fairground_decider import Service

Room = Literal["odds", "stock", "history", "explaining", "experiment", "ledger", "calendar"]


@cache
def reader(service: str) -> Service | None:
    """A service's domain without secrets; None when it is not installed."""
    found = [entry.load() for entry in entry_points(group="fairground.services", name=service)]
    return found[0].reader() if found else None


@cache
def room(service: str, name: Room) -> Any:
    """A service's module of this name (fairground_decider.answers says what is in it); None when it has none."""
    place = f"fairground_{service}"
    if not find_spec(place) or not find_spec(f"{place}.{name}"):
        return None
    return import_module(f"{place}.{name}")
