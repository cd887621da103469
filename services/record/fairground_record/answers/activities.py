"""About one activity: its rules as published, its odds page, and what is left of its prizes at this moment."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis

from fairground_contracts.topics import PARTITIONS
from fairground_decider import Key, Service, State, Touched
from fairground_decider.answers import Left, Odds
from fairground_record.database import Connection
from fairground_record.rooms import reader, room
from fairground_record.sql import query
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.redis_store import Keys

#: Of an activity that says nothing else, or was never published.
DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of an activity, as its publication event says it."""

    service: str
    version: int
    time: str  # of the publication
    form: dict[str, Any]
    seed_sha256: str

    @property
    def zone(self) -> str:
        """Its IANA zone."""
        return str(self.form.get("zone") or DEFAULT_ZONE)

    @property
    def day_start_hour(self) -> int:
        """When its business days begin."""
        return int(self.form.get("day_start_hour") or 0)


async def rules(connection: Connection, activity_id: str, version: int | None = None) -> Rules | None:
    """A version's rules, the newest one's unless asked otherwise; None when no such version was published."""
    row = await connection.fetchrow(query("publication"), activity_id, version)
    if row is None:
        return None
    return _rules(row)


def _rules(row: Any) -> Rules:
    data = orjson.loads(row["value"])
    return Rules(row["service"], data["version"], row["time"], data["rules"], data.get("seed_sha256", ""))


async def rules_of(connection: Connection, versions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Rules]:
    """The rules of many versions, each named by activity and number; what was never published is left out."""
    asked = sorted(set(versions))
    if not asked:
        return {}
    rows = await connection.fetch(query("publications"), [name for name, _ in asked], [number for _, number in asked])
    return {(row["activity"], row["version"]): _rules(row) for row in rows}


async def odds(
    connection: Connection, activity_id: str, version: int | None = None, redis: "Redis | None" = None, at_ms: int = 0
) -> tuple[Rules, Odds] | None:
    """The odds page of a version; None when it was never published, or hands nothing out by chance.

    With `redis` the page of the newest version also says the odds of that moment, `at_ms`, where they follow what is
    left. A page that they are no part of asks the database only.
    """
    published = await rules(connection, activity_id, version)
    page = None if published is None else room(published.service, "odds")
    if published is None or page is None:
        return None
    withheld = None
    if redis is not None and page.of_the_moment(published.form):
        newest = await rules(connection, activity_id)
        if newest is not None and newest.version == published.version:
            withheld = await _withheld(redis, published.service, activity_id, at_ms)
    return published, page.odds(published.form, withheld)


async def _withheld(redis: "Redis", service: str, activity_id: str, at_ms: int) -> Collection[str] | None:
    """Which prizes nobody can be given now; None: nobody can tell."""
    deciding, counting = reader(service), room(service, "stock")
    if deciding is None or counting is None:
        return None
    state = await state_of(redis, deciding, activity_id, counting.touches(activity_id))
    withheld: Collection[str] | None = counting.withheld(state, activity_id, at_ms)
    return withheld


async def stock(connection: Connection, redis: "Redis", activity_id: str, at_ms: int) -> tuple[Left, ...] | None:
    """What is left of each prize in Redis now; `at_ms` says which business day is today. None: nobody can tell."""
    published = await rules(connection, activity_id)
    if published is None:
        return None
    service, counting = reader(published.service), room(published.service, "stock")
    if service is None or counting is None:
        return None
    state = await state_of(redis, service, activity_id, counting.touches(activity_id))
    left: tuple[Left, ...] = counting.left(state, activity_id, at_ms)
    return left


async def state_of(redis: "Redis", service: Service, key: str, touched: Touched) -> State:
    """The state of that record key's partition, as it stands at one moment and as the service's worker reads it."""
    activity, fields, _ = touched
    keys = Keys(service.name, partition_of(key.encode(), PARTITIONS))
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.hmget(keys.records(activity), list(fields))
        pipeline.hgetall(keys.counters(activity))
        stored, counted = await pipeline.execute()
    records: dict[Key, Any] = {
        (activity, field): None if content is None else service.decode(field, content)
        for field, content in zip(fields, stored, strict=True)
    }
    return State(records, {(activity, field.decode()): int(count) for field, count in counted.items()}, (activity,))
