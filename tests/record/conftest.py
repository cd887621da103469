"""A lottery whose record and state stand in real servers, for what is asked of them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from fairground_embedded import Addresses
from fairground_record.database import connect
from tests.lottery.world import THANKS, Fair, prize
from tests.record.ledger import Ledger
from tests.record.world import fresh_database


@pytest.fixture(scope="module")
def ledger_url(addresses: Addresses) -> Iterator[str]:
    """A database for each module."""
    with fresh_database(addresses) as url:
        yield url


@pytest.fixture
async def ledger(ledger_url: str) -> AsyncIterator[Ledger]:
    """A wheel of gifts; who draws with a free chance wins as long as there are some."""
    connection = await connect(ledger_url)
    gift = prize("gift", 1, stock=20, value_fen=1000, fallback="thanks", reward={"kind": "points", "amount": 10})
    made = Ledger(connection, Fair(prizes=[gift, {**THANKS, "weight": 0}], chances={"free_per_day": 2}))
    await made.begin()
    yield made
    await connection.close()
