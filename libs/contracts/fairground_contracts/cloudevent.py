"""CloudEvents 1.0 on Kafka: binary mode out, binary or structured mode in.

Source: CloudEvents Kafka Protocol Binding 1.0.2, sections 3.2 (binary) and 3.3 (structured).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

Headers = list[tuple[str, bytes]]

#: A record's offset in its partition, as its writer expected it: the record counts only there (docs/delivery.md).
STAMP = "ce_stamp"

_REQUIRED = ("specversion", "id", "type", "source")
_CONTENT_TYPE = "content-type"
_STRUCTURED = b"application/cloudevents+json"
_JSON: tuple[str, bytes] = (_CONTENT_TYPE, b"application/json")
_VERSION: tuple[str, bytes] = ("ce_specversion", b"1.0")
_MAX_ATTRIBUTE_BYTES = 1024


class Malformed(ValueError):
    """A record that is no CloudEvent. `cause` is machine-readable, the text says what is wrong."""

    def __init__(self, cause: str, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail


class CloudEvent(NamedTuple):
    """One CloudEvent as it stands on a topic; `data` is still JSON bytes."""

    id: str
    type: str
    source: str
    time: str  # RFC 3339, as sent
    subject: str
    data: bytes
    causation_id: str = ""
    traceparent: str = ""
    stamp: int | None = None

    @property
    def time_ms(self) -> int:
        """Milliseconds since 1970 in UTC."""
        return parse_time_ms(self.time)


def parse_time_ms(text: str) -> int:
    """RFC 3339 to milliseconds since 1970. Raises Malformed: no zone, no date, or outside years 1970-9999."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise Malformed("bad_time", f"ce_time {text!r} has no zone; RFC 3339 with Z or an offset is needed")
        milliseconds = round(moment.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("bad_time", f"ce_time {text[:64]!r} is no RFC 3339 time") from None
    if milliseconds < 0:
        raise Malformed("bad_time", f"ce_time {text!r} lies before 1970")
    return milliseconds


def format_time(time_ms: int) -> str:
    """Milliseconds since 1970 to RFC 3339 in UTC, milliseconds always shown."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03d}Z"


def read(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> CloudEvent:
    """One record as a CloudEvent, in either mode. Raises Malformed with the first thing that is wrong."""
    found = dict(headers)
    content_type = found.get(_CONTENT_TYPE, b"")
    if content_type.startswith(_STRUCTURED):
        return _read_structured(value)
    try:
        if found["ce_specversion"] != b"1.0":
            raise Malformed("bad_header", f"ce_specversion is {found['ce_specversion'][:16]!r}; only 1.0 is understood")
        event = CloudEvent(
            found["ce_id"].decode(),
            found["ce_type"].decode(),
            found["ce_source"].decode(),
            found["ce_time"].decode(),
            found["ce_subject"].decode() if "ce_subject" in found else "",
            value or b"",
            found["ce_causationid"].decode() if "ce_causationid" in found else "",
            found["traceparent"].decode() if "traceparent" in found else "",
            int(found[STAMP]) if STAMP in found else None,
        )
    except KeyError as missing:
        raise Malformed("missing_header", f"header {missing.args[0]} is missing") from None
    except UnicodeDecodeError:
        raise Malformed("bad_header", "a CloudEvents header is not UTF-8") from None
    except ValueError as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("bad_header", f"{STAMP} is no number") from None
    return _checked(event)


def _read_structured(value: bytes | None) -> CloudEvent:
    try:
        envelope: Any = orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        raise Malformed("bad_json", f"structured CloudEvent is no JSON: {error}") from None
    if not isinstance(envelope, dict):
        raise Malformed("bad_json", "structured CloudEvent is no JSON object")
    for name in (*_REQUIRED, "time"):
        if not isinstance(envelope.get(name), str):
            raise Malformed("missing_header", f"attribute {name} is missing or no string")
    if envelope["specversion"] != "1.0":
        raise Malformed("bad_header", f"specversion is {envelope['specversion'][:16]!r}; only 1.0 is understood")
    optional = {name: envelope.get(name) or "" for name in ("subject", "causationid", "traceparent")}
    if not all(isinstance(text, str) for text in optional.values()):
        raise Malformed("bad_header", "subject, causationid and traceparent are strings")
    data = orjson.dumps(envelope.get("data"))
    return _checked(
        CloudEvent(
            envelope["id"], envelope["type"], envelope["source"], envelope["time"], optional["subject"], data,
            optional["causationid"], optional["traceparent"],
        )
    )  # fmt: skip


def _checked(event: CloudEvent) -> CloudEvent:
    if not event.id or not event.type or not event.source:
        raise Malformed("bad_header", "ce_id, ce_type and ce_source must not be empty")
    if max(len(event.id), len(event.type), len(event.source), len(event.subject)) > _MAX_ATTRIBUTE_BYTES:
        raise Malformed("bad_header", f"a CloudEvents attribute is longer than {_MAX_ATTRIBUTE_BYTES} bytes")
    return event


def headers(event: CloudEvent) -> Headers:
    """The headers of binary mode. The data are the record's value."""
    made = [
        _VERSION,
        ("ce_id", event.id.encode()),
        ("ce_type", event.type.encode()),
        ("ce_source", event.source.encode()),
        ("ce_time", event.time.encode()),
        ("ce_subject", event.subject.encode()),
        _JSON,
    ]
    if event.causation_id:
        made.append(("ce_causationid", event.causation_id.encode()))
    if event.traceparent:
        made.append(("traceparent", event.traceparent.encode()))
    if event.stamp is not None:
        made.append((STAMP, b"%d" % event.stamp))
    return made


def structured(event: CloudEvent) -> Mapping[str, Any]:
    """The JSON object of structured mode (what `fairground dead show` and the docs print)."""
    attributes = {
        "specversion": "1.0", "id": event.id, "type": event.type, "source": event.source, "time": event.time,
        "subject": event.subject, "causationid": event.causation_id, "traceparent": event.traceparent,
        "datacontenttype": "application/json",
    }  # fmt: skip
    return {name: text for name, text in attributes.items() if text} | {"data": orjson.loads(event.data)}
