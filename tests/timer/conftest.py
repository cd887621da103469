"""A world for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from fairground_embedded import Addresses
from tests.timer.world import World


@pytest_asyncio.fixture
async def world(addresses: Addresses, tmp_path: Path) -> AsyncIterator[World]:
    async with World(addresses, tmp_path) as entered:
        yield entered
