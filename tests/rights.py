"""The table of docs/operations.md that says who may read and write which topic, read as an administrator would."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from fairground_contracts import topics
from fairground_contracts.topics import Topic
from tests import services

_PAGE = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `?([\w ]+?)`?(?:, too)? \| (`.*) \| (`.*) \|$", re.MULTILINE)

#: Names, or patterns, of topics that are read, and of those that are written.
Access = tuple[set[str], set[str]]


def rows() -> dict[str, Access]:
    """Reads and writes of each principal, as they are written."""
    return {who: (_named(reads), _named(writes)) for who, reads, writes in _ROW.findall(_PAGE)}


def _named(cell: str) -> set[str]:
    return set(re.findall(r"`([\w.*<>-]+)`", cell))


def of_activity(name: str) -> Access:
    """What the row of every activity, and its own, allow it."""
    found = rows()
    every = ({topic.replace("<service>", name) for topic in said} for said in found["every activity"])
    reads, writes = (said | own for said, own in zip(every, found[name], strict=True))
    return reads, writes


def of_follower(name: str) -> Access:
    """What the row of record or timer allows, each pattern as the topics that it means."""
    reads, writes = map(_all, rows()[name])
    return reads, writes


def names_of(found: Iterable[Topic]) -> set[str]:
    """What they are called."""
    return {topic.name for topic in found}


def _all(patterns: set[str]) -> set[str]:
    own = (topic for name in services.names()[1:] for topic in topics.of_service(name))
    known = names_of((*topics.shared(), *own))
    assert all(any(fnmatchcase(name, pattern) for name in known) for pattern in patterns), patterns
    return {name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns)}
