"""The broker of these tests, beside the run's other servers."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairground_embedded import Addresses
from tests.secure.broker import Broker

_PLAIN = ("lottery", "record", "timer", "toy", "nobody", "operator", "maker")


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """One that knows these users by password, and others when they are made."""
    directory = Path(tempfile.mkdtemp(prefix="fairground-secure-"))
    try:
        found = Broker(directory, _PLAIN)
        asyncio.run(found.kafka.start())
        yield found
        asyncio.run(found.kafka.stop())
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def beside(broker: Broker, addresses: Addresses) -> Addresses:
    """The servers as an administrator sees them; the state in Redis is that broker's, not the other's."""
    redis = f"{addresses.redis.rpartition('/')[0]}/9"
    return Addresses(broker.admin, redis, addresses.database)
