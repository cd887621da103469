"""Customers as people: members whom the shop has linked are one, and count once with the orders of all of them.

A service holds a person out by a hash of the person where one is known, and else of the member (`audience.holdout`).
So whoever was linked before an activity began stands where the person's hash puts them; of whoever was linked later,
all hashes have to agree. Where they do not, or where the service was seen to do something else, nobody can say in which
group that person was: they are left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fairground_decider.answers import Experiment, Group
from fairground_record.database import Connection
from fairground_record.sql import query

#: `ambiguous`: it was open to one of their accounts, and held another one out.
Place = Literal[Group, "ambiguous"]


@dataclass(slots=True)
class Person:
    """Several members who are one, and what they did together."""

    members: dict[str, int] = field(default_factory=dict)  # since when each is known to be this person
    before: bool = False  # a customer from before
    orders: int = 0
    spent_fen: int = 0
    took_part: bool = False
    held_out: bool = False


async def people(connection: Connection, until_ms: int, timeout_s: float) -> dict[str, Person]:
    """All who have several members, or one under another name, by their ids, as linked before a moment."""
    rows = await connection.fetch(query("links"), until_ms, timeout=timeout_s)
    links = {member_id: person_id for member_id, person_id, _ in rows}
    found: dict[str, Person] = {}
    for member_id, _, since_ms in rows:
        found.setdefault(_end(links, member_id), Person()).members[member_id] = since_ms
    return found


def _end(links: Mapping[str, str], member_id: str) -> str:
    """Where links lead: a person may be called like a member who is linked in turn."""
    passed = set[str]()
    while member_id in links and member_id not in passed:
        passed.add(member_id)
        member_id = links[member_id]
    return min(passed) if member_id in passed else member_id  # in a circle all are the same


def by_member(found: Mapping[str, Person]) -> dict[str, Person]:
    """Whom each member is, those who are called like a person among them."""
    members = {member: person for person in found.values() for member in person.members}
    return {**found, **members}


async def see_served(
    connection: Connection, activity_id: str, found: Mapping[str, Person], timeout_s: float
) -> None:  # fmt: skip
    """Note what the activity was seen to do with each of them."""
    whose = by_member({name: person for name, person in found.items() if person.before})
    rows = await connection.fetch(query("served_as"), activity_id, list(whose), timeout=timeout_s)
    for member_id, took_part, held_out in rows:
        whose[member_id].took_part |= took_part
        whose[member_id].held_out |= held_out


def place(person_id: str, person: Person, tried: Experiment, starts_ms: int) -> Place:
    """The group of a person."""
    places = set(_places(person_id, person, tried, starts_ms))
    if len(places) > 1:
        return "ambiguous"
    (only,) = places
    elsewhere = person.took_part if only == "holdout" else person.held_out if only == "treated" else False
    return "ambiguous" if elsewhere else only


def _places(person_id: str, person: Person, tried: Experiment, starts_ms: int) -> Iterable[Group]:
    for member_id, since_ms in person.members.items():
        yield tried.group(member_id, person_id)
        if since_ms >= starts_ms:
            yield tried.group(member_id)
