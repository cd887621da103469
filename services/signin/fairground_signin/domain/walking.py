"""Streaks of a set of days: runs of days that count, over missed ones that a freeze saves. Pure, and no counter.

Everything follows from the set of days and the days on which freezes were granted, in the order of dates: which freezes
were earned, which missed days they saved, how long each streak is. What comes in late or goes away changes the set, and
with it whatever followed from it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from msgspec import structs

from fairground_signin.domain.cycles import NEVER, Span, cycle_of
from fairground_signin.domain.days import Before, Days
from fairground_signin.rules import Cycle, FreezeRule

#: The days of a streak that no border of a cycle ends.
_ALWAYS = Span(0, NEVER)


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """What a streak is: the same for all versions of an activity."""

    cycle: Cycle
    first_day: int  # of the window
    freeze: FreezeRule | None
    made_up_in_total: bool

    def span(self, day: int) -> Span:
        """The cycle of a business day."""
        return _span(self, day)

    def restart(self, day: int) -> Span:
        """The days among which a streak that this day belongs to lies."""
        return _ALWAYS if self.cycle.crosses else self.span(day)


@lru_cache(maxsize=8192)
def _span(counting: Counting, day: int) -> Span:
    return cycle_of(counting.cycle, counting.first_day, day)


class Run(NamedTuple):
    """Days in a row, missed ones in between saved by freezes."""

    first: int  # business days that are in the set
    last: int
    length: int  # how many of them are in the set


class Walked(NamedTuple):
    """All that follows from a set of days."""

    runs: tuple[Run, ...]  # oldest first
    frozen: int  # bitmap of missed days that were saved
    open: bool  # whether the last run still goes on where the walk has ended
    earned: int  # freezes that are left then
    granted: int  # of those that were granted, also behind the last day of the set

    @property
    def longest(self) -> int:
        """Of the runs."""
        return max((run.length for run in self.runs), default=0)


def walk(counting: Counting, days: Days, granted: tuple[int, ...] = (), until: int = 0) -> Walked:
    """Through the days in order. `until`: the first day of which nobody knows yet whether it is missed."""
    walking = _Walking(counting, days, granted)
    walking.through(days.present)
    walking.miss(until)
    return walking.walked()


def walk_without_and_with(counting: Counting, days: Days, granted: tuple[int, ...], day: int) -> tuple[Walked, Walked]:
    """Through the days without that one, and with it, which is among them: what lies before it is walked once."""
    walking, bit = _Walking(counting, days, granted), days.bit(day)
    earlier = days.present & (bit - 1)
    walking.through(earlier)
    other, later = walking.fork(), days.present ^ earlier
    walking.through(later ^ bit)
    other.through(later)
    return walking.walked(), other.walked()


class Extended(NamedTuple):
    """What a walk comes to when one day more follows behind all others."""

    closed: tuple[Run, ...]  # that end before the day and are not the last one, oldest first
    last: Run | None  # the last one without the day
    grown: Run  # the run with the day: the last one, longer, or a new one
    frozen_before: int  # bitmap of missed days that were saved without the day
    frozen: int  # and with it


def walk_and_extend(counting: Counting, days: Days, day: int) -> Extended:
    """Through the days, of which that one is the newest; where no freezes were granted."""
    walking = _Walking(counting, days, ())
    walking.through(days.present ^ days.bit(day))
    return walking.extended(day)


class _Walking:
    """Where the walk is."""

    def __init__(self, counting: Counting, days: Days, granted: tuple[int, ...]) -> None:
        self._counting = counting
        self._days = days
        self._to_come = tuple(sorted(granted))
        self._frozen = 0
        self._runs: tuple[Run, ...] = ()
        self._earned, self._granted = days.before.earned, days.before.granted
        self._length = days.before.streak
        self._first = self._last = days.first - 1  # of the run that is open

    def fork(self) -> "_Walking":
        """One that goes on from here by itself: what was gathered is never changed in place."""
        other = _Walking(self._counting, self._days, ())
        other.__dict__.update(self.__dict__)
        return other

    def through(self, bits: int) -> None:
        """Days of the set, all behind where the walk is, and those that are missed before and between them."""
        first = self._days.first
        while bits:
            low = (bits & -bits).bit_length() - 1
            day = first + low
            self.miss(day)
            block = bits >> low
            ones = (block ^ (block + 1)).bit_length() - 1
            ones = min(ones, self._counting.restart(day).last - day + 1)
            self._count(day, ones)
            bits = bits >> low + ones << low + ones

    def miss(self, behind: int) -> None:
        """Missed days up to that one: each is saved while there is a streak, and a freeze for it."""
        if behind <= self._last + 1:
            return
        restart = self._counting.restart(self._last).last if self._length else 0
        for day in range(self._last + 1, behind):
            if not self._length or day > restart or not self._freeze(day):
                self._close()
                return
            self._frozen |= self._days.bit(day)

    def _freeze(self, day: int) -> bool:
        self._receive(day)
        if self._earned:
            self._earned -= 1
        elif self._granted:
            self._granted -= 1
        else:
            return False
        return True

    def _receive(self, day: int) -> None:
        while self._to_come and self._to_come[0] <= day:
            self._to_come = self._to_come[1:]
            self._granted += 1

    def _count(self, first: int, ones: int) -> None:
        """Days that are in the set, without a border of a cycle between them where streaks begin anew there."""
        if self._length and self._counting.restart(self._last).last < first:
            self._close()
        if not self._length:
            self._first = first
        freeze, before = self._counting.freeze, self._length
        self._length += ones
        self._last = first + ones - 1
        if freeze is not None and freeze.every:
            more = self._length // freeze.every - before // freeze.every
            self._earned = max(self._earned, min(freeze.most, self._earned + more))
        self._receive(self._last)

    def _close(self) -> None:
        if self._length:
            self._runs = (*self._runs, Run(self._first, self._last, self._length))
        self._length = 0

    def extended(self, day: int) -> Extended:
        """What it comes to with that day, behind all others."""
        closed, frozen_before = self._runs, self._frozen
        last = Run(self._first, self._last, self._length) if self._length else None
        self.miss(day)
        self._count(day, 1)
        if last is None and closed:
            *earlier, last = closed
            closed = tuple(earlier)
        return Extended(closed, last, Run(self._first, day, self._length), frozen_before, self._frozen)

    def walked(self) -> Walked:
        """What it came to."""
        is_open = bool(self._length)
        self._close()
        return Walked(self._runs, self._frozen, is_open, self._earned, self._granted + len(self._to_come))


def left_behind(counting: Counting, days: Days, granted: tuple[int, ...], first: int) -> Before:
    """What is known of the days before a new first one, for the day on which they are forgotten."""
    kept = structs.replace(
        days, signed=days.signed & days.span(0, first - 1), made_up=days.made_up & days.span(0, first - 1)
    )  # fmt: skip
    walked = walk(counting, kept, tuple(day for day in granted if day < first), first)
    goes_on = walked.open and first <= counting.restart(walked.runs[-1].last).last
    return Before(
        total=days.before.total + total(counting, kept, walked.frozen).bit_count(),
        longest=max(days.before.longest, walked.longest),
        streak=walked.runs[-1].length if goes_on else 0,
        earned=walked.earned,
        granted=walked.granted,
    )


def total(counting: Counting, days: Days, frozen: int) -> int:
    """The bitmap of days that count in totals."""
    counted = days.present if counting.made_up_in_total else days.signed
    return counted | frozen if counting.freeze is not None and counting.freeze.in_total else counted
