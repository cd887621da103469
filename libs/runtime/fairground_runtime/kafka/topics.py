"""Creates the topics that are missing, and refuses those that are not as declared."""

import asyncio
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from fairground_contracts.topics import Topic
from fairground_runtime.protocol.ports import Stopped


async def provide(bootstrap_servers: str, topics: Iterable[Topic], replication: int = 1) -> None:
    """Make sure that every topic exists with the declared number of partitions. Raises Stopped, KafkaError."""
    wanted = {topic.name: topic for topic in topics}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        new = [
            NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.config | _safety(replication))
            for topic in wanted.values()
            if topic.name not in there
        ]
        if new:
            answer = await admin.create_topics(new)
            for name, code, *detail in answer.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error(f"{name}: {detail}")
        await _check_partitions(admin, wanted)
    finally:
        await admin.close()


def _safety(replication: int) -> dict[str, str]:
    """With three replicas a record is acknowledged once two have it: one may fail, and none that lacks it may lead."""
    if replication < 3:
        return {}
    return {"min.insync.replicas": str(replication - 1), "unclean.leader.election.enable": "false"}


async def _check_partitions(admin: AIOKafkaAdminClient, wanted: dict[str, Topic]) -> None:
    found: dict[str, int] = {}
    for _ in range(50):  # a topic that was just created may not be known to every broker yet
        described = await admin.describe_topics(list(wanted))
        found = {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}
        if all(found.get(name) for name in wanted):
            break
        await asyncio.sleep(0.1)
    for name, topic in wanted.items():
        if found.get(name) != topic.partitions:
            raise Stopped(
                f"topic {name} has {found.get(name, 0)} partitions, {topic.partitions} are needed: keys are tied to "
                "partitions, so their number can never change. Create the topic anew under another epoch."
            )
