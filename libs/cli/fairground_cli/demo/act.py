"""A service's part in the demo: what members ask of it, and what they make of its answers.

An act knows only what a frontend sees: the service's events. Everything that its members do follows from the seed and
from what they see; a member's habits are a hash of the name.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from zlib import crc32

from fairground_cli.demo.sender import Part
from fairground_cli.demo.shop import Clock
from fairground_contracts.cloudevent import Headers

_VERSION = ("ce_specversion", b"1.0")
_SOURCE = ("ce_source", b"/fairground/demo/players")
_JSON = ("content-type", b"application/json")


class Request(NamedTuple):
    """A command, ready to be sent."""

    id: str  # ce_id
    key: bytes
    value: bytes
    headers: Headers
    time_ms: int  # its ce_time


class Act(Protocol):
    """One service's part."""

    @property
    def service(self) -> str:
        """Whose commands and events they are."""

    def open(self, rules: Sequence[Mapping[str, Any]], seed: int) -> None:
        """The activities that are in force, as they were published: from now on members take part."""

    @property
    def ready(self) -> bool:
        """Whether what was published has reached everybody who decides by it."""

    def came_by(self, member: str, time_ms: int) -> Iterable[Request]:
        """A household is about to shop."""

    def day_began(self, day_ms: int) -> Iterable[Request]:
        """A day of the replay begins at this moment: what is asked in its course by those who do not shop."""

    def see(self, kind: str, event_id: str, time_ms: int, data: Mapping[str, Any]) -> Iterable[Request]:
        """An event that counts: what follows from it."""

    def tells(self) -> Mapping[str, Sequence[Part]]:
        """What others say because of what was seen (whoever pays out, or owns points), by topic; each said once."""


class Wording:
    """Puts what members ask into commands. Written by hand: the models would take ten times as long."""

    def __init__(self, *types: str) -> None:
        """`types`: the CloudEvents types of the commands."""
        self._types = {kind: ("ce_type", kind.encode()) for kind in types}
        self._clock = Clock()

    def request(self, id: str, kind: str, key: str, activity: str, value: str, time_ms: int) -> Request:
        """A command. `value`: its data as JSON."""
        headers: Headers = [
            _VERSION, ("ce_id", id.encode()), self._types[kind], _SOURCE,
            ("ce_time", self._clock.utc(time_ms).encode()), ("ce_subject", activity.encode()), _JSON,
        ]  # fmt: skip
        return Request(id, key.encode(), value.encode(), headers, time_ms)


def roll(seed: int, what: str) -> int:
    """A number that belongs to the seed and to this."""
    return crc32(what.encode(), seed)
