"""Dead letters: a record that could not be understood, or not be decided, with everything needed to find and mend it."""

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


class Dead(Message):
    """Where the record stands, why it is dead, and its first 64 kB."""

    type: ClassVar[str] = ""
    cause: Cause
    detail: str = Field(max_length=2000)
    topic: str
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    record_key: str  # base64
    headers: tuple[tuple[str, str], ...]  # values in base64, the first 4 kB of them together
    size: int = Field(ge=0)
    sha256: str
    value: str  # base64 of the first 64 kB

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
        headers: Iterable[tuple[str, bytes]],
        value: bytes | None,
    ) -> Self:
        """A record as a dead letter. The same record gives the same letter."""
        kept, left = [], _KEPT_HEADER_BYTES
        for name, content in headers:
            left -= len(name) + len(content)
            if left < 0:
                break
            kept.append((name, base64.b64encode(content).decode()))
        body = value or b""
        return cls(
            cause=cause,
            detail=detail[:2000],
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
