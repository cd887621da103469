"""Business days: the local date in an activity's zone, with a day that may begin later than midnight."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_SLICE_MS = 15 * 60 * 1000  # offsets from UTC change at multiples of a quarter of an hour


class UnknownZone(ValueError):
    """No such IANA time zone."""


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone. Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(f"{name!r} is no IANA time zone such as Asia/Shanghai") from None


@lru_cache(maxsize=65536)
def _day_of_slice(zone_name: str, day_start_hour: int, slice_number: int) -> int:
    moment = datetime.fromtimestamp(slice_number * _SLICE_MS / 1000, UTC).astimezone(zone(zone_name))
    local = moment.replace(tzinfo=None) - timedelta(hours=day_start_hour)
    return local.date().toordinal() - _EPOCH_ORDINAL


def business_day(time_ms: int, zone_name: str, day_start_hour: int = 0) -> int:
    """Days since 1970-01-01 of the local date at `time_ms` (UTC), when days begin at `day_start_hour`."""
    return _day_of_slice(zone_name, day_start_hour, time_ms // _SLICE_MS)


def month(day: int) -> int:
    """Year * 12 + month - 1 of a business day: a number that orders and compares."""
    at = date.fromordinal(day + _EPOCH_ORDINAL)
    return at.year * 12 + at.month - 1


def iso(day: int) -> str:
    """A business day as 2017-11-30."""
    return date.fromordinal(day + _EPOCH_ORDINAL).isoformat()


def parse_iso(text: str) -> int:
    """The inverse of iso. Raises ValueError."""
    return date.fromisoformat(text).toordinal() - _EPOCH_ORDINAL
