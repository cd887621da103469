"""What came of an activity, as far as the record holds it (rule C15 of docs/lottery.md).

It reads figures that the record keeps up to date beside its writing (`tally` in its migrations): a few rows, however
many events there are. `uncounted` says how many recorded offsets are not in them yet. What nobody says on any topic is
None: it is unknown, which is another thing than 0.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fairground_decider.days import business_day, iso
from fairground_record.answers.activities import DEFAULT_ZONE, rules
from fairground_record.answers.members import GRANTED, REVOKED, USED
from fairground_record.database import Connection
from fairground_record.sql import query
from fairground_record.tallying import tally

#: How many of the newest days are shown.
DAYS = 14

_TALLY_S = 600.0
_QUARTER_MS = 900_000


@dataclass(frozen=True, slots=True)
class DayOf:
    """One business day."""

    day: date
    drew: int
    won: int
    refused: int
    granted_fen: int
    revoked_fen: int
    exposed: int = 0  # who saw it


@dataclass(frozen=True, slots=True)
class Statistics:
    """An activity in figures. Members are counted once each, whatever they did how often."""

    exposed: int | None  # who saw it, each once; None: no frontend has ever said so of this activity
    visitors: int  # of those, who were not logged in
    met: int  # members whom any event names
    took_part: int  # members with an outcome
    won: int  # members with a reward
    ordered: int  # members whose order brought chances or counted towards them
    used: int | None  # rewards that were made use of; None: nobody has ever said so of any reward
    users: int  # members who used one
    drew: int  # outcomes: draws, won or not
    rewards: int
    granted_fen: int
    revoked: int
    revoked_fen: int
    by_prize: dict[str, int]  # outcomes; `-` for draws that became nothing
    by_kind: dict[str, tuple[int, int]]  # rewards of a kind, and their value in fen
    used_by_kind: dict[str, int]  # rewards that were made use of
    refused: dict[str, int]  # by reason, most often first
    days: tuple[DayOf, ...]  # the newest, oldest of them first
    uncounted: int  # recorded offsets, of all activities, that are not in these figures yet

    @property
    def cost_fen(self) -> int:
        """What was granted and not taken back."""
        return self.granted_fen - self.revoked_fen


async def statistics(connection: Connection, activity_id: str, days: int = DAYS) -> Statistics:
    """An activity's figures; all 0 when the record has none. `days`: how many of the newest business days."""
    people = await connection.fetchrow(query("people"), activity_id)
    assert people is not None, "there is one row, whoever is asked for"
    totals = await connection.fetch(query("totals"), activity_id)
    by_prize, refused, by_kind = dict[str, int](), dict[str, int](), dict[str, tuple[int, int]]()
    used_by_kind = dict[str, int]()
    revoked = revoked_fen = 0
    for type_, detail, prize_id, times, value_fen in totals:
        if type_ == GRANTED:
            rewards, fen = by_kind.get(detail, (0, 0))
            by_kind[detail] = (rewards + times, fen + value_fen)
        elif type_ == REVOKED:
            revoked, revoked_fen = revoked + times, revoked_fen + value_fen
        elif type_ == USED:
            used_by_kind[detail] = used_by_kind.get(detail, 0) + times
        elif detail:
            refused[detail] = refused.get(detail, 0) + times
        elif prize_id:
            by_prize[prize_id] = by_prize.get(prize_id, 0) + times
    seen = await connection.fetch(query("exposed"), activity_id, days)  # the first row, if any, is of all days
    return Statistics(
        exposed=seen[0]["viewers"] if seen else None, visitors=seen[0]["visitors"] if seen else 0,
        used=sum(used_by_kind.values()) if people["any_used"] else None, users=people["used"],
        met=people["met"], took_part=people["took_part"], won=people["won"], ordered=people["ordered"],
        drew=sum(by_prize.values()), rewards=sum(rewards for rewards, _ in by_kind.values()),
        granted_fen=sum(fen for _, fen in by_kind.values()), revoked=revoked, revoked_fen=revoked_fen,
        by_prize=by_prize, by_kind=by_kind, used_by_kind=used_by_kind,
        refused=dict(sorted(refused.items(), key=lambda each: (-each[1], each[0]))),
        days=_with_exposures(await _days(connection, activity_id, people["newest"], days), seen[1:], days),
        uncounted=people["uncounted"],
    )  # fmt: skip


async def _days(connection: Connection, activity_id: str, newest: int | None, days: int) -> tuple[DayOf, ...]:
    """The newest business days on which anything happened, of so many, by the activity's zone."""
    if newest is None or newest < 0:
        return ()
    published = await rules(connection, activity_id)
    begins = dict(_begins(newest, published.zone, published.day_start_hour, days) if published else
                  _begins(newest, DEFAULT_ZONE, 0, days))  # fmt: skip
    rows = await connection.fetch(query("days"), activity_id, list(begins.values()))
    names = list(begins)
    return tuple(DayOf(date.fromisoformat(iso(names[number - 1])), *figures) for number, *figures in rows)


def _with_exposures(happened: Iterable[DayOf], seen: Iterable[Any], days: int) -> tuple[DayOf, ...]:
    """The newest days on which anything happened or anybody saw it."""
    found = {each.day: each for each in happened}
    for day, viewers, _ in seen:
        found[day] = replace(found.get(day, DayOf(day, 0, 0, 0, 0, 0)), exposed=viewers)
    return tuple(found[day] for day in sorted(found)[-days:])


def _begins(newest: int, zone: str, day_start_hour: int, days: int) -> Iterator[tuple[int, int]]:
    """The newest business days, and the first quarter of an hour of each."""

    def day_of(quarter: int) -> int:
        return business_day(quarter * _QUARTER_MS, zone, day_start_hour)

    quarters = range(newest - 96 * (days + 1), newest + 1)
    for day in range(day_of(newest) - days + 1, day_of(newest) + 1):
        yield day, quarters[bisect_left(quarters, day, key=day_of)]


async def bring_up_to_date(connection: Connection) -> int:
    """Count all that is recorded and not counted yet, waiting for whoever is at it; returns how many offsets it was."""
    return await tally(connection, _TALLY_S)
