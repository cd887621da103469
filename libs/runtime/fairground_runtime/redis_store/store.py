"""The store of one partition on Redis: keys, the script that reads, the script that writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from fairground_decider import Change, Key, Service, State
from fairground_runtime.protocol.ports import Position, Stopped, Unavailable

log = structlog.get_logger(__name__)


class _Script:
    """A Lua script of this folder."""

    def __init__(self, name: str) -> None:
        self._text = files("fairground_runtime.redis_store").joinpath(name).read_text()
        self._sha = sha1(self._text.encode(), usedforsecurity=False).hexdigest()  # how Redis names it

    async def run(self, redis: Redis, keys: Sequence[str], arguments: Sequence[bytes]) -> Any:
        """Its answer. Raises Unavailable: it may have run all the same."""
        client: Any = redis
        try:
            try:
                return await client.evalsha(self._sha, len(keys), *keys, *arguments)
            except NoScriptError:  # the server was restarted: scripts live in its memory only
                return await client.eval(self._text, len(keys), *keys, *arguments)
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis: {error}") from error


_LOAD = _Script("load.lua")
_APPLY = _Script("apply.lua")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one partition. Their common hash tag keeps them on one node of a cluster."""

    service: str
    partition: int

    @property
    def tag(self) -> str:
        """What all of them begin with."""
        return f"{{{self.service}:{self.partition}}}"

    @property
    def position(self) -> str:
        """Hash: next, end, epoch."""
        return f"{self.tag}:position"

    @property
    def activities(self) -> str:
        """Set: the activities that have keys."""
        return f"{self.tag}:activities"

    def records(self, activity: str) -> str:
        """Hash: field to record."""
        return f"{self.tag}:records:{activity}"

    def counters(self, activity: str) -> str:
        """Hash: field to integer."""
        return f"{self.tag}:counters:{activity}"


async def check_server(redis: Redis) -> None:
    """Refuse a server that would drop state when it runs out of memory. Raises Stopped, RedisError."""
    policy = (await redis.config_get("maxmemory-policy")).get("maxmemory-policy")
    if policy != "noeviction":
        raise Stopped(
            f"Redis would evict state when its memory is full (maxmemory-policy is {policy}). "
            "Set it: CONFIG SET maxmemory-policy noeviction"
        )


class Packed(NamedTuple):
    """A change as the script takes it."""

    keys: list[str]
    arguments: list[bytes]


class RedisStore:
    """Implements ports.Store. Errors of Redis are Unavailable: whether a write happened is then not known."""

    def __init__(self, redis: Redis, service: Service, partition: int, epoch: int) -> None:
        """`redis` must not decode responses and must not retry: a repeated apply is refused by its own fence."""
        self._redis = redis
        self._service = service
        self._epoch = epoch
        self._keys = Keys(service.name, partition)

    async def position(self) -> Position:
        """Where the state stands."""
        try:
            fields = await self._redis.hmget(self._keys.position, ["next", "end", "epoch"])
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis: {error}") from error
        return self._position(fields)

    def _position(self, fields: Sequence[Any]) -> Position:
        next_offset, end, epoch = fields
        if next_offset is None or end is None:
            return Position(0, 0)
        if epoch is not None and int(epoch) != self._epoch:
            raise Stopped(
                f"Redis holds {self._service.name}'s state of epoch {int(epoch)}, this worker's is {self._epoch}. "
                "Run it with that epoch, or clear the keys of the old one."
            )
        return Position(int(next_offset), int(end))

    async def load(self, touched: Mapping[str, frozenset[str] | set[str]]) -> tuple[Position, State]:
        """Of one moment: position, touched records, counters of touched activities."""
        wanted = [(activity, list(fields)) for activity, fields in touched.items()]
        keys = [self._keys.position]
        for activity in touched:
            keys += (self._keys.records(activity), self._keys.counters(activity))
        fields_of_each = msgspec.msgpack.encode([fields for _, fields in wanted])
        position, *answers = await _LOAD.run(self._redis, keys, [fields_of_each])
        records: dict[Key, Any] = {}
        counters: dict[Key, int] = {}
        decode = self._service.decode
        for (activity, fields), stored, counts in zip(wanted, answers[::2], answers[1::2], strict=True):
            for field, value in zip(fields, stored, strict=True):
                records[activity, field] = None if value is None else decode(field, value)
            for field, count in zip(counts[::2], counts[1::2], strict=True):
                counters[activity, field.decode()] = int(count)
        return self._position(position), State(records, counters, touched)

    def pack(self, change: Change) -> Packed:
        """The script's keys, and its arguments behind the first. Raises what encoding a record or a number raises."""
        parts = _by_activity(change, self._service)
        keys = [self._keys.position, self._keys.activities]
        for activity in parts:
            keys += (self._keys.records(activity), self._keys.counters(activity))
        moves = msgspec.msgpack.encode([part[:6] for part in parts.values()])
        return Packed(keys, [moves, *(record for part in parts.values() for record in part[6])])

    async def apply(self, packed: Packed, start: int, to: Position) -> bool:
        """One script call: checks everything, then writes."""
        where = msgspec.msgpack.encode((start, to.next, to.end, self._epoch))
        refused: bytes = await _APPLY.run(self._redis, packed.keys, [where, *packed.arguments])
        if refused:
            log.warning("apply refused", service=self._service.name, why=refused.decode())
        return not refused


#: activity, dropped, cleared, moves, puts, gone: as apply.lua names them; then the records of the puts
_Part = tuple[str, bool, list[str], list[str | int], list[str], list[str], list[bytes]]


def _by_activity(change: Change, service: Service) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}

    def part(activity: str) -> _Part:
        known = parts.get(activity)
        if known is None:
            known = parts[activity] = (activity, activity in change.dropped, [], [], [], [], [])
        return known

    for activity in change.dropped:
        part(activity)
    for activity, field in change.cleared:
        part(activity)[2].append(field)
    for (activity, field), move in change.counters.items():
        part(activity)[3].extend((field, *move))
    encode = service.encode
    for (activity, field), record in change.records.items():
        if record is None:
            part(activity)[5].append(field)
        else:
            part(activity)[4].append(field)
            part(activity)[6].append(encode(record))
    return parts
