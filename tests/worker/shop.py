"""A shop's system, as far as intakes hear of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import Message
from fairground_contracts.topics import Topic


class Shop:
    """Publishes on shop.orders, or where else it is told to; a record's key is the member."""

    def __init__(self, producer: AIOKafkaProducer, at: str) -> None:
        """`at`: when it all happens, unless something else is said."""
        self._producer = producer
        self._at = at

    async def say(
        self, message: Message, member: str, event_id: str, at: str = "", topic: Topic = topics.ORDERS
    ) -> None:
        """One event."""
        headers = cloudevent.headers(CloudEvent(event_id, message.type, "/shop", at or self._at, "", b""))
        await self.say_raw(message.model_dump_json().encode(), headers, member, topic)

    async def say_raw(self, value: bytes, headers: Any, member: str = "m", topic: Topic = topics.ORDERS) -> Any:
        """Anything at all. Returns where it stands."""
        return await self._producer.send_and_wait(topic.name, value, member.encode(), headers=headers)


@asynccontextmanager
async def open_shop(bootstrap_servers: str, at: str) -> AsyncIterator[Shop]:
    """One with a producer of its own."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all")
    await producer.start()
    try:
        yield Shop(producer, at)
    finally:
        await producer.stop()
