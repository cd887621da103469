"""Local times of an activity file as moments in UTC, where clocks are moved too."""

import re
from datetime import datetime

from fairground_decider.days import UnknownZone, zone

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?")
_YEARS = range(1970, 2200)


class NoSuchTime(ValueError):
    """The clocks of the zone skip this time: summer time begins."""


def parse_local(text: str) -> datetime:
    """`2026-11-30 20:00` or with seconds. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ''}")
    if moment.year not in _YEARS:
        raise ValueError(text)
    return moment


def utc_ms(local: datetime, zone_name: str, later: bool) -> int:
    """Milliseconds since 1970. A time that comes twice is the first one, or with `later` the second one.

    Raises NoSuchTime and UnknownZone.
    """
    there = zone(zone_name)
    moment = local.replace(tzinfo=there, fold=1 if later else 0)
    milliseconds = round(moment.timestamp() * 1000)
    if datetime.fromtimestamp(milliseconds / 1000, there).replace(tzinfo=None) != local:
        raise NoSuchTime(local.isoformat(" "))
    return milliseconds


def is_zone(name: str) -> bool:
    """Whether there is such an IANA time zone."""
    try:
        zone(name)
    except UnknownZone:
        return False
    return True
