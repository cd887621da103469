"""An intake that meets a bug, or dies: nothing that the shop said is lost."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.orders import OrderPaid
from fairground_embedded import Servers
from fairground_runtime.address import KafkaAddress
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.kafka.topics import provide
from fairground_runtime.lifetime import patiently
from tests.crash.arena import Arena
from tests.record.world import settle
from tests.services import fresh
from tests.truth import everything, header
from tests.worker.orders import POISON, orders
from tests.worker.pages import Pages

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Shop:
    """Sells to members, and says so on a topic of its own; each order under its own id."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self.topic = topic
        self.sold: set[str] = set()

    async def sell(self, *ids: str) -> None:
        """An order's member is named by what stands before the dash, so orders of one member keep their order."""
        for order_id in ids:
            member = order_id.partition("-")[0]
            paid = OrderPaid(order_id=order_id, member_id=member, amount_fen=100)
            headers = cloudevent.headers(CloudEvent(order_id, paid.type, "/shop", "2026-01-01T00:00:00Z", "", b""))
            value = paid.model_dump_json().encode()
            await self._producer.send_and_wait(self.topic, value, member.encode(), headers=headers)
            self.sold.add(f"paid:{order_id}")


@pytest_asyncio.fixture(loop_scope="module")
async def arena(servers: Servers, tmp_path: Path) -> AsyncIterator[Arena]:
    async with Arena(servers.addresses, fresh("toy"), tmp_path) as arena:
        await patiently("Kafka", lambda: provide(KafkaAddress(servers.addresses.kafka), [orders(arena.name)]))
        yield arena


@pytest_asyncio.fixture(loop_scope="module")
async def shop(arena: Arena) -> AsyncIterator[Shop]:
    producer = AIOKafkaProducer(bootstrap_servers=arena.addresses.kafka, acks="all")
    await producer.start()
    yield Shop(producer, orders(arena.name).name)
    await producer.stop()


async def _asked(arena: Arena) -> list[str]:
    """The ids of all commands."""
    commands = await everything(arena.addresses.kafka, topics.commands(arena.name).name)
    return [header(record, "ce_id") for part in commands.values() for record in part]


async def _all_asked(arena: Arena, wanted: set[str]) -> bool:
    return set(await _asked(arena)) == wanted


async def test_a_bug_stops_the_partition_and_loses_nothing(arena: Arena, shop: Shop, tmp_path: Path) -> None:
    pages = Pages(tmp_path)
    broken = arena.start(TOY_INTAKE="broken", FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
    await shop.sell("ann-1", "ann-2", "cleo-1")
    await settle(lambda: _all_asked(arena, shop.sold))
    await pages.until("/ready", 200)
    before = set(shop.sold)
    at = partition_of(b"ann", topics.PARTITIONS)
    assert at != partition_of(b"cleo", topics.PARTITIONS)
    await shop.sell("ann-3", f"ann-{POISON}", "ann-4")
    told = await pages.until("/ready", 503, f"offset 3 of {shop.topic} partition {at}")
    assert "KeyError: 'rules of a version that is not known yet'" in told
    await shop.sell("ann-5", "cleo-2", "cleo-3")
    await settle(lambda: _all_asked(arena, {*before, "paid:ann-3", "paid:cleo-2", "paid:cleo-3"}))
    assert await pages.metric("fairground_stopped_partitions") == {f'{{service="{arena.name}"}}': 1}
    assert (await pages.read("/live"))[0] == 200, "no restart helps"
    assert "intake stopped, a person has to look" in arena.log()
    await arena.stop(broken)
    mended = arena.start(TOY_INTAKE="mended", FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
    await settle(lambda: _all_asked(arena, shop.sold))
    await pages.until("/ready", 200)
    assert len(await _asked(arena)) == len(shop.sold), "it went on where it had stood"
    await arena.drained()
    await arena.stop(mended)
    await arena.check()


async def test_a_bug_meets_every_version_that_has_it(arena: Arena, shop: Shop, tmp_path: Path) -> None:
    """Also the very first record of a partition, and again after a restart: it is never passed over."""
    pages = Pages(tmp_path)
    await shop.sell(f"ann-{POISON}", "ann-1")
    for _ in range(2):
        broken = arena.start(TOY_INTAKE="broken", FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
        await pages.until("/ready", 503, "offset 0")
        await arena.kill(broken)
    mended = arena.start(TOY_INTAKE="mended")
    await settle(lambda: _all_asked(arena, shop.sold))
    await arena.drained()
    await arena.stop(mended)
    await arena.check()


async def test_its_lag_is_told_and_a_transactions_marker_is_none(arena: Arena, shop: Shop, tmp_path: Path) -> None:
    pages = Pages(tmp_path)
    worker = arena.start(TOY_INTAKE="mended", FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
    producer = AIOKafkaProducer(bootstrap_servers=arena.addresses.kafka, transactional_id=f"shop-{arena.name}")
    await producer.start()
    async with producer.transaction():
        await Shop(producer, shop.topic).sell("ann-1")
    await producer.stop()
    at = partition_of(b"ann", topics.PARTITIONS)
    labels = f'{{partition="{at}",topic="{shop.topic}"}}'

    async def behind_the_marker() -> bool:
        return (await pages.metric("fairground_position")).get(labels) == 2

    await settle(behind_the_marker)
    assert (await pages.metric("fairground_lag_records"))[labels] == 0
    await arena.stop(worker)


async def test_killed_it_gets_its_partitions_back_at_once(arena: Arena, shop: Shop) -> None:
    worker = arena.start(TOY_INTAKE="mended", FAIRGROUND_SESSION_TIMEOUT_MS="30000")
    await shop.sell("ann-1")
    await settle(lambda: _all_asked(arena, shop.sold))
    await arena.kill(worker)
    await shop.sell("ann-2", "cleo-1")
    began = time.monotonic()
    worker = arena.start(TOY_INTAKE="mended", FAIRGROUND_SESSION_TIMEOUT_MS="30000")
    await settle(lambda: _all_asked(arena, shop.sold))
    assert time.monotonic() - began < 5, "it waited for the session of the one that was killed"
    await arena.drained()
    await arena.stop(worker)
    await arena.check()
