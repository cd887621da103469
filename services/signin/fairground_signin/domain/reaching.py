"""What a day more, or less, changes: how long streaks and totals were before it, and are with it."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import structs

from fairground_signin.domain.cycles import NEVER, Span
from fairground_signin.domain.days import LONGEST_BITS, NOTHING_BEFORE, Days
from fairground_signin.domain.walking import Counting, Run, Walked, total, walk, walk_and_extend, walk_without_and_with


class Figures(NamedTuple):
    """What a set of days comes to within one cycle."""

    runs: tuple[Run, ...]  # of the cycle; only those that touch the day that is asked about, where nothing is frozen
    total: int
    shown: int  # the streak that members see, of the run with the day that is asked about
    frozen: int  # bitmap of missed days that were saved

    def streak(self, day: int) -> int:
        """The length of the run with that day; 0 when it is in none."""
        return next((run.length for run in self.runs if run.first <= day <= run.last), 0)


def figures(counting: Counting, days: Days, granted: tuple[int, ...], day: int) -> Figures:
    """About the cycle of that day."""
    span = counting.span(day)
    if counting.freeze is None and not granted:
        return _plain(counting, days, span, day)
    return _summed(counting, days, span, walk(counting, _from_a_break(counting, days, granted, span), granted), day)


def _summed(counting: Counting, days: Days, span: Span, walked: Walked, day: int) -> Figures:
    runs = tuple(cut for run in walked.runs if (cut := _within(days, run, span)))
    shown = next((run.length for run in walked.runs if run.first <= day <= run.last), 0)
    return Figures(runs, _total(counting, days, span, walked.frozen), shown, walked.frozen)


def _from_a_break(counting: Counting, days: Days, granted: tuple[int, ...], span: Span) -> Days:
    """The days without those before the cycle that no freeze could join to it: walking them would come to nothing.

    Behind more missed days than a member may have freezes, the streak is over and all of them are used. Where some
    were granted, it matters on which day of the gap that was, so that nothing is left out.
    """
    freeze = counting.freeze
    if granted or days.before.granted or freeze is None:
        return days
    begins = days.present & ~_behind(days.present, freeze.most + 1) & days.span(days.first, span.first)
    while begins:
        place = begins.bit_length() - 1
        before = days.present & ((1 << place) - 1)
        if not before:
            return days
        newest = days.first + before.bit_length() - 1
        if newest + freeze.most < counting.restart(newest).last:  # where streaks begin anew, freezes stay unused
            return structs.replace(
                days, signed=days.signed & ~before, made_up=days.made_up & ~before, before=NOTHING_BEFORE
            )  # fmt: skip
        begins ^= 1 << place
    return days


def _behind(bitmap: int, most: int) -> int:
    """All days that lie at most so many behind one of the bitmap."""
    reached, far = bitmap, 0
    while far < most - 1:  # each step makes every day reach twice as far
        step = min(far + 1, most - 1 - far)
        reached |= reached << step
        far += step
    return reached << 1


def _within(days: Days, run: Run, span: Span) -> Run | None:
    """The part of a run that lies in the cycle."""
    if span.first <= run.first and run.last <= span.last:
        return run
    inside = days.present & days.span(max(run.first, span.first), min(run.last, span.last))
    if not inside:
        return None
    first = days.first + (inside & -inside).bit_length() - 1
    return Run(first, days.first + inside.bit_length() - 1, inside.bit_count())


def _total(counting: Counting, days: Days, span: Span, frozen: int) -> int:
    counted = total(counting, days, frozen) & days.span(span.first, span.last)
    before = days.before.total if span.first < days.first and counting.cycle.every == "none" else 0
    return before + counted.bit_count()


def _plain(counting: Counting, days: Days, span: Span, day: int) -> Figures:
    """Without freezes nobody has to walk: runs are rows of ones, and only those beside the day matter."""
    beside = (_row(days, span, start) for start in (day - 1, day, day + 1))
    runs = tuple(dict.fromkeys(run for run in beside if run))
    shown = _row(days, Span(0, NEVER), day) if counting.cycle.crosses else None
    length = next((run.length for run in runs if run.first <= day <= run.last), 0)
    return Figures(runs, _total(counting, days, span, 0), shown.length if shown else length, 0)


def _row(days: Days, span: Span, day: int) -> Run | None:
    """The row of days in the set that this one is in, within the span."""
    if not span.first <= day <= span.last or not days.has(days.present, day):
        return None
    at, inside = day - days.first, days.present & days.span(span.first, span.last)
    above = inside >> at
    ones = (above ^ (above + 1)).bit_length() - 1
    missed = ~inside & ((1 << at) - 1)
    low = missed.bit_length()
    before = days.before.streak if low == 0 and span.first < days.first else 0
    return Run(days.first + low, day + ones - 1, at - low + ones + before)


def longest_in(days: Days, span: Span) -> int:
    """The longest row of days in the set within the span, where nothing is frozen."""
    inside, length = days.present & days.span(span.first, span.last), 0
    while inside:
        inside &= inside >> 1
        length += 1
    return length


def longest_of(counting: Counting, days: Days, granted: tuple[int, ...], day: int) -> int:
    """The longest streak of the cycle of that day."""
    if counting.freeze is None:
        return longest_in(days, counting.span(day))
    return max((run.length for run in figures(counting, days, granted, day).runs), default=0)


class Change(msgspec.Struct, frozen=True, gc=False):
    """What a day more changes within its cycle."""

    reached: Sequence[int]  # lengths of streaks that no run among them had before, shortest first
    total_before: int
    total: int
    streak: int  # the length of the run with that day
    shown: int  # the same as members see it
    frozen: int  # bitmap of missed days that are saved now and were not before
    longest_before: int | None  # of the cycle's streaks; None: to be looked for, as nothing is frozen


def change(counting: Counting, before: Days, after: Days, granted: tuple[int, ...], day: int) -> Change:
    """What is different with that day, which is in the set after it and may have been before."""
    if counting.freeze is None:
        return _plain_change(counting, before, after, day)
    span = counting.span(day)
    if not granted and not before.present >> (day - before.first):
        return _extending_change(counting, before, after, span, day)
    without, walked = walk_without_and_with(counting, _from_a_break(counting, after, granted, span), granted, day)
    was = _summed(counting, before, span, walked if before.has(before.present, day) else without, day)
    now = _summed(counting, after, span, walked, day)
    longest = max((run.length for run in was.runs), default=0)
    reached = newly_reached(was, now)
    return Change(reached, was.total, now.total, now.streak(day), now.shown, now.frozen & ~was.frozen, longest)


def _extending_change(counting: Counting, before: Days, after: Days, span: Span, day: int) -> Change:
    """With freezes, for a day behind all others, as most are: only the last streak can become longer."""
    closed, last, grown, was_frozen, frozen = walk_and_extend(
        counting, _from_a_break(counting, after, (), span), day
    )  # fmt: skip
    earlier = closed if last is None else (*closed, last)
    lengths = [cut.length for run in earlier if (cut := _within(before, run, span))]
    now = _within(after, grown, span)
    assert now is not None, "a day lies in its own cycle"
    goes_on = last is not None and last.first == grown.first and last.last >= span.first
    return Change(
        range((lengths[-1] if goes_on else 0) + 1, now.length + 1),
        _total(counting, before, span, was_frozen),
        _total(counting, after, span, frozen),
        now.length,
        grown.length,
        frozen & ~was_frozen,
        max(lengths, default=0),
    )


def _plain_change(counting: Counting, before: Days, after: Days, day: int) -> Change:
    """Without freezes only the rows beside the day matter, and no row has to be made to know how long they are."""
    span, at, present = counting.span(day), day - before.first, before.present
    base, last = max(span.first - before.first, 0), min(span.last - before.first, LONGEST_BITS)
    above = present >> (at + 1)
    ahead = (above ^ (above + 1)).bit_length() - 1  # days that follow without a gap
    right = min(ahead, last - at)
    low = (~present & ((1 << at) - 1)).bit_length()  # where the row that ends at the day begins
    carried = 0 if low else before.before.streak
    left = at - max(low, base) + (carried if span.first < before.first else 0)
    total = before.before.total if counting.cycle.every == "none" and span.first < before.first else 0
    mask = ((1 << (last + 1)) - 1) >> base << base
    streak = left + 1 + right
    return Change(
        () if present >> at & 1 else range(max(left, right) + 1, streak + 1),
        total + (_counted(counting, before) & mask).bit_count(),
        total + (_counted(counting, after) & mask).bit_count(),
        streak,
        at - low + carried + 1 + ahead if counting.cycle.crosses else streak,
        0,
        None,
    )


def _counted(counting: Counting, days: Days) -> int:
    return days.signed | days.made_up if counting.made_up_in_total else days.signed


def newly_reached(before: Figures, after: Figures) -> list[int]:
    """Lengths of streaks that no run among them had before, each run by itself, shortest first."""
    reached: list[int] = []
    known = set(before.runs)
    for run in (run for run in after.runs if run not in known):
        had = max((each.length for each in before.runs if each.first <= run.last and each.last >= run.first), default=0)
        reached.extend(range(had + 1, run.length + 1))
    return reached
