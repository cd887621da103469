"""Keeps the figures of activities up to date, beside the writing and on a connection of its own."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from fairground_postgres import AWAY, Connection
from fairground_record.sql import query

log = structlog.get_logger(__name__)

_AT_ONCE = 20_000  # offsets of a partition in one transaction
_BESIDE = 2_000  # the same while the record writes
_REST = 4.0  # times as long as it counted: a fifth of one core at most, however much there is to count


async def tally(connection: Connection, timeout_s: float) -> int:
    """Count all that is recorded and not counted yet, waiting for whoever is at it; returns how many offsets it was."""
    counted = 0
    while more := await connection.fetchval(query("tally"), _AT_ONCE, True, timeout=timeout_s):
        counted += more
    return counted


async def tally_now_and_then(connect: Callable[[], Awaitable[Connection]], pause_s: float) -> None:
    """For ever, a little at a time. PostgreSQL that is away is asked again later: nothing waits for these figures."""
    connection: Connection | None = None
    rest_s = pause_s
    try:
        while True:
            await asyncio.sleep(rest_s)
            began_s = time.monotonic()
            try:
                connection = connection or await connect()
                counted = await connection.fetchval(query("tally"), _BESIDE, False)
            except AWAY as error:
                log.warning("the figures of activities stand still", why=f"{type(error).__name__}: {error}")
                counted = 0
                if connection is not None:
                    connection.terminate()
                connection = None
            spent_s = time.monotonic() - began_s
            rest_s = _REST * spent_s if counted >= _BESIDE else max(pause_s, _REST * spent_s)
    finally:
        if connection is not None:
            connection.terminate()
