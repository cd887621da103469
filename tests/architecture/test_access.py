"""Who may read and write which topic, as operations.md says it, is what the code does.

The table was written by heart once: it lacked the timers that activities ask for and the rewards that they take up, so
that a broker with these ACLs would have stopped them.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from fairground_contracts import topics
from fairground_contracts.topics import Topic
from fairground_decider.folding import World
from fairground_record.sources import sources
from fairground_timer.reading import streams
from tests import services

_PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `?([\w ]+?)`?(?:, too)? \| (`.*) \| (`.*) \|$", re.MULTILINE)
_COMMANDS = 6_000  # enough for whatever an activity sends

Access = tuple[set[str], set[str]]


def _rows() -> dict[str, Access]:
    """Reads and writes of each principal, as they are written."""
    return {who: (_named(reads), _named(writes)) for who, reads, writes in _ROW.findall(_PAGE)}


def _named(cell: str) -> set[str]:
    return set(re.findall(r"`([\w.*<>-]+)`", cell))


def _names(found: Iterable[Topic]) -> set[str]:
    return {topic.name for topic in found}


def _all(patterns: set[str]) -> set[str]:
    """The topics that are meant."""
    own = (topic for name in services.names()[1:] for topic in topics.of_service(name))
    known = _names((*topics.shared(), *own))
    assert all(any(fnmatchcase(name, pattern) for name in known) for pattern in patterns), patterns
    return {name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns)}


def _of_activity(name: str) -> Access:
    """What the row of every activity, and its own, allow it."""
    rows = _rows()
    every = ({topic.replace("<service>", name) for topic in said} for said in rows["every activity"])
    reads, writes = (said | own for said, own in zip(every, rows[name], strict=True))
    return reads, writes


@pytest.mark.parametrize("name", ["lottery", "redpacket", "signin"])
def test_an_activity_may_do_what_it_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRGROUND_SECRET", "5e" * 32)
    activity = services.activity(name)
    assert activity.intake is not None
    world = World(activity.service())
    world.decide(services.traffic(name, 1, _COMMANDS))
    asked, dead, happened = topics.of_service(name)
    heard = activity.intake.topics
    sent = {effect.topic for effect in world.effects}
    assert _of_activity(name) == (
        _names((asked, happened, topics.ACTIVITIES, *heard)),
        _names((asked, dead, happened, *map(topics.dead, heard))) | sent,
    )


def test_record_and_timer_may_do_what_they_do() -> None:
    """The record keeps no dead letters but of what nobody else reads; the timer gives commands to whoever asked."""
    rows = {name: tuple(map(_all, said)) for name, said in _rows().items() if name in ("record", "timer")}
    recorded = _names(source.topic for source in sources(tuple(services.names()[1:])))
    assert rows["record"] == (recorded, _names([topics.dead(topics.EXPOSURES)]))
    asked = [topics.commands(name) for name in services.names()[1:]]
    assert rows["timer"] == (_names(streams(True)), _names((*asked, topics.dead(topics.TIMERS))))
