"""Commands, events and messages as a pure domain sees them, with what the wire says beside the data.

These are made and read for every command: msgspec structs cost a fifth of a named tuple. `structs.replace` changes one.
"""

from typing import Generic, TypeVar

from msgspec import Struct

from fairground_contracts.message import CommandMessage, Message

M = TypeVar("M", bound=Message, covariant=True)


class Coordinates(Struct, frozen=True, gc=False):
    """Where a command stands in its topic. Nobody chooses it, and it never changes."""

    service: str
    epoch: int  # incarnation of the service's topics; raised by the operator when they are created anew
    partition: int
    offset: int

    def event_id(self, index: int) -> str:
        """The id of the command's index-th event: the same whoever decides, however often."""
        return f"{self.service}-{self.epoch}-{self.partition}-{self.offset}-{index}"


def partition_of(event_id: str) -> str:
    """The partition of an event, as `<service>-<epoch>-<partition>`: each has its own order, and a new epoch begins it
    anew."""
    return event_id.rsplit("-", 2)[0]


def epoch_of(event_id: str) -> int:
    """The epoch of the topics that an event stands in."""
    return int(event_id.rsplit("-", 4)[1])


def offset_of(event_id: str) -> int:
    """The offset of the command that an event was decided for."""
    return int(event_id.rsplit("-", 2)[1])


class Command(Struct, Generic[M], frozen=True, gc=False):
    """A command that was understood."""

    id: str  # ce_id: whoever asks again sends the same
    time: str  # ce_time as sent: the command's own time, RFC 3339
    time_ms: int  # the same in milliseconds since 1970, UTC
    at: Coordinates
    data: M


class Event(Struct, Generic[M], frozen=True, gc=False):
    """An event that was decided, or read back from the log; the same in both cases."""

    id: str
    time: str  # its command's ce_time
    time_ms: int
    command_id: str  # the command it answers (ce_causationid)
    data: M


class Translated(Struct, frozen=True, gc=False):
    """A command that an intake made of a record of a shared stream."""

    key: str
    id: str  # derived from the record's natural cause: a repeated record makes the same command
    time: str  # RFC 3339, the record's
    data: CommandMessage


class Outgoing(Struct, frozen=True, gc=False):
    """A message that an event sends elsewhere (an effect). Its id derives from the event's."""

    topic: str
    key: str
    id: str
    subject: str
    data: Message
