"""Finance's file and the audit come to the same totals over the same record, by ways of their own."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from fairground_contracts import topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import CommandMessage, Message
from fairground_contracts.reward_results import (
    RewardDelivered,
    RewardExpired,
    RewardFailed,
    RewardRejected,
    RewardReturned,
)
from fairground_contracts.rewards import RewardRevoked
from fairground_embedded import Addresses
from fairground_record import answers
from fairground_record.answers import COLUMNS, Day
from fairground_record.audit.totals import Total
from fairground_record.database import Connection
from tests.record.test_audit import audited, change
from tests.record.test_record import Reading, recorded_all
from tests.record.world import World, tickets

MORNING, NEXT_DAY = "2017-07-15T00:00:00Z", "2017-07-15T16:00:00Z"  # 16:00 UTC is midnight in Shanghai


@pytest.fixture
async def world(addresses: Addresses) -> AsyncIterator[World]:
    """Rewards of many activities, and everything that can become of one."""
    async with World(addresses) as world:
        own = [each.model_copy(update={"activity_id": _named(world, each)}) for each in tickets(200)]
        await world.play(own)
        async with Reading(world):
            await recorded_all(world)
            for number, row in enumerate(await _rewards(world)):
                await _say(world, number, row["id"], row["member_id"], row["activity_id"])
                if number % 6 == 0:
                    made = CloudEvent(
                        row["id"], row["type"], row["source"], row["time"], row["activity_id"],
                        row["value"].encode(), row["command_id"],
                    )  # fmt: skip
                    await world.append(made, row["member_id"].encode(), topics.REWARDS.name, None)
            await recorded_all(world)
        yield world


def _named(world: World, ticket: CommandMessage) -> str:
    """Topics of rewards are shared by all tests: activities of one world have names that no other has."""
    return f"{world.name}.{ticket.__dict__['activity_id']}"


async def _totals(world: World) -> list[Total]:
    return [each for each in (await audited(world)).totals if each.activity_id.startswith(f"{world.name}.")]


async def _rewards(world: World) -> list[Any]:
    connection = await world.connect()
    rows = await connection.fetch(
        'SELECT r.* FROM records r WHERE reward_id LIKE $1 ORDER BY topic, partition, "offset"', f"{world.name}%"
    )
    await connection.close()
    return list(rows)


async def _say(world: World, number: int, reward_id: str, member: str, activity: str) -> None:
    """Deliveries that fail first, come twice or never; some rewards are taken back, delivered ones too."""
    of = {"reward_id": reward_id, "member_id": member}
    failed = RewardFailed(**of, reason="timeout")
    every: list[list[tuple[Message, str]]] = [
        [],
        [(failed, MORNING), (failed, NEXT_DAY)],
        [(failed, MORNING), (RewardDelivered(**of), NEXT_DAY), (RewardDelivered(**of), NEXT_DAY)],
        [(RewardRejected(**of, reason="unknown"), MORNING)],
        [(RewardReturned(**of) if number % 12 == 4 else RewardExpired(**of, reason="not_used"), NEXT_DAY)],
        [(RewardDelivered(**of), MORNING), (failed, NEXT_DAY)],
    ]
    for at, (data, time) in enumerate(every[number % 6]):
        made = CloudEvent(f"{reward_id}-{at}", data.type, "/shop", time, "", data.model_dump_json().encode())
        await world.append(made, member.encode(), topics.REWARD_RESULTS.name)
    if number % 7 == 0:
        void = RewardRevoked(**of, activity_id=activity, service=world.name, reason="order_refunded")
        made = CloudEvent(f"{reward_id}-v", void.type, f"/fairground/{world.name}", NEXT_DAY, activity,
                          void.model_dump_json().encode())  # fmt: skip
        await world.append(made, member.encode(), topics.REWARDS.name, None)


def _summed(activity: str, days: list[Day]) -> Total:
    return Total(activity, *(sum(getattr(day, column) for day in days) for column in COLUMNS[1:]))


async def _reconciled(connection: Connection, activities: list[str]) -> list[Total]:
    return [_summed(each, await answers.reconcile(connection, each)) for each in activities]


async def test_the_file_and_the_audit_come_to_the_same(world: World) -> None:
    totals = await _totals(world)
    connection = await world.connect()
    activities = [total.activity_id for total in totals]
    assert len(activities) > 10
    assert await _reconciled(connection, activities) == totals
    assert all(0 < total.failed < total.granted for total in totals)
    assert sum(total.revoked for total in totals) > 10 < sum(total.delivered for total in totals)
    own = "SELECT count(*), sum(value_fen) FROM rewards WHERE service = $1"
    rewards, value_fen = await connection.fetchrow(own, world.name) or (0, 0)
    assert rewards == sum(total.granted for total in totals)
    assert value_fen == sum(total.granted_fen for total in totals)
    await change(world, "DELETE FROM records WHERE type = 'fairground.reward.delivered.v1' AND activity_id IS NULL")
    assert await _reconciled(connection, activities) != totals, "what is missing is seen"
    await connection.close()


async def test_each_fact_stands_on_its_own_business_day(world: World) -> None:
    connection = await world.connect()
    found: dict[date | None, Day] = {}
    for total in await _totals(world):
        for day in await answers.reconcile(connection, total.activity_id):
            before = found.get(day.day, Day(day.day))
            figures = {column: getattr(before, column) + getattr(day, column) for column in COLUMNS[1:]}
            found[day.day] = Day(day.day, **figures)
    await connection.close()
    first, second, third = (found[date(2017, 7, number)] for number in (14, 15, 16))
    rewards = first.granted
    assert (first.revoked, first.delivered, first.failed) == (0, 0, 0)
    assert (second.granted, third.granted) == (0, 0)
    sixth = [len(range(number, rewards, 6)) for number in range(6)]
    assert (second.delivered, third.delivered) == (sixth[5], sixth[2]), "as delivered when that was said first"
    assert (second.failed, third.failed) == (sixth[3], sixth[1] + sixth[4]), "as failed when that was said last"
    assert third.revoked == len(range(0, rewards, 7))
    assert third.cells()[0] == "2017-07-16"
    assert len(third.cells()) == len(COLUMNS)
