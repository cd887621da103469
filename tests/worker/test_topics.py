"""Topics are created as declared, and refused when they are not."""

from dataclasses import replace

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import InvalidReplicationFactorError

from fairground_contracts import topics
from fairground_embedded import Addresses
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.kafka.topics import check_partitions, provide
from fairground_runtime.protocol.ports import Stopped, Unavailable


async def test_a_topic_with_another_number_of_partitions_is_refused(addresses: Addresses) -> None:
    declared = topics.commands("partitioned")
    await provide(KafkaAddress(addresses.kafka), [replace(declared, partitions=declared.partitions + 1)])
    with pytest.raises(Stopped, match=f"has {declared.partitions + 1} partitions, {declared.partitions} are needed"):
        await provide(KafkaAddress(addresses.kafka), [declared])


async def test_a_topic_whose_partitions_are_not_known_yet_is_waited_for(addresses: Addresses) -> None:
    """Nothing is said about it: a busy broker may take seconds until it has heard of a topic that was just created."""
    declared = topics.commands("unheard-of")
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses.kafka)
    await admin.start()
    try:
        with pytest.raises(Unavailable, match=r"does not know the partitions of .*unheard-of.* yet"):
            await check_partitions(admin, {declared.name: declared}, patience_s=0.3)
    finally:
        await admin.close()


async def test_more_replicas_than_brokers_are_refused(addresses: Addresses) -> None:
    with pytest.raises(InvalidReplicationFactorError):
        await provide(KafkaAddress(addresses.kafka), [topics.commands("replicated")], replication=3)


async def test_topics_that_are_there_are_left_as_they_are(addresses: Addresses) -> None:
    declared = topics.of_service("provided")
    await provide(KafkaAddress(addresses.kafka), declared)
    await provide(KafkaAddress(addresses.kafka), declared)


def test_there_is_a_key_for_each_partition() -> None:
    """What concerns every partition goes to each under a key of its own; with another number of them it would not."""
    assert [partition_of(key.encode(), topics.PARTITIONS) for key in topics.EVERYWHERE] == [*range(topics.PARTITIONS)]
