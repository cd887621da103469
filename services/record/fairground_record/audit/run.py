"""One audit from beginning to end.

A system that runs is audited as it stands at one moment. The ends of all topics and Redis are read first, in the order
in which a worker writes them backwards, so that what is under way meanwhile breaks no law.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from aiokafka import TopicPartition
from redis.asyncio import Redis

from fairground_contracts import topics
from fairground_record.audit.fold import Stored, stored
from fairground_record.audit.judging import Judging, shared_out
from fairground_record.audit.report import Finding, Judged, Report
from fairground_record.audit.share import Audited
from fairground_record.audit.topic import Topics
from fairground_record.database import Connection, connect, register
from fairground_record.sources import Source, sources
from fairground_record.sql import query
from fairground_runtime.settings import ServerSettings

_LOOK_S = 0.1


def installed() -> dict[str, Audited]:
    """Every activity service that is installed, with the laws of its room `invariants`."""
    found = {}
    for entry in entry_points(group="fairground.services"):
        room = f"fairground_{entry.name}.invariants"
        laws = import_module(room).laws if find_spec(room) else tuple
        found[entry.name] = Audited(entry.load().reader(), laws)
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """Where everything stood."""

    settled: Mapping[TopicPartition, int]  # ends of rewards and dead letters, read first: their events are there
    stores: Mapping[tuple[str, int], Stored]
    commands: Mapping[TopicPartition, tuple[int, int]]
    ends: Mapping[TopicPartition, int]  # of everything that is recorded, read last


async def audit(
    services: Mapping[str, Audited], servers: ServerSettings, *, strangers: bool = True, patience_s: float = 15.0,
    worth_a_process: int = 20_000,
) -> Report:  # fmt: skip
    """Check all laws.

    `strangers`: a reward of a service that is not among `services` breaks a law (false: it is not looked at).
    `patience_s`: how long the record may stand still before it counts as incomplete.
    `worth_a_process`: for each so many events one more process is started, as long as there are cores.
    Raises OSError, KafkaError, RedisError, asyncpg.PostgresError, Silent when a server is not there.
    """
    began = time.monotonic()
    redis: Redis = Redis.from_url(servers.redis_url)
    connection = await connect(servers.database_url, timeout_s=600)
    try:
        async with Topics(servers.kafka) as kafka:
            recorded = await register(connection, sources(tuple(services)))
            moment = await _moment(kafka, redis, services, recorded)
            complete = _complete()
            await _wait(connection, recorded, moment.ends, complete, patience_s)
            judging = Judging(services, recorded, moment, kafka, connection, strangers=strangers)
            found = await shared_out(services, servers, recorded, moment, worth_a_process, judging.look)
            verdicts = await judging.verdicts(found)
    finally:
        await connection.close()
        await redis.aclose()
    judged = (Judged.of("", complete), *verdicts)
    return Report(judged, judging.events, judging.rows, time.monotonic() - began, judging.totals.close())


async def _moment(kafka: Topics, redis: Redis, services: Mapping[str, Audited], recorded: Sequence[Source]) -> Moment:
    settled = await kafka.ends([source for source in recorded if not source.stamped])
    stores = {
        (name, partition): await stored(redis, name, partition)
        for name in services
        for partition in range(topics.events(name).partitions)
    }
    asked = [topics.commands(name) for name in services]
    commands = await kafka.extents([each.name for each in asked], [each.partitions for each in asked])
    return Moment(settled, stores, commands, await kafka.ends(recorded))


async def _wait(
    connection: Connection, recorded: Sequence[Source], ends: Mapping[TopicPartition, int], complete: Finding,
    patience_s: float,
) -> None:  # fmt: skip
    """Until the record has reached the ends; what it does not reach while it stands still is missing."""
    names = {source.id: source.name for source in recorded}
    before, moved = dict[TopicPartition, int](), time.monotonic()
    while True:
        rows = await connection.fetch(query("positions"))
        now = {TopicPartition(names[row[0]], row[1]): row[2] for row in rows if row[0] in names}
        behind = {at: (now.get(at, 0), end) for at, end in ends.items() if now.get(at, 0) < end}
        if not behind:
            break
        if now != before:
            before, moved = now, time.monotonic()
        if time.monotonic() - moved > patience_s:
            break
        await asyncio.sleep(_LOOK_S)
    complete.checked += sum(ends.values())
    for at, (stands, end) in behind.items():
        complete.note(f"{at.topic} partition {at.partition} is recorded up to {stands}, it ends at {end}")


def _complete() -> Finding:
    return Finding("record_complete", "记录已包含各主题的全部内容", "the record holds all that stands on the topics")
