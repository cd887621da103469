"""Creates the topics that are missing, and refuses those that are not as declared."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from fairground_contracts.topics import Topic
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.refusal import connect
from fairground_runtime.protocol.ports import Stopped, Unavailable

log = structlog.get_logger(__name__)

_LOOK_S = 0.1
_DENIED = (TopicAuthorizationFailedError, ClusterAuthorizationFailedError)


async def provide(
    kafka: KafkaAddress, topics: Iterable[Topic], replication: int = 1, others: Iterable[Topic] = ()
) -> None:
    """Make sure that every topic exists with the declared number of partitions.

    `others` are those that this process may have no business with: they are left alone where it has no right to them.
    Raises Stopped, KafkaError; Unavailable when Kafka does not answer, or does not know a topic's partitions yet.
    """
    needed = {topic.name: topic for topic in topics}
    wanted = {topic.name: topic for topic in others} | needed
    admin = AIOKafkaAdminClient(**kafka.options())
    try:
        await connect(admin, kafka)
        there = set(await admin.list_topics())
        denied = await _create(admin, [topic for name, topic in wanted.items() if name not in there], replication)
        denied += await check_partitions(admin, {name: topic for name, topic in wanted.items() if name not in denied})
        if missing := [name for name in needed if name in denied]:
            raise Stopped(
                f"Kafka shows this user no {', '.join(missing)}: create what is missing, and give the user "
                "the rights of its row (docs/operations.md, Access control)"
            )
        if denied:
            log.info("these topics are not for this user", topics=denied)
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, new: Sequence[Topic], replication: int) -> list[str]:
    """Create them; returns those that this user may not create, or not even see."""
    if not new:
        return []
    answer = await admin.create_topics([
        NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.config | _safety(replication))
        for topic in new
    ])  # fmt: skip
    denied = []
    for name, code, *detail in answer.topic_errors:
        error = for_code(code)
        if error in _DENIED:
            denied.append(name)
        elif code and error is not TopicAlreadyExistsError:
            raise error(f"{name}: {detail}")
    return denied


def _safety(replication: int) -> dict[str, str]:
    """With three replicas a record is acknowledged once two have it: one may fail, and none that lacks it may lead."""
    if replication < 3:
        return {}
    return {"min.insync.replicas": str(replication - 1), "unclean.leader.election.enable": "false"}


async def check_partitions(
    admin: AIOKafkaAdminClient, wanted: Mapping[str, Topic], patience_s: float = 5.0
) -> list[str]:
    """Compare the numbers of partitions, as soon as they are known: a broker hears of a new topic a little later.

    Returns the topics that this user may not see, though it may have created them. Raises Stopped, KafkaError;
    Unavailable when some are not known after `patience_s`, which says nothing about them.
    """
    give_up = time.monotonic() + patience_s
    while True:
        described = await admin.describe_topics(list(wanted))
        found = {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}
        hidden = [topic["topic"] for topic in described if for_code(topic["error_code"]) in _DENIED]
        unknown = [name for name in wanted if not found.get(name) and name not in hidden]
        if not unknown:
            break
        if time.monotonic() > give_up:
            raise Unavailable(f"Kafka: it does not know the partitions of {', '.join(unknown)} yet")
        await asyncio.sleep(_LOOK_S)
    for name, topic in wanted.items():
        if name not in hidden and found[name] != topic.partitions:
            raise Stopped(
                f"topic {name} has {found[name]} partitions, {topic.partitions} are needed: keys are tied to "
                "partitions, so their number can never change. Create the topic anew under another epoch."
            )
    return hidden
