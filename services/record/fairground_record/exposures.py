"""Who saw an activity, as frontends say: each member counts once, and once a day, however often it is said.

Exposures are many, and nothing is decided by them: they are counted and not kept. A repeated one finds its row there
and writes nothing. The record is the only one that reads this stream, so what cannot be understood is its dead letter.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple

import msgspec
from pydantic import ValidationError

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import Malformed
from fairground_contracts.exposures import ActivityExposed
from fairground_decider.days import business_day, iso
from fairground_postgres import Connection
from fairground_record.answers.activities import DEFAULT_ZONE
from fairground_record.sql import query
from fairground_runtime.kafka.dead_letters import dead_letter
from fairground_runtime.protocol.decode import because
from fairground_runtime.protocol.ports import Payment

_READER = "record"


class Exposure(NamedTuple):
    """Somebody saw something at a moment."""

    activity_id: str
    visitor: bool  # not logged in
    viewer: str
    time_ms: int


class _Exposed(msgspec.Struct, gc=False):
    """The contract's fields: read in a tenth of the time in which its model is validated."""

    activity_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    viewer_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    visitor: bool = False


_read = msgspec.json.Decoder(_Exposed)


def understood(records: Iterable[Any]) -> tuple[list[Exposure], list[Payment]]:
    """What these records (aiokafka's) say, and letters about those that say nothing."""
    found, letters = [], []
    for record in records:
        try:
            found.append(_exposure(record))
        except ValidationError as error:
            letters.append(dead_letter(_READER, record, *because(error)))
        except Malformed as error:
            letters.append(dead_letter(_READER, record, error.cause, error.detail))
    return found, letters


def _exposure(record: Any) -> Exposure:
    """Raises Malformed, ValidationError."""
    event = cloudevent.read(record.headers, record.value)
    if event.type != ActivityExposed.type:
        raise Malformed("unknown_type", f"{event.type!r} is nothing that this topic carries")
    try:
        said = _read.decode(event.data)
    except ValueError:  # msgspec's errors are; the model says what is wrong
        said = _Exposed(**ActivityExposed.model_validate_json(event.data).model_dump())
    return Exposure(said.activity_id, said.visitor, said.viewer_id, event.time_ms)


async def count(connection: Connection, exposures: Sequence[Exposure]) -> None:
    """Count those that are new. Within the transaction that moves the positions."""
    if not exposures:
        return
    calendars = await _calendars(connection, {each.activity_id for each in exposures})
    rows = {
        (each.activity_id, _day(each, *calendars[each.activity_id]), each.visitor, each.viewer) for each in exposures
    }
    await connection.execute(query("exposures_count"), *map(list, zip(*rows, strict=True)))


async def _calendars(connection: Connection, activities: set[str]) -> dict[str, tuple[str, int]]:
    """Zone and hour at which days begin; of what is not published yet, the usual ones."""
    known = dict.fromkeys(activities, (DEFAULT_ZONE, 0))
    for name, zone, hour in await connection.fetch(query("calendars"), list(activities)):
        known[name] = (zone or DEFAULT_ZONE, int(hour or 0))
    return known


def _day(exposure: Exposure, zone: str, day_start_hour: int) -> date:
    return date.fromisoformat(iso(business_day(exposure.time_ms, zone, day_start_hour)))
