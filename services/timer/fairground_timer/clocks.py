"""What time it is: a setting. By the wall, or by the streams, so that a replayed year expires in its own time."""

import time
from typing import Protocol

from fairground_postgres import Connection
from fairground_timer.sql import query


class Clock(Protocol):
    """Says what time it is, in milliseconds since 1970, and how long it will be until another time."""

    async def now_ms(self, connection: Connection) -> int:
        """The time, never rounded up: what is due then is due."""

    def seconds_until(self, due_ms: int, now_ms: int) -> float | None:
        """How long to wait; None when only the streams can tell."""


class WallClock:
    """Implements Clock by this machine's clock."""

    async def now_ms(self, connection: Connection) -> int:
        """Now."""
        return time.time_ns() // 1_000_000

    def seconds_until(self, due_ms: int, now_ms: int) -> float | None:
        """It passes by itself."""
        return max(due_ms - now_ms, 0) / 1000


class StreamClock:
    """Implements Clock by the newest time that was read on the streams, by any instance. It never goes back."""

    async def now_ms(self, connection: Connection) -> int:
        """As of what was read last."""
        found: int = await connection.fetchval(query("clock"))
        return found

    def seconds_until(self, due_ms: int, now_ms: int) -> float | None:
        """It stands still while nothing is read."""
        return None
