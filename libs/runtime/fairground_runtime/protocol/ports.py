"""What the protocol needs of the world. Kafka and Redis stand behind it, or a simulation of them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from fairground_contracts.cloudevent import Headers
from fairground_decider import Change, State


class Unavailable(Exception):
    """A server did not do what was asked, or did not say whether it did. Nothing is known: align."""


class Stopped(Exception):
    """This partition must not go on until a person has looked. The text is the sentence for that person."""


class Record(NamedTuple):
    """A record of a topic. For one that is about to be published, `offset` is the one it is expected to get."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp: int = 0  # the broker's, in ms since 1970, when it was appended; 0 before that


class Payment(NamedTuple):
    """An effect, encoded: a reward, a dead letter, a row of the activities' table."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class Position(NamedTuple):
    """Up to where a partition's state is the fold of its log. Both are kept in one write with the state."""

    next: int = 0  # first command offset that is not applied
    end: int = 0  # the state is the fold of the events log below this offset; in a worker: the log's end as it knows it


class Extent(NamedTuple):
    """The offsets that a topic's partition holds: begin <= offset < end."""

    begin: int
    end: int


class Store(Protocol):
    """Live state of one partition. Every write is atomic and fenced by `next`."""

    async def position(self) -> Position:
        """Where the state stands; (0, 0) when there is none. Raises Unavailable; Stopped when it is another epoch's."""

    async def load(self, touched: Mapping[str, frozenset[str] | set[str]]) -> tuple[Position, State]:
        """The touched records, all counters of the touched activities, and the position, read in one transaction."""

    def pack(self, change: Change) -> Any:
        """The change as `apply` takes it, encoded: what cannot be stored raises here, before any of it is final."""

    async def apply(self, packed: Any, start: int, to: Position) -> bool:
        """Write the change and the new position if `next` is still `start`; False: refused, nothing was written."""


class Log(Protocol):
    """The events log of one partition."""

    @property
    def max_batch_bytes(self) -> int:
        """The largest record batch that it takes, as `Outcome.size` counts."""

    async def append(self, records: Sequence[Record]) -> int:
        """Append one record batch; returns its first record's offset.

        Raises Unavailable when that is not known; Stopped when this worker has no right to append.
        """

    async def extent(self) -> Extent:
        """What it holds now. The newest record batches may be missing, but none is ever shown in part."""

    def read(self, begin: int, end: int) -> AsyncIterator[Sequence[Record]]:
        """The records begin <= offset < end in order, some at a time, void ones too."""


class Commands(Protocol):
    """The command topic of one partition."""

    async def extent(self) -> Extent:
        """What it holds now."""

    async def committed(self) -> int | None:
        """The group's committed offset, None when there is none."""

    def commit(self, offset: int) -> None:
        """Everything below is decided, paid and applied. Lazy: losing a commit costs nothing but repetition."""


class Payments(Protocol):
    """Topics that effects go to."""

    async def publish(self, payments: Sequence[Payment]) -> None:
        """Publish all of them; returns when all are acknowledged. Raises Unavailable otherwise."""


class Observer(Protocol):
    """Sees the protocol pass its steps: metrics, logs; the crash tests kill the process here."""

    def reached(self, point: str, count: int = 0) -> None:
        """A named point was passed with so many commands, records or messages."""


class Ports(NamedTuple):
    """Everything above for one partition."""

    store: Store
    log: Log
    commands: Commands
    payments: Payments
    observer: Observer
