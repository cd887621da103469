"""The set of a member's days: a bitmap of two years, in which order and repetition leave no trace.

Bit n of a bitmap is the business day `first + n`. What was before the years that are kept is in a few sums, which are
made once, when a year is left behind.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
from msgspec import structs

from fairground_signin.domain.cycles import year_before

#: How long a bitmap can become: two years, one of them a leap year.
LONGEST_BITS = 731


class Before(NamedTuple):
    """What is known of days that are no longer kept."""

    total: int = 0  # how many of them counted
    longest: int = 0  # the longest streak among them
    streak: int = 0  # the streak with which the kept days begin
    earned: int = 0  # freezes that were earned and not used
    granted: int = 0  # freezes that were granted and not used


NOTHING_BEFORE = Before()


class Days(msgspec.Struct, frozen=True, gc=False):
    """Which days count, and how they came to. A revoked day is in none of the other sets, and never comes back."""

    first: int  # the business day of bit 0: a first of January
    signed: int = 0  # bitmaps
    made_up: int = 0
    revoked: int = 0
    earned_base: int = 0  # days that were not signed, and earned the base reward nevertheless
    before: Before = NOTHING_BEFORE

    @property
    def bitmaps(self) -> tuple[int, int, int, int]:
        """Signed, made up, revoked, and those that earned the base reward without being signed."""
        return self.signed, self.made_up, self.revoked, self.earned_base

    @property
    def present(self) -> int:
        """Days of which streaks are made."""
        return self.signed | self.made_up

    @property
    def newest(self) -> int:
        """The business day that was signed last; the one before all that are kept where none was."""
        return self.first + self.signed.bit_length() - 1

    def bit(self, day: int) -> int:
        """The bitmap of that day alone; 0 where it is before all that is kept."""
        return 1 << (day - self.first) if day >= self.first else 0

    def span(self, first: int, last: int) -> int:
        """The bitmap of all days from the first to the last one."""
        low, high = max(first - self.first, 0), max(last - self.first + 1, 0)
        return ((1 << min(high, LONGEST_BITS)) - 1) & ~((1 << low) - 1) if high > low else 0

    def has(self, bitmap: int, day: int) -> bool:
        """Whether the day is in that bitmap of this set."""
        return day >= self.first and bool(bitmap >> (day - self.first) & 1)


def none_yet(day: int) -> Days:
    """Nobody's days, with room for the year of that day and the one before."""
    return Days(year_before(day))


def sign(days: Days, day: int) -> Days:
    """The same with that day signed: a day that was made up before is a signed one then."""
    bit = days.bit(day) & ~days.revoked
    return structs.replace(days, signed=days.signed | bit, made_up=days.made_up & ~bit)


def make_up(days: Days, day: int) -> Days:
    """The same with that day made up, unless it is signed."""
    bit = days.bit(day) & ~(days.revoked | days.signed)
    return structs.replace(days, made_up=days.made_up | bit)


def revoke(days: Days, day: int) -> Days:
    """The same without that day, for good."""
    bit = days.bit(day)
    return structs.replace(
        days, signed=days.signed & ~bit, made_up=days.made_up & ~bit, earned_base=days.earned_base & ~bit,
        revoked=days.revoked | bit,
    )  # fmt: skip


def contested(one: Days, other: Days) -> Iterator[int]:
    """The business days that one of two has and that were revoked for the other."""
    first = max(one.first, other.first)
    (has, gone), (other_has, other_gone) = (
        (_from(each, each.present, first), _from(each, each.revoked, first)) for each in (one, other)
    )
    return members(first, has & other_gone | other_has & gone)


def union(one: Days, other: Days, again: Iterable[int] = ()) -> Days:
    """The days of two who are one person. Freezes that were granted add up. `again`: days that were revoked for one of
    them and count until they are revoked for both."""
    first = max(one.first, other.first)
    signed, made_up, revoked, earned = (
        _from(one, bitmap, first) | _from(other, also, first)
        for bitmap, also in zip(one.bitmaps, other.bitmaps, strict=True)
    )
    revoked &= ~bitmap_of(first, again)
    signed &= ~revoked
    before = Before(*(max(pair) for pair in zip(one.before, other.before, strict=True)))
    before = before._replace(granted=one.before.granted + other.before.granted)
    return Days(first, signed, made_up & ~(signed | revoked), revoked, earned & ~revoked, before)


def _from(days: Days, bitmap: int, first: int) -> int:
    return bitmap >> (first - days.first)


def moved(days: Days, first: int, before: Before) -> Days:
    """The same without what lies before the new first day. `before`: what is known of it."""
    by = first - days.first
    return Days(
        first, days.signed >> by, days.made_up >> by, days.revoked >> by, days.earned_base >> by, before
    )  # fmt: skip


def members(first: int, bitmap: int) -> Iterator[int]:
    """The business days of a bitmap, oldest first."""
    while bitmap:
        low = bitmap & -bitmap
        yield first + low.bit_length() - 1
        bitmap ^= low


def bitmap_of(first: int, days: Iterable[int]) -> int:
    """The inverse of members. Days before the first one are left out."""
    bitmap = 0
    for day in days:
        if day >= first:
            bitmap |= 1 << (day - first)
    return bitmap


# ---- as bytes --------------------------------------------------------------------------------------------


def dense(bitmap: int) -> bytes:
    """A bitmap with many bits: how many empty bytes it begins with, then the others."""
    if not bitmap:
        return b""
    empty = ((bitmap & -bitmap).bit_length() - 1) // 8
    bitmap >>= 8 * empty
    return bytes((empty,)) + bitmap.to_bytes((bitmap.bit_length() + 7) // 8, "little")


def from_dense(stored: bytes) -> int:
    """The inverse of dense."""
    return int.from_bytes(stored[1:], "little") << (8 * stored[0]) if stored else 0


def sparse(bitmap: int) -> bytes:
    """A bitmap with few bits: how far each is behind the one before, in one byte or two."""
    if not bitmap:
        return b""
    made, at = bytearray(), 0
    for place in members(0, bitmap):
        gap, at = place - at, place
        if gap >= 128:
            made.append(128 | gap >> 7)
        made.append(gap & 127)
    return bytes(made)


def from_sparse(stored: bytes) -> int:
    """The inverse of sparse."""
    bitmap, at, high = 0, 0, 0
    for byte in stored:
        if byte & 128:
            high = (byte & 127) << 7
        else:
            at, high = at + high + byte, 0
            bitmap |= 1 << at
    return bitmap
