"""Business days as numbers and as texts, remembered because an activity sees the same few days over and over."""

from datetime import datetime
from functools import lru_cache

from fairground_decider import days

month_of = lru_cache(maxsize=4096)(days.month)
iso_of = lru_cache(maxsize=4096)(days.iso)
day_of = lru_cache(maxsize=4096)(days.parse_iso)

_HOURS = 24


def week_of(day: int) -> int:
    """The ISO week of a business day, Monday to Sunday, as a number that orders and compares. Day 0 was a Thursday."""
    return (day + 3) // 7


def hour_of(time_ms: int, zone_name: str, day_start_hour: int) -> int:
    """Which hour of the business day it is by the clocks of the zone, from 0."""
    return (datetime.fromtimestamp(time_ms / 1000, days.zone(zone_name)).hour - day_start_hour) % _HOURS
