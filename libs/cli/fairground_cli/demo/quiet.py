"""Waiting until services have nothing left to do: an answer may lead to a command of another service, and so on."""

import asyncio
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from fairground_cli import installed
from fairground_contracts import topics

_LOOK_S = 0.2
_LOOKS = 4


async def until_quiet(bootstrap_servers: str, services: Sequence[str], answered: Callable[[], bool]) -> None:
    """Wait until all commands and all that intakes read is done, and nothing that was seen of it is unanswered.

    Looked at several times: as long as everything is done and no topic grows, nothing is under way, but for what the
    timer service, whose progress no group tells, is about to give.
    """
    groups = {f"fairground.{service}": [topics.commands(service)] for service in services}
    for service in services:
        intake = installed.activity(service).intake
        if intake is not None:
            groups[f"fairground.{service}.intake"] = list(intake.topics)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await asyncio.gather(consumer.start(), admin.start())
    try:
        before: dict[TopicPartition, int] = {}
        looks = 0
        while looks < _LOOKS:
            ends, done = await _look(consumer, admin, groups)
            looks = looks + 1 if done and answered() and ends == before else 0
            before = ends
            await asyncio.sleep(_LOOK_S)
    finally:
        await asyncio.gather(consumer.stop(), admin.close())


async def _look(
    consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient, groups: dict[str, list[topics.Topic]]
) -> tuple[dict[TopicPartition, int], bool]:
    """Where the topics end, and whether each group has committed all of them."""
    read = {
        group: [TopicPartition(topic.name, number) for topic in of for number in range(topic.partitions)]
        for group, of in groups.items()
    }
    ends = await consumer.end_offsets(sorted({tp for tps in read.values() for tp in tps}))
    for group, tps in read.items():
        committed = await admin.list_consumer_group_offsets(group, partitions=tps)
        if any(max(committed[tp].offset, 0) < ends[tp] for tp in tps):
            return ends, False
    return ends, True
