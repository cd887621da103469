"""One audit from beginning to end.

A system that runs is audited as it stands at one moment. The ends of all topics and Redis are read first, in the order
in which a worker writes them backwards, so that what is under way meanwhile breaks no law.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from aiokafka import TopicPartition
from redis.asyncio import Redis

from fairground_contracts import topics
from fairground_decider import Service
from fairground_decider.laws import Law
from fairground_record.audit.fold import Stored, stored
from fairground_record.audit.judging import Judging
from fairground_record.audit.own_laws import Task, judge
from fairground_record.audit.report import Finding, Judged, Report
from fairground_record.audit.topic import Topics
from fairground_record.database import Connection, connect, register
from fairground_record.sources import Source, sources
from fairground_record.sql import query
from fairground_runtime.settings import ServerSettings

_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Audited:
    """A service that is audited: its domain without secrets, and the laws of its own."""

    service: Service
    laws: Callable[[], Iterable[Law]] = tuple  # can be pickled: another process calls it


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
    services: Mapping[str, Audited], servers: ServerSettings, *, strangers: bool = True, patience_s: float = 15.0
) -> Report:
    """Check all laws.

    `strangers`: a reward of a service that is not among `services` breaks a law (false: it is not looked at).
    `patience_s`: how long the record may stand still before it counts as incomplete.
    Raises OSError, KafkaError, RedisError, asyncpg.PostgresError, Silent when a server is not there.
    """
    began = time.monotonic()
    redis: Redis = Redis.from_url(servers.redis_url)
    connection = await connect(servers.database_url, timeout_s=600)
    try:
        async with Topics(servers.kafka_bootstrap_servers) as kafka:
            recorded = await register(connection, sources(tuple(services)))
            moment = await _moment(kafka, redis, services, recorded)
            complete = _complete()
            await _wait(connection, recorded, moment.ends, complete, patience_s)
            judging = Judging(services, recorded, moment, kafka, connection, strangers=strangers)
            own, verdicts = await asyncio.gather(_own_laws(services, servers, recorded, moment), judging.run())
    finally:
        await connection.close()
        await redis.aclose()
    judged = (Judged.of("", complete), *verdicts, *own)
    return Report(judged, judging.events, judging.rows, time.monotonic() - began, judging.totals.close())


async def _own_laws(
    services: Mapping[str, Audited], servers: ServerSettings, recorded: Sequence[Source], moment: Moment
) -> list[Judged]:
    task = Task(
        servers.database_url,
        {name: dict(audited.service.events) for name, audited in services.items()},
        {name: audited.laws for name, audited in services.items()},
        [(source, n, moment.ends[TopicPartition(source.name, n)]) for source in recorded
         for n in range(source.topic.partitions)],
    )  # fmt: skip
    if not any(any(True for _ in laws()) for laws in task.laws.values()):
        return []
    able = Finding("laws_able", "各项规则都能判断所见到的内容", "every law of a service can judge what it meets")
    verdicts = await judge(task)
    able.checked = len(verdicts.judged)
    for sentence in verdicts.failed:
        able.note(sentence)
    return [Judged.of("", able), *verdicts.judged]


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
