"""A lottery in memory whose log stands in PostgreSQL and whose state stands in Redis, as worker and record leave them.

Written with the record's own code, without Kafka: for what is asked of the record, many questions a second.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from redis.asyncio import Redis

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent, parse_time_ms
from fairground_contracts.message import Message
from fairground_decider import Event
from fairground_decider.folding import World
from fairground_record import exposures
from fairground_record.database import Connection, migrate, register
from fairground_record.sources import Source, sources
from fairground_record.writer import Part, write
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.redis_store import Keys
from tests.lottery.world import WHEEL, Fair, utc

SERVICE = "lottery"
PARTITION = partition_of(WHEEL.encode(), topics.PARTITIONS)


class Raw(NamedTuple):
    """A record as aiokafka returns it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int
    partition: int = 0


class Ledger:
    """Play with `fair`, then `record`; append what others say with `say`."""

    def __init__(
        self, connection: Connection, fair: Fair, world: World | None = None, service: str = SERVICE, key: str = WHEEL
    ) -> None:  # fmt: skip
        """With `world`, it is another service's whose events are recorded, all under that record key."""
        self.connection = connection
        self.fair = fair
        self.world = world or fair.world
        self.world.partition = PARTITION
        self._service, self._key = service, key
        self._written = 0
        self._ends: dict[tuple[str, int], int] = defaultdict(int)
        self._waiting: dict[tuple[str, int], list[Raw]] = defaultdict(list)

    async def begin(self) -> None:
        """Empty tables."""
        await migrate(self.connection)
        await self.connection.execute(
            "TRUNCATE records, shop_facts, positions, topics, tallied, tallies, totals, takers, people, uses, "
            "exposures, exposed CASCADE"
        )
        self._sources = {source.name: source for source in await register(self.connection, sources((self._service,)))}
        for source in self._sources.values():
            for partition in range(source.topic.partitions):
                await self.connection.execute("INSERT INTO positions VALUES ($1, $2)", source.id, partition)

    @property
    def events(self) -> list[Event[Any]]:
        return self.world.events

    async def record(self) -> None:
        """Write every event that is not written yet, and its rewards."""
        for event in self.events[self._written :]:
            self._event(event)
        self._written = len(self.events)
        await self._flush()

    def _event(self, event: Event[Any]) -> None:
        topic = topics.events(self._service).name
        stamp = self._ends[topic, PARTITION]
        activity = getattr(event.data, "activity_id", "")
        self._append(topic, PARTITION, self._key, event.data, event.id, event.time, activity, event.command_id, stamp)
        for effect in self.world.service.effects(event):
            if effect.topic == topics.REWARDS.name:
                at = partition_of(effect.key.encode(), topics.PARTITIONS)
                self._append(
                    effect.topic, at, effect.key, effect.data, effect.id, event.time, effect.subject, event.id, None
                )

    async def say(self, data: Message, key: str, time: str, topic: str = "", activity: str = "") -> None:
        """Somebody else says something: a result of a reward unless another topic is named."""
        topic = topic or topics.REWARD_RESULTS.name
        at = partition_of(key.encode(), topics.PARTITIONS)
        self._append(topic, at, key, data, f"said-{self._ends[topic, at]}-{at}", time, activity, "", None)
        await self._flush()

    async def sell(self, said: Iterable[tuple[Message, str]], topic: str = topics.ORDERS.name) -> None:
        """The shop says these things about members, each at its local time."""
        for data, local in said:
            member: str = data.__dict__["member_id"]
            at = partition_of(member.encode(), topics.PARTITIONS)
            self._append(topic, at, member, data, f"shop-{self._ends[topic, at]}-{at}", utc(local), "", "", None)
        await self._flush()

    async def again(self, reward_id: str) -> None:
        """A reward is published again, as after a crash."""
        row = await self.connection.fetchrow("SELECT * FROM records WHERE reward_id = $1 AND id = $1", reward_id)
        assert row is not None
        made = CloudEvent(
            row["id"], row["type"], row["source"], row["time"], row["activity_id"], b"", row["command_id"]
        )
        raw = (row["key"].encode(), row["value"].encode(), cloudevent.headers(made))
        self._place(topics.REWARDS.name, row["partition"], raw, parse_time_ms(row["time"]))
        await self._flush()

    def _append(
        self, topic: str, partition: int, key: str, data: Message, id: str, time: str, activity: str, cause: str,
        stamp: int | None,
    ) -> None:  # fmt: skip
        made = CloudEvent(id, data.type, f"/fairground/{self._service}", time, activity, b"", cause, "", stamp)
        raw = (key.encode(), data.model_dump_json().encode(), cloudevent.headers(made))
        self._place(topic, partition, raw, parse_time_ms(time))

    def _place(self, topic: str, partition: int, raw: tuple[bytes, bytes, Any], logged_ms: int) -> None:
        offset = self._ends[topic, partition]
        self._ends[topic, partition] = offset + 1
        key, value, headers = raw
        self._waiting[topic, partition].append(Raw(offset, key, value, headers, logged_ms, partition))

    async def _flush(self) -> None:
        parts = [
            Part(self._source(topic), partition, records[0].offset, records)
            for (topic, partition), records in self._waiting.items()
        ]
        self._waiting.clear()
        seen, _ = exposures.understood(record for part in parts if part.source.counted for record in part.records)
        if parts:
            await write(self.connection, parts, seen)

    def _source(self, topic: str) -> Source:
        return self._sources[topic]

    async def keep(self, redis: "Redis") -> None:
        """Put the state where the worker would have left it."""
        keys, world = Keys(SERVICE, PARTITION), self.fair.world
        await redis.delete(keys.records(WHEEL), keys.counters(WHEEL))
        for (activity, field), content in world.records.items():
            await redis.hset(keys.records(activity), field, content)
        for (activity, field), count in world.counters.items():
            await redis.hset(keys.counters(activity), field, str(count))
