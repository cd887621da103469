"""Cycles: when counting begins anew, as a function of the business day alone."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from fairground_decider.days import iso, parse_iso
from fairground_signin.rules import Cycle

#: The last day of a cycle that never ends.
NEVER = 3_000_000

_THURSDAY = 3  # 1970-01-01 was one, and weeks start on Monday


class Span(NamedTuple):
    """Business days from the first to the last one."""

    first: int
    last: int


iso_of = lru_cache(maxsize=8192)(iso)
day_of = lru_cache(maxsize=8192)(parse_iso)


def cycle_of(cycle: Cycle, first_day: int, day: int) -> Span:
    """The cycle that a business day belongs to. `first_day`: of the activity's window."""
    match cycle.every:
        case "none":
            return Span(min(first_day, day), NEVER)
        case "week":
            monday = day - (day + _THURSDAY) % 7
            return Span(monday, monday + 6)
        case "month":
            return month_of(day)
        case "days":
            first = day - (day - first_day) % cycle.days
            return Span(first, first + cycle.days - 1)


@lru_cache(maxsize=8192)
def month_of(day: int) -> Span:
    """The calendar month of a business day."""
    at = date.fromisoformat(iso(day))
    later = at.replace(year=at.year + 1, month=1, day=1) if at.month == 12 else at.replace(month=at.month + 1, day=1)
    return Span(day - at.day + 1, parse_iso(later.isoformat()) - 1)


@lru_cache(maxsize=4096)
def year_before(day: int) -> int:
    """The first of January of the year before that of the day."""
    return parse_iso(f"{int(iso(day)[:4]) - 1}-01-01")
