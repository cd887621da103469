"""What a random world should come to, counted anew from plain sets: apart from the service, as simple as can be."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fairground_decider import Event
from fairground_decider.days import iso, parse_iso
from fairground_signin.contract import (
    DayMadeUp,
    DayRevoked,
    DaySigned,
    MemberLinked,
    TokensGranted,
    TokensTaken,
)

_THURSDAY = 3  # 1970-01-01


@dataclass(slots=True)
class Person:
    """All members that are one person, and what they have together."""

    members: set[str] = field(default_factory=set)
    signed: set[int] = field(default_factory=set)
    made_up: set[int] = field(default_factory=set)
    revoked: set[int] = field(default_factory=set)
    freezes: list[int] = field(default_factory=list)  # a day for each that was granted
    cards: int = 0

    def see(self, said: Any) -> None:
        """One event of one of them."""
        if isinstance(said, DaySigned):
            self.signed.add(parse_iso(said.day))
        elif isinstance(said, DayMadeUp):
            self.made_up.add(parse_iso(said.day))
            self.cards -= said.pays == "card"
        elif isinstance(said, DayRevoked):
            self.revoked.add(parse_iso(said.day))
        elif isinstance(said, TokensGranted):
            self._tokens(said, said.count)
        elif isinstance(said, TokensTaken):
            self._tokens(said, -said.count)

    def _tokens(self, said: TokensGranted | TokensTaken, count: int) -> None:
        if said.token == "make_up_card":
            self.cards += count
        elif isinstance(said, TokensGranted):
            self.freezes += [parse_iso(said.day)] * count
        else:
            self.freezes = sorted(self.freezes)[: len(self.freezes) + count]

    @property
    def days(self) -> tuple[set[int], set[int], set[int]]:
        """Signed, made up, revoked."""
        signed = self.signed - self.revoked
        return signed, self.made_up - self.revoked - signed, self.revoked


def persons(events: Iterable[Event[Any]], members: Iterable[str]) -> list[Person]:
    """Everybody, in the end: members that links lead from one to the other are one."""
    said = [event.data for event in events]
    one = {member: {member} for member in members}
    for each in said:
        if isinstance(each, MemberLinked):
            both = one[each.member_id] | one[each.person_id]
            one |= dict.fromkeys(both, both)
    found = {min(names): Person(names) for names in one.values()}
    for each in said:
        if getattr(each, "member_id", "") in one:
            found[min(one[each.member_id])].see(each)
    return list(found.values())


@dataclass(slots=True)
class Counted:
    """What a set of days comes to, as of a day."""

    streak: int = 0  # that goes on, or still can
    longest: int = 0
    ever: int = 0
    total: int = 0  # in the cycle of that day
    freezes: int = 0  # that are left


def count(file: dict[str, Any], person: Person, today: int) -> Counted:
    """Day by day, from the first one on."""
    signed, made_up, _ = person.days
    freeze, cycle = file.get("freeze") or {}, file["cycle"]
    every, most = freeze.get("every", 0), freeze.get("most", 0)
    granted, came = Counter(person.freezes), Counted()
    first = min([*signed, *made_up, *granted, today])
    earned = free = 0
    for day in range(first, max([*signed, *made_up, today]) + 1):
        free += granted[day]
        if day > first and cycle.get("shown") != "crosses" and begins(file, day):
            came.streak = 0
        if day > first and begins(file, day):
            came.total = 0
        counts = day in signed or (day in made_up and file["make_up"]["total"])
        if day in signed or day in made_up:
            came.streak += 1
            if every and came.streak % every == 0:
                earned = max(earned, min(most, earned + 1))
        elif day < today and came.streak and (earned or free):
            earned, free = (earned - 1, free) if earned else (earned, free - 1)
            counts = bool(freeze.get("total"))
        elif day < today:
            came.streak = 0
        came.longest = max(came.longest, came.streak)
        came.total += counts
        came.ever += counts
    came.freezes = earned + free
    return came


def begins(file: dict[str, Any], day: int) -> bool:
    """Whether a cycle begins on that day."""
    match file["cycle"]["every"]:
        case "week":
            return (day + _THURSDAY) % 7 == 0
        case "month":
            return iso(day).endswith("-01")
        case "days":
            first = parse_iso(file["window"]["starts"][:10]) - bool(file["day_start_hour"])  # it starts at midnight
            return (day - first) % int(file["cycle"]["days"]) == 0
        case _:
            return False


def fates(events: Iterable[Event[Any]]) -> dict[str, list[Any]]:
    """What became of each funding, in the end."""
    found: dict[str, list[Any]] = defaultdict(list)
    for event in events:
        if getattr(event.data, "funding_id", ""):
            found[event.data.funding_id].append(event.data)
    return found
