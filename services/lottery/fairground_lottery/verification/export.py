"""The file that a stranger verifies: docs/fairness.md describes each field and the checksum."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Literal

import msgspec
import orjson

from fairground_activities.exports import Malformed, canonical

FORMAT: Literal["fairground.lottery.export.v1"] = "fairground.lottery.export.v1"


class Version(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A version of the rules, in force from the event that published it on."""

    event_id: str
    version: int
    seed_sha256: str
    rules_sha256: str  # of the rules as they were published, names included
    names_removed: int  # names of members that were taken out of `rules`
    rules: dict[str, Any]


class Outcome(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """One draw. Its fields are those of the event."""

    event_id: str
    time_ms: int
    version: int
    alias: str
    day: str
    chance: str
    risk: int
    table: str
    attempt: int
    drawn_id: str
    prize_id: str
    withheld: str
    pity: str
    score: int | None = None  # of a play


class Return(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A prize that went back into stock, and its value into the budget."""

    event_id: str
    prize_id: str
    budget_fen: int


class Link(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Two aliases that are one person's from this event on: what was counted for the first counts for the other."""

    event_id: str
    alias: str
    into: str


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything that the outcomes of one activity follow from, and the outcomes."""

    format: Literal["fairground.lottery.export.v1"]
    service: str
    activity_id: str
    seed: str
    seed_sha256: str
    disclosed_by: str  # the event that disclosed the seed
    versions: list[Version]
    draws: list[Outcome]
    links: list[Link] = []  # left out where nobody was linked
    returned: list[Return] = []  # left out where nothing went back
    sha256: str = ""  # of everything else in it

    def checksum(self) -> str:
        """What `sha256` has to be."""
        digest = sha256()
        for line in _lines(self):
            digest.update(line + b"\n")
        return digest.hexdigest()


def write(export: Export) -> bytes:
    """The file: one JSON object, a line for each version, link, return and draw."""
    head = msgspec.structs.asdict(export) | {"sha256": export.checksum()}
    lists = {name: head.pop(name) for name in ("versions", "links", "returned", "draws")}
    fields = [b"%s: %s" % (orjson.dumps(name), orjson.dumps(content)) for name, content in head.items()]
    fields += [
        b"%s: %s" % (orjson.dumps(name), _list(content))
        for name, content in lists.items()
        if content or name not in ("links", "returned")
    ]
    return b"{\n" + b",\n".join(fields) + b"\n}\n"


def read(text: bytes) -> Export:
    """An export. Raises Malformed."""
    try:
        return msgspec.json.decode(text, type=Export)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Malformed(str(error)) from None


def _list(structs: list[Any]) -> bytes:
    return b"[\n" + b",\n".join(orjson.dumps(msgspec.to_builtins(each)) for each in structs) + b"\n]"


def _lines(export: Export) -> Iterator[bytes]:
    """What the checksum is taken over: all but the draws, then each draw."""
    head = msgspec.to_builtins(export)
    for left_out in ("draws", "sha256"):
        head.pop(left_out, None)
    yield canonical(head)
    for draw in export.draws:
        yield canonical(msgspec.to_builtins(draw))
