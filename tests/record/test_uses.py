"""Rewards that were made use of: each counts once, with its member and its kind, in whatever order that is recorded."""

import pytest

from fairground_contracts import topics
from fairground_contracts.message import Message
from fairground_contracts.reward_results import RewardDelivered, RewardUsed
from fairground_lottery.contract import PrizeWon
from fairground_record import answers
from fairground_record.queries import of_order
from tests.lottery.world import WHEEL
from tests.record.ledger import Ledger

TIME = "2017-06-05T04:00:00Z"


async def _say(ledger: Ledger, reward_id: str, member: str = "ann", kind: type[Message] = RewardUsed) -> None:
    await ledger.say(kind(reward_id=reward_id, member_id=member), member, TIME)


async def _used(ledger: Ledger, activity: str = WHEEL) -> tuple[int | None, int, dict[str, int]]:
    await answers.bring_up_to_date(ledger.connection)
    found = await answers.statistics(ledger.connection, activity)
    return found.used, found.users, found.used_by_kind


async def _won(ledger: Ledger, *members: str) -> list[str]:
    for member in members:
        ledger.fair.draw(member)
    await ledger.record()
    return [f"{event.id}-r" for event in ledger.events if isinstance(event.data, PrizeWon)]


async def test_c15_rewards_that_were_used_are_counted_once_each_with_their_kind(ledger: Ledger) -> None:
    first, second, third = await _won(ledger, "ann", "ann", "bob")
    await _say(ledger, first, kind=RewardDelivered)
    assert await _used(ledger) == (None, 0, {}), "delivered is not used, and nobody has ever said used"
    for reward_id, member in ((first, "ann"), (first, "ann"), (second, "ann")):
        await _say(ledger, reward_id, member)
    assert await _used(ledger) == (2, 1, {"points": 2})
    await _say(ledger, first)
    await _say(ledger, third, "bob")
    assert await _used(ledger) == (3, 2, {"points": 3})
    assert await _used(ledger, "another") == (0, 0, {}), "where others say it, none is 0 and not unknown"
    found = await answers.statistics(ledger.connection, WHEEL)
    assert (found.met, found.took_part, found.won, found.drew, found.refused) == (2, 2, 2, 3, {})


@pytest.mark.parametrize("between", [True, False])
async def test_c15_a_use_that_is_recorded_before_its_grant_counts_all_the_same(ledger: Ledger, between: bool) -> None:
    """They are topics of their own: a record that catches up may read the one long before the other."""
    ledger.fair.draw("ann")
    (won,) = [event for event in ledger.events if isinstance(event.data, PrizeWon)]
    await _say(ledger, f"{won.id}-r")
    await _say(ledger, "lottery-9-9-9-9-r")
    if between:
        assert await _used(ledger) == (0, 0, {})
    await ledger.record()
    assert await _used(ledger) == (1, 1, {"points": 1})
    assert await _used(ledger) == (1, 1, {"points": 1})


async def test_uses_can_be_counted_in_any_portions(ledger: Ledger) -> None:
    rewards = await _won(ledger, *(f"m-{number}" for number in range(12)))
    for number, reward_id in enumerate(rewards):
        await _say(ledger, reward_id, f"m-{number}")
        await _say(ledger, reward_id, f"m-{number + 1}")  # of another partition, perhaps
    at_once = await _used(ledger)
    assert at_once == (12, 12, {"points": 12})
    await ledger.connection.execute("TRUNCATE tallied, tallies, totals, takers, people, uses")
    while await ledger.connection.fetchval("SELECT tally(3, true)"):
        pass
    assert await _used(ledger) == at_once


async def test_what_it_was_used_for_is_found_by_the_order_and_by_the_member(ledger: Ledger) -> None:
    (reward_id,) = await _won(ledger, "ann")
    used = RewardUsed(reward_id=reward_id, member_id="ann", order_id="order-7", amount_fen=19_900, ref="CODE")
    await ledger.say(used, "ann", TIME, topics.REWARD_RESULTS.name, WHEEL)
    found = [entry for entry in await of_order(ledger.connection, "order-7") if entry.type == RewardUsed.type]
    assert [(entry.reward_id, entry.data["amount_fen"]) for entry in found] == [(reward_id, 19_900)]
    (prize,) = (await answers.member(ledger.connection, "ann", 0)).prizes
    assert prize.status == "used"
