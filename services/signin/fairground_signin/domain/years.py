"""Two years are kept: when a third one begins, what is known of the first is summed up, once."""

from msgspec import structs

from fairground_signin.domain.cycles import year_before
from fairground_signin.domain.days import Days, moved
from fairground_signin.domain.records import Member
from fairground_signin.domain.walking import Counting, left_behind


def in_years(counting: Counting, member: Member, day: int) -> Days:
    """The member's days with room for that one, if it is not older than all that is kept."""
    days = member.days
    first = year_before(day)
    if first <= days.first:
        return days
    return moved(days, first, left_behind(counting, days, member.rest.freezes, first))


def kept_from(counting: Counting, member: Member, day: int) -> tuple[Member, Days]:
    """The member, and the days in which there is room for that one; freezes of forgotten days are among the sums."""
    days = in_years(counting, member, day)
    if days.first == member.first:
        return member, days
    after = member.with_days(days)
    left = tuple(each for each in member.rest.freezes if each >= days.first)
    return after.with_rest(structs.replace(after.rest, freezes=left)), days
