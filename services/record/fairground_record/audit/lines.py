"""Rows of the record as lines of COPY: read in windows, compared as bytes, taken apart only where that is needed."""

import io
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from fairground_record import shop
from fairground_record.database import Connection
from fairground_record.rows import COLUMNS
from fairground_record.sources import Source

_AT = {column: index for index, column in enumerate(COLUMNS)}
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_CONTROLS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Row(NamedTuple):
    """One line taken apart; absent texts are empty."""

    topic: bytes
    partition: bytes
    offset: bytes
    valid: bytes
    problem: bytes
    stamp: bytes
    id: bytes
    type: bytes
    source: bytes
    time: bytes
    activity_id: bytes
    command_id: bytes
    traceparent: bytes
    member_id: bytes
    order_id: bytes
    reward_id: bytes
    prize_id: bytes
    reason: bytes
    logged_ms: bytes
    key: bytes
    value: bytes
    exact: bytes

    @property
    def content(self) -> tuple[bytes, ...]:
        """Everything but where and when it stands."""
        return self[_AT["valid"] : _AT["logged_ms"]] + self[_AT["key"] :]


assert Row._fields == COLUMNS
assert COLUMNS[:3] == shop.COLUMNS[:3], "where a row stands is found the same way"


def rows(text: bytes) -> Iterator[Row]:
    """The lines, taken apart."""
    return (Row._make(_fields(line)) for line in text.splitlines())


def _fields(line: bytes) -> list[bytes]:
    fields = line.split(b"\t")
    if b"\\" in line:
        fields = [_ESCAPED.sub(_unescaped, field) if b"\\" in field else field for field in fields]
    return fields


def _unescaped(match: re.Match[bytes]) -> bytes:
    return _CONTROLS.get(match[1], match[1])


async def read(connection: Connection, source: Source, partition: int, begin: int, end: int) -> bytes:
    """The record's lines begin <= offset < end of one partition, in order."""
    text = io.BytesIO()
    table, columns = ("shop_facts", shop.COLUMNS) if source.of_shop else ("records", COLUMNS)
    selected = ", ".join(f'"{column}"' for column in columns)
    await connection.copy_from_query(
        f"SELECT {selected} FROM {table} WHERE topic = {source.id} AND partition = {partition} "
        f'AND "offset" >= {begin} AND "offset" < {end} ORDER BY "offset"',
        output=text, format="text", null="",
    )  # fmt: skip
    return text.getvalue()


def differences(recorded: bytes, on_topic: bytes) -> Iterator[tuple[int, str]]:
    """Where two windows of lines differ: the offset, and how."""
    ours, theirs = _by_offset(recorded), _by_offset(on_topic)
    for offset in sorted(ours.keys() | theirs.keys()):
        ours_at, theirs_at = ours.get(offset, []), theirs.get(offset)
        if not ours_at:
            yield offset, "is missing in the record"
        elif theirs_at is None:
            yield offset, "stands in the record, not on the topic"
        elif ours_at[0] != theirs_at[0]:
            yield offset, f"differs in {_columns(ours_at[0], theirs_at[0])}"


def _by_offset(text: bytes) -> dict[int, list[list[bytes]]]:
    found: dict[int, list[list[bytes]]] = {}
    for line in text.splitlines():
        fields = _fields(line)
        found.setdefault(int(fields[_AT["offset"]]), []).append(fields)
    return found


def _columns(ours: list[bytes], theirs: list[bytes]) -> str:
    names = COLUMNS if len(ours) == len(COLUMNS) else shop.COLUMNS
    return ", ".join(
        f"{name} ({_shown(one)} instead of {_shown(other)})"
        for name, one, other in zip(names, ours, theirs, strict=True)
        if one != other
    )


def _shown(content: Any) -> str:
    text = str(content[:60].decode(errors="replace"))
    return repr(text) if len(content) <= 60 else repr(text + "…")
