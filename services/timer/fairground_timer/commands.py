"""A timer that is due as the command that its service is given. Pure."""

from typing import NamedTuple

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_runtime.protocol.ports import Payment

_SOURCE = "/fairground/timer"


class Due(NamedTuple):
    """A timer whose time has come, as `due.sql` finds it."""

    service: str
    timer_id: str
    revision: int
    due_ms: int
    key: str
    command: str  # CloudEvents type
    content: str  # JSON
    subject: str
    cause: str  # ce_id of the request
    traceparent: str


def command_id(due: Due) -> str:
    """The same however often and by whomever it is given: receivers drop what they have seen."""
    return f"timer-{due.service}-{due.timer_id}-{due.revision}"


def event_of(due: Due, now_ms: int) -> CloudEvent:
    """The command. Its time is the clock's reading, and never before the one that was asked for."""
    return CloudEvent(
        command_id(due), due.command, _SOURCE, cloudevent.format_time(max(now_ms, due.due_ms)), due.subject,
        due.content.encode(), due.cause, due.traceparent,
    )  # fmt: skip


def payment_of(due: Due, now_ms: int) -> Payment:
    """The command as a record of its service's topic."""
    event = event_of(due, now_ms)
    return Payment(topics.commands(due.service).name, due.key.encode(), event.data, cloudevent.headers(event))
