"""The two worlds. Only the real one starts servers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from fairground_embedded import Addresses
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import producer
from tests.behaviour.real import Clients, RealWorld
from tests.behaviour.world import MAX_BATCH_BYTES, MemoryWorld, World


@pytest.fixture(params=["memory", "real"])
def addresses_or_none(request: pytest.FixtureRequest) -> Addresses | None:
    """Where the servers are, None for the world that needs none."""
    if request.param == "memory":
        return None
    found: Addresses = request.getfixturevalue("addresses")
    return found


class Connections:
    """Opened when the first real world asks for them, shared by a module's tests."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._clients: Clients | None = None

    async def to(self, addresses: Addresses) -> Clients:
        """The clients."""
        if self._clients is None:
            kafka = addresses.kafka
            sender = producer(KafkaAddress(kafka), MAX_BATCH_BYTES, 10_000)
            reader = AIOKafkaConsumer(
                bootstrap_servers=kafka,
                enable_auto_commit=False,
                isolation_level="read_committed",
                fetch_max_wait_ms=5,
            )
            admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
            redis = Redis.from_url(addresses.redis, protocol=2, retry=Retry(NoBackoff(), 0))
            for start, stop in ((sender.start, sender.stop), (reader.start, reader.stop), (admin.start, admin.close)):
                await start()
                self._stack.push_async_callback(stop)
            self._stack.push_async_callback(redis.aclose)
            self._clients = Clients(kafka, sender, reader, admin, redis)
        return self._clients

    async def close(self) -> None:
        """Let go of all."""
        await self._stack.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connections() -> AsyncIterator[Connections]:
    """Shared by a module."""
    shared = Connections()
    yield shared
    await shared.close()


@pytest_asyncio.fixture(loop_scope="module")
async def world(addresses_or_none: Addresses | None, connections: Connections) -> World:
    """A partition that nothing has happened to yet."""
    if addresses_or_none is None:
        return MemoryWorld()
    real = RealWorld(await connections.to(addresses_or_none))
    await real.prepare()
    return real


@pytest_asyncio.fixture(loop_scope="module")
async def worlds(addresses_or_none: Addresses | None, connections: Connections) -> Sequence[World]:
    """Ten partitions that nothing has happened to yet, each of a service of its own: they wait side by side."""
    if addresses_or_none is None:
        return [MemoryWorld() for _ in range(10)]
    clients = await connections.to(addresses_or_none)
    real = [RealWorld(clients) for _ in range(10)]
    await asyncio.gather(*(each.prepare() for each in real))
    return real
