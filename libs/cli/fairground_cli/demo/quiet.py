"""Waiting until services have nothing left to do: an answer may lead to a command of another service, and so on."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from fairground_contracts import topics
from fairground_contracts.activities import ActivityListed
from fairground_runtime.worker import Activity, Intake

_LOOK_S = 0.2
_LOOKS = 4


async def until_quiet(
    bootstrap_servers: str, services: Mapping[str, Activity], rows: Mapping[str, ActivityListed],
    answered: Callable[[], bool],
) -> None:  # fmt: skip
    """Wait until all commands and all that intakes read is done, and nothing that was seen of it is unanswered.

    Looked at several times: as long as everything is done and no topic grows, nothing is under way, but for what the
    timer service, whose progress no group tells, is about to give. `rows` are the activities: what concerns none of
    them is not read.
    """
    groups = {f"fairground.{name}": [topics.commands(name)] for name in services}
    for name, service in services.items():
        if service.intake is not None:
            groups[f"fairground.{name}.intake"] = list(_read(service.intake, rows))
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


def _read(intake: Intake, rows: Mapping[str, ActivityListed]) -> Iterator[topics.Topic]:
    """The topics that an intake does not pass over."""
    wanted = {name for name, model in intake.messages.items() if intake.concerns(model, rows)}
    return (topic for topic in intake.topics if wanted.intersection(topic.messages))


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
