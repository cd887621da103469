"""The file that a stranger verifies: docs/fairness-redpacket.md describes each field and the checksum."""

import re
from hashlib import sha256
from typing import Any, Literal, NamedTuple

import msgspec
import orjson

FORMAT: Literal["fairground.redpacket.export.v1"] = "fairground.redpacket.export.v1"

_EVENT_ID = re.compile(r"([a-z]+)-(0|[1-9]\d*)-(0|[1-9]\d*)-(0|[1-9]\d*)-(0|[1-9]\d*)")


class Malformed(ValueError):
    """A file that is no export; the text says what is wrong with it."""


class Place(NamedTuple):
    """Where an event stands; within one partition places compare as the log runs."""

    epoch: int
    offset: int
    number: int  # of its command's events
    partition: int


class Division(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A packet that is over: what its shares follow from, and the shares that were had."""

    packet_id: str
    version: int
    opened_by: str  # the event that published the hash of the seed
    ended_by: str  # the event that disclosed the seed
    end: Literal["emptied", "expired", "stopped"]
    seed: str
    seed_sha256: str
    split: Literal["random", "equal"]
    total_fen: int
    count: int
    min_fen: int
    max_fen: int
    amounts: list[int]  # of the shares that were had, by their index
    best_index: int  # -1 where it was not emptied
    remainder_fen: int  # what went back


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All packets of an activity that are over."""

    format: Literal["fairground.redpacket.export.v1"]
    service: str
    activity_id: str
    packets: list[Division]
    sha256: str = ""  # of everything else in it

    def checksum(self) -> str:
        """What `sha256` has to be."""
        head = {"format": self.format, "service": self.service, "activity_id": self.activity_id}
        digest = sha256(canonical(head) + b"\n")
        for packet in self.packets:
            digest.update(canonical(msgspec.to_builtins(packet)) + b"\n")
        return digest.hexdigest()


def place_of(service: str, event_id: str) -> Place | None:
    """Where an event stands, by its id; None: that is no id of this service's events."""
    found = _EVENT_ID.fullmatch(event_id)
    if found is None or found[1] != service:
        return None
    epoch, partition, offset, number = (int(digits) for digits in found.groups()[1:])
    return Place(epoch, offset, number, partition)


def canonical(content: Any) -> bytes:
    """JSON without spaces, names sorted: the same bytes for the same content."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def write(export: Export) -> bytes:
    """The file: one JSON object, a line for each packet."""
    head = {"format": export.format, "service": export.service, "activity_id": export.activity_id}
    lines = b",\n".join(orjson.dumps(msgspec.to_builtins(packet)) for packet in export.packets)
    fields = [b"%s: %s" % (orjson.dumps(name), orjson.dumps(content)) for name, content in head.items()]
    fields += [b'"packets": [\n' + lines + b"\n]", b'"sha256": ' + orjson.dumps(export.checksum())]
    return b"{\n" + b",\n".join(fields) + b"\n}\n"


def read(text: bytes) -> Export:
    """An export. Raises Malformed."""
    try:
        return msgspec.json.decode(text, type=Export)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Malformed(str(error)) from None
