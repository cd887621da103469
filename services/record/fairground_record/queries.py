"""What the record answers: all about a member, an order or a command; figures; and the log itself, for restore."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from fairground_contracts import topics
from fairground_record.database import Connection
from fairground_record.rows import Kept, kept
from fairground_record.sql import query

#: So many entries are returned at most, unless asked otherwise.
LIMIT = 1000
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened: an event, a reward, or what became of one. Absent texts are empty."""

    topic: str
    kind: str  # events, rewards, results, dead
    service: str
    partition: int
    offset: int
    id: str
    type: str
    time: str  # its own, as sent
    logged_ms: int  # when Kafka took it
    activity_id: str
    member_id: str
    order_id: str
    command_id: str  # of an event its command, of a reward its event
    reward_id: str
    prize_id: str
    reason: str
    data: dict[str, Any]


_TEXTS = (
    "id", "type", "time", "activity_id", "member_id", "order_id", "command_id", "reward_id", "prize_id", "reason",
)  # fmt: skip


def entry_of(row: Any) -> Entry:
    """A row with its topic's name, kind and service."""
    return Entry(
        topic=row["topic_name"], kind=row["kind"], service=row["service"], partition=row["partition"],
        offset=row["offset"], logged_ms=row["logged_ms"], data=_data(row["value"]),
        **{name: row[name] or "" for name in _TEXTS},
    )  # fmt: skip


def _data(value: str | None) -> dict[str, Any]:
    try:
        data = orjson.loads(value or "{}")
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}


async def of_member(connection: Connection, member_id: str, limit: int = LIMIT) -> list[Entry]:
    """Everything that happened to a member, oldest first, with reasons."""
    return [entry_of(row) for row in await connection.fetch(query("of_member"), member_id, limit)]


async def newest_of_member(
    connection: Connection, member_id: str, activity_id: str | None = None, limit: int = LIMIT
) -> list[Entry]:
    """The same newest first; `activity_id`: only what concerns that activity."""
    return [entry_of(row) for row in await connection.fetch(query("newest_of_member"), member_id, activity_id, limit)]


async def of_order(connection: Connection, order_id: str, limit: int = LIMIT) -> list[Entry]:
    """Everything that an order caused: chances, what they were used for, rewards, what was taken back."""
    return [entry_of(row) for row in await connection.fetch(query("of_order"), order_id, limit)]


async def of_command(connection: Connection, command_id: str, limit: int = LIMIT) -> list[Entry]:
    """What became of a command."""
    return [entry_of(row) for row in await connection.fetch(query("of_command"), command_id, limit)]


async def of_activity(connection: Connection, activity_id: str, limit: int = LIMIT) -> list[Entry]:
    """Who published, paused, resumed, stopped or archived it."""
    return [entry_of(row) for row in await connection.fetch(query("of_activity"), activity_id, limit)]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be understood or decided. `of_` says where that one stands."""

    topic: str
    partition: int
    offset: int
    id: str
    cause: str
    detail: str
    of_topic: str
    of_partition: int
    of_offset: int


async def dead_letters(connection: Connection, topic: str | None = None, limit: int = LIMIT) -> list[DeadLetter]:
    """Dead letters, newest first; `topic`: only those about its records."""
    return [
        DeadLetter(
            row["topic"], row["partition"], row["offset"], row["id"] or "", row["cause"] or "", row["detail"] or "",
            row["of_topic"] or "", -1 if row["of_partition"] is None else row["of_partition"],
            -1 if row["of_offset"] is None else row["of_offset"],
        )
        for row in await connection.fetch(query("dead_letters"), topic, limit)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PrizeCount:
    """How often a prize was the outcome, by the event's type."""

    service: str
    activity_id: str
    prize_id: str
    type: str
    times: int


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a reason was given, by the event's type."""

    service: str
    activity_id: str
    type: str
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class RewardSum:
    """Rewards of one kind that have come to the same: granted, revoked, delivered, rejected, failed, …"""

    kind: str
    status: str
    rewards: int
    amount: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """Events of one type on one local day."""

    day: date
    type: str
    times: int


async def outcomes_by_prize(connection: Connection, activity_id: str | None = None) -> list[PrizeCount]:
    """Wins and misses per prize."""
    rows = await connection.fetch(query("outcomes_by_prize"), activity_id)
    return [PrizeCount(row[0], row[1] or "", row[2], row[3], row[4]) for row in rows]


async def refusals(connection: Connection, activity_id: str | None = None) -> list[ReasonCount]:
    """Refusals by reason."""
    rows = await connection.fetch(query("refusals"), activity_id)
    return [ReasonCount(row[0], row[1] or "", row[2], row[3], row[4]) for row in rows]


async def rewards_by_kind(connection: Connection, activity_id: str | None = None) -> list[RewardSum]:
    """What was granted and what became of it; each reward once, however often it was published."""
    rows = await connection.fetch(query("rewards_by_kind"), activity_id)
    return [RewardSum(row[0] or "", row[1], row[2], row[3] or 0, row[4] or 0) for row in rows]


async def per_day(
    connection: Connection, activity_id: str | None = None, zone: str = "Asia/Shanghai"
) -> list[DayCount]:
    """Events per local day by type; an event whose time cannot be read is left out."""
    rows = await connection.fetch(query("per_day"), activity_id, zone)
    return [DayCount(row[0], row[1], row[2]) for row in rows if row[0] is not None]


async def position(connection: Connection, service: str, partition: int) -> int:
    """The offset in a service's events log up to which the record holds everything."""
    return await connection.fetchval(query("position_of"), topics.events(service).name, partition) or 0


async def events_from(
    connection: Connection, service: str, partition: int, offset: int
) -> AsyncIterator[Sequence[Kept]]:
    """A service's events log from `offset` on, byte for byte as on the topic, some at a time.

    Void records are among them, marked: `Kept.valid` says which count. For align and restore.
    """
    while True:
        rows = await connection.fetch(
            query("records_from"), topics.events(service).name, partition, offset, _PAGE
        )  # fmt: skip
        if not rows:
            return
        yield [kept(row) for row in rows]
        offset = rows[-1]["offset"] + 1
