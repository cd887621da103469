"""Services on a broker that allows each of them what docs/operations.md lists for it, and nothing else."""

import asyncio
import time
from pathlib import Path

import pytest

from fairground_contracts import topics
from fairground_embedded import Addresses
from fairground_runtime.kafka.topics import provide
from fairground_runtime.protocol.ports import Stopped
from fairground_runtime.settings import ServerSettings
from tests.crash.arena import Arena
from tests.crash.audited import audited
from tests.rights import names_of, of_activity, of_follower
from tests.secure.broker import Broker, Rights
from tests.services import activity, fresh, traffic
from tests.timer.world import World
from tests.truth import everything
from tests.worker.shop import open_shop

#: One way to connect for each, so that all of them are seen to work.
_LOGINS = {
    "lottery": ("SASL_PLAINTEXT", "PLAIN"), "redpacket": ("SASL_PLAINTEXT", "SCRAM-SHA-256"),
    "signin": ("SASL_SSL", "SCRAM-SHA-512"),
}  # fmt: skip
_PATIENCE_S = 30


@pytest.mark.parametrize("name", _LOGINS)
async def test_a_service_needs_no_more_than_its_row(
    name: str, broker: Broker, beside: Addresses, tmp_path: Path
) -> None:
    """It decides, it pays, and its intake takes in what it hears: what nobody can read becomes a dead letter. The
    record, with its own row, takes all of it down."""
    async with Arena(beside, name, tmp_path) as arena:
        await arena.redis.flushdb()
        await broker.make_user(name)
        await broker.allow(name, Rights(*of_activity(name), (f"fairground.{name}", f"fairground.{name}.intake")))
        worker = arena.start("one", "", 1, **broker.environment(name, *_LOGINS[name]))
        await arena.publish(traffic(name, 7, 400))
        await arena.drained()
        await _nobody_can_read_what_it_hears(name, beside.kafka)
        await arena.drained()
        await arena.stop(worker)
        assert (await arena.check()).paid
        assert "no right" not in arena.log()
    await broker.allow("record", Rights(*of_follower("record"), ("fairground.record",)))
    told = broker.environment("record") | {"FAIRGROUND_GROUP": "fairground.record"}
    report = await audited(beside, name, tmp_path / "record.log", **told)
    assert report.holds, report.render("en")


async def _nobody_can_read_what_it_hears(name: str, admin: str) -> None:
    intake = activity(name).intake
    assert intake is not None
    async with open_shop(admin, "2026-01-01T00:00:00Z") as shop, asyncio.timeout(_PATIENCE_S):
        for topic in intake.topics:
            letters = topics.dead(topic).name
            before = await _count(admin, letters)
            await shop.say_raw(b"{", [], topic=topic)
            while await _count(admin, letters) == before:
                await asyncio.sleep(0.1)


async def _count(admin: str, topic: str) -> int:
    return sum(map(len, (await everything(admin, topic)).values()))


async def test_who_may_create_topics_needs_to_see_only_its_own(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in broker.environment("maker").items():
        monkeypatch.setenv(name, value)
    kafka, own = ServerSettings().kafka, topics.of_service(fresh("toy"))
    await broker.allow("maker", Rights(creates=True))
    with pytest.raises(Stopped, match=f"Kafka shows this user no {own[0].name}, "):
        await provide(kafka, own, others=topics.shared())
    await broker.allow("maker", Rights(writes=names_of(own)))
    await provide(kafka, own, others=topics.shared())


async def test_the_timer_service_needs_no_more_than_its_row(broker: Broker, beside: Addresses, tmp_path: Path) -> None:
    async with World(beside, tmp_path) as world:
        reads, writes = of_follower("timer")
        rights = Rights(reads, writes | {topics.commands(world.service).name}, ("fairground.timer",))
        await broker.allow("timer", rights)
        instance = world.start(**broker.environment("timer"), FAIRGROUND_TIMER_GROUP="fairground.timer")
        await world.ask(world.request("soon", int(time.time() * 1000)))
        await world.settled({"soon": "given"})
        assert [given.timer for given in await world.given()] == ["soon-1"]
        await world.stop(instance)
        assert "no right" not in world.log()
