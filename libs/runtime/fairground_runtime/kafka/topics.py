"""Creates the topics that are missing, and refuses those that are not as declared."""

import asyncio
import time
from collections.abc import Iterable, Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from fairground_contracts.topics import Topic
from fairground_runtime.protocol.ports import Stopped, Unavailable

_LOOK_S = 0.1


async def provide(bootstrap_servers: str, topics: Iterable[Topic], replication: int = 1) -> None:
    """Make sure that every topic exists with the declared number of partitions.

    Raises Stopped, KafkaError; Unavailable when a topic is there and its partitions are not known yet.
    """
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
        await check_partitions(admin, wanted)
    finally:
        await admin.close()


def _safety(replication: int) -> dict[str, str]:
    """With three replicas a record is acknowledged once two have it: one may fail, and none that lacks it may lead."""
    if replication < 3:
        return {}
    return {"min.insync.replicas": str(replication - 1), "unclean.leader.election.enable": "false"}


async def check_partitions(admin: AIOKafkaAdminClient, wanted: Mapping[str, Topic], patience_s: float = 5.0) -> None:
    """Compare the numbers of partitions, as soon as they are known: a broker hears of a new topic a little later.

    Raises Stopped, KafkaError; Unavailable when some are not known after `patience_s`, which says nothing about them.
    """
    give_up = time.monotonic() + patience_s
    while True:
        described = await admin.describe_topics(list(wanted))
        found = {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}
        unknown = [name for name in wanted if not found.get(name)]
        if not unknown:
            break
        if time.monotonic() > give_up:
            raise Unavailable(f"Kafka: it does not know the partitions of {', '.join(unknown)} yet")
        await asyncio.sleep(_LOOK_S)
    for name, topic in wanted.items():
        if found[name] != topic.partitions:
            raise Stopped(
                f"topic {name} has {found[name]} partitions, {topic.partitions} are needed: keys are tied to "
                "partitions, so their number can never change. Create the topic anew under another epoch."
            )
