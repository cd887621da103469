"""What stands on `fairground.timers`, understood: pure, and in any order and repetition the same comes of it."""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent, Malformed
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_timer.commands import Due, event_of
from fairground_timer.shards import shard_of

#: A command's content, at most: with its headers it has to fit into a record batch of its own.
CONTENT_BYTES = 800_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST_MS = 253_370_764_800_000  # no reader takes a command of the year 9999
_LARGEST_REVISION = 2**63 - 1


class Asked(NamedTuple):
    """One thing that was said about a timer, as its row; what a cancelled one does not need is None."""

    service: str
    timer_id: str
    revision: int
    state: Literal["waiting", "cancelled"]
    shard: int | None
    due_ms: int | None
    key: str | None
    command: str | None
    content: str | None
    subject: str | None
    cause: str  # ce_id of what was said
    traceparent: str

    @property
    def due(self) -> Due:
        """As it is once its time has come; not for one that is cancelled."""
        said = self._asdict()
        return Due(*(said[name] for name in Due._fields))


def understood(event: CloudEvent) -> Asked:
    """What an event of the topic asks for. Raises Malformed, pydantic's ValidationError."""
    if event.type == TimerRequested.type:
        asked = _requested(event, TimerRequested.model_validate_json(event.data))
    elif event.type == TimerCancelled.type:
        said = TimerCancelled.model_validate_json(event.data)
        asked = Asked(
            said.service, said.timer_id, said.revision, "cancelled", None, None, None, None, None, None, event.id,
            event.traceparent,
        )  # fmt: skip
    else:
        raise Malformed("unknown_type", f"{event.type!r} is neither {TimerRequested.type} nor {TimerCancelled.type}")
    if asked.revision > _LARGEST_REVISION:
        raise Malformed("bad_data", f"revision: {asked.revision} is larger than {_LARGEST_REVISION}")
    return asked


def _requested(event: CloudEvent, said: TimerRequested) -> Asked:
    try:
        content = json.dumps(said.content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size = len(content.encode())
    except (ValueError, RecursionError) as error:
        raise Malformed("bad_data", f"content: {error}") from None
    if size > CONTENT_BYTES:
        raise Malformed("outcome_too_large", f"a command of {size} bytes is too large: {CONTENT_BYTES} are allowed")
    named = said.content.get("activity_id")
    asked = Asked(
        said.service, said.timer_id, said.revision, "waiting", shard_of(said.service, said.key), _due_ms(said.due_at),
        said.key, said.command, content, named if isinstance(named, str) else "", event.id, event.traceparent,
    )  # fmt: skip
    _check_readable(asked)
    return asked


def _due_ms(due_at: datetime) -> int:
    """The first millisecond that is not before it."""
    return -((_EPOCH - due_at) // _MILLISECOND)


def _check_readable(asked: Asked) -> None:
    """What the receiver could not read is dead here already, where whoever asks finds out before it is due. Raises
    Malformed."""
    due = asked.due
    if due.due_ms >= _LAST_MS:
        raise Malformed("bad_data", "due_at: does not lie before the year 9999")
    command = event_of(due, 0)
    cloudevent.read(cloudevent.headers(command), command.data)


def newest(said: Iterable[Asked]) -> Collection[Asked]:
    """Of each timer the newest revision, in the order in which they were said; of equal ones the first."""
    found: dict[tuple[str, str], Asked] = {}
    for each in said:
        timer = (each.service, each.timer_id)
        if timer not in found:
            found[timer] = each
        elif each.revision > found[timer].revision:
            del found[timer]  # it takes its place at the end
            found[timer] = each
    return found.values()
