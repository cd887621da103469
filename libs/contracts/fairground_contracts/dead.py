"""Dead letters: records that could not be understood or decided, with everything needed to find and mend them."""

import base64
import hashlib
from collections.abc import Iterable
from typing import ClassVar, Literal, Self

from pydantic import Field

from fairground_contracts.message import Message

#: How much of a record's value a dead letter carries; its size and hash are those of the whole.
KEPT_BYTES = 65_536
_KEPT_HEADER_BYTES = 4_096

Cause = Literal[
    "missing_header", "bad_header", "bad_time", "bad_json", "unknown_type", "bad_data", "misrouted", "clock_skew",
    "outcome_too_large", "decide_failed",
]  # fmt: skip


def _storable(text: str) -> str:
    """A dead letter must never be unreadable itself: no reader of CloudEvents here takes NUL characters."""
    return text.replace("\0", "\\0")


class Dead(Message):
    """Where the record stands, why it is dead, and its first 64 kB."""

    type: ClassVar[str] = ""
    cause: Cause  # machine-readable
    detail: str = Field(max_length=2000)  # what is wrong, in words
    topic: str  # where the record stands
    partition: int = Field(ge=0)  # where the record stands
    offset: int = Field(ge=0)  # where the record stands
    record_key: str  # the first 1024 bytes of it, in base64
    headers: tuple[tuple[str, str], ...]  # name and value in base64, the first 4 kB of them together
    size: int = Field(ge=0)  # of the whole value, in bytes
    sha256: str  # of the whole value, in hex
    value: str  # the first 64 kB of it, in base64

    @classmethod
    def of(
        cls,
        cause: Cause,
        detail: str,
        *,
        topic: str,
        partition: int,
        offset: int,
        key: bytes | None,
        headers: Iterable[tuple[str, bytes | None]],
        value: bytes | None,
    ) -> Self:
        """A record as a dead letter. The same record gives the same letter."""
        kept, left = [], _KEPT_HEADER_BYTES
        for name, content in headers:
            content = content or b""  # Kafka allows headers without a value
            left -= len(name.encode()) + len(content)
            if left < 0:
                break
            kept.append((_storable(name), base64.b64encode(content).decode()))
        body = value or b""
        return cls(
            cause=cause,
            detail=_storable(detail)[:2000],
            topic=topic,
            partition=partition,
            offset=offset,
            record_key=base64.b64encode((key or b"")[:1024]).decode(),
            headers=tuple(kept),
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            value=base64.b64encode(body[:KEPT_BYTES]).decode(),
        )


class CommandDead(Dead):
    """The outcome of a command that could not be understood or decided: positions have no gaps."""

    type: ClassVar[str] = "fairground.command.dead.v1"


class RecordDead(Dead):
    """What stands on `<topic>.dead`."""

    type: ClassVar[str] = "fairground.record.dead.v1"
