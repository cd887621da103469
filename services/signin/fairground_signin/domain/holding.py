"""Which version of the rules holds for a member in a cycle: the one under which the member first acted in it."""

from collections.abc import Iterator
from typing import Any

from fairground_signin.domain.in_force import InForce
from fairground_signin.domain.records import Followed, Member
from fairground_signin.domain.walking import Counting

#: Commands that come so late still find the version of their cycle.
LATE_DAYS = 31


def held(followed: Followed, newest: InForce, member: Member, cycle: int) -> tuple[int, InForce]:
    """The version for the cycle that begins with that day, and its rules. `newest`: the rules that are followed.

    The newest one, for who has not acted in this cycle or a later one; and without cycles, where nothing is finished.
    """
    if cycle <= member.cycle and newest.rules.cycle.every != "none":
        version = _known(member, cycle)
        kept = followed.of(version)
        if kept is not None:
            return version, kept
    return followed.version, newest


def _known(member: Member, cycle: int) -> int:
    """The version of the first cycle that is known from that one on."""
    return next((version for last, version in _pairs(member) if cycle <= last), member.version)


def _pairs(member: Member) -> Iterator[tuple[int, int]]:
    return zip(member.earlier[::2], member.earlier[1::2], strict=True)


def acted(counting: Counting, member: Member, cycle: int, version: int) -> dict[str, Any]:
    """What changes of the member who acts in a cycle by that version."""
    if cycle < member.cycle or (cycle == member.cycle and version == member.version):
        return {}
    changed: dict[str, Any] = {"cycle": cycle, "version": version}
    if cycle > member.cycle and (member.earlier or member.version not in (0, version)):
        changed["earlier"] = _earlier(counting, member, cycle, version)
    return changed


def _earlier(counting: Counting, member: Member, cycle: int, version: int) -> tuple[int, ...]:
    """Cycles before a new one: the last of each version, as long as somebody's late command can ask for it."""
    known = [*_pairs(member)]
    if member.version != version:
        known.append((member.cycle, member.version))
    asked = [pair for pair in known if counting.span(pair[0]).last + LATE_DAYS >= cycle]
    return tuple(number for pair in asked for number in pair)
