"""The vocabulary of pure activity domains: what decide, evolve and effects are written against."""

from fairground_decider.envelope import Command, Coordinates, Event, Outgoing, Translated
from fairground_decider.service import Service, touched
from fairground_decider.state import Change, Key, Move, OutOfBounds, Records, State, Touched

__all__ = [
    "Change", "Command", "Coordinates", "Event", "Key", "Move", "OutOfBounds", "Outgoing", "Records", "Service",
    "State", "Touched", "Translated", "touched",
]  # fmt: skip
