"""`fairground report` of a wheel that holds members out, from the house's own services, servers and record."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from fairground_contracts import cloudevent, topics
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.reward_results import RewardUsed
from fairground_record.audit import audit, installed
from fairground_runtime.settings import ServerSettings
from tests.cli.conftest import WHEEL, Run, Up, process
from tests.cli.test_answers import until

ID = "measured"
CUSTOMERS = [f"customer-{number}" for number in range(60)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "wheel.yaml"
    file.write_text(
        WHEEL.read_text().replace("id: spring", f"id: {ID}").replace("en: Spring wheel", "en: <b>Held</b> wheel")
        + "audience: { holdout: 30% }\n"
    )  # fmt: skip
    return file


@pytest.fixture
def played(ask: Run, wheel: Path, tmp_path: Path) -> int:
    """Customers of last week buy again later today; most of them draw. How many drew."""
    if f"\n{ID} " not in ask("activities", "list").out:
        assert ask("activities", "publish", wheel).status == 0
        now = datetime.now(UTC)
        rows = [f"{name}-{at},{name},{time:%Y-%m-%dT%H:%M:%SZ},12.50" for name in CUSTOMERS
                for at, time in enumerate((now - timedelta(days=7), now + timedelta(hours=1)))]  # fmt: skip
        (tmp_path / "orders.csv").write_text("\n".join(["order_id,member_id,time,amount", *rows]) + "\n")
        assert ask("orders", "replay", tmp_path / "orders.csv").status == 0
        for name in CUSTOMERS[:30]:
            ask("draw", ID, name)
    out = until(lambda: ask("statistics", ID), lambda out: "holdout" in out and "members it met: 30" in out)
    return int(out.partition("members who drew: ")[2].split()[0])


def _report(ask: Run, *more: str | Path) -> tuple[dict[str, Any], str, str]:
    ran = ask("report", ID, "--json", "report.json", "--html", "report.html", *more)
    assert ran.status == 0, ran.err
    return json.loads(Path("report.json").read_text("utf-8")), Path("report.html").read_text("utf-8"), ran.out


def test_c15_expected_happened_measured_and_audited_stand_on_one_page(ask: Run, up: Up, played: int) -> None:
    until(lambda: ask("report", ID, "--members", "0"), lambda out: "Of the customers" in out)
    found, page, out = _report(ask)
    assert (found["happened"]["met"], found["happened"]["took_part"]) == (30, played)
    assert 5 < played < 30
    assert found["happened"]["exposed"] is None
    assert {"reason": "holdout", "times": 30 - played} in found["refusals"]
    assert (found["forecast_made"], found["forecast"]["crowd"]["members"]) == ("afterwards", 30)
    tried = found["uplift"]
    assert tried["treated"]["people"] + tried["holdout"]["people"] >= len(CUSTOMERS)
    assert tried["treated"]["buyers"] >= 30
    assert tried["repurchase"]["verdict"] == "too_small"
    for words in ("What it brought, measured", "The sample is too small to tell", "What it cost, audited", "Refusals"):
        assert words in out
        assert words in page
    assert "&lt;b&gt;Held&lt;/b&gt; wheel" in page
    assert "<b>Held" not in page
    _equal_to_the_audit(up, found["cost"])


def _equal_to_the_audit(up: Up, cost: dict[str, int]) -> None:
    where = up.addresses
    servers = ServerSettings(
        kafka_bootstrap_servers=where.kafka, redis_url=where.redis, database_url=where.database
    )  # fmt: skip
    (total,) = [each for each in asyncio.run(audit(installed(), servers)).totals if each.activity_id == ID]
    names = [f"{what}{of}" for what in ("granted", "revoked", "delivered", "failed") for of in ("", "_fen")]
    assert {name: cost[name] for name in names} == {name: getattr(total, name) for name in names}
    assert cost["cost_fen"] == total.granted_fen - total.revoked_fen
    assert total.granted > 0


def test_a_forecast_from_before_the_launch_stands_beside_it(ask: Run, run: Run, wheel: Path, played: int) -> None:
    assert (
        run(
            "simulate", wheel, "--members", "40", "--repetitions", "3", "--cores", "1", "--report", "before.json"
        ).status
        == 0
    )
    found, _, out = _report(ask, "--forecast", "before.json")
    assert (found["forecast_made"], found["forecast"]["repetitions"]) == ("before", 3)
    assert found["forecast"] == json.loads(Path("before.json").read_text("utf-8"))
    assert "Expected: 3 simulations before the launch, with 40 members." in out


def test_in_chinese(up: Up, played: int, tmp_path: Path) -> None:
    ran = process("report", ID, "--html", tmp_path / "zh.html", "--members", "0", "--lang", "zh", "--data", up.data)
    assert ran.status == 0, ran.err
    page = (tmp_path / "zh.html").read_text("utf-8")
    assert '<html lang="zh-CN">' in page
    for words in ("预测与实际", "样本太小，无法判断", "核对后的成本", "持续经营值"):
        assert words in page
        assert words in ran.out


def test_what_goes_wrong_is_one_sentence(ask: Run, run: Run, played: int, tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("{}")
    assert ask("report", "nosuch").err == "The record knows no such activity or version: 'nosuch'.\n"
    ran = ask("report", ID, "--forecast", tmp_path / "no.json")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"{tmp_path / 'no.json'} is no report of `fairground simulate --report`: activity: ")
    assert ask("report", ID, "--forecast", tmp_path / "none.json").err.endswith("No such file or directory.\n")
    assert ask("report", ID, "--forecast", tmp_path / "no.json", "--members", "3").status == 2
    assert ask("report", ID, "--members", "0", "--html", tmp_path / "no" / "x").err.endswith("file or directory.\n")
    assert run("simulate", WHEEL, "--members", "9", "--repetitions", "1", "--report", "spring.json").status == 0
    ran = ask("report", ID, "--forecast", "spring.json")
    assert ran.err == "spring.json is a forecast of 'spring', not of 'measured'.\n"


def test_c15_who_saw_it_and_what_was_used_stand_between_what_happened(
    ask: Run, up: Up, played: int, tmp_path: Path
) -> None:
    """Said by the example that docs/events.md shows, and as whoever redeems rewards would."""
    kafka = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": up.addresses.kafka}
    subprocess.run([sys.executable, _EXAMPLE, ID, *CUSTOMERS[:50], *CUSTOMERS[:9]], env=kafka, check=True, timeout=60)
    (reward, *_), members = _rewards(ask, ID, CUSTOMERS[:30])
    asyncio.run(_redeem(up, reward, members[0]))
    until(lambda: ask("statistics", ID), lambda out: "rewards that were used: 1" in out and "who saw it: 50" in out)
    found, page, out = _report(ask, "--members", "0")
    happened = found["happened"]
    assert [happened[name] for name in ("exposed", "visitors", "met", "used", "users")] == [50, 0, 30, 1, 1]
    assert "60.0 % of who saw it" in page
    assert "60.0 % of who saw it" in out
    assert found["customers"]["traffic"] == 50
    assert sum(day["exposed"] for day in found["days"]) == 50
    assert sum(each["used"] for each in found["kinds"]) == 1
    assert " used " in ask("member", members[0]).out


_EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "producers" / "exposures.py"


def _rewards(ask: Run, activity: str, members: list[str]) -> tuple[list[str], list[str]]:
    """Rewards of these members at the activity, and whose each is."""
    found = [
        (word, member)
        for member in members
        for word in ask("member", member, "--activity", activity).out.split()
        if word.startswith("lottery-") and word.endswith("-r")
    ]
    return [reward for reward, _ in found], [member for _, member in found]


async def _redeem(up: Up, reward_id: str, member: str) -> None:
    used = RewardUsed(reward_id=reward_id, member_id=member, activity_id=ID, order_id="redeemed", amount_fen=900)
    event = CloudEvent(f"{reward_id}-used", used.type, "/coupons", "2026-01-01T00:00:00Z", ID, b"")
    async with AIOKafkaProducer(bootstrap_servers=up.addresses.kafka) as producer:
        await producer.send_and_wait(
            topics.REWARD_RESULTS.name, used.model_dump_json().encode(), member.encode(),
            headers=cloudevent.headers(event),
        )  # fmt: skip


async def _replace(up: Up, before: str, after: str) -> None:
    """In the record, by somebody with a hand in PostgreSQL."""
    connection = await asyncpg.connect(up.addresses.database)
    await connection.execute(
        "UPDATE record.records SET value = replace(value, $1, $2) "
        "WHERE activity_id = 'judged' AND type LIKE 'lottery.%' AND id LIKE '%-1'", before, after,
    )  # fmt: skip
    await connection.close()


def test_09_the_verdict_of_verification_stands_on_the_page_and_a_broken_one_too(
    ask: Run, up: Up, tmp_path: Path
) -> None:
    (tmp_path / "judged.yaml").write_text(
        WHEEL.read_text().replace("id: spring", "id: judged").replace("free_per_day: 1", "free_per_day: 9")
    )
    assert ask("activities", "publish", "judged.yaml").status == 0
    assert ask("draw", "judged", "ann", "--draws", "2").status == 0
    running, _, out = _judged(ask)
    assert (running["verdict"], running["outcomes"]) == ("not_disclosed", 0)
    assert len(running["seed_sha256"]) == 64
    assert running["seed_sha256"] in out
    assert ask("activities", "stop", "judged", "--why", "over").status == 0
    until(lambda: ask("verify", "judged"), lambda said: "✓" in said)
    holds, page, _ = _judged(ask)
    assert (holds["verdict"], holds["outcomes"], holds["agreeing"]) == ("holds", 2, 2)
    assert holds["seed_sha256"] == running["seed_sha256"]
    assert "all 2 outcomes were recomputed" in page
    assert _judged(ask, "--no-verify")[0]["verdict"] == "not_asked"
    asyncio.run(_replace(up, '"drawn_id":"', '"drawn_id":"not-'))
    try:
        broken, page, out = _judged(ask)
    finally:
        asyncio.run(_replace(up, '"drawn_id":"not-', '"drawn_id":"'))
    asyncio.run(_replace(up, '"index":1', '"index":"none"'))
    try:
        unreadable, _, _ = _judged(ask)
    finally:
        asyncio.run(_replace(up, '"index":"none"', '"index":1'))
    assert (broken["verdict"], broken["outcomes"], broken["agreeing"]) == ("differs", 2, 1)
    (forged,) = [each for each in broken["first"] if each["field"] == "drawn_id"]
    assert forged["recorded"] == f"not-{forged['recomputed']}"
    assert page.index("NO: 1 of 2 outcomes are what") < page.index('class="tiles"')
    assert forged["event"] in out
    assert (unreadable["verdict"], "index" in unreadable["why"]) == ("unreadable", True)


def _judged(ask: Run, *more: str) -> tuple[dict[str, Any], str, str]:
    ran = ask("report", "judged", "--members", "0", "--json", "judged.json", "--html", "judged.html", *more)
    assert ran.status == 0, ran.err
    found = json.loads(Path("judged.json").read_text("utf-8"))["verification"]
    return found, Path("judged.html").read_text("utf-8"), ran.out
