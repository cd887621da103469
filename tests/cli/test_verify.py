"""A wheel from its publication to its verification, with the real servers: what is disclosed when, and to whom."""

import asyncio
import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import asyncpg
import pytest
from aiokafka import TopicPartition
from redis import Redis

from fairground_cli import client
from fairground_embedded import Addresses
from fairground_lottery.domain import Seeds
from fairground_runtime.address import KafkaAddress
from tests.cli.conftest import WHEEL, Run, Up, process


def _published(ask: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.yaml"
    text = WHEEL.read_text().replace("id: spring", f"id: {name}")
    file.write_text(text.replace("free_per_day: 1", "free_per_day: 9"))
    assert ask("activities", "publish", file).status == 0


def _spellings(seed: bytes) -> list[bytes]:
    return [seed, seed.hex().encode(), seed.hex().upper().encode(), b64encode(seed)]


def _redis(addresses: Addresses) -> bytes:
    redis: Any = Redis.from_url(addresses.redis)
    try:
        return b"\n".join(redis.dump(key) + _plain(redis, key) for key in redis.keys("*"))
    finally:
        redis.close()


def _plain(redis: Any, key: bytes) -> bytes:
    if redis.type(key) != b"hash":
        return b""
    return b"\n".join(part for pair in redis.hgetall(key).items() for part in pair)


async def _kafka(addresses: Addresses) -> bytes:
    partitions = await client.partitions(KafkaAddress(addresses.kafka))
    wanted = [TopicPartition(topic, n) for topic, count in partitions.items() for n in range(count)]
    async with client.consumer(KafkaAddress(addresses.kafka)) as reader:
        return b"\n".join(
            [
                b"\n".join([raw.key or b"", raw.value or b"", *(content for _, content in raw.headers)])
                async for raw in client.everything(reader, [tp for tp in wanted if not tp.topic.startswith("__")])
            ]
        )


async def _postgres(addresses: Addresses) -> bytes:
    connection = await asyncpg.connect(addresses.database)
    try:
        rows = await connection.fetch("SELECT r::text || coalesce(r.exact::text, '') FROM record.records r")
        return b"\n".join(row[0].encode() for row in rows)
    finally:
        await connection.close()


def _logs_and_metrics(up: Up) -> bytes:
    pages = [
        urlopen(f"http://127.0.0.1:{file.read_text()}/{page}").read()
        for file in (up.data / "run").glob("*.port")
        for page in ("metrics", "live", "ready")
    ]
    assert len(pages) >= 6
    return b"\n".join([*pages, *(file.read_bytes() for file in (up.data / "logs").glob("*.log"))])


async def _everything(up: Up) -> dict[str, bytes]:
    """Whatever somebody who is not a worker could come to see."""
    return {
        "redis": _redis(up.addresses), "kafka": await _kafka(up.addresses), "postgres": await _postgres(up.addresses),
        "logs and metrics": _logs_and_metrics(up),
    }  # fmt: skip


def test_the_seed_is_nowhere_until_the_wheel_is_stopped(up: Up, ask: Run, tmp_path: Path) -> None:
    """Draws, refusals, a dead letter, a refused move: nothing tells it. The event that ends the wheel does."""
    _published(ask, tmp_path, "sealed")
    for number in range(5):
        assert ask("draw", "sealed", f"member-{number}", "--draws", "2").status == 0
    assert ask("draw", "sealed", "member-0", "--draws", "90").status == 1
    assert ask("activities", "end", "sealed", "--why", "too early").status == 1
    said = [ask("verify", "sealed"), ask("activities", "list")]
    secret = bytes.fromhex((up.data / "secret").read_text())
    seed = Seeds(secret, "k1").seed("sealed", "k1")
    told = asyncio.run(_everything(up)) | {"the command": "".join(ran.out + ran.err for ran in said).encode()}
    for where, content in told.items():
        assert content, where
        assert not [each for each in (*_spellings(seed), *_spellings(secret)) if each in content], where
    assert ask("activities", "stop", "sealed", "--why", "over").status == 0
    assert ask("verify", "sealed").status == 0
    after = asyncio.run(_everything(up))
    assert [where for where, content in after.items() if seed.hex().encode() in content] == ["kafka", "postgres"]


def test_a_wheel_is_ended_verified_and_its_export_needs_no_server(ask: Run, run: Run, tmp_path: Path) -> None:
    _published(ask, tmp_path, "checked")
    for member in ("ann", "bob"):
        assert ask("draw", "checked", member, "--draws", "3").status == 0
    before = ask("verify", "checked")
    assert (before.status, "is not disclosed yet" in before.err) == (1, True)
    ended = ask("activities", "end", "checked", "--why", "the window is over", "--at", "2031-01-01T00:00:00+08:00")
    assert (ended.status, "the seed of its draws is disclosed" in ended.out) == (0, True)
    assert "seed=" in ended.out
    (row,) = [line for line in ask("activities", "list").out.splitlines() if line.startswith("checked ")]
    assert " ended " in row
    late = ask("draw", "checked", "ann")
    assert (late.status, "Refused (ended)" in late.out) == (1, True)
    verified = ask("verify", "checked", "--export", "checked.json")
    assert verified.status == 0, verified
    assert "checked: all 6 outcomes are what the seed and the rules make of them (1 version(s))." in verified.out
    exported = json.loads(Path("checked.json").read_bytes())
    assert [exported["activity_id"], len(exported["draws"])] == ["checked", 6]
    assert "ann" not in Path("checked.json").read_text()
    assert run("verify", "--file", "checked.json").status == 0


def test_an_altered_export_ends_with_1_and_names_the_event(ask: Run, run: Run, tmp_path: Path) -> None:
    _published(ask, tmp_path, "altered")
    assert ask("draw", "altered", "ann").status == 0
    assert ask("activities", "stop", "altered", "--why", "x").status == 0
    assert ask("verify", "altered", "--export", "altered.json").status == 0
    exported = json.loads(Path("altered.json").read_bytes())
    exported["draws"][0]["drawn_id"] = "nothing"
    Path("altered.json").write_text(json.dumps(exported))
    status, out, _ = run("verify", "--file", "altered.json")
    assert status == 1
    assert "✗ altered: 0 of 1 outcomes" in out
    assert f"{exported['draws'][0]['event_id']}: drawn_id is 'nothing'; recomputed: 'points'" in out
    assert "altered: sha256 is " in out


def test_a_forged_event_in_the_record_is_found(up: Up, ask: Run, tmp_path: Path) -> None:
    """Somebody with a hand in PostgreSQL changes what an outcome says of its draw."""
    _published(ask, tmp_path, "forged")
    assert ask("draw", "forged", "ann", "--draws", "2").status == 0
    assert ask("activities", "stop", "forged", "--why", "x").status == 0
    assert ask("verify", "forged").status == 0

    async def forge(before: str, after: str) -> None:
        connection = await asyncpg.connect(up.addresses.database)
        await connection.execute(
            "UPDATE record.records SET value = regexp_replace(value, $1, $2) "
            "WHERE activity_id = 'forged' AND type LIKE 'lottery.%' AND id LIKE '%-1'", before, after,
        )  # fmt: skip
        await connection.close()

    asyncio.run(forge('"index":1', '"index":7'))
    try:
        status, out, _ = ask("verify", "forged")
    finally:
        asyncio.run(forge('"index":7', '"index":1'))
    assert (status, "index is '7'; recomputed: '1'" in out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Say what is to be verified"),
        (["a", "--file", "b"], "Say what is to be verified"),
        (["--file", "b", "--export", "c"], "Say what is to be verified"),
        (["--file", "none.json"], "none.json cannot be read: No such file or directory."),
    ],
)
def test_what_cannot_be_meant_is_said(run: Run, arguments: list[str], says: str) -> None:
    status, _, err = run("verify", *arguments)
    assert (status, says in err) == (2, True)


def test_files_that_are_no_exports(run: Run, tmp_path: Path) -> None:
    Path("no.json").write_text("{")
    Path("other.json").write_text('{"service": "circus"}')
    Path("lottery.json").write_text('{"service": "lottery"}')
    for file, says in {
        "no.json": "no.json is no export that can be verified", "other.json": "Activities of circus cannot be verified",
        "lottery.json": "lottery.json is no export that can be verified",
    }.items():  # fmt: skip
        status, _, err = run("verify", "--file", file)
        assert (status, says in err) == (1, True)


def test_an_activity_that_the_record_does_not_know(ask: Run) -> None:
    status, _, err = ask("verify", "nosuch")
    assert (status, err) == (1, "The record knows no activity 'nosuch'.\n")


def test_without_a_database_it_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost:1/none")
    status, _, err = run("verify", "spring")
    assert (status, "PostgreSQL, which does not answer" in err) == (1, True)


def test_the_verdict_is_told_in_chinese_too(ask: Run, tmp_path: Path) -> None:
    _published(ask, tmp_path, "chinese")
    assert ask("draw", "chinese", "ann").status == 0
    assert ask("activities", "stop", "chinese", "--why", "x").status == 0
    assert ask("verify", "chinese", "--export", "chinese.json").status == 0
    said = process("--lang", "zh", "verify", "--file", Path("chinese.json"))
    assert (said.status, "全部 1 个结果都与种子和规则一致" in said.out) == (0, True)
    assert os.path.getsize("chinese.json") > 500
