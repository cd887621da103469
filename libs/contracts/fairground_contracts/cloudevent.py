"""CloudEvents 1.0 on Kafka: binary mode out, binary or structured mode in.

Source: CloudEvents Kafka Protocol Binding 1.0.2, sections 3.2 (binary) and 3.3 (structured).
"""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn

import orjson

Headers = list[tuple[str, bytes]]

#: A record's offset in its partition, as its writer expected it: the record counts only there (docs/delivery.md).
STAMP = "ce_stamp"

_REQUIRED = ("specversion", "id", "type", "source", "time")
_OPTIONAL = ("subject", "causationid", "traceparent")
_CONTENT_TYPE = "content-type"
_JSON: tuple[str, bytes] = (_CONTENT_TYPE, b"application/json")
_VERSION: tuple[str, bytes] = ("ce_specversion", b"1.0")
_MAX_ATTRIBUTE_BYTES = 1024
_MAX_TIME_MS = 253_370_764_800_000  # the year 9999 begins: local dates beyond 9999 cannot be computed
_NO_TIME = "is no RFC 3339 time with a zone, such as 2026-11-30T10:11:12.345Z"
# What stands at places 4, 7, 10, 13, 16 and 19 of an RFC 3339 time.
_SHAPES = frozenset(f"--T::{after}" for after in ".Z+-")
_ZONES = frozenset("Z+-")  # none may follow the point of a fraction at once
_BACKSLASH = ord("\\")
_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


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
        """Milliseconds since 1970 in UTC. Raises Malformed: `read` leaves the time as it was sent."""
        return parse_time_ms(self.time)


def parse_time_ms(text: str) -> int:
    """RFC 3339 to the nearest millisecond since 1970. Raises Malformed: another form, no zone, not in 1970-9998."""
    if text[4:17:3] != "--T::" or text[19::4] != ".Z":  # otherwise it is 2026-11-30T10:11:12.345Z, as most are
        _check_form(text)
    try:
        milliseconds = round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        _refuse_time(text, _NO_TIME)
    if not 0 <= milliseconds < _MAX_TIME_MS:
        _refuse_time(text, "does not lie in the years 1970 to 9998")
    return milliseconds


def _check_form(text: str) -> None:
    """Python's fromisoformat reads all of ISO 8601 (20171130T10Z, 2017-W48-4T10:11Z); other languages' readers of RFC
    3339 do not, and events carry the time as it was sent."""
    zoned = text[-1:] == "Z" or (text[-6:-5] in _ZONES and text[-3:-2] == ":")
    if text[4:20:3] not in _SHAPES or text[20:21] in _ZONES or not zoned:
        _refuse_time(text, _NO_TIME)


def _refuse_time(text: str, why: str) -> NoReturn:
    raise Malformed("bad_time", f"ce_time {text[:64]!r} {why}") from None


def format_time(time_ms: int) -> str:
    """Milliseconds since 1970 to RFC 3339 in UTC, milliseconds always shown."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03d}Z"


def read(headers: Collection[tuple[str, bytes]], value: bytes | None) -> CloudEvent:
    """One record as a CloudEvent, in either mode. Raises Malformed with the first thing that is wrong."""
    found = dict(headers)
    if len(found) != len(headers):
        _refuse_repeated(headers)
    content_type = found.get(_CONTENT_TYPE)
    if content_type and content_type != b"application/json" and _is_structured(content_type):
        return _checked(_read_structured(value))
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
            _stamp(found[STAMP]) if STAMP in found else None,
        )
    except KeyError as missing:
        raise Malformed("missing_header", f"header {missing.args[0]} is missing") from None
    except UnicodeDecodeError:
        raise Malformed("bad_header", "a CloudEvents header is not UTF-8") from None
    except (AttributeError, TypeError):  # Kafka allows headers without a value, and aiokafka gives them as None
        raise Malformed("bad_header", "a CloudEvents header has no value") from None
    return _checked(event)


def stated_type(headers: Collection[tuple[str, bytes]]) -> str:
    """The type that a record in binary mode states, with no look at the rest of it; empty where only `read` can tell.

    For readers of streams that carry much of no concern to them: a quarter of what reading the record takes.
    """
    found = dict(headers)
    if len(found) != len(headers) or found.get(_CONTENT_TYPE, b"application/json") != b"application/json":
        return ""
    try:
        return found["ce_type"].decode()
    except (KeyError, AttributeError, UnicodeDecodeError):
        return ""


def _refuse_repeated(headers: Collection[tuple[str, bytes]]) -> None:
    """Readers in other languages take the first of two equal headers or the last: neither is what was meant."""
    names = [name for name, _ in headers if name.startswith("ce_") or name == _CONTENT_TYPE]
    if len(set(names)) != len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise Malformed("bad_header", f"header {repeated[:64]} is there more than once")


def _is_structured(content_type: bytes) -> bool:
    media_type = content_type.partition(b";")[0].strip().lower()
    if not media_type.startswith(b"application/cloudevents"):
        return False
    if media_type != b"application/cloudevents+json":
        raise Malformed("bad_header", f"content-type {media_type[:64]!r}: of structured mode only JSON is understood")
    return True


def _stamp(header: bytes) -> int:
    """The offset of the header. One text for one number: a reader that compares texts must come to the same end."""
    if header.isdigit() and len(header) <= 19 and (header[0] != ord("0") or header == b"0"):
        return int(header)
    raise Malformed("bad_header", f"{STAMP} {header[:32]!r} is no offset in plain decimal digits")


def _read_structured(value: bytes | None) -> CloudEvent:
    try:
        envelope: Any = orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        raise Malformed("bad_json", f"structured CloudEvent is no JSON: {error}") from None
    if not isinstance(envelope, dict):
        raise Malformed("bad_json", "structured CloudEvent is no JSON object")
    for name in _REQUIRED:
        if not isinstance(envelope.get(name), str):
            raise Malformed("missing_header", f"attribute {name} is missing or no string")
    if envelope["specversion"] != "1.0":
        raise Malformed("bad_header", f"specversion is {envelope['specversion'][:16]!r}; only 1.0 is understood")
    optional = ["" if envelope.get(name) is None else envelope[name] for name in _OPTIONAL]
    if not all(isinstance(text, str) for text in optional):
        raise Malformed("bad_header", "subject, causationid and traceparent are strings")
    subject, causation_id, traceparent = optional
    return CloudEvent(
        envelope["id"], envelope["type"], envelope["source"], envelope["time"], subject, _structured_data(envelope),
        causation_id, traceparent,
    )  # fmt: skip


def _structured_data(envelope: Mapping[str, Any]) -> bytes:
    """The data as JSON bytes. `data_base64` is how the JSON format carries data that were bytes to their sender."""
    if ("data" in envelope) == ("data_base64" in envelope):
        raise Malformed("bad_json", "structured CloudEvent needs either data or data_base64")
    try:
        if "data" in envelope:
            return orjson.dumps(envelope["data"])
        return base64.b64decode(envelope["data_base64"], validate=True)
    except orjson.JSONEncodeError:
        raise Malformed("bad_json", "data are nested too deeply") from None
    except (binascii.Error, TypeError, ValueError):
        raise Malformed("bad_json", "data_base64 is no base64") from None


def _checked(event: CloudEvent) -> CloudEvent:
    id, type, source, time, subject, data, causation_id, traceparent, _ = event
    if not (id and type and source):
        raise Malformed("bad_header", "ce_id, ce_type and ce_source must not be empty")
    attributes = f"{id}{type}{source}{time}{subject}{causation_id}{traceparent}"
    if len(attributes) > _MAX_ATTRIBUTE_BYTES or not attributes.isascii():
        longest = max(len(text.encode()) for text in event if isinstance(text, str))
        if longest > _MAX_ATTRIBUTE_BYTES:
            raise Malformed("bad_header", f"a CloudEvents attribute is longer than {_MAX_ATTRIBUTE_BYTES} bytes")
    if "\0" in attributes:
        raise Malformed("bad_header", "a CloudEvents attribute contains a NUL character")
    if _BACKSLASH in data and _NUL_ESCAPE.search(data):  # no text of PostgreSQL can hold it: it would stop the record
        raise Malformed("bad_data", "the data contain a NUL character (\\u0000)")
    return event


def claimed_id(headers: Collection[tuple[str, bytes]], value: bytes | None) -> str:
    """The id that a malformed record claims, so that whoever waits for an answer finds it; empty when there is none.

    It is cut and cleaned: an answer that carried it as it is could be as unreadable as the record.
    """
    found = dict(headers)
    claimed = (found.get("ce_id") or b"").decode(errors="replace")
    if not claimed and (found.get(_CONTENT_TYPE) or b"").lower().startswith(b"application/cloudevents"):
        try:
            claimed = str(orjson.loads(value or b"")["id"])
        except (ValueError, LookupError, TypeError):
            return ""
    return claimed.replace("\0", "\ufffd").encode()[:_MAX_ATTRIBUTE_BYTES].decode(errors="ignore")


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
