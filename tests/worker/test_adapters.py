"""Kafka behind the protocol's ports: what does not need a broker to be seen."""

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import KafkaLog, KafkaPayments, Reader
from fairground_runtime.protocol.ports import Payment, Record

_EVENTS, _COMMANDS = TopicPartition("t.events", 0), TopicPartition("t.commands", 0)


class _Acknowledges:
    """A producer whose acknowledgements come when the test says so."""

    def __init__(self) -> None:
        self.acknowledged: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(100_000, 0)

    async def partitions_for(self, topic: str) -> set[int]:
        return {0}

    async def send_batch(self, *_: object, **__: object) -> asyncio.Future[Any]:
        return self.acknowledged


@pytest.mark.parametrize("publishes", ["append", "pay"])
async def test_a_cancellation_is_not_lost_when_the_acknowledgement_comes_at_the_same_moment(publishes: str) -> None:
    """Up to Python 3.11 `asyncio.wait_for` swallowed it: a partition that was given up went on for ever."""
    sender: Any = _Acknowledges()
    log = KafkaLog(sender, Reader(KafkaAddress(""), _EVENTS, _COMMANDS), 100_000, 1_000)
    work = (
        log.append([Record(0, b"k", b"v", [])])
        if publishes == "append"
        else KafkaPayments(sender, 1_000).publish([Payment("t", b"k", b"v", [])])
    )
    task = asyncio.create_task(work)
    for _ in range(5):  # until it waits for nothing but the acknowledgement
        await asyncio.sleep(0)
    sender.acknowledged.set_result(None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
