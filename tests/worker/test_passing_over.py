"""What concerns no activity is passed over unread, and read from the publication on that makes it a concern."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from fairground_cli import activityfile
from fairground_contracts import cloudevent, topics
from fairground_contracts.activities import PublishActivity
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.orders import OrderCreated, OrderPaid
from fairground_decider import Translated
from fairground_embedded import Servers
from tests.crash.arena import Arena
from tests.truth import everything, header
from tests.worker.pages import Pages
from tests.worker.shop import Shop, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parents[2]
SERVICE, PASSED = "redpacket", "fairground_passed_over_records_total"
AT = "2017-02-02T03:00:00Z"


@pytest_asyncio.fixture(loop_scope="module")
async def shop(servers: Servers) -> AsyncIterator[Shop]:
    async with open_shop(servers.addresses.kafka, AT) as shop:
        yield shop


async def test_orders_are_read_from_the_publication_on_that_wants_them(
    servers: Servers, shop: Shop, tmp_path: Path
) -> None:
    pages = Pages(tmp_path)
    async with Arena(servers.addresses, SERVICE, tmp_path) as arena:
        worker = arena.start(FAIRGROUND_HEALTH_PORT_FILE=pages.port_file)
        await pages.until("/ready", 200)
        await _passes_over(shop, pages)
        nonsense = cloudevent.headers(CloudEvent("unread", OrderPaid.type, "/shop", AT, "", b""))
        unread = await shop.say_raw(b"{", nonsense)
        await _behind_everything(arena)

        rules = activityfile.content(activityfile.read(ROOT / "examples" / "complete" / "packets-2017.yaml"))
        rules["id"] = activity = f"wants-orders-{tmp_path.name}"
        publish = PublishActivity(activity_id=activity, rules=rules)
        await arena.publish([Translated(activity, f"publish-{activity}", "2017-01-19T00:00:00Z", publish)])
        await arena.drained()
        for number in range(8):  # some for every partition
            order = OrderPaid(order_id=f"{activity}-{number}", member_id=f"buyer-{number}", amount_fen=10_000)
            await shop.say(order, f"buyer-{number}", order.order_id)
        await _answered(arena, {f"paid:{activity}-{number}:{activity}" for number in range(8)})
        await arena.stop(worker)
    dead = await everything(servers.addresses.kafka, topics.dead(topics.ORDERS).name)
    ours = [each for part in dead.values() for each in part if header(each, "ce_source").endswith(f"{SERVICE}/intake")]
    letters = [json.loads(letter.value) for letter in ours]
    assert (unread.partition, unread.offset) not in {(letter["partition"], letter["offset"]) for letter in letters}


async def _passes_over(shop: Shop, pages: Pages) -> None:
    """Say things until the first of them is passed over."""
    async with asyncio.timeout(30):
        for number in count():
            if any("shop.orders" in labels for labels in await pages.metric(PASSED)):
                return
            order = OrderCreated(order_id=f"nobody's-{number}", member_id="passer-by", amount_fen=100)
            await shop.say(order, "passer-by", order.order_id)
            await asyncio.sleep(0.05)


async def _behind_everything(arena: Arena) -> None:
    """Wait until the intake has committed the ends of all orders."""
    tps = [TopicPartition(topics.ORDERS.name, number) for number in range(topics.ORDERS.partitions)]
    group = AIOKafkaConsumer(
        bootstrap_servers=arena.addresses.kafka, group_id=f"fairground.{SERVICE}.intake", enable_auto_commit=False
    )
    group.assign(tps)
    await group.start()
    try:
        async with asyncio.timeout(30):
            while {tp: await group.committed(tp) or 0 for tp in tps} != await group.end_offsets(tps):
                await asyncio.sleep(0.05)
    finally:
        await group.stop()


async def _answered(arena: Arena, commands: set[str]) -> None:
    """Wait until each of these commands has an outcome."""
    found: set[str] = set()
    async with asyncio.timeout(60):
        while not commands <= found:
            events = await everything(arena.addresses.kafka, topics.events(SERVICE).name)
            found = {header(record, "ce_causationid") for part in events.values() for record in part}
            await asyncio.sleep(0.1)
