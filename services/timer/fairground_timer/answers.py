"""What people ask: what is due next, what is late, what is parked and why. Found by entry point `fairground.timers`."""

from typing import NamedTuple

from fairground_postgres import Connection
from fairground_timer.database import connect
from fairground_timer.sql import query

__all__ = ["Upcoming", "connect", "upcoming"]


class Upcoming(NamedTuple):
    """A command that was asked for and not given yet."""

    service: str
    timer_id: str
    revision: int
    due_ms: int
    key: str
    command: str
    state: str  # waiting, parked
    problem: str  # why it is parked


async def upcoming(connection: Connection, service: str = "", limit: int = 50) -> list[Upcoming]:
    """The next ones, of one service or of all, in the order in which they are due."""
    return [Upcoming(*row) for row in await connection.fetch(query("upcoming"), service, limit)]
