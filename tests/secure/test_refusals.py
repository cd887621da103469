"""What a process says when a broker does not want it, or does not let it do something. The password is never told."""

from collections.abc import AsyncIterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import pytest_asyncio

from fairground_contracts import topics
from fairground_embedded import Addresses
from tests.crash.arena import Arena
from tests.secure.broker import Broker, Rights
from tests.services import fresh, toy_traffic
from tests.worker.pages import Pages

pytestmark = pytest.mark.asyncio(loop_scope="module")

_USER = "toy"
_WRONG = {"KAFKA_SASL_PASSWORD": "hush-and-wrong"}


@pytest_asyncio.fixture(loop_scope="module")
async def arena(broker: Broker, beside: Addresses, tmp_path: Path) -> AsyncIterator[Arena]:
    await broker.make_user(_USER)
    async with Arena(beside, fresh("toy"), tmp_path) as arena:
        yield arena


def _rights(name: str) -> Rights:
    asked, dead, happened = topics.of_service(name)
    read = (asked, happened, topics.ACTIVITIES)
    return Rights(
        [topic.name for topic in read], [topic.name for topic in (*read, dead, topics.REWARDS)], [f"fairground.{name}"]
    )


def _started(arena: Arena, told: dict[str, str]) -> BaseProcess:
    return arena.start("one", "", 1, **told)


async def _ended_saying(sentence: str, arena: Arena, told: dict[str, str]) -> None:
    assert await arena.died(_started(arena, told)) == 1
    assert sentence in arena.log()
    assert "Traceback" not in arena.log()
    assert "hush" not in arena.log()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_wrong_password_ends_the_process(mechanism: str, arena: Arena, broker: Broker) -> None:
    told = broker.environment(_USER, mechanism=mechanism) | _WRONG
    sentence = "user toy or its password is wrong (KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD)"
    await _ended_saying(sentence, arena, told)


async def test_a_mechanism_that_is_not_taken_ends_the_process(arena: Arena, broker: Broker) -> None:
    told = broker.environment(_USER, "SASL_SSL", "SCRAM-SHA-256")
    await _ended_saying("it does not take SCRAM-SHA-256 (KAFKA_SASL_MECHANISM)", arena, told)


async def test_a_broker_that_knows_no_users_ends_the_process(arena: Arena, broker: Broker) -> None:
    told = broker.environment(_USER) | {"KAFKA_BOOTSTRAP_SERVERS": broker.admin}
    await _ended_saying("it takes no user there (KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT)", arena, told)


async def test_a_certificate_of_a_strange_authority_ends_the_process(arena: Arena, broker: Broker) -> None:
    told = broker.environment(_USER, "SASL_SSL", "PLAIN") | {"KAFKA_SSL_CAFILE": ""}
    await _ended_saying("its certificate is not believed, ", arena, told)
    assert "(KAFKA_SSL_CAFILE)" in arena.log()


async def test_who_may_not_see_its_own_topics_ends(arena: Arena, broker: Broker) -> None:
    sentence = f"Kafka shows this user no fairground.{arena.name}.commands, "
    await _ended_saying(sentence, arena, broker.environment("nobody"))


async def test_who_may_not_join_its_group_ends(arena: Arena, broker: Broker) -> None:
    await broker.allow(_USER, _rights(arena.name))
    await broker.forbid(_USER, Rights(groups=[f"fairground.{arena.name}"]))
    sentence = f"this user has no right to read as group fairground.{arena.name} (docs/operations.md, Access control)"
    await _ended_saying(sentence, arena, broker.environment(_USER))


@pytest.mark.parametrize("missing", ["to read its commands", "to write rewards"])
async def test_who_lacks_a_right_says_which_and_goes_on_when_it_is_given(
    missing: str, arena: Arena, broker: Broker, tmp_path: Path
) -> None:
    commands, rewards = topics.commands(arena.name).name, topics.REWARDS.name
    lacks, topic = (Rights(reads=[commands]), commands) if "read" in missing else (Rights(writes=[rewards]), rewards)
    await broker.allow(_USER, _rights(arena.name))
    await broker.forbid(_USER, lacks)
    pages = Pages(tmp_path)
    worker = _started(arena, broker.environment(_USER) | {"FAIRGROUND_HEALTH_PORT_FILE": pages.port_file})
    await arena.publish(toy_traffic(71, 100))
    sentence = f"this user has no right to do that with topic {topic} (docs/operations.md, Access control)"
    await pages.until("/ready", 503, sentence)
    assert sentence in arena.log()
    assert (await pages.read("/live"))[0] == 200, "no restart helps"
    await broker.allow(_USER, lacks)
    await arena.drained()
    await pages.until("/ready", 200)
    await arena.stop(worker)
    await arena.check()
    assert "Traceback" not in arena.log()
    assert "hush" not in arena.log()


async def test_who_may_not_write_its_events_stops_until_it_is_started_anew(
    arena: Arena, broker: Broker, tmp_path: Path
) -> None:
    """Nothing can be decided: trying again and again would only fill the log."""
    lacks = Rights(writes=[topics.events(arena.name).name])
    await broker.allow(_USER, _rights(arena.name))
    await broker.forbid(_USER, lacks)
    pages = Pages(tmp_path)
    worker = _started(arena, broker.environment(_USER) | {"FAIRGROUND_HEALTH_PORT_FILE": pages.port_file})
    await arena.publish(toy_traffic(72, 100))
    await pages.until("/ready", 503, f"no right to do that with topic fairground.{arena.name}.events")
    assert "partition stopped, a person has to look" in arena.log()
    await arena.stop(worker)
    await broker.allow(_USER, lacks)
    worker = _started(arena, broker.environment(_USER))
    await arena.drained()
    await arena.stop(worker)
    await arena.check()
