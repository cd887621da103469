"""What the shop says becomes facts: complete, whatever dies; repeated, malformed and other records do no harm."""

import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent, parse_time_ms, structured
from fairground_contracts.members import MemberRegistered, MemberTagged
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderCancelled, OrderCreated, OrderPaid, OrderRefunded
from fairground_embedded import Addresses
from fairground_postgres import digest
from fairground_record.shop import lines
from fairground_record.sources import Source
from tests.record.test_audit import audited, broken, change
from tests.record.test_record import Reading, recorded_all
from tests.record.test_rows import ODD, Raw
from tests.record.world import World, settle

TIME = "2017-06-01T04:00:00.000Z"
SOURCE = Source(topics.ORDERS, "orders", id=7)


@pytest.fixture
async def world(addresses: Addresses) -> AsyncIterator[World]:
    async with World(addresses) as entered:
        yield entered


class Shop:
    """Says things about a member of whom nobody has heard."""

    def __init__(self, world: World) -> None:
        self.member = f"m-{secrets.token_hex(4)}"
        self._world = world
        self._said = 0

    async def says(self, said: Message, topic: str = topics.ORDERS.name, **changes: Any) -> int:
        self._said += 1
        event = CloudEvent(f"{self.member}-{self._said}", said.type, "/shop", TIME, "", said.model_dump_json().encode())
        return await self._world.append(event._replace(**changes), self.member.encode(), topic, None)

    def paid(self, order: str, amount_fen: int) -> OrderPaid:
        return OrderPaid(order_id=f"{self.member}-{order}", member_id=self.member, amount_fen=amount_fen)

    def refunded(self, order: str, total_fen: int) -> OrderRefunded:
        return OrderRefunded(
            order_id=f"{self.member}-{order}", member_id=self.member, amount_fen=1, refunded_total_fen=total_fen,
            paid_fen=2000,
        )  # fmt: skip

    async def facts(self) -> list[tuple[Any, ...]]:
        """What, about what, when, how much."""
        connection = await self._world.connect()
        rows = await connection.fetch(
            """SELECT what, subject_id, time_ms, amount_fen FROM shop_facts
            WHERE $1 IN (member_id, subject_id) ORDER BY topic, partition, "offset" """,
            self.member,
        )
        await connection.close()
        return [(row[0], str(row[1]).removeprefix(f"{self.member}-"), *row[2:]) for row in rows]

    async def orders(self) -> dict[str, tuple[int, int]]:
        """When each was paid, and what stayed paid."""
        connection = await self._world.connect()
        rows = await connection.fetch(
            "SELECT order_id, paid_ms, net_fen FROM shop_orders WHERE member_id = $1", self.member
        )
        await connection.close()
        return {row[0].removeprefix(f"{self.member}-"): (row[1], row[2]) for row in rows}


async def test_orders_that_were_paid_and_refunded_are_facts_and_nothing_else_is(world: World) -> None:
    shop, at = Shop(world), parse_time_ms(TIME)
    await shop.says(OrderCreated(order_id="1", member_id=shop.member, amount_fen=2000))
    await shop.says(shop.paid("1", 2000))
    await shop.says(shop.paid("tab\tand \\ backslash", 500))
    await shop.says(shop.refunded("1", 300))
    await shop.says(OrderCancelled(order_id="1", member_id=shop.member))
    await shop.says(shop.paid("1", 2000), data=b"no JSON")
    await shop.says(shop.paid("1", 2000), time="yesterday")
    await shop.says(shop.paid("1", 2000), data=b'{"order_id": "1"}')
    await shop.says(MemberRegistered(member_id="new", inviter_id=shop.member), topics.MEMBERS.name)
    await shop.says(MemberRegistered(member_id=shop.member), topics.MEMBERS.name)
    await shop.says(MemberTagged(member_id=shop.member, added=("vip",)), topics.MEMBERS.name)
    async with Reading(world):
        await recorded_all(world)
    assert await shop.facts() == [
        ("paid", "1", at, 2000), ("paid", "tab\tand \\ backslash", at, 500), ("refunded", "1", at, 300),
        ("registered", shop.member, at, 0),
    ]  # fmt: skip
    assert await shop.orders() == {"1": (at, 1700), "tab\tand \\ backslash": (at, 500)}


def _record(kind: type[Message], data: bytes) -> Raw:
    event = CloudEvent("x", kind.type, "/shop", TIME, "", data)
    return Raw(0, b"m", data, cloudevent.headers(event))


@pytest.mark.parametrize("name", ODD)
def test_no_record_of_the_shop_is_too_odd_to_be_stepped_over(name: str) -> None:
    assert lines(SOURCE, 0, [ODD[name]]) == b""
    assert len(digest(ODD[name])) == 16


CONTENTS: tuple[Any, ...] = (
    None, "", "x", "x" * 128, "x" * 129, "é" * 128, 0, 1, -1, 10**13, 10**13 + 1, 10**30, 1.5, True, "1", [], {},
    "\ud800", "a\tb\nc\\", "\r",
)  # fmt: skip


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("field", ["order_id", "member_id", "amount_fen", "refunded_total_fen", "inviter_id", "items"])
@pytest.mark.parametrize("kind", [OrderPaid, OrderRefunded, MemberRegistered])
def test_what_is_read_is_what_the_contract_allows(kind: type[Message], field: str, content: Any) -> None:
    """Only of the fields that count, because reading the rest would take ten times as long."""
    whole = {
        "order_id": "o",
        "member_id": "m",
        "amount_fen": 5,
        "refunded_total_fen": 5,
        "paid_fen": 5,
        "inviter_id": "i",
    }
    data = json.dumps(whole | {field: content}).encode()
    try:
        said: Any = kind.model_validate_json(data)
    except ValidationError:
        said = None
    found = lines(SOURCE, 0, [_record(kind, data)])
    if said is None:
        irrelevant = field == "items" or (field == "amount_fen" and kind is OrderRefunded)
        assert found == b"" or irrelevant
    else:
        assert bool(found) == (kind is not MemberRegistered or bool(said.inviter_id))
        assert found.count(b"\n") == bool(found), "one line each"


async def test_an_order_counts_once_however_often_and_in_whatever_order_it_is_said(world: World) -> None:
    shop, at = Shop(world), parse_time_ms(TIME)
    for said in (shop.refunded("1", 500), shop.paid("1", 2000), shop.refunded("1", 300), shop.paid("1", 2000)):
        await shop.says(said)
    await shop.says(shop.refunded("unknown", 300))
    for number in range(2):
        await shop.says(shop.refunded("2", 9000 + number))
        await shop.says(shop.paid("2", 2000), time=f"2017-06-01T04:0{number}:00Z")
    async with Reading(world):
        await recorded_all(world)
    assert await shop.orders() == {"1": (at, 1500), "2": (at, 0)}


async def test_a_cloudevent_in_structured_mode_is_read_too(world: World) -> None:
    shop = Shop(world)
    paid = CloudEvent("x", OrderPaid.type, "/shop", TIME, "", shop.paid("1", 70).model_dump_json().encode())
    headers = [("content-type", b"application/cloudevents+json")]
    await world.producer.send_and_wait(
        topics.ORDERS.name, orjson.dumps(structured(paid)), shop.member.encode(), headers=headers
    )
    async with Reading(world):
        await recorded_all(world)
    assert await shop.orders() == {"1": (parse_time_ms(TIME), 70)}


async def test_it_goes_on_where_it_stood_and_each_fact_is_there_once(world: World) -> None:
    shop = Shop(world)
    for number in range(3):
        await shop.says(shop.paid(f"{number}", 100))
        async with Reading(world), Reading(world):
            await recorded_all(world)
    assert [fact[1] for fact in await shop.facts()] == ["0", "1", "2"]


async def test_another_topic_of_the_same_name_is_not_mixed_in(world: World) -> None:
    shop = Shop(world)
    await shop.says(shop.paid("1", 100))
    async with Reading(world):
        await recorded_all(world)
    await change(world, r"UPDATE positions SET last = '\x00' FROM topics t WHERE t.id = topic AND t.kind = 'orders'")
    await shop.says(shop.paid("2", 100))
    async with Reading(world) as reading:
        await settle(lambda: _stopped(reading))
        assert {"created anew" in said for said in reading.recorder.stopped.values()} == {True}
        assert {at.topic for at in reading.recorder.stopped} == {topics.ORDERS.name}
    assert [fact[1] for fact in await shop.facts()] == ["1"]


async def _stopped(reading: Reading) -> Any:
    return reading.recorder.stopped


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE shop_facts SET amount_fen = 99 WHERE member_id = $1", "differs in amount_fen ('99' instead of '100')"),
        ("DELETE FROM shop_facts WHERE member_id = $1", "is missing in the record"),
        (
            'INSERT INTO shop_facts SELECT topic, partition, "offset" + 1000000, what, member_id, subject_id, 0, 0 '
            "FROM shop_facts WHERE member_id = $1",
            "1 rows stand behind the record's own end",
        ),
    ],
)
async def test_the_audit_compares_facts_with_what_the_shop_said(world: World, statement: str, said: str) -> None:
    shop = Shop(world)
    await shop.says(shop.paid("1", 100))
    async with Reading(world):
        await recorded_all(world)
    assert broken(await audited(world)) == {}
    await change(world, statement, shop.member)
    found = broken(await audited(world))
    assert found.keys() == {"record_is_topic"}
    assert said in found["record_is_topic"][0]
