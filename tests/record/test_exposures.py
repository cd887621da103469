"""Who saw an activity is counted: each once, and once a day, whatever is repeated, late, malformed or dies."""

import json
import secrets
from collections.abc import AsyncIterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.exposures import ActivityExposed
from fairground_embedded import Addresses
from fairground_record import answers
from fairground_record.exposures import Exposure, understood
from fairground_runtime.protocol.ports import Payment
from tests.lottery.world import WHEEL, Fair, utc
from tests.record.ledger import Ledger
from tests.record.test_audit import audited, broken
from tests.record.test_record import Reading, recorded_all
from tests.record.test_rows import ODD, Raw
from tests.record.world import World
from tests.truth import everything

TIME = "2017-06-01T04:00:00.000Z"


async def _see(ledger: Ledger, who: str, local: str, activity: str = WHEEL, visitor: bool = False) -> None:
    said = ActivityExposed(activity_id=activity, viewer_id=who, visitor=visitor)
    await ledger.say(said, activity, utc(local), topics.EXPOSURES.name, activity)


async def _seen(ledger: Ledger, activity: str = WHEEL) -> tuple[int | None, int, dict[date, int]]:
    await answers.bring_up_to_date(ledger.connection)
    found = await answers.statistics(ledger.connection, activity)
    return found.exposed, found.visitors, {each.day: each.exposed for each in found.days if each.exposed}


async def test_c15_each_counts_once_in_all_and_once_a_day_and_nobody_is_unknown(ledger: Ledger) -> None:
    await ledger.record()
    assert await _seen(ledger) == (None, 0, {})
    for local in ("2017-06-02 10:00", "2017-06-02 10:00", "2017-06-02 23:59", "2017-06-03 00:00"):
        await _see(ledger, "ann", local)
    await _see(ledger, "bob", "2017-06-03 12:00")
    await _see(ledger, "ann", "2017-06-03 12:00", visitor=True)
    await _see(ledger, "cid", "2017-06-03 12:00", activity="another")
    assert await _seen(ledger) == (3, 1, {date(2017, 6, 2): 1, date(2017, 6, 3): 3})
    assert await _seen(ledger, "another") == (1, 0, {date(2017, 6, 3): 1})


async def test_c15_days_are_those_of_the_activitys_zone(ledger: Ledger) -> None:
    other = Ledger(ledger.connection, Fair(zone="America/New_York", day_start_hour=4))
    await other.begin()
    await other.record()
    ledger = other
    await _see(ledger, "ann", "2017-06-03 15:59")  # 03:59 in New York
    await _see(ledger, "bob", "2017-06-03 16:00")
    assert (await _seen(ledger))[2] == {date(2017, 6, 2): 1, date(2017, 6, 3): 1}


async def test_days_on_which_it_was_only_seen_stand_among_those_on_which_something_happened(ledger: Ledger) -> None:
    ledger.fair.draw("ann", now="2017-06-03 10:00:00")
    await ledger.record()
    for day in (1, 3, 5):
        await _see(ledger, "ann", f"2017-06-{day:02d} 12:00")
    await answers.bring_up_to_date(ledger.connection)
    days = (await answers.statistics(ledger.connection, WHEEL)).days
    assert [(each.day.day, each.drew, each.exposed) for each in days if each.drew or each.exposed] == [
        (1, 0, 1), (3, 1, 1), (5, 0, 1),
    ]  # fmt: skip
    assert [each.day.day for each in (await answers.statistics(ledger.connection, WHEEL, days=2)).days] == [3, 5]


async def test_rows_are_bounded_by_who_sees_what_on_which_day(ledger: Ledger) -> None:
    """However often it is said: each viewer has a row a day and one in all."""
    for number in range(300):
        await _see(ledger, f"m-{number % 5}", f"2017-06-{1 + number % 2:02d} 10:00")
    rows = await ledger.connection.fetchval("SELECT count(*) FROM exposures")
    assert rows == 5 * 2 + 5
    written = await ledger.connection.fetchval("SELECT xmin::text FROM exposed WHERE day = 'infinity'")
    await _see(ledger, "m-1", "2017-06-01 10:00")
    assert await ledger.connection.fetchval("SELECT xmin::text FROM exposed WHERE day = 'infinity'") == written
    assert await ledger.connection.fetchval("SELECT count(*) FROM records WHERE type = $1", ActivityExposed.type) == 0


# ---- what is understood ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD)
def test_no_record_is_too_odd_and_each_has_its_letter(name: str) -> None:
    found, letters = _read(ODD[name])
    assert (found, len(letters)) == ([], 1)


def _read(record: Raw) -> tuple[list[Exposure], list[Payment]]:
    """What is understood of it; aiokafka's records know their topic."""
    return understood([SimpleNamespace(topic=topics.EXPOSURES.name, **vars(record))])


CONTENTS: tuple[Any, ...] = (None, "", "x", "x" * 128, "x" * 129, "é" * 128, 0, True, [], {}, "a\tb", "\ud800")


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("field", ["activity_id", "viewer_id", "visitor", "unknown"])
def test_what_is_understood_is_what_the_contract_allows(field: str, content: Any) -> None:
    data = json.dumps({"activity_id": "a", "viewer_id": "m", field: content}).encode()
    event = CloudEvent("x", ActivityExposed.type, "/app", TIME, "", data)
    found, letters = _read(Raw(0, b"a", data, cloudevent.headers(event)))
    try:
        said = ActivityExposed.model_validate_json(data)
    except ValidationError:
        assert (found, len(letters)) == ([], 1)
        return
    ((activity, visitor, viewer, _),) = found
    assert (activity, viewer, visitor) == (said.activity_id, said.viewer_id, said.visitor)
    assert letters == []


# ---- from Kafka ------------------------------------------------------------------------------------------


@pytest.fixture
async def world(addresses: Addresses) -> AsyncIterator[World]:
    async with World(addresses) as entered:
        yield entered


class Frontend:
    """Says who saw an activity of which nobody has heard."""

    def __init__(self, world: World) -> None:
        self.activity = f"a-{secrets.token_hex(4)}"
        self._world = world

    async def says(self, member: str, **changes: Any) -> None:
        said = ActivityExposed(activity_id=self.activity, viewer_id=member).model_dump_json().encode()
        event = CloudEvent(f"{self.activity}-{member}", ActivityExposed.type, "/app", TIME, "", said)
        await self._world.append(event._replace(**changes), self.activity.encode(), topics.EXPOSURES.name, None)

    async def counted(self) -> int:
        question = f"SELECT viewers FROM exposed WHERE activity_id = '{self.activity}' AND day = 'infinity'"
        return await self._world.number(question)


async def test_it_goes_on_where_it_stood_and_two_at_once_count_nobody_twice(world: World) -> None:
    frontend = Frontend(world)
    for number in range(3):
        for member in range(20):
            await frontend.says(f"m-{member + number}")
        async with Reading(world), Reading(world):
            await recorded_all(world)
        assert await frontend.counted() == 20 + number
    assert broken(await audited(world)) == {}


async def test_what_cannot_be_understood_is_a_dead_letter_and_the_rest_counts(world: World) -> None:
    frontend = Frontend(world)
    await frontend.says("ann")
    await frontend.says("bob", data=b'{"activity_id": "a"}')
    await frontend.says("cid", time="yesterday")
    await frontend.says("dan", type="fairground.activity.clicked.v1")
    await frontend.says("eve\0", id="x")
    async with Reading(world):
        await recorded_all(world)
    assert await frontend.counted() == 1
    dead = await everything(world.addresses.kafka, topics.dead(topics.EXPOSURES).name)
    letters = [json.loads(each.value) for group in dead.values() for each in group
               if each.key == frontend.activity.encode()]  # fmt: skip
    assert [each["cause"] for each in letters] == ["bad_data", "bad_time", "unknown_type", "bad_data"]
    assert "viewer_id" in letters[0]["detail"]
