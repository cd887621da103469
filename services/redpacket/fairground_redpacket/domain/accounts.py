"""What an activity counts at home: packets by member and day, the budget, and the days that are still open."""

from typing import Any

from msgspec import structs

from fairground_activities.lifecycle import Standing
from fairground_decider import State
from fairground_decider.days import iso, parse_iso
from fairground_redpacket.domain.publication import ACTIVITY, LIFECYCLE
from fairground_redpacket.domain.records import NEW_SENDER, Sender, member_field

BUDGET, PACKETS = "budget", "packets"

#: How many business days are counted, by the activity and for each member.
DAYS_KEPT = 3

#: No counter of money or packets comes near it.
ENDLESS = 10**15


def sender_of(state: State, activity_id: str, member_id: str) -> Sender:
    """What is known of a member's packets."""
    found: Sender | None = state.record(activity_id, member_field(member_id))
    return found or NEW_SENDER


def closed(standing: Standing, day: int) -> bool:
    """Whether a business day is not counted any more."""
    return len(standing.days) == DAYS_KEPT and day < standing.days[0]


def count_packet(state: State, activity_id: str, member_id: str, day_said: str) -> None:
    """One packet more, of all and of its sender. The platform's own have no sender."""
    day = parse_iso(day_said)
    _begin_day(state, activity_id, day)
    state.count(activity_id, PACKETS, 1, 0, ENDLESS)
    state.count(activity_id, f"{PACKETS}:{day_said}", 1, 0, ENDLESS)
    if member_id:
        sender = sender_of(state, activity_id, member_id)
        after = structs.replace(sender, total=sender.total + 1, days=_moved(sender.days, day, 1))
        state.put(activity_id, member_field(member_id), after)


def uncount_packet(state: State, activity_id: str, member_id: str, day_said: str) -> None:
    """A packet that was counted comes to nothing."""
    day = parse_iso(day_said)
    state.count(activity_id, PACKETS, -1, 0, ENDLESS)
    standing = LIFECYCLE.standing(state, activity_id)
    if standing is not None and day in standing.days:
        state.count(activity_id, f"{PACKETS}:{day_said}", -1, 0, ENDLESS)
    sender = sender_of(state, activity_id, member_id)
    after = structs.replace(sender, total=sender.total - 1, days=_moved(sender.days, day, -1))
    state.put(activity_id, member_field(member_id), after)


def take_budget(state: State, activity_id: str, day_said: str, amount_fen: int) -> None:
    """So much of the budget is in a packet."""
    _begin_day(state, activity_id, parse_iso(day_said))
    state.count(activity_id, BUDGET, amount_fen, 0, ENDLESS)
    state.count(activity_id, f"{BUDGET}:{day_said}", amount_fen, 0, ENDLESS)


def give_back_budget(state: State, activity_id: str, amount_fen: int) -> None:
    """So much came back. What was given on a day stays given on that day."""
    state.count(activity_id, BUDGET, -amount_fen, 0, ENDLESS)


def _begin_day(state: State, activity_id: str, day: int) -> None:
    """Count a day; the oldest one goes where there are too many."""
    standing = LIFECYCLE.standing(state, activity_id)
    assert standing is not None, "what counts is published"
    if day in standing.days:
        return
    days = tuple(sorted((*standing.days, day)))
    for gone in days[:-DAYS_KEPT]:
        for name in (BUDGET, PACKETS):
            state.clear(activity_id, f"{name}:{iso(gone)}")
    state.put(activity_id, ACTIVITY, standing.with_days(days[-DAYS_KEPT:]))


def _moved(days: tuple[int, ...], day: int, by: int) -> tuple[int, ...]:
    """Flat pairs of day and count, the newest days only."""
    counted: dict[int, int] = {days[at]: days[at + 1] for at in range(0, len(days), 2)}
    if by > 0 or day in counted:
        counted[day] = counted.get(day, 0) + by
    kept: list[Any] = sorted(counted.items())[-DAYS_KEPT:]
    return tuple(number for pair in kept for number in pair)
