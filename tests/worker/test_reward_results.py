"""What becomes of rewards, heard by the lottery's intake on a real broker: each rejection is answered once."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from fairground_contracts import cloudevent, topics
from fairground_contracts.activities import PublishActivity
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import Message
from fairground_contracts.reward_results import RewardDelivered, RewardRejected, RewardShipped, RewardUsed
from fairground_decider import Translated
from fairground_embedded import Servers
from fairground_lottery.contract import ClaimPrize, Draw
from tests.crash.arena import Arena
from tests.lottery.world import prize, rules
from tests.truth import everything, header

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHEEL = "followed-wheel"
SHIPPING = "shipping-wheel"
NOON = "2017-06-02T04:00:00Z"
RULES = rules(id=WHEEL, prizes=[prize("gift", on_rejected={"kind": "points", "amount": 5})])
CUPS = rules(id=SHIPPING, prizes=[prize("cup", reward={"kind": "physical", "amount": 1}, claim_days=14)])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    async with Arena(servers.addresses, "lottery", tmp_path_factory.mktemp("results")) as arena:
        for wheel, published, member in ((WHEEL, RULES, "ann"), (SHIPPING, CUPS, "bob")):
            asked = (PublishActivity(activity_id=wheel, rules=published),
                     Draw(activity_id=wheel, member_id=member, draws=2))  # fmt: skip
            await arena.publish(
                [Translated(wheel, f"{wheel}-{number}", NOON, data) for number, data in enumerate(asked)]
            )
        worker = arena.start()
        await arena.drained()
        yield arena
        await arena.stop(worker)
        await arena.check()


@pytest_asyncio.fixture(loop_scope="module")
async def deliverer(arena: Arena) -> AsyncIterator[AIOKafkaProducer]:
    """The producer of a system that delivers rewards."""
    producer = AIOKafkaProducer(bootstrap_servers=arena.addresses.kafka, acks="all")
    await producer.start()
    yield producer
    await producer.stop()


async def _say(producer: AIOKafkaProducer, message: Message, event_id: str) -> None:
    headers = cloudevent.headers(CloudEvent(event_id, message.type, "/coupons", NOON, "", b""))
    await producer.send_and_wait(
        topics.REWARD_RESULTS.name, message.model_dump_json().encode(), b"member", headers=headers
    )


async def _events(arena: Arena, wheel: str = WHEEL) -> list[tuple[str, str, Any]]:
    """The wheel's events: id, type, data."""
    found = await everything(arena.addresses.kafka, topics.events("lottery").name)
    read = [(header(record, "ce_id"), header(record, "ce_type"), record) for part in found.values() for record in part]
    return [
        (event_id, kind, json.loads(record.value)) for event_id, kind, record in read if record.key == wheel.encode()
    ]


async def _answers(arena: Arena, kind: str, count: int, wheel: str = WHEEL) -> list[Any]:
    """The data of events of that type, as soon as there are so many."""
    found: list[Any] = []
    for _ in range(300):
        found = [data for _, of_kind, data in await _events(arena, wheel) if of_kind == kind]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"{len(found)} of {count} {kind}")


async def _won(arena: Arena, wheel: str = WHEEL) -> list[str]:
    return [f"{event_id}-r" for event_id, kind, _ in await _events(arena, wheel) if kind == "lottery.prize.won.v1"]


async def test_a_rejected_reward_is_compensated_once_however_often_it_is_said(
    arena: Arena, deliverer: AIOKafkaProducer
) -> None:
    reward, other = await _won(arena)
    for number in range(3):
        rejected = RewardRejected(reward_id=reward, member_id="ann", reason="template_sold_out")
        await _say(deliverer, rejected, f"no-{number}")
    await _say(deliverer, RewardRejected(reward_id=other, member_id="eve", reason="not_hers"), "no-eve")
    refused = await _answers(arena, "lottery.reward.refused.v1", 3)
    (compensated,) = await _answers(arena, "lottery.reward.compensated.v1", 1)
    assert (compensated["reward_id"], compensated["reward"]["amount"]) == (reward, 5)
    assert sorted(each["reason"] for each in refused) == ["duplicate", "duplicate", "unknown_reward"]
    rewards = await everything(arena.addresses.kafka, topics.REWARDS.name)
    ids = [  # other tests' members are called so, too
        header(record, "ce_id") for part in rewards.values() for record in part
        if record.key == b"ann" and header(record, "ce_source") == "/fairground/lottery"
    ]  # fmt: skip
    assert sorted(ids) == sorted([reward, other, f"{reward}-c"])


async def test_a_claimed_prize_is_told_to_the_shipper_whose_news_come_back(
    arena: Arena, deliverer: AIOKafkaProducer
) -> None:
    reward, _ = await _won(arena, SHIPPING)
    claim = ClaimPrize(activity_id=SHIPPING, member_id="bob", reward_id=reward, address_ref="addr-7731")
    await arena.publish([Translated(SHIPPING, "claim", NOON, claim)])
    await _answers(arena, "lottery.prize.claimed.v1", 1, SHIPPING)
    await arena.drained()
    rewards = await everything(arena.addresses.kafka, topics.REWARDS.name)
    claimed = [record for part in rewards.values() for record in part if header(record, "ce_id") == f"{reward}-a"]
    assert [json.loads(record.value)["address_ref"] for record in claimed] == ["addr-7731"]
    for number in range(2):
        shipped = RewardShipped(reward_id=reward, member_id="bob", activity_id=SHIPPING, ref="SF-1")
        await _say(deliverer, shipped, f"shipped-{number}")
    await _say(deliverer, RewardDelivered(reward_id=reward, member_id="bob", ref="SF-1"), "delivered")
    reported = await _answers(arena, "lottery.parcel.reported.v1", 2, SHIPPING)
    assert sorted((each["status"], each["ref"]) for each in reported) == [("delivered", "SF-1"), ("shipped", "SF-1")]


async def test_that_a_reward_was_used_is_heard_and_changes_nothing(arena: Arena, deliverer: AIOKafkaProducer) -> None:
    """It is for statistics: what follows it on the same partition is still decided, and nothing else has happened."""
    reward, _ = await _won(arena, SHIPPING)
    before = len(await _events(arena, SHIPPING))
    for number in range(2):
        await _say(deliverer, RewardUsed(reward_id=reward, member_id="bob", activity_id=SHIPPING), f"used-{number}")
    await _say(deliverer, RewardShipped(reward_id=reward, member_id="bob", activity_id=SHIPPING, ref="SF-9"), "behind")
    after: list[tuple[str, str, Any]] = []
    for _ in range(300):
        after = (await _events(arena, SHIPPING))[before:]
        if after:
            break
        await asyncio.sleep(0.1)
    assert [kind for _, kind, _ in after] == ["lottery.reward.refused.v1"], "shipped after it was delivered: settled"
    dead = await everything(arena.addresses.kafka, topics.dead(topics.REWARD_RESULTS).name)
    letters = [json.loads(record.value) for part in dead.values() for record in part]
    assert not [each for each in letters if "used" in str(each["headers"])]


async def test_malformed_results_are_dead_letters(arena: Arena, deliverer: AIOKafkaProducer) -> None:
    headers = cloudevent.headers(CloudEvent("bad", RewardRejected.type, "/coupons", NOON, "", b""))
    at = await deliverer.send_and_wait(topics.REWARD_RESULTS.name, b'{"reward_id":"x"}', b"ann", headers=headers)
    causes: dict[tuple[int, int], str] = {}
    for _ in range(300):
        dead = await everything(arena.addresses.kafka, topics.dead(topics.REWARD_RESULTS).name)
        letters = [json.loads(record.value) for part in dead.values() for record in part]
        causes = {(each["partition"], each["offset"]): each["cause"] for each in letters}
        if (at.partition, at.offset) in causes:  # other tests' results are there too
            break
        await asyncio.sleep(0.1)
    assert causes[at.partition, at.offset] == "bad_data"
