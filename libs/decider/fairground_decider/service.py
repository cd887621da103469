"""What a service brings to the worker: its vocabulary and three pure functions."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from fairground_contracts.message import CommandMessage, Message
from fairground_decider.envelope import Command, Event, Outgoing
from fairground_decider.state import State, Touched


class Service(Protocol):
    """A pure service. No method reads a clock, draws a random number, does I/O or keeps anything between calls."""

    @property
    def name(self) -> str:
        """Names its topics, keys and events."""

    @property
    def commands(self) -> Mapping[str, type[CommandMessage]]:
        """The commands it understands by CloudEvents type."""

    @property
    def events(self) -> Mapping[str, type[Message]]:
        """The events it decides by CloudEvents type."""

    def key(self, command: CommandMessage) -> str:
        """The record key that the command must carry: one key is one partition is one order."""

    def touches(self, message: Message) -> Touched:
        """The records that deciding this command, or folding this event, may read or write."""

    def decide(self, state: State, command: Command[Any]) -> Iterable[Message]:
        """The command's outcome, at least one event. Each event is folded before the next one is asked for."""

    def evolve(self, state: State, event: Event[Any]) -> None:
        """Fold one event into the state; nothing else ever changes state."""

    def effects(self, event: Event[Any]) -> Iterable[Outgoing]:
        """What the event sends elsewhere, from the event alone: another version of the code sends the same."""

    def encode(self, record: Any) -> bytes:
        """A state record for the store: deterministic, with its format version."""

    def decode(self, field: str, stored: bytes) -> Any:
        """The inverse of encode, for every format version there ever was."""


def touched(service: Service, messages: Iterable[Message]) -> dict[str, set[str]]:
    """The records that these commands or events may read or write, by activity."""
    fields: dict[str, set[str]] = {}
    for message in messages:
        activity, names, beside = service.touches(message)
        known = fields.get(activity)
        if known is None:
            fields[activity] = set(names)
        else:
            known.update(names)
        for other, read in beside:
            if other in fields:
                fields[other].update(read)
            else:
                fields[other] = set(read)
    return fields
