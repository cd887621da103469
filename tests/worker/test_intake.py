"""The lottery's intake on a real broker: what the shop says becomes commands, once, whatever the shop does."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from fairground_contracts import cloudevent, topics
from fairground_contracts.activities import PublishActivity
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.members import MemberRegistered
from fairground_contracts.message import encoded
from fairground_contracts.orders import OrderCreated, OrderPaid, OrderRefunded
from fairground_contracts.rewards import RewardGranted
from fairground_contracts.topics import Topic
from fairground_decider import Translated
from fairground_embedded import Servers
from fairground_lottery import traffic
from tests.crash.arena import Arena
from tests.truth import everything, header
from tests.worker.shop import Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHEEL = "intake-wheel"
PAID_AT = "2017-06-02T03:00:00Z"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    async with Arena(servers.addresses, "lottery", tmp_path_factory.mktemp("intake")) as arena:
        rules = traffic.rules(1) | {"id": WHEEL}
        publish = PublishActivity(activity_id=WHEEL, rules=rules)
        await arena.publish([Translated(WHEEL, "publish-intake", "2017-06-01T00:00:00Z", publish)])
        worker = arena.start()
        await arena.drained()
        yield arena
        await arena.stop(worker)
        await arena.check()


@pytest_asyncio.fixture(loop_scope="module")
async def shop(servers: Servers) -> AsyncIterator[Shop]:
    async with open_shop(servers.addresses.kafka, PAID_AT) as shop:
        yield shop


async def _answers(arena: Arena, command_ids: set[str], patience_s: float = 60) -> dict[str, list[Any]]:
    """Events by the command they answer, as soon as every command has been answered."""
    found: dict[str, list[Any]] = {}
    for _ in range(int(patience_s / 0.2)):
        events = await everything(arena.addresses.kafka, topics.events("lottery").name)
        found = {}
        for record in (record for part in events.values() for record in part):
            if (cause := header(record, "ce_causationid")) in command_ids:
                found.setdefault(cause, []).append((header(record, "ce_type"), json.loads(record.value)))
        if set(found) == command_ids:
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"no answer to {command_ids - set(found)}")


async def test_a_paid_order_earns_chances_once_however_often_it_is_said(arena: Arena, shop: Shop) -> None:
    paid = OrderPaid(order_id="o-1", member_id="ann", amount_fen=5000)
    for number in range(3):
        await shop.say(paid, "ann", f"paid-o-1-{number}")
    await shop.say(OrderPaid(order_id="o-2", member_id="ann", amount_fen=5000), "ann", "paid-o-2")
    answers = await _answers(arena, {f"paid:o-1:{WHEEL}", f"paid:o-2:{WHEEL}"})
    await arena.drained()
    granted = [kind for kind, _ in answers[f"paid:o-1:{WHEEL}"] if kind == "lottery.chances.granted.v1"]
    assert len(granted) == 1


async def test_a_command_says_from_what_it_comes(arena: Arena, shop: Shop) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    said = CloudEvent("paid-o-9", OrderPaid.type, "/shop", PAID_AT, "", b"", traceparent=trace)
    paid = OrderPaid(order_id="o-9", member_id="gil", amount_fen=5000)
    await shop.say_raw(encoded(paid), cloudevent.headers(said), "gil")
    await _answers(arena, {f"paid:o-9:{WHEEL}"})
    commands = await everything(arena.addresses.kafka, topics.commands("lottery").name)
    (command,) = [
        record for part in commands.values() for record in part if header(record, "ce_id") == f"paid:o-9:{WHEEL}"
    ]
    assert (header(command, "ce_causationid"), header(command, "traceparent")) == ("paid-o-9", trace)


async def test_a_refund_that_comes_before_its_payment_leaves_nothing(arena: Arena, shop: Shop) -> None:
    refund = OrderRefunded(
        order_id="o-3", member_id="bob", amount_fen=5000, refunded_total_fen=5000, paid_fen=5000, refund_id="r"
    )
    await shop.say(refund, "bob", "refunded-o-3")
    await shop.say(OrderPaid(order_id="o-3", member_id="bob", amount_fen=5000), "bob", "paid-o-3")
    answers = await _answers(arena, {f"paid:o-3:{WHEEL}", f"refunded:o-3:{WHEEL}"})
    assert [kind for kind, _ in answers[f"paid:o-3:{WHEEL}"]] == ["lottery.chances.refused.v1"]
    assert answers[f"paid:o-3:{WHEEL}"][0][1]["reason"] == "order_refunded"


async def test_a_payment_that_comes_before_its_order_earns_the_same(arena: Arena, shop: Shop) -> None:
    await shop.say(OrderPaid(order_id="o-7", member_id="eve", amount_fen=5000), "eve", "paid-o-7")
    await shop.say(OrderCreated(order_id="o-7", member_id="eve", amount_fen=5000), "eve", "created-o-7")
    await shop.say(OrderPaid(order_id="o-8", member_id="eve", amount_fen=5000), "eve", "paid-o-8")  # comes behind both
    answers = await _answers(arena, {f"paid:o-7:{WHEEL}", f"paid:o-8:{WHEEL}"})
    assert [kind for kind, _ in answers[f"paid:o-7:{WHEEL}"]] == ["lottery.chances.granted.v1"]
    of_this_wheel = {cause for cause in await _causes(arena) if ":o-7:" in cause and cause.endswith(f":{WHEEL}")}
    assert of_this_wheel == {f"paid:o-7:{WHEEL}"}


async def test_malformed_orders_are_dead_letters_and_the_rest_goes_on(arena: Arena, shop: Shop) -> None:
    kind = OrderPaid.type
    bad = {
        "bad_json": await shop.say_raw(b"{", _headers(kind)),
        "bad_data": await shop.say_raw(b'{"order_id":"o","member_id":"m","amount_fen":-5}', _headers(kind)),
        "missing_header": await shop.say_raw(b"{}", []),
        "bad_time": await shop.say_raw(
            b'{"order_id":"o","member_id":"m","amount_fen":5}', _headers(kind, at="1969-01-01T00:00:00Z")
        ),
    }
    await shop.say_raw(b"{}", _headers("shop.order.unheard_of.v7"))  # of no concern: streams carry more than one reads
    await shop.say(OrderPaid(order_id="o-4", member_id="cleo", amount_fen=5000), "cleo", "paid-o-4")
    await _answers(arena, {f"paid:o-4:{WHEEL}"})
    expected = {(at.partition, at.offset): cause for cause, at in bad.items()}
    assert await _dead_orders(arena, expected.keys()) == expected


async def test_what_concerns_nobody_is_passed_over_whatever_is_wrong_with_it(arena: Arena, shop: Shop) -> None:
    """Its type says so. A record that does not simply say its type is read as a whole, and judged."""
    unheard = "shop.order.unheard_of.v7"
    passed_over = [
        await shop.say_raw(b"{", [("ce_type", unheard.encode())]),
        await shop.say_raw(b"{}", [*_headers(OrderCreated.type), ("ce_stamp", b"no number")]),
    ]
    bad = {
        await shop.say_raw(b"{}", [*_headers(unheard), ("ce_type", OrderPaid.type.encode())]): "bad_header",
        await shop.say_raw(b"{", [("content-type", b"application/cloudevents+json"), ("ce_type", b"x")]): "bad_json",
        await shop.say_raw(b"{}", _headers("")): "bad_header",
        await shop.say_raw(b"{}", [("ce_type", OrderPaid.type.encode())]): "missing_header",
    }
    expected = {(at.partition, at.offset): cause for at, cause in bad.items()}
    assert await _dead_orders(arena, expected.keys()) == expected
    assert (
        not {(at.partition, at.offset) for at in passed_over}
        & (await _all_dead(arena, topics.dead(topics.ORDERS))).keys()
    )


async def test_of_rewards_only_the_kind_that_is_meant_is_parsed_however_it_is_spelled(arena: Arena, shop: Shop) -> None:
    """What lacks the letters of that kind cannot be of it, unless JSON spells them as escapes."""
    data = '{"member_id": "fay", "activity_id": "%s", "service": "signin", "version": 1, "reward": %s}'
    headers = [header for header in _headers(RewardGranted.type) if header[0] != "ce_id"]

    async def say(reward_id: str, reward: str) -> Any:
        named = [*headers, ("ce_id", reward_id.encode())]
        return await shop.say_raw((data % (WHEEL, reward)).encode(), named, "fay", topics.REWARDS)

    passed_over = await say("r-points", '{"reward": "points", "amount": "many"}')
    bad = await say("r-bad", '{"reward": "draw_chances", "amount": "many"}')
    await say("r-plain", '{"reward": "draw_chances", "amount": 2}')
    await say("r-escaped", '{"reward": "\\u0064raw_chances", "amount": 3}')
    answers = await _answers(arena, {"granted:r-plain", "granted:r-escaped"})
    assert [found["chances"] for name in ("plain", "escaped") for _, found in answers[f"granted:r-{name}"]] == [2, 3]
    dead = topics.dead(topics.REWARDS)
    assert await _dead_there(arena, [(bad.partition, bad.offset)], dead) == {(bad.partition, bad.offset): "bad_data"}
    assert (passed_over.partition, passed_over.offset) not in await _all_dead(arena, dead)


async def test_who_registers_by_invitation_brings_the_inviter_chances_once(arena: Arena, shop: Shop) -> None:
    """At the wheel that names the source; sent again with another id, and with a grant of the shop's own."""
    for number in range(2):
        invited = MemberRegistered(member_id="hal", inviter_id="gus")
        await shop.say(invited, "hal", f"registered-hal-{number}", topic=topics.MEMBERS)
    await shop.say(MemberRegistered(member_id="ivy"), "hal", "registered-ivy", topic=topics.MEMBERS)
    last = MemberRegistered(member_id="joe", inviter_id="gus")
    await shop.say(last, "hal", "registered-joe", topic=topics.MEMBERS)  # of the same partition: comes behind them
    answers = await _answers(arena, {f"invited:hal:{WHEEL}", f"invited:joe:{WHEEL}"})
    await arena.drained()
    answers = await _answers(arena, {f"invited:hal:{WHEEL}", f"invited:joe:{WHEEL}"})
    told = [(kind, said.get("reason") or said["source"]) for kind, said in answers[f"invited:hal:{WHEEL}"]]
    assert told == [
        ("lottery.chances.granted.v1", "invitation"), ("lottery.chances.refused.v1", "duplicate"),
    ]  # fmt: skip
    assert answers[f"invited:hal:{WHEEL}"][0][1]["member_id"] == "gus"
    assert not {cause for cause in await _causes(arena) if cause.startswith("invited:ivy:")}


async def _dead_orders(arena: Arena, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Causes by these coordinates, as soon as all are there. Other tests' records are on the shop's streams too."""
    return await _dead_there(arena, wanted, topics.dead(topics.ORDERS))


async def _dead_there(arena: Arena, wanted: Collection[tuple[int, int]], topic: Topic) -> dict[tuple[int, int], str]:
    letters: dict[tuple[int, int], str] = {}
    for _ in range(600):
        letters = await _all_dead(arena, topic)
        if letters.keys() >= set(wanted):
            break
        await asyncio.sleep(0.1)
    return {at: cause for at, cause in letters.items() if at in wanted}


async def _all_dead(arena: Arena, topic: Topic) -> dict[tuple[int, int], str]:
    """Causes by coordinates, of all letters there are now."""
    dead = await everything(arena.addresses.kafka, topic.name)
    letters = [json.loads(record.value) for part in dead.values() for record in part]
    return {(letter["partition"], letter["offset"]): letter["cause"] for letter in letters}


def _headers(kind: str, at: str = PAID_AT) -> cloudevent.Headers:
    return cloudevent.headers(CloudEvent("bad", kind, "/shop", at, "", b""))


async def test_orders_of_an_aborted_transaction_earn_nothing(arena: Arena, shop: Shop, tmp_path: Path) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=arena.addresses.kafka, transactional_id=f"shop-{tmp_path.name}")
    await producer.start()
    await producer.begin_transaction()
    await Shop(producer, PAID_AT).say(OrderPaid(order_id="o-5", member_id="dora", amount_fen=5000), "dora", "paid-o-5")
    await producer.abort_transaction()
    await producer.begin_transaction()
    await Shop(producer, PAID_AT).say(OrderPaid(order_id="o-6", member_id="dora", amount_fen=5000), "dora", "paid-o-6")
    await producer.commit_transaction()
    await producer.stop()
    await _answers(arena, {f"paid:o-6:{WHEEL}"})
    assert f"paid:o-5:{WHEEL}" not in await _causes(arena)


async def _causes(arena: Arena) -> set[str]:
    """The commands that were answered."""
    events = await everything(arena.addresses.kafka, topics.events("lottery").name)
    return {header(record, "ce_causationid") for part in events.values() for record in part}
