"""A worker process seen from outside: what it refuses, what its pages say, what it passes on."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent
from fairground_embedded import Servers, Valkey
from fairground_runtime import metrics
from tests.crash.arena import Arena, until
from tests.services import fresh, toy_traffic
from tests.toy import TakeTicket
from tests.truth import everything, header

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def arena(servers: Servers, tmp_path: Path) -> AsyncIterator[Arena]:
    async with Arena(servers.addresses, fresh("toy"), tmp_path) as arena:
        yield arena


async def test_a_server_that_would_evict_state_is_refused(arena: Arena, valkey: Valkey) -> None:
    await arena.redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        worker = arena.start()
        assert await arena.died(worker) == 1
    finally:
        await arena.redis.config_set("maxmemory-policy", "noeviction")
    assert "maxmemory-policy is allkeys-lru" in arena.log()
    assert "CONFIG SET maxmemory-policy noeviction" in arena.log()
    assert "Traceback" not in arena.log()


async def test_state_has_no_time_to_live(arena: Arena) -> None:
    worker = arena.start()
    await arena.publish(toy_traffic(51, 50))
    await arena.drained()
    await arena.stop(worker)
    keys = [key async for key in arena.redis.scan_iter(f"{{{arena.name}:*")]
    assert keys
    assert {await arena.redis.ttl(key) for key in keys} == {-1}


async def test_health_pages_and_metrics(arena: Arena, tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    worker = arena.start(FAIRGROUND_HEALTH_PORT_FILE=str(port_file))
    await until(port_file.exists, 20, "no health page")
    await arena.publish(toy_traffic(52, 100))
    await arena.drained()

    async def page(path: str) -> tuple[int, str]:
        return await asyncio.to_thread(_page, f"http://127.0.0.1:{port_file.read_text()}{path}")

    assert await page("/live") == (200, '{"ok":true,"problems":[]}')
    status, ready = await page("/ready")
    assert (status, json.loads(ready)) == (200, {"ok": True, "problems": []})
    assert (await page("/elsewhere"))[0] == 404
    status, told = await page("/metrics")
    assert status == 200
    declared = {name for family in metrics.registry.collect() for name in (family.name,)}
    exposed = {line.split()[2].removesuffix("_total") for line in told.splitlines() if line.startswith("# TYPE")}
    assert exposed - {name for name in exposed if name.endswith("_created")} <= declared
    assert f'fairground_commands_total{{service="{arena.name}"}}' in told
    assert f'fairground_step_seconds_count{{service="{arena.name}",step="published"}}' in told
    await arena.stop(worker)


def _page(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def test_a_stopped_partition_is_told_and_the_others_go_on(arena: Arena, tmp_path: Path) -> None:
    worker = arena.start()
    await arena.publish(toy_traffic(53, 200))
    await arena.drained()
    await arena.stop(worker)
    real: Any = await arena.redis.hgetall(f"{{{arena.name}:1}}:position")
    await arena.redis.hset(f"{{{arena.name}:1}}:position", mapping={"end": int(real[b"end"]) + 1_000_000})
    port_file = tmp_path / "port"
    worker = arena.start(FAIRGROUND_HEALTH_PORT_FILE=str(port_file))
    before = await arena.positions()
    await arena.publish(toy_traffic(54, 200))
    await until(lambda: "a person has to look" in arena.log(), 20, "it has not stopped the partition")
    now = before
    while now[0] == before[0] or now[2] == before[2] or now[3] == before[3]:
        await asyncio.sleep(0.05)
        now = await arena.positions()
    status, told = await asyncio.to_thread(_page, f"http://127.0.0.1:{port_file.read_text()}/ready")
    assert status == 503
    assert "created anew or cut" in told
    await arena.kill(worker)
    await arena.redis.hset(f"{{{arena.name}:1}}:position", mapping=real)
    worker = arena.start()
    await arena.drained()
    await arena.stop(worker)
    await arena.check()


async def test_trace_context_is_passed_on(arena: Arena) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    command = CloudEvent("traced", TakeTicket.type, "/test", "2026-01-01T00:00:00Z", "traced", b"", traceparent=trace)
    worker = arena.start()
    await arena.publish_raw(b'{"activity_id":"traced","member_id":"m"}', b"traced", cloudevent.headers(command))
    await arena.drained()
    await arena.stop(worker)
    for topic in (f"fairground.{arena.name}.events", "fairground.rewards"):
        records = [record for part in (await everything(arena.addresses.kafka, topic)).values() for record in part]
        (traced,) = [record for record in records if header(record, "ce_subject") == "traced"]
        assert header(traced, "traceparent") == trace


async def test_an_event_names_the_command_it_answers(arena: Arena) -> None:
    worker = arena.start()
    commands = list(toy_traffic(55, 50))
    await arena.publish(commands)
    await arena.drained()
    await arena.stop(worker)
    events = await everything(arena.addresses.kafka, f"fairground.{arena.name}.events")
    answered = {header(record, "ce_causationid") for part in events.values() for record in part}
    assert {command.id for command in commands} <= answered


async def test_a_command_far_from_the_brokers_time_is_dead_where_that_is_ruled(arena: Arena) -> None:
    worker = arena.start(FAIRGROUND_MAX_SKEW_MS="60000")
    coordinates = [
        await arena.publish_raw(b'{"activity_id":"skewed","member_id":"m"}', b"skewed", _taken_at(moment))
        for moment in ("1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
    ]
    await arena.drained()
    await arena.stop(worker)
    letters = {(d["partition"], d["offset"]): d for d in (await arena.check()).dead_letters()}
    assert [letters[at]["cause"] for at in coordinates] == ["clock_skew", "clock_skew"]


def _taken_at(moment: str) -> Any:
    return cloudevent.headers(CloudEvent("skewed", TakeTicket.type, "/test", moment, "skewed", b""))
