"""The file that a stranger verifies: docs/fairness-redpacket.md describes each field and the checksum."""

from hashlib import sha256
from typing import Literal

import msgspec
import orjson

from fairground_activities.exports import Malformed, canonical

FORMAT: Literal["fairground.redpacket.export.v1"] = "fairground.redpacket.export.v1"


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
