"""One record of Kafka as one row: what people look for in columns of its own, and nothing lost.

A row is made as a line of COPY's text format straight from the record's bytes (empty means null). Records in the form
that Fairground's own processes write need nothing else; of any other the exact bytes are kept beside the columns.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import msgspec

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import STAMP, Malformed
from fairground_record.sources import Source

COLUMNS = (
    "topic", "partition", "offset", "valid", "problem", "stamp", "id", "type", "source", "time", "activity_id",
    "command_id", "traceparent", "member_id", "order_id", "reward_id", "prize_id", "reason", "logged_ms", "key",
    "value", "exact",
)  # fmt: skip

_TABS = len(COLUMNS) - 1
_MAX_ATTRIBUTE_BYTES = 1024  # as cloudevent: a longer one is malformed
_MAX_STAMP_DIGITS = 18
_ORDER = "order:"

_ALWAYS = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "content-type")
_SOMETIMES = ("ce_causationid", STAMP, "traceparent")


def _layouts() -> dict[tuple[str, ...], tuple[int, ...]]:
    """Which header behind those of all records each optional one is, by all names in order; -1: it is absent."""
    layouts = {}
    for present in product((False, True), repeat=len(_SOMETIMES)):
        rest = tuple(name for name, there in zip(_SOMETIMES, present, strict=True) if there)
        layouts[_ALWAYS + rest] = tuple(rest.index(name) if name in rest else -1 for name in _SOMETIMES)
    return layouts


_LAYOUTS = _layouts()


class Facts(msgspec.Struct, gc=False):
    """What a message's data say about whom and what it concerns. Other fields are not even looked at."""

    member_id: str = ""
    order_id: str = ""
    reward_id: str = ""
    prize_id: str = ""
    reason: str = ""
    cause: str = ""


_facts = msgspec.json.Decoder(Facts)
_exact = msgspec.msgpack.Encoder()


class _Odd(Exception):
    """Not in the form of our own processes: to be looked at closely."""


class Kept(NamedTuple):
    """A record as it stood on its topic, byte for byte."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    logged_ms: int
    valid: bool


def lines(source: Source, partition: int, records: Sequence[Any]) -> bytes:
    """The records (aiokafka's) as lines of COPY, one each, whatever is in them."""
    made = []
    where = b"%d\t%d" % (source.id, partition)
    logged_ms, logged = -1, b"-1"
    for record in records:
        if record.timestamp != logged_ms:  # a whole record batch has the same
            logged_ms, logged = record.timestamp, b"%d" % record.timestamp
        try:
            made.append(_line(source, where, record, logged))
        except (_Odd, ValueError, TypeError):  # msgspec's errors are ValueErrors; a header may be null
            made.append(_odd_line(source, record))
    batch = b"".join(made)
    if _is_text(batch):
        return batch
    return b"".join(
        line if _is_text(line) else _odd_line(source, record) for line, record in zip(made, records, strict=True)
    )


def _is_text(line: bytes) -> bool:
    if b"\0" in line:
        return False
    if line.isascii():
        return True
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line(source: Source, where: bytes, record: Any, logged: bytes) -> bytes:
    """The row of a record in our own form, in which the columns say everything. Raises _Odd for any other."""
    names, contents = zip(*record.headers, strict=True)
    layout = _LAYOUTS.get(names)
    if layout is None:
        raise _Odd
    version, event_id, event_type, event_source, time, subject, content_type, *rest = contents
    causation_at, stamp_at, trace_at = layout
    causation = rest[causation_at] if causation_at >= 0 else None
    stamp = rest[stamp_at] if stamp_at >= 0 else None
    trace = rest[trace_at] if trace_at >= 0 else None
    key, value, offset = record.key, record.value, b"%d" % record.offset
    if version != b"1.0" or content_type != b"application/json" or not (event_id and event_type and event_source):
        raise _Odd
    if len(event_id) + len(event_type) + len(event_source) + len(subject) > _MAX_ATTRIBUTE_BYTES:
        raise _Odd
    if not (time and value and (key or key is None)) or causation == b"" or trace == b"":
        raise _Odd  # the column would be null, and null means that there is none
    valid = stamp == offset if source.stamped else stamp is None
    if not (valid or stamp is None or _is_stamp(stamp)):
        raise _Odd
    facts = _facts.decode(value)
    line = b"\t".join((
        where, offset, b"t\t" if valid else b"f\t", b"" if valid or stamp is None else stamp, event_id, event_type,
        event_source, time, subject, causation or b"", trace or b"", facts.member_id.encode(), _order_of(facts),
        facts.reward_id.encode() or (event_id if source.kind == "rewards" else b""), facts.prize_id.encode(),
        facts.reason.encode(), logged, key or b"", value, b"\n",
    ))  # fmt: skip
    if line.count(b"\t") != _TABS or line.count(b"\n") != 1 or b"\r" in line:
        raise _Odd
    return line.replace(b"\\", b"\\\\") if b"\\" in line else line


def _is_stamp(stamp: bytes) -> bool:
    """Whether a number in a column gives this header back."""
    return stamp.isdigit() and len(stamp) <= _MAX_STAMP_DIGITS and stamp == b"%d" % int(stamp)


def _order_of(facts: Facts) -> bytes:
    """The order that it is about, or that was the cause of what was used (`order:<id>`)."""
    if facts.order_id:
        return facts.order_id.encode()
    return facts.cause.encode()[len(_ORDER) :] if facts.cause.startswith(_ORDER) else b""


def _odd_line(source: Source, record: Any) -> bytes:
    """The row of any other record: what can be read of it in columns, and its exact bytes."""
    headers = [(name, content or b"") for name, content in record.headers]
    stamp = next((content for name, content in headers if name == STAMP), b"")
    problem, data, value = "", Facts(), record.value or b""
    try:
        event = cloudevent.read(headers, record.value)
        value = event.data
        data = _lenient_facts(value)
    except Malformed as malformed:
        problem = malformed.cause
        event = _attributes(headers)
    counts = stamp == b"%d" % record.offset
    valid = counts if source.stamped else not problem
    reward = data.reward_id or (event.id if source.kind == "rewards" else "")
    number = stamp.decode() if not counts and _is_stamp(stamp) else ""
    fields = (
        str(source.id), str(record.partition), str(record.offset), "t" if valid else "f", problem, number, event.id,
        event.type, event.source, event.time, event.subject, event.causation_id, event.traceparent,
        data.member_id, _order_of(data).decode(errors="replace"), reward, data.prize_id, data.reason,
        str(record.timestamp),
        (record.key or b"").decode(errors="replace"), value.decode(errors="replace"),
        "\\x" + _exact.encode((record.key, record.value, list(record.headers))).hex(),
    )  # fmt: skip
    return "\t".join(escaped(field) for field in fields).encode(errors="replace") + b"\n"


def escaped(field: str) -> str:
    """As COPY's text format takes it."""
    escaped = field.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return escaped.replace("\0", "\N{SYMBOL FOR NULL}")


def _lenient_facts(value: bytes) -> Facts:
    """The facts of data whose fields are of other types than ours. Raises Malformed when they are no JSON object."""
    try:
        data = msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed("bad_json", f"data are no JSON: {error}") from None
    if not isinstance(data, dict):
        raise Malformed("bad_json", "data are no JSON object")
    return Facts(**{name: data[name] for name in Facts.__struct_fields__ if isinstance(data.get(name), str)})


def _attributes(headers: Sequence[tuple[str, bytes]]) -> cloudevent.CloudEvent:
    """What the headers of a malformed record claim, as far as it can be shown."""
    claimed = {name: content[:_MAX_ATTRIBUTE_BYTES].decode(errors="replace") for name, content in headers}
    names = ("ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_causationid", "traceparent")
    event_id, kind, source, time, subject, causation, trace = (claimed.get(name, "") for name in names)
    return cloudevent.CloudEvent(event_id, kind, source, time, subject, b"", causation, trace)


def kept(row: Any) -> Kept:
    """The record that a row was made of."""
    if row["exact"] is not None:
        key, value, pairs = msgspec.msgpack.decode(row["exact"])
        headers = tuple((name, content) for name, content in pairs)
    else:
        key = None if row["key"] is None else row["key"].encode()
        value, headers = row["value"].encode(), _headers(row)
    return Kept(row["partition"], row["offset"], key, value, headers, row["logged_ms"], row["valid"])


def _headers(row: Any) -> tuple[tuple[str, bytes], ...]:
    texts = (row["id"], row["type"], row["source"], row["time"], row["activity_id"] or "")
    made = [("ce_specversion", b"1.0")]
    made += [(name, text.encode()) for name, text in zip(_ALWAYS[1:6], texts, strict=True)]
    made.append(("content-type", b"application/json"))
    stamp = row["offset"] if row["valid"] and row["kind"] == "events" else row["stamp"]
    optional = (row["command_id"], None if stamp is None else str(stamp), row["traceparent"])
    made += [(name, text.encode()) for name, text in zip(_SOMETIMES, optional, strict=True) if text is not None]
    return tuple(made)
