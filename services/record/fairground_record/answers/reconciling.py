"""Rewards of an activity by business day, for finance: the same totals as the audit's, from the same record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fairground_record.answers.activities import DEFAULT_ZONE, rules
from fairground_record.database import Connection
from fairground_record.sql import query

_TIMEOUT_S = 600.0
_WHAT = ("granted", "revoked", "delivered", "failed")

#: The columns of the CSV file, in order.
COLUMNS = ("day", *(column for what in _WHAT for column in (what, f"{what}_fen")))


@dataclass(frozen=True, slots=True)
class Day:
    """One business day. Each reward counts once in each column, on the day on which that was said."""

    day: date | None  # None: of facts whose time cannot be read
    granted: int = 0
    granted_fen: int = 0
    revoked: int = 0
    revoked_fen: int = 0
    delivered: int = 0
    delivered_fen: int = 0
    failed: int = 0  # rejected, returned, expired or gone wrong, and never delivered
    failed_fen: int = 0

    def cells(self) -> tuple[str, ...]:
        """A line of the CSV file."""
        return (self.day.isoformat() if self.day else "", *(str(getattr(self, column)) for column in COLUMNS[1:]))


async def reconcile(connection: Connection, activity_id: str) -> list[Day]:
    """All business days on which something happened to rewards of the activity, oldest first."""
    published = await rules(connection, activity_id)
    zone, hour = (published.zone, published.day_start_hour) if published else (DEFAULT_ZONE, 0)
    rows = await connection.fetch(query("reconciled"), activity_id, zone, hour, timeout=_TIMEOUT_S)
    return list(_days(rows))


def _days(rows: list[tuple[date | None, str, int, int]]) -> Iterator[Day]:
    found: dict[date | None, dict[str, int]] = {}
    for day, what, rewards, value_fen in rows:
        found.setdefault(day, {}).update({what: rewards, f"{what}_fen": value_fen})
    yield from (Day(day, **figures) for day, figures in found.items())
