"""What must hold at the end: the audit's laws over the whole record, and the demo's own account of what it sent."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from fairground_cli.demo.commandline import fairground
from fairground_cli.demo.course import PATIENCE_S, Course
from fairground_cli.demo.figures import LawFigures
from fairground_cli.demo.words import say
from fairground_cli.trouble import Trouble
from fairground_cli.words import language
from fairground_contracts import topics

_TIMEOUT_S = 60.0


async def taken_in(bootstrap_servers: str, service: str) -> LawFigures:
    """Every order event was taken in by the service's intake, and none is a dead letter. Waits while it goes on."""
    orders = [TopicPartition(topics.ORDERS.name, partition) for partition in range(topics.ORDERS.partitions)]
    letters = topics.dead(topics.ORDERS)
    dead = [TopicPartition(letters.name, partition) for partition in range(letters.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await asyncio.gather(consumer.start(), admin.start())
    try:
        ends = await consumer.end_offsets([*orders, *dead])
        total = sum(ends[partition] for partition in orders)
        read, moved_at = -1, time.monotonic()
        while read < total and time.monotonic() - moved_at < PATIENCE_S:
            committed = await admin.list_consumer_group_offsets(f"fairground.{service}.intake", partitions=orders)
            now = sum(max(committed[partition].offset, 0) for partition in orders)
            if now != read:
                read, moved_at = now, time.monotonic()
            if read < total:
                await asyncio.sleep(0.1)
    finally:
        await asyncio.gather(consumer.stop(), admin.close())
    lost = total - read + sum(ends[partition] for partition in dead)
    return LawFigures(name="orders_taken_in", meaning=say("law-orders", service=service), checked=total, broken=lost)


def answered(course: Course) -> Iterator[LawFigures]:
    """Every command that an order led to, and everything that a member asked, was answered, once each time."""
    assert course.replay is not None
    missing = course.pace.unanswered
    yield LawFigures(
        name="orders_answered", meaning=say("law-answered"), checked=course.replay.expected, broken=len(missing),
        examples=missing[:5],
    )  # fmt: skip
    lost = [asked for watch in course.watches.values() for asked in watch.unanswered]
    yield LawFigures(
        name="requests_answered", meaning=say("law-requests"), checked=course.requests, broken=len(lost),
        examples=lost[:5],
    )  # fmt: skip


async def books(database_url: str, activities: Iterable[str]) -> dict[str, int]:
    """What lies on each kind of account of these activities, in fen, as the record says it."""
    answers = entry_points(group="fairground.answers")
    balances: dict[str, int] = {}
    for brought in (entry.load() for entry in answers):
        connection = await brought.connect(database_url, _TIMEOUT_S)
        try:
            for activity in activities:
                for balance in await brought.balances(connection, activity):
                    balances[balance.account] = balances.get(balance.account, 0) + balance.fen
        finally:
            await connection.close()
    return balances


async def audited(environment: Mapping[str, str]) -> list[LawFigures]:
    """The audit's verdicts: `fairground audit` in a process of its own. Raises Trouble."""
    ran = await fairground("audit", "--json", environment=environment)
    try:
        verdicts = orjson.loads(ran.said)
    except orjson.JSONDecodeError:
        raise Trouble(say("audit-failed", why=ran.why)) from None
    return [
        LawFigures(
            name=verdict["name"], meaning=verdict[language()], checked=verdict["checked"], broken=verdict["broken"],
            examples=verdict["examples"],
        )
        for verdict in verdicts
    ]  # fmt: skip
