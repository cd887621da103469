"""What happened, by which rule and version, with which figures before and after: for whoever asks why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fairground_contracts.dead import CommandDead
from fairground_decider import Event, Service
from fairground_decider.answers import Figure, Words
from fairground_record.answers import sentences
from fairground_record.answers.activities import Rules, rules_of
from fairground_record.answers.entries import event_of
from fairground_record.answers.members import Prize, prizes_of, said
from fairground_record.audit.report import short
from fairground_record.database import Connection
from fairground_record.folding import Folding
from fairground_record.queries import Entry, entry_of, newest_of_member, of_command, of_order
from fairground_record.rooms import reader, room
from fairground_record.sql import query

#: Beyond so many events of an activity, the figures before an event are not folded unless asked for.
FOLDED = 20_000

#: So many of a member's commands are explained, the newest.
COMMANDS = 20

_Versions = Mapping[tuple[str, int], Rules]

_ENTRIES = 2000
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Told:
    """One event, explained."""

    event_id: str
    time: str
    type: str
    version: int  # of the rules that decided; 0: none did
    granted: bool  # false: it was refused
    sentences: tuple[Words, ...]  # what happened, and by which rule
    help: Words  # what would have helped; empty where nothing would
    prizes: tuple[Prize, ...]  # its rewards and what became of them
    before: tuple[Figure, ...] = ()  # empty where they were not folded
    after: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """All that became of one command."""

    command_id: str
    activity_id: str
    member_id: str
    told: tuple[Told, ...]
    without: str = ""  # why there are no figures: `too_many` events come before it, or what cannot be folded


async def explain(connection: Connection, command_id: str, most: int = FOLDED) -> Explained | None:
    """What became of a command; None when the record knows nothing of it.

    `most`: the figures before and after are folded from at most so many events; 0 leaves them out.
    """
    entries = await of_command(connection, command_id, _ENTRIES)
    events = _own(entries, command_id)
    if not events:
        return None
    published = await rules_of(connection, _versions(events))
    found = _explained(published, command_id, events, _by_event(entries))
    return await _with_figures(connection, found, events, most) if most else found


async def explain_member(
    connection: Connection, member_id: str, activity_id: str | None = None, limit: int = COMMANDS
) -> list[Explained]:
    """A member's newest commands, newest first, without figures."""
    return await _each(connection, await newest_of_member(connection, member_id, activity_id, _ENTRIES), limit)


async def explain_order(connection: Connection, order_id: str) -> list[Explained]:
    """All commands that an order caused, oldest first, without figures: its payment and refunds at each activity, the
    draws that used its chances, and what those caused. Of each only the events that the order had to do with."""
    return await _each(connection, await of_order(connection, order_id, _ENTRIES))


async def _each(connection: Connection, entries: Sequence[Entry], limit: int | None = None) -> list[Explained]:
    """The commands of these entries in their order, as many of them as are wanted."""
    commands = dict.fromkeys(entry.command_id for entry in entries if entry.kind == "events" and entry.command_id)
    wanted = {command: _own(entries, command) for command in list(commands)[:limit]}
    published = await rules_of(connection, _versions(entry for events in wanted.values() for entry in events))
    prizes = _by_event(entries)
    return [_explained(published, command, events, prizes) for command, events in wanted.items()]


def _versions(events: Iterable[Entry]) -> Iterable[tuple[str, int]]:
    return ((entry.activity_id, _version(entry)) for entry in events)


def _own(entries: Iterable[Entry], command_id: str) -> list[Entry]:
    """The command's own events in order, without what those caused."""
    own = [entry for entry in entries if entry.kind == "events" and entry.command_id == command_id]
    return sorted(own, key=lambda entry: (entry.topic, entry.partition, entry.offset))


def _by_event(entries: Sequence[Entry]) -> dict[str, list[Prize]]:
    """The rewards among the entries and what became of them, by the event that caused each."""
    newest_first = sorted(entries, key=lambda entry: (entry.logged_ms, entry.topic, entry.offset), reverse=True)
    caused = {entry.reward_id: entry.command_id for entry in entries if entry.kind == "rewards" and entry.command_id}
    found: dict[str, list[Prize]] = {}
    for prize in prizes_of(newest_first):
        found.setdefault(caused.get(prize.reward_id, ""), []).append(prize)
    return found


def _explained(
    published: _Versions, command_id: str, events: Sequence[Entry], prizes: dict[str, list[Prize]]
) -> Explained:
    told = [_told(published, entry, tuple(prizes.get(entry.id, ()))) for entry in events]
    return Explained(command_id, events[0].activity_id, events[0].member_id, tuple(told))


def _version(entry: Entry) -> int:
    """The version that decided; 0 where none did."""
    named = entry.data.get("version")
    return named if isinstance(named, int) else 0


def _told(published: _Versions, entry: Entry, prizes: tuple[Prize, ...]) -> Told:
    version = _version(entry)
    in_force = published.get((entry.activity_id, version))
    event, explaining = event_of(entry), room(entry.service, "explaining")
    by_rule = explaining.sentences(event, in_force.form if in_force else None) if event and explaining else ()
    happened = (*sentences.happened(entry), *by_rule) or (sentences.unexplained(entry),)
    return Told(
        event_id=entry.id,
        time=entry.time,
        type=entry.type,
        version=version,
        granted=not entry.reason and entry.type != CommandDead.type,
        sentences=(*happened, *(sentences.became(prize) for prize in prizes)),
        help=said(entry, "help_"),
        prizes=prizes,
    )


# ---- figures ---------------------------------------------------------------------------------------------


async def _with_figures(connection: Connection, found: Explained, events: Sequence[Entry], most: int) -> Explained:
    """The same with what each event found and left behind: the activity's events folded up to it."""
    first = events[0]
    service = reader(first.service)
    if service is None or room(first.service, "explaining") is None:
        return found
    asked = (first.topic, first.partition, first.activity_id, first.offset)
    if await connection.fetchval(query("events_before"), *asked, most + 1) > most:
        return replace(found, without="too_many")
    try:
        return await _folded(connection, service, found, events)
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:  # the audit says more
        return replace(found, without=short(error))


async def _folded(connection: Connection, service: Service, found: Explained, events: Sequence[Entry]) -> Explained:
    """With figures. Raises what `evolve` raises where the log is not what the rules allow."""
    first, explaining = events[0], room(service.name, "explaining")
    folding = await _before(connection, service, first)
    told = []
    for each, entry in zip(found.told, events, strict=True):
        event = event_of(entry)
        if event is None:
            return found
        before = _figures(explaining, folding, service, event)
        folding.take(event)
        after = _figures(explaining, folding, service, event)
        told.append(replace(each, before=before, after=after))
    return replace(found, told=tuple(told))


def _figures(explaining: Any, folding: Folding, service: Service, event: Event[Any]) -> tuple[Figure, ...]:
    if not hasattr(event.data, "activity_id"):
        return ()
    figures: tuple[Figure, ...] = explaining.figures(folding.state(service.touches(event.data).activity), event)
    return figures


async def _before(connection: Connection, service: Service, first: Entry) -> Folding:
    """The activity's state before this event."""
    folding = Folding(service)
    asked = (first.topic, first.partition, first.activity_id, first.offset)
    async with connection.transaction(readonly=True):
        async for row in connection.cursor(query("events_of_activity"), *asked, prefetch=_PAGE):
            event = event_of(entry_of(row))
            if event is not None:
                folding.take(event)
    return folding
