"""Rows as the events and rewards that they are."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.dead import CommandDead
from fairground_contracts.message import Message
from fairground_contracts.rewards import RewardGranted, RewardRevoked
from fairground_decider import Event
from fairground_decider.laws import Granted
from fairground_record.audit.lines import Row, rows
from fairground_record.audit.report import Finding

_REWARDS: Mapping[bytes, type[Message]] = {model.type.encode(): model for model in (RewardGranted, RewardRevoked)}
_SOURCE = b"/fairground/"

Unreadable = Callable[[Row, Exception], None]


def events(
    models: Mapping[str, type[Message]], text: bytes, unreadable: Unreadable
) -> Iterator[tuple[int, Event[Any], Row]]:
    """The events that count among these lines, with their offsets. One that cannot be read is told, and left out."""
    known: Mapping[str, Any] = {**models, CommandDead.type: CommandDead}
    for row in rows(text):
        if row.valid != b"t":
            continue
        try:
            time = row.time.decode()
            data = known[row.type.decode()].model_validate_json(row.value)
            event = Event(row.id.decode(), time, parse_time_ms(time), row.command_id.decode(), data)
        except (KeyError, ValueError) as error:
            unreadable(row, error)
            continue
        yield int(row.offset), event, row


def service_of(row: Row) -> str:
    """The service that the record says it is from."""
    return row.source.removeprefix(_SOURCE).decode()


def partition_of(row: Row) -> int | None:
    """The partition of the event that a reward says it comes from; None when what it says is no event's id."""
    parts = row.command_id.rsplit(b"-", 3)
    return int(parts[1]) if len(parts) == 4 and parts[1].isdigit() else None


def reward(row: Row) -> Granted | None:
    """The reward in this row; None: it is none, or not what its event owes, which is another law's business."""
    model = _REWARDS.get(row.type)
    try:
        return None if model is None else Granted(row.id.decode(), model.model_validate_json(row.value))
    except ValueError:
        return None


def law() -> Finding:
    """The law that whoever reads events checks."""
    return Finding("events_readable", "所有有效事件都能读懂", "every event that counts can be read")
