"""What people ask about activities and members, asked of a real PostgreSQL and a real Redis."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from redis.asyncio import Redis

from fairground_contracts import topics
from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.message import Message
from fairground_contracts.reward_results import RewardDelivered, RewardExpired, RewardFailed, RewardRejected
from fairground_contracts.rewards import RewardRevoked
from fairground_embedded import Addresses
from fairground_lottery.contract import (
    DrawMissed,
    DrawRefused,
    PlayRefused,
    PrizeWon,
    RejectReward,
    RewardCompensated,
    RewardTakenBack,
)
from fairground_lottery.traffic import GAME, commands, wheel_id
from fairground_record import answers, queries
from fairground_record.database import Connection, connect
from fairground_record.tallying import tally_now_and_then
from tests.lottery.world import THANKS, WHEEL, Fair, Game, prize, utc
from tests.record.ledger import Ledger
from tests.record.world import settle

NOON_MS = parse_time_ms(utc("2017-06-01 12:00"))


def _reward(ledger: Ledger, number: int = 0) -> tuple[str, str]:
    """The number-th reward: its id and whose it is."""
    won = [event for event in ledger.events if isinstance(event.data, PrizeWon)][number]
    return f"{won.id}-r", won.data.member_id


async def _revoke(ledger: Ledger, number: int, time: str = "2017-06-02 12:00") -> None:
    reward_id, member = _reward(ledger, number)
    said = RewardRevoked(reward_id=reward_id, member_id=member, activity_id=WHEEL, service="lottery", reason="x")
    await ledger.say(said, member, utc(time), topics.REWARDS.name, WHEEL)


async def _result(ledger: Ledger, number: int, kind: Any, time: str = "2017-06-02 12:00", **fields: Any) -> None:
    reward_id, member = _reward(ledger, number)
    await ledger.say(kind(reward_id=reward_id, member_id=member, **fields), member, utc(time))


# ---- winners ---------------------------------------------------------------------------------------------


async def test_winners_are_masked_and_newest_first(ledger: Ledger) -> None:
    for minute, member in enumerate(("annabel", "bo", "x", "会员小王")):
        ledger.fair.draw(member, now=f"2017-06-01 12:0{minute}")
    await ledger.record()
    found = await answers.winners(ledger.connection, WHEEL)
    assert [each.member for each in found] == ["会***王", "***", "b***", "a***l"]
    assert {(each.prize_id, each.prize) for each in found} == {("gift", "gift")}
    assert found[0].time == "2017-06-01T04:03:00.000Z"
    assert [each.member for each in await answers.winners(ledger.connection, WHEEL, limit=2)] == ["会***王", "***"]
    assert await answers.winners(ledger.connection, "another") == []


async def test_only_real_winners_are_shown_each_once(ledger: Ledger) -> None:
    for member in ("ann", "bob", "cid"):
        ledger.fair.draw(member)
    await ledger.record()
    await _revoke(ledger, 1)
    for _ in range(3):
        await ledger.again(_reward(ledger, 2)[0])
    assert [each.member for each in await answers.winners(ledger.connection, WHEEL)] == ["c***d", "a***n"]


async def test_what_was_given_instead_of_a_reward_is_no_win_of_its_own(ledger: Ledger) -> None:
    fair = ledger.fair
    instead = {"on_rejected": {"kind": "points", "amount": 1}}
    fair.publish(rewards=instead, prizes=[prize("gift", value_fen=1000)], chances={"free_per_day": 2})
    for member in ("ann", "bob"):
        fair.draw(member)
    await ledger.record()
    for number in (0, 1):
        reward, member = _reward(ledger, number)
        fair.send(RejectReward(activity_id=WHEEL, member_id=member, reward_id=reward, rejected="gone"))
    await ledger.record()
    assert len([event for event in ledger.events if isinstance(event.data, RewardCompensated)]) == 2
    for limit in (2, 20):
        found = await answers.winners(ledger.connection, WHEEL, limit)
        assert [each.member for each in found] == ["b***b", "a***n"]


async def test_winners_of_one_batch_stand_in_its_order(ledger: Ledger) -> None:
    """A whole record batch has one time: its offsets say which is newer."""
    for _ in range(2):
        ledger.fair.draw("ann", now="2017-06-01 12:00")
    await ledger.record()
    newest, older = await answers.winners(ledger.connection, WHEEL)
    assert newest == older
    rows = await ledger.connection.fetch("SELECT id FROM records WHERE type LIKE '%granted%' ORDER BY \"offset\"")
    assert len(rows) == 2


# ---- one member ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([], "granted"),
        ([(RewardFailed, {"reason": "timeout"}), (RewardDelivered, {})], "delivered"),
        ([(RewardDelivered, {}), (RewardFailed, {"reason": "timeout"})], "failed"),
        ([(RewardRejected, {"reason": "sold_out"})], "rejected"),
        ([(RewardExpired, {"reason": "not_claimed"})], "expired"),
    ],
)
async def test_a_member_sees_what_became_of_each_prize(ledger: Ledger, said: Any, status: str) -> None:
    ledger.fair.draw("ann")
    await ledger.record()
    for minute, (kind, fields) in enumerate(said):
        await _result(ledger, 0, kind, f"2017-06-02 12:0{minute}", **fields)
    account = await answers.member(ledger.connection, "ann", NOON_MS)
    (won,) = account.prizes
    assert (won.status, won.prize_id, won.kind, won.amount, won.value_fen) == (status, "gift", "points", 10, 1000)
    await _revoke(ledger, 0)
    (won,) = (await answers.member(ledger.connection, "ann", NOON_MS)).prizes
    assert (won.status, won.reason) == ("revoked", "x"), "that it was taken back is the last word"


async def test_a_member_sees_chances_refusals_and_draws_by_activity(ledger: Ledger) -> None:
    fair = ledger.fair
    fair.grant("share-1", 2)
    fair.draw("ann", draws=3)
    fair.draw("ann", draws=9, now="2017-06-01 12:01")
    fair.draw("ann", request="elsewhere", now="2017-06-01 12:02")
    await ledger.record()
    account = await answers.member(ledger.connection, "ann", NOON_MS)
    chances = account.chances[WHEEL]
    assert (chances.granted, chances.used, chances.free_used, chances.left) == (2, 2, 2, 0)
    assert [change.what for change in chances.changes] == ["granted", "free", "free", "used", "used"]
    assert account.outcomes == {WHEEL: 4}
    (refused,) = account.refused
    assert (refused.reason, refused.why.en, refused.help.en) == (
        "no_chances", "There are not enough chances left.", "1 can be drawn now",
    )  # fmt: skip
    assert account.complete
    elsewhere = await answers.member(ledger.connection, "ann", NOON_MS, "another")
    assert (elsewhere.prizes, elsewhere.refused, elsewhere.outcomes) == ((), (), {})
    assert (await answers.member(ledger.connection, "nobody", NOON_MS)).prizes == ()


async def test_members_who_are_one_person_share_their_chances(ledger: Ledger) -> None:
    """Whoever of them is asked about; prizes and refusals stay each one's own."""
    fair = ledger.fair
    fair.grant("share-1", 3)
    fair.link("ann", "p-1")
    fair.link("bob", "p-1")
    fair.draw("bob", draws=4)
    await ledger.record()
    for member, others in (("ann", ("bob", "p-1")), ("bob", ("ann", "p-1")), ("p-1", ("ann", "bob"))):
        account = await answers.member(ledger.connection, member, NOON_MS)
        chances = account.chances[WHEEL]
        assert (chances.granted, chances.used, chances.free_used, chances.left) == (3, 2, 2, 1)
        assert account.identities == {WHEEL: others}
        assert account.outcomes == ({WHEEL: 4} if member == "bob" else {})
    assert (await answers.member(ledger.connection, "cid", NOON_MS)).identities == {}


# ---- stock and odds --------------------------------------------------------------------------------------


async def test_stock_is_what_redis_holds_now(ledger: Ledger, addresses: Addresses) -> None:
    for member in ("ann", "bob"):
        ledger.fair.draw(member)
    await ledger.record()
    redis: Redis = Redis.from_url(addresses.redis)
    try:
        await ledger.keep(redis)
        found = await answers.stock(ledger.connection, redis, WHEEL, NOON_MS)
        assert found is not None
        assert [(each.id, each.given, each.left) for each in found] == [("gift", 2, 18)]
        assert await answers.stock(ledger.connection, redis, "another", NOON_MS) is None
    finally:
        await redis.flushdb()
        await redis.aclose()


async def test_the_odds_page_of_any_version_can_be_shown(ledger: Ledger) -> None:
    wheel = "of-two-versions"
    for prizes in ([prize("gift", 1), THANKS | {"weight": 3}], [prize("gift", 1), prize("other", 2), THANKS]):
        ledger.fair.publish(wheel=wheel, id=wheel, prizes=prizes)
    await ledger.record()
    connection = ledger.connection
    newest = await answers.odds(connection, wheel)
    first = await answers.odds(connection, wheel, 1)
    assert newest is not None
    assert first is not None
    assert (newest[0].version, first[0].version) == (2, 1)
    assert [each.probability for each in newest[1].prizes] == [Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)]
    assert [each.probability for each in first[1].prizes] == [Fraction(1, 4), Fraction(3, 4)]
    assert newest[0].seed_sha256
    assert await answers.odds(connection, wheel, 3) is None
    assert await answers.odds(connection, "another") is None


async def test_06_the_odds_right_now_are_those_of_redis_and_of_the_newest_version_only(
    ledger: Ledger, addresses: Addresses
) -> None:
    prizes = [prize("phone", 10**9, stock=1), prize("cup", 3), prize("pen", 1)]
    ledger = Ledger(ledger.connection, Fair(sold_out="renormalise", prizes=prizes))
    await ledger.begin()
    ledger.fair.publish(sold_out="renormalise", prizes=prizes, chances={"free_per_day": 4})
    ledger.fair.draw("ann")
    await ledger.record()
    redis: Redis = Redis.from_url(addresses.redis)
    try:
        await ledger.keep(redis)
        right_now = [0, Fraction(3, 4), Fraction(1, 4)]
        for version, now in ((None, right_now), (2, right_now), (1, [None] * 3)):
            found = await answers.odds(ledger.connection, WHEEL, version, redis, NOON_MS)
            assert found is not None
            assert [each.now for each in found[1].prizes] == now
    finally:
        await redis.flushdb()
        await redis.aclose()


# ---- statistics ------------------------------------------------------------------------------------------


async def _all_traffic(ledger: Ledger) -> None:
    """A believable history, with rewards taken back, delivered, failed and published again."""
    ledger.fair.world.decide(list(commands(11, 3_000)))
    await ledger.record()
    won = [event for event in ledger.events if isinstance(event.data, PrizeWon)]
    kinds: list[tuple[Any, dict[str, Any]]] = [
        (RewardFailed, {"reason": "timeout"}), (RewardDelivered, {}), (RewardRejected, {"reason": "unknown"}),
        (RewardExpired, {"reason": "not_used"}),
    ]  # fmt: skip
    for number, event in enumerate(won):
        for kind, fields in kinds[: number % 3] if number % 5 else [kinds[3]]:
            said = kind(reward_id=f"{event.id}-r", member_id=event.data.member_id, **fields)
            await ledger.say(said, event.data.member_id, event.time)
        if number % 7 == 0:
            await ledger.again(f"{event.id}-r")
        if number % 11 == 0:
            for _ in range(1 + number % 2):
                revoked = RewardRevoked(
                    reward_id=f"{event.id}-r", member_id=event.data.member_id, activity_id=event.data.activity_id,
                    service="lottery", reason="order_refunded",
                )  # fmt: skip
                await ledger.say(revoked, event.data.member_id, event.time, topics.REWARDS.name, event.data.activity_id)


def _of(ledger: Ledger, activity: str, *kinds: type[Message]) -> list[Any]:
    return [e for e in ledger.events if isinstance(e.data, kinds) and e.data.activity_id == activity]  # type: ignore[attr-defined]


async def test_statistics_are_what_the_events_say(ledger: Ledger) -> None:
    await _all_traffic(ledger)
    await answers.bring_up_to_date(ledger.connection)
    revoked = 0
    for activity in (*(wheel_id(number) for number in range(4)), GAME):
        found = await answers.statistics(ledger.connection, activity, days=1000)
        draws, won = _of(ledger, activity, PrizeWon, DrawMissed), _of(ledger, activity, PrizeWon)
        instead = _of(ledger, activity, RewardCompensated)
        assert (found.drew, found.rewards, found.uncounted) == (len(draws), len(won) + len(instead), 0)
        assert found.took_part == len({event.data.member_id for event in draws})
        assert found.won == len({event.data.member_id for event in won})
        assert found.granted_fen == sum(event.data.reward.value_fen for event in [*won, *instead])
        assert found.by_prize == Counter(event.data.prize_id or "-" for event in draws)
        everybody = {e.data.member_id for e in _of(ledger, activity, Message) if hasattr(e.data, "member_id")}
        assert found.met == len(everybody)
        refused = Counter(event.data.reason for event in _of(ledger, activity, DrawRefused, PlayRefused))
        assert all(found.refused[reason] >= times for reason, times in refused.items())
        by_day = Counter(event.data.day for event in draws)
        assert {day.day.isoformat(): day.drew for day in found.days if day.drew} == by_day, "in the wheel's own zone"
        assert sum(day.won for day in found.days) == found.rewards
        assert sum(day.granted_fen - day.revoked_fen for day in found.days) == found.cost_fen
        revoked += found.revoked
        assert sum(found.refused.values()) == sum(
            each.times for each in await queries.refusals(ledger.connection, activity)
        )
    said = {f"{event.id}-r" for event in [e for e in ledger.events if isinstance(e.data, PrizeWon)][::11]}
    own = {event.data.reward_id for event in ledger.events if isinstance(event.data, RewardTakenBack)}
    assert own
    assert revoked == len(said | own), "each once, if said twice"


async def test_a_play_that_became_nothing_is_an_outcome_too(ledger: Ledger) -> None:
    game = Game(sold_out="miss", prizes=[prize("cup", 0, stock=1), prize("pen", 0), THANKS])
    other = Ledger(ledger.connection, game)
    await other.begin()
    for play in ("one", "two"):
        game.start(play)
        game.finish(play, 900)
    await other.record()
    await answers.bring_up_to_date(ledger.connection)
    found = await answers.statistics(ledger.connection, WHEEL)
    assert (found.by_prize, found.drew, found.took_part) == ({"cup": 1, "-": 1}, 2, 1)


async def test_statistics_can_be_counted_in_any_portions(ledger: Ledger) -> None:
    """Whether all at once or a few offsets at a time, as while it runs: each row counts once."""
    await _all_traffic(ledger)
    connection = ledger.connection
    await answers.bring_up_to_date(connection)
    at_once = [await answers.statistics(connection, wheel_id(number)) for number in range(4)]
    await connection.execute("TRUNCATE tallied, tallies, totals, takers, people")
    while await connection.fetchval("SELECT tally(97, true)"):
        pass
    assert [await answers.statistics(connection, wheel_id(number)) for number in range(4)] == at_once
    assert await answers.bring_up_to_date(connection) == 0


async def test_what_is_not_counted_yet_is_said(ledger: Ledger) -> None:
    ledger.fair.draw("ann")
    await ledger.record()
    assert (await answers.statistics(ledger.connection, WHEEL)).uncounted == 3  # publication, draw, reward
    await answers.bring_up_to_date(ledger.connection)
    found = await answers.statistics(ledger.connection, WHEEL)
    assert (found.uncounted, found.drew, found.cost_fen) == (0, 1, 1000)


async def test_a_days_start_and_zone_are_the_activitys(ledger: Ledger) -> None:
    ledger.fair = Fair(prizes=[prize("gift", 1), THANKS], zone="Asia/Kathmandu", day_start_hour=4)
    other = Ledger(ledger.connection, ledger.fair)
    await other.begin()
    for member, time in (("a", "2017-06-02T22:14:59Z"), ("b", "2017-06-02T22:15:00Z")):  # 04:00 is 22:15 UTC there
        local = datetime.fromisoformat(time).astimezone(UTC).replace(tzinfo=None)
        beijing = local.fromtimestamp(local.replace(tzinfo=UTC).timestamp() + 8 * 3600, UTC)
        other.fair.draw(member, now=beijing.strftime("%Y-%m-%d %H:%M:%S"))
    await other.record()
    await answers.bring_up_to_date(ledger.connection)
    found = await answers.statistics(ledger.connection, WHEEL)
    assert [(day.day, day.drew) for day in found.days if day.drew] == [(date(2017, 6, 2), 1), (date(2017, 6, 3), 1)]
    assert {event.data.day for event in other.events[1:]} == {"2017-06-02", "2017-06-03"}


# ---- value -----------------------------------------------------------------------------------------------


def test_c15_the_going_concern_value_of_the_handbooks_example() -> None:
    """100 customers who all buy again for 1000 are worth 100,000; each brings two more: 200,000; together 300,000."""
    found = answers.going_concern_value(100, Fraction(1), Fraction(2), 1000)
    assert (found.repurchase_fen, found.social_fen, found.total_fen) == (100_000, 200_000, 300_000)


def test_rates_are_exact_to_the_fen() -> None:
    assert answers.going_concern_value(3, Fraction(1, 3), Fraction(1, 3), 1).total_fen == 2
    assert answers.going_concern_value(10**9, Fraction(1, 10), Fraction(0), 333) == (33_300_000_000, 0)
    assert answers.sales_fen(1000, Fraction(3, 100), 19_99) == 59_970


async def test_figures_are_counted_beside_the_writing_and_again_after_postgresql_was_away(
    ledger: Ledger, ledger_url: str
) -> None:
    ledger.fair.draw("ann")
    await ledger.record()
    tries = 0

    async def connecting() -> Connection:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("away")
        return await connect(ledger_url)

    async def counted() -> bool:
        return (await answers.statistics(ledger.connection, WHEEL)).uncounted == 0

    counting = asyncio.create_task(tally_now_and_then(connecting, 0.01))
    try:
        await settle(counted)
        ledger.fair.draw("bob")
        await ledger.record()
        await settle(counted)
    finally:
        counting.cancel()
        await asyncio.gather(counting, return_exceptions=True)
    assert (await answers.statistics(ledger.connection, WHEEL)).drew == 2
    assert tries == 2, "one connection is kept"
