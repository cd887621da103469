"""Kafka and Redis in memory, behind the protocol's ports: append-only topics, a store of bytes, requests under way.

Every call first gives way to others: a bare yield, which asyncio takes for `sleep(0)` and the simulation's scheduler
for the end of a turn. A worker that is never resumed there has been killed; one that is resumed late has been asleep.
"""

from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from fairground_decider import Change, Service, State
from fairground_runtime.protocol.ports import (
    Extent,
    Observer,
    Payment,
    Ports,
    Position,
    Record,
    Stopped,
    Unavailable,
)  # fmt: skip

#: What becomes of a request. "reply_lost": done, but nobody is told; "late": under way, it may still arrive;
#: "twice": done, and once more later.
Fate = Literal["done", "reply_lost", "late", "never", "twice"]


class Turn:
    """Awaited where others may come in between."""

    def __await__(self) -> Generator[None, None, None]:
        yield


TURN = Turn()


class Faults:
    """What goes wrong: here, nothing."""

    def append(self) -> Fate:
        return "done"

    def apply(self) -> Fate:
        return "done"

    def pay(self, count: int) -> int:
        """How many of so many payments are published before the connection is lost."""
        return count

    def commit(self) -> Fate:
        return "late"

    def visible(self, ends: Sequence[int]) -> int:
        """Up to where a reader sees the log: behind one of these record batches, by rising offset."""
        return ends[-1]


class Watch:
    """Sees whatever becomes visible to anybody: here, it does not look."""

    def appended(self, records: Sequence[Record]) -> None:
        """One record batch stands in the log."""

    def paid(self, payment: Payment) -> None:
        """A payment was published."""

    def applied(self, saved: "Saved") -> None:
        """The store was written."""

    def committed(self, offset: int) -> None:
        """The group's offset was set."""


class Saved(NamedTuple):
    """All that the store holds after one write. Never changed, so that the store can go back to it."""

    position: Position = Position()
    epoch: int | None = None
    records: Mapping[str, Mapping[str, bytes]] = {}
    counters: Mapping[str, Mapping[str, int]] = {}


@dataclass
class Servers:
    """What all workers share: the topics and the store of one partition."""

    commands: list[Record] = field(default_factory=list)
    log: list[Record] = field(default_factory=list)
    store: Saved = field(default_factory=Saved)
    paid: dict[tuple[str, str], Payment] = field(default_factory=dict)
    committed: int | None = None
    commands_begin: int = 0
    log_begin: int = 0
    known: int = 0  # the log's end as far as anybody was told
    batch_ends: list[int] = field(default_factory=lambda: [0])  # of the record batches in the log
    writes: list[Saved] = field(default_factory=lambda: [Saved()])
    under_way: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    trace: list[str] | None = None

    @property
    def commands_end(self) -> int:
        """The next offset of the command topic."""
        return self.commands[-1].offset + 1 if self.commands else self.commands_begin

    def say(self, *words: object) -> None:
        """A line of the trace, if somebody reads it."""
        if self.trace is not None:
            self.trace.append(" ".join(map(str, words)))

    def fetch(self, begin: int, count: int) -> list[Record]:
        """The next commands from an offset on."""
        return [record for record in self.commands if record.offset >= begin][:count]

    def append(self, records: Sequence[Record]) -> int:
        """One record batch lands wherever the log ends now."""
        first = len(self.log)
        landed = [record._replace(offset=first + index, timestamp=1) for index, record in enumerate(records)]
        self.log.extend(landed)
        self.batch_ends.append(len(self.log))
        self.watch.appended(landed)
        return first

    def pay(self, payment: Payment) -> None:
        """One message lands in its topic; readers drop repeated ids."""
        headers = dict(payment.headers)
        self.paid[payment.topic, headers["ce_id"].decode()] = payment
        self.watch.paid(payment)

    def commit(self, offset: int) -> None:
        """The group's offset is what was committed last, whoever did."""
        self.committed = offset
        self.watch.committed(offset)

    def apply(self, write: "Write") -> str:
        """What apply.lua does: check all, then write. Returns why it was refused."""
        if refused := write.refused(self.store):
            return refused
        self.store = write.onto(self.store)
        self.writes.append(self.store)
        self.watch.applied(self.store)
        return ""

    def lose_store(self, back_to: int) -> None:
        """The store goes back to an earlier write (0: wiped); what was written since is gone for good."""
        del self.writes[back_to + 1 :]
        self.store = self.writes[back_to]


class Packed(NamedTuple):
    """A change whose records are bytes; `change` holds the rest of it."""

    change: Change
    encoded: Mapping[tuple[str, str], bytes | None]


class Write(NamedTuple):
    """A request to apply, as it was sent: bytes, not values."""

    start: int
    to: Position
    epoch: int
    change: Change
    encoded: Mapping[tuple[str, str], bytes | None]

    def refused(self, saved: Saved) -> str:
        """Why it must not be written, empty when it may."""
        if saved.position.next != self.start:
            return f"next is {saved.position.next}, the batch begins at {self.start}"
        if saved.epoch not in (None, self.epoch):
            return f"the state is of epoch {saved.epoch}, the batch of {self.epoch}"
        for (activity, name), move in self.change.counters.items():
            fresh = activity in self.change.dropped or (activity, name) in self.change.cleared
            after = move.delta + (0 if fresh else saved.counters.get(activity, {}).get(name, 0))
            if not move.floor <= after <= move.ceiling:
                return f"counter {activity}/{name} would become {after}"
        return ""

    def onto(self, saved: Saved) -> Saved:
        """The store after it."""
        records, counters = dict(saved.records), dict(saved.counters)
        change = self.change
        touched = {key[0] for key in (*self.encoded, *change.counters, *change.cleared)} | set(change.dropped)
        for activity in touched:
            dropped = activity in change.dropped
            records[activity] = {} if dropped else dict(records.get(activity, {}))
            counters[activity] = {} if dropped else dict(counters.get(activity, {}))
        for activity, name in change.cleared:
            counters[activity].pop(name, None)  # type: ignore[attr-defined]  # copied above
        for (activity, name), move in change.counters.items():
            counters[activity][name] = counters[activity].get(name, 0) + move.delta  # type: ignore[index]
        for (activity, name), value in self.encoded.items():
            if value is None:
                records[activity].pop(name, None)  # type: ignore[attr-defined]
            else:
                records[activity][name] = value  # type: ignore[index]
        return Saved(self.to, self.epoch, records, counters)


class MemoryStore:
    """Implements ports.Store."""

    def __init__(self, servers: Servers, service: Service, epoch: int, faults: Faults, who: str) -> None:
        self._servers = servers
        self._service = service
        self._epoch = epoch
        self._faults = faults
        self._who = who

    async def position(self) -> Position:
        await TURN
        self._servers.say(self._who, "finds", self._servers.store.position)
        return self._position()

    def _position(self) -> Position:
        saved = self._servers.store
        if saved.epoch is not None and saved.epoch != self._epoch:
            raise Stopped(f"the store holds the state of epoch {saved.epoch}, this worker's is {self._epoch}")
        return saved.position

    async def load(self, touched: Mapping[str, frozenset[str] | set[str]]) -> tuple[Position, State]:
        await TURN
        saved, decode = self._servers.store, self._service.decode
        records: dict[tuple[str, str], Any] = {}
        counters: dict[tuple[str, str], int] = {}
        for activity, fields in touched.items():
            stored = saved.records.get(activity, {})
            for name in fields:
                records[activity, name] = decode(name, stored[name]) if name in stored else None
            for name, count in saved.counters.get(activity, {}).items():
                counters[activity, name] = count
        self._servers.say(self._who, "loads at", saved.position)
        return self._position(), State(records, counters, touched)

    def pack(self, change: Change) -> Packed:
        encode = self._service.encode
        encoded = {key: None if record is None else encode(record) for key, record in change.records.items()}
        return Packed(Change(change.dropped, {}, dict(change.counters), change.cleared), encoded)

    async def apply(self, packed: Packed, start: int, to: Position) -> bool:
        write = Write(start, to, self._epoch, packed.change, packed.encoded)
        await TURN
        servers, fate = self._servers, self._faults.apply()
        refused = ""
        if fate in ("done", "reply_lost", "twice"):
            refused = servers.apply(write)
        if fate in ("late", "twice"):
            servers.under_way.append((f"apply of {self._who}: {start}..{to}", lambda: _arrive(servers, write)))
        servers.say(self._who, f"applies {start} -> {to}: {fate}", refused)
        if fate not in ("done", "twice"):
            raise Unavailable(f"apply: {fate}")
        return not refused


def _arrive(servers: Servers, write: Write) -> None:
    servers.apply(write)


class MemoryLog:
    """Implements ports.Log."""

    def __init__(self, servers: Servers, faults: Faults, max_batch_bytes: int, who: str) -> None:
        self._servers = servers
        self._faults = faults
        self._max_batch_bytes = max_batch_bytes
        self._who = who

    @property
    def max_batch_bytes(self) -> int:
        return self._max_batch_bytes

    async def append(self, records: Sequence[Record]) -> int:
        sent, expected = tuple(records), records[0].offset
        await TURN
        servers, fate = self._servers, self._faults.append()
        first = -1
        if fate in ("done", "reply_lost", "twice"):
            first = servers.append(sent)
        if fate in ("late", "twice"):
            servers.under_way.append((f"events of {self._who} for {expected}", lambda: _land(servers, sent)))
        servers.say(self._who, f"appends {len(sent)} for {expected} at {first}: {fate}")
        if fate not in ("done", "twice"):
            raise Unavailable(f"append: {fate}")
        servers.known = max(servers.known, first + len(sent))
        return first

    async def extent(self) -> Extent:
        await TURN
        servers = self._servers
        visible = [end for end in servers.batch_ends if end >= servers.known]
        servers.known = self._faults.visible(visible)
        servers.say(self._who, f"sees the log up to {servers.known} of {len(servers.log)}")
        return Extent(servers.log_begin, servers.known)

    async def read(self, begin: int, end: int) -> AsyncIterator[Sequence[Record]]:
        while begin < end:
            await TURN
            if begin < self._servers.log_begin:
                raise Unavailable(f"{begin} is out of range")
            upto = min(begin + 3, end)
            yield self._servers.log[begin:upto]
            begin = upto


def _land(servers: Servers, records: Sequence[Record]) -> None:
    servers.append(records)


class MemoryCommands:
    """Implements ports.Commands. Commits are lazy: they are under way until they arrive."""

    def __init__(self, servers: Servers, faults: Faults, who: str) -> None:
        self._servers = servers
        self._faults = faults
        self._who = who

    async def extent(self) -> Extent:
        await TURN
        return Extent(self._servers.commands_begin, self._servers.commands_end)

    async def committed(self) -> int | None:
        await TURN
        return self._servers.committed

    def commit(self, offset: int) -> None:
        servers, fate = self._servers, self._faults.commit()
        servers.say(self._who, f"commits {offset}: {fate}")
        if fate == "late":
            servers.under_way.append((f"commit {offset} of {self._who}", lambda: servers.commit(offset)))
        elif fate != "never":
            servers.commit(offset)


class MemoryPayments:
    """Implements ports.Payments."""

    def __init__(self, servers: Servers, faults: Faults, who: str) -> None:
        self._servers = servers
        self._faults = faults
        self._who = who

    async def publish(self, payments: Sequence[Payment]) -> None:
        due = tuple(payments)
        await TURN
        published = self._faults.pay(len(due))
        self._servers.say(self._who, f"pays {published} of {len(due)}")
        for payment in due[:published]:
            self._servers.pay(payment)
        if published < len(due):
            raise Unavailable(f"{published} of {len(due)} payments were published")


class Blind:
    """Implements ports.Observer: sees nothing."""

    def reached(self, point: str, count: int = 0) -> None:
        """Nothing is noted."""


def ports(
    servers: Servers, service: Service, *, epoch: int = 1, max_batch_bytes: int = 100_000, faults: Faults | None = None,
    who: str = "W", observer: Observer | None = None,
) -> Ports:  # fmt: skip
    """One worker's view of the servers."""
    faults = faults or Faults()
    return Ports(
        MemoryStore(servers, service, epoch, faults, who),
        MemoryLog(servers, faults, max_batch_bytes, who),
        MemoryCommands(servers, faults, who),
        MemoryPayments(servers, faults, who),
        observer or Blind(),
    )
