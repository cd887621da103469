"""Remembered causes: how a command that arrives again at a new position is recognised.

A cause (request id, order id, reward id) is kept as 8 bytes for a window of days, grouped by the day of its own time.
What is older than the window is refused as too old instead of being decided again: bounded and airtight at once.
"""

from enum import Enum
from functools import lru_cache
from hashlib import blake2b

DAY_MS = 86_400_000
_SIZE = 8

Remembered = tuple[tuple[int, bytes], ...]  # (UTC day, 8-byte digests one after another), oldest first


class Seen(Enum):
    """What is known of a cause."""

    NEW = "new"
    DUPLICATE = "duplicate"
    TOO_OLD = "too_old"


_NEW = Seen.NEW  # looking a member up in its Enum costs as much as a dict


@lru_cache(maxsize=256)  # what was just looked for is remembered next
def digest(cause: str) -> bytes:
    """8 bytes that stand for the cause: among a million causes of one member two collide with a chance of 3e-8."""
    return blake2b(cause.encode(), digest_size=_SIZE).digest()


def seen(remembered: Remembered, cause: str, time_ms: int, window_days: int) -> Seen:
    """Whether the cause was remembered. `window_days` counts back from the newest day that is remembered."""
    if not remembered:
        return _NEW
    wanted, day = digest(cause), time_ms // DAY_MS
    for _, digests in remembered:
        at = digests.find(wanted)
        while at >= 0:
            if at % _SIZE == 0:
                return Seen.DUPLICATE
            at = digests.find(wanted, at + 1)
    if day < remembered[-1][0] - window_days:
        return Seen.TOO_OLD
    return _NEW


def remember(remembered: Remembered, cause: str, time_ms: int, window_days: int) -> Remembered:
    """The same with one cause more, and without the days that the window has left behind."""
    day = time_ms // DAY_MS
    if not remembered:
        return ((day, digest(cause)),)
    if remembered[-1][0] == day:
        return (*remembered[:-1], (day, remembered[-1][1] + digest(cause)))
    days = dict(remembered)
    days[day] = days.get(day, b"") + digest(cause)
    newest = max(days)
    return tuple((day, days[day]) for day in sorted(days) if day >= newest - window_days)
