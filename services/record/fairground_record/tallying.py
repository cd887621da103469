"""Keeps the figures of activities up to date, beside the writing and on a connection of its own."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from fairground_record.database import Connection
from fairground_record.reading import AWAY
from fairground_record.sql import query

log = structlog.get_logger(__name__)

#: Offsets of a partition in one transaction: what is counted and not yet committed is counted again after a crash.
MOST = 20_000


async def tally(connection: Connection, *, waits: bool, timeout_s: float | None = None) -> int:
    """Count what is recorded and not counted yet; returns how many offsets that was.

    `waits`: for somebody else who is counting, rather than leave it to them.
    """
    counted = 0
    while more := await connection.fetchval(query("tally"), MOST, waits, timeout=timeout_s):
        counted += more
    return counted


async def tally_now_and_then(connect: Callable[[], Awaitable[Connection]], pause_s: float) -> None:
    """For ever. PostgreSQL that is away is asked again after the next pause: nothing waits for these figures."""
    connection: Connection | None = None
    while True:
        await asyncio.sleep(pause_s)
        try:
            connection = connection or await connect()
            await tally(connection, waits=False)
        except AWAY as error:
            log.warning("the figures of activities are not brought up to date", why=f"{type(error).__name__}: {error}")
            if connection is not None:
                connection.terminate()
            connection = None
        except asyncio.CancelledError:
            if connection is not None:
                connection.terminate()
            raise
