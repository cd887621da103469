"""docs/operations.md says what is true: its tables, the sentences of stopped partitions, the access rules."""

import asyncio
import os
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from fairground_cli.process import ServiceProcess, command_of
from fairground_contracts.dead import Cause
from fairground_contracts.topics import PARTITIONS
from fairground_runtime.kafka.adapters import partition_of
from fairground_runtime.redis_store import Keys
from tests.cli import operations
from tests.cli.conftest import WHEEL, Run, Up

_ROOT = Path(__file__).parents[2]
_PAGE = operations.PAGE.read_text("utf-8")


def test_settings_and_metrics_are_those_of_the_code() -> None:
    assert operations.page(_PAGE) == _PAGE, "write them anew: python -m tests.cli.operations"
    assert "`FAIRGROUND_BATCH_COMMANDS`" in _PAGE
    assert "`fairground_lag_records`" in _PAGE


def test_every_cause_of_a_dead_letter_is_explained() -> None:
    for cause in Cause.__args__:  # type: ignore[attr-defined]  # a Literal
        assert f"`{cause}`" in _PAGE, cause


def _stopped() -> list[tuple[str, str]]:
    """Every sentence with which the code stops, as a pattern, and where it stands."""
    found = []
    for source in sorted([*_ROOT.glob("libs/*/*/**/*.py"), *_ROOT.glob("services/*/*/**/*.py")]):
        for raised in re.finditer(r"raise Stopped\(\s*((?:f?\"[^\n]*\"\s*)+)", source.read_text()):
            sentence = "".join(re.findall(r'f?"([^\n]*)"', raised[1]))
            found.append((f"{source.name}: {sentence}", sentence))
    return found


@pytest.mark.parametrize("sentence", [sentence for _, sentence in _stopped()], ids=[name for name, _ in _stopped()])
def test_every_sentence_that_stops_a_partition_is_explained(sentence: str) -> None:
    section = _PAGE.partition("## When a partition stops")[2].partition("\n## ")[0]
    known = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert [words for words in known if words in sentence], sentence


def test_there_are_such_sentences() -> None:
    assert len(_stopped()) >= 10


def _draws_through(worker: ServiceProcess, ask: Run, operator: Any, tmp_path: Path) -> float:
    """Wheels on all partitions, a draw at each that takes stock; how many of the commands this worker decided."""
    asyncio.run(worker.ready())
    by_partition = {partition_of(f"acl-{n}".encode(), PARTITIONS): f"acl-{n}" for n in range(50)}
    assert len(by_partition) == PARTITIONS
    limited = WHEEL.read_text().replace("weight: 999", "weight: 999000000000\n    stock: 900\n    fallback: thanks")
    for wheel in by_partition.values():
        file = tmp_path / f"{wheel}.yaml"
        file.write_text(limited.replace("id: spring", f"id: {wheel}"))
        assert ask("activities", "publish", file).status == 0
        assert ask("draw", wheel, "somebody").status == 0
    patience = time.monotonic() + 10
    while not all(  # the answer is final before Redis is written, which is what the access is for
        operator.hget(Keys("lottery", partition).counters(wheel), "stock:points") == b"1"
        for partition, wheel in by_partition.items()
    ):
        assert time.monotonic() < patience, "what was drawn was not applied"
        time.sleep(0.05)
    with urlopen(f"http://127.0.0.1:{worker.health_port}/metrics") as answer:
        (decided,) = re.findall(r'^fairground_commands_total\{service="lottery"\} (\S+)', answer.read().decode(), re.M)
    return float(decided)


def test_the_lottery_runs_with_the_access_that_the_page_gives_it(up: Up, ask: Run, tmp_path: Path) -> None:
    """And that user can neither read another service's keys nor do what it does not need."""
    (rule,) = re.findall(r"^ACL SETUSER (.*)$", _PAGE, re.MULTILINE)
    operator: Any = Redis.from_url(up.addresses.redis)
    operator.execute_command("ACL", "SETUSER", *rule.replace("<password>", "pass").split())
    where = urlsplit(up.addresses.redis)
    url = f"redis://lottery:pass@{where.hostname}:{where.port}/0"
    lottery: Any = Redis.from_url(url)
    try:
        for forbidden in (
            ["GET", "{record:0}:x"],
            ["HGETALL", "{signin:0}:position"],
            ["FLUSHALL"],
            ["CONFIG", "SET", "save", ""],
        ):
            with pytest.raises(NoPermissionError):
                lottery.execute_command(*forbidden)
        environment = {**os.environ, **up.addresses.environment(), "REDIS_URL": url}
        environment["FAIRGROUND_SECRET_FILE"] = str(up.data / "secret")
        worker = ServiceProcess("lottery-acl", command_of("lottery"), environment, tmp_path)
        worker.start()
        try:
            assert _draws_through(worker, ask, operator, tmp_path) > 0
        finally:
            asyncio.run(worker.stop())
    finally:
        operator.execute_command("ACL", "DELUSER", "lottery")
        operator.close()
        lottery.close()
