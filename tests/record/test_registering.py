"""Topics get their numbers once, whoever registers them first."""

import asyncio
from collections.abc import Iterator

import pytest

from fairground_embedded import Addresses
from fairground_record.database import connect, migrate, register
from fairground_record.sources import sources
from tests.record.world import fresh_database


@pytest.fixture
def url(addresses: Addresses) -> Iterator[str]:
    """A database that is new to everybody."""
    with fresh_database(addresses) as made:
        yield made


async def test_two_that_register_a_topic_at_the_same_moment_get_the_same_number(url: str) -> None:
    """A record and an audit may begin together."""
    first, second = await connect(url), await connect(url)
    await migrate(first)
    try:
        begun = first.transaction()
        await begun.start()
        mine = await register(first, sources(("simultaneous",)))
        theirs = asyncio.create_task(register(second, sources(("simultaneous",))))
        while not await first.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
        await begun.commit()
        assert {each.name: each.id for each in await theirs} == {each.name: each.id for each in mine}
        assert all(isinstance(each.id, int) for each in mine)
    finally:
        await first.close()
        await second.close()
