"""About one member: prizes and what became of them, chances and where they came from, refusals and their reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fairground_decider import Event
from fairground_decider.answers import Chances, Words
from fairground_record.answers.entries import event_of
from fairground_record.database import Connection
from fairground_record.queries import Entry, newest_of_member
from fairground_record.rooms import room

#: So much of a member's history is read at most; more than anybody of flesh and blood has.
ENTRIES = 20_000

#: So many others are looked up at most who count as the same person.
IDENTITIES = 50

GRANTED = "fairground.reward.granted.v1"
REVOKED = "fairground.reward.revoked.v1"
USED = "fairground.reward.used.v1"


@dataclass(frozen=True, slots=True)
class Prize:
    """A reward that the member was granted, and what is known of it last."""

    reward_id: str
    activity_id: str
    prize_id: str
    name: str
    kind: str
    amount: int
    value_fen: int
    time: str
    status: str  # granted, claimed, shipped, delivered, used, returned, rejected, failed, expired, revoked
    status_time: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that the member asked for and did not get."""

    time: str
    activity_id: str
    command_id: str
    reason: str
    why: Words
    help: Words  # empty where nothing helps


@dataclass(frozen=True, slots=True)
class Account:
    """Everything about a member, newest first."""

    member_id: str
    prizes: tuple[Prize, ...]
    chances: dict[str, Chances]  # by activity
    refused: tuple[Refused, ...]
    outcomes: dict[str, int]  # how often the member played, by activity
    complete: bool  # false: there was more than is ever read
    identities: dict[str, tuple[str, ...]]  # by activity: who else counts as the same person, and shares the chances


async def member(connection: Connection, member_id: str, at_ms: int, activity_id: str | None = None) -> Account:
    """All about a member, or all of it that concerns one activity. `at_ms`: the moment at which chances may expire."""
    entries = await newest_of_member(connection, member_id, activity_id, ENTRIES)
    events = [entry for entry in entries if entry.kind == "events"]
    outcomes: dict[str, int] = {}
    for entry in events:
        if entry.prize_id:
            outcomes[entry.activity_id] = outcomes.get(entry.activity_id, 0) + 1
    others = await _of_others(connection, member_id, events)
    shared = [*events, *(entry for entries in others.values() for entry in entries)]
    identities: dict[str, list[str]] = {}
    for activity, other in sorted(others):
        identities.setdefault(activity, []).append(other)
    return Account(
        member_id, tuple(prizes_of(entries)), _chances(shared, at_ms), tuple(_refused(events)), outcomes,
        len(entries) < ENTRIES, {activity: tuple(names) for activity, names in identities.items()},
    )  # fmt: skip


async def _of_others(
    connection: Connection, member_id: str, events: Sequence[Entry]
) -> dict[tuple[str, str], list[Entry]]:
    """The events of those who count as the same person, by activity and member, from one to the next.

    An event about a link names the other side as `person_id` or `joined_id`, whatever service it is of.
    """
    found: dict[tuple[str, str], list[Entry]] = {}
    waiting = list(_named(events))
    while waiting and len(found) < IDENTITIES:
        activity, other = waiting.pop()
        if other != member_id and (activity, other) not in found:
            entries = await newest_of_member(connection, other, activity, ENTRIES)
            found[activity, other] = [entry for entry in entries if entry.kind == "events"]
            waiting.extend(_named(found[activity, other]))
    return found


def _named(events: Iterable[Entry]) -> Iterable[tuple[str, str]]:
    for entry in events:
        for name in ("person_id", "joined_id"):
            if isinstance(other := entry.data.get(name), str) and other:
                yield entry.activity_id, other


def prizes_of(entries: Sequence[Entry]) -> Iterable[Prize]:
    """The rewards among the entries (newest first), each once, with the last word on each."""
    answers: dict[str, Entry] = {}
    for entry in entries:
        if entry.kind in ("rewards", "results") and entry.type != GRANTED:
            known = answers.get(entry.reward_id)
            if known is None or (entry.type == REVOKED and known.type != REVOKED):
                answers[entry.reward_id] = entry
    first = {entry.reward_id: entry for entry in entries if entry.kind == "rewards" and entry.type == GRANTED}
    for reward_id, entry in first.items():
        yield _prize(entry, answers.get(reward_id))


def _prize(granted: Entry, after: Entry | None) -> Prize:
    found = granted.data.get("reward")
    reward: dict[str, Any] = found if isinstance(found, dict) else {}
    return Prize(
        reward_id=granted.reward_id,
        activity_id=granted.activity_id,
        prize_id=granted.prize_id,
        name=str(reward.get("name") or granted.prize_id),
        kind=str(reward.get("reward") or ""),
        amount=int(reward.get("amount") or 0),
        value_fen=int(reward.get("value_fen") or 0),
        time=granted.time,
        status=after.type.split(".")[2] if after else "granted",
        status_time=after.time if after else granted.time,
        reason=after.reason if after else "",
    )


def _refused(events: Iterable[Entry]) -> Iterable[Refused]:
    for entry in events:
        if entry.reason:
            yield Refused(
                entry.time, entry.activity_id, entry.command_id, entry.reason,
                said(entry, ""), said(entry, "help_"),
            )  # fmt: skip


def said(entry: Entry, beginning: str) -> Words:
    """What a refusal says in both languages."""
    return Words(*(str(entry.data.get(f"{beginning}{language}") or "") for language in ("zh", "en")))


def _chances(events: Sequence[Entry], at_ms: int) -> dict[str, Chances]:
    """By activity, folded by its service's room; what that room knows nothing of is left out."""
    by_activity: dict[tuple[str, str], list[Event[Any]]] = {}
    for entry in sorted(events, key=lambda entry: (entry.topic, entry.partition, entry.offset)):
        if hasattr(room(entry.service, "history"), "chances") and (event := event_of(entry)):
            by_activity.setdefault((entry.service, entry.activity_id), []).append(event)
    return {
        activity: room(service, "history").chances(found, at_ms) for (service, activity), found in by_activity.items()
    }
