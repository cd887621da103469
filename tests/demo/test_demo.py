"""The demo as a person runs it, with the first two thousand baskets."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import psutil
import pytest

ROOT = Path(__file__).parents[2]
FAIRGROUND = [sys.executable, "-c", "from fairground_cli.main import main; main()"]
ORDERS = 2000

pytestmark = pytest.mark.timeout(300)  # each demo starts servers and services of its own


def environment(**more: str) -> dict[str, str]:
    others = {"ORDERS", "KEEP", "REPORT", "COLUMNS", "KAFKA_BOOTSTRAP_SERVERS", "REDIS_URL", "DATABASE_URL"}
    ours = {name: text for name, text in os.environ.items() if name not in others}
    return {**ours, "LANG": "C.UTF-8", **more}


def left_running(directory: Path) -> list[str]:
    """Processes that still have to do with this data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            kept = {process.environ().get("FAIRGROUND_SECRET_FILE", "")}
        except psutil.Error:
            continue
        if str(directory) in words or str(directory / "secret") in kept:
            found.append(words)
    return found


def examples(directory: Path) -> Path:
    """The demo's activities, but that the wheel of the spring is over after three days: these baskets see more."""
    shutil.copytree(ROOT / "examples", directory)
    spring = directory / "spring-2017.yaml"
    rules = spring.read_text()
    short = re.sub(r"starts: 2017-03-01", "starts: 2017-01-01", rules)
    short = re.sub(r"ends: 2017-04-11", "ends: 2017-01-04", short)
    short = re.sub(r"  per_day: 3\n", "  per_day: 4\n", short)  # or nobody could draw often enough for its pity
    assert short.count("2017-01-0") == rules.count("2017-01-0") + 2
    spring.write_text(short)
    return directory


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], dict[str, Any], Path]:
    directory = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [*FAIRGROUND, "demo", "--data", str(directory / "data"), "--examples", str(examples(directory / "examples"))],
        cwd=ROOT, capture_output=True, text=True, timeout=250,
        env=environment(ORDERS=str(ORDERS), REPORT=str(directory / "figures.json")),
    )  # fmt: skip
    figures = directory / "figures.json"
    assert figures.exists(), f"{done.stdout}\n{done.stderr}"
    return done, orjson.loads(figures.read_bytes()), directory / "data"


def test_it_ends_well_and_leaves_nothing(run: tuple[subprocess.CompletedProcess[str], dict[str, Any], Path]) -> None:
    done, report, directory = run
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stderr == ""
    assert report["unaccounted"] == report["voids"] == 0
    assert [law["name"] for law in report["laws"] if law["broken"]] == []
    assert not directory.exists()
    assert left_running(directory) == []


def test_its_figures_are_as_documented(run: tuple[subprocess.CompletedProcess[str], dict[str, Any], Path]) -> None:
    schema = orjson.loads(files("fairground_cli.demo").joinpath("report.schema.json").read_bytes())
    jsonschema_rs.validator_for(schema).validate(run[1])


def test_its_figures_add_up(run: tuple[subprocess.CompletedProcess[str], dict[str, Any], Path]) -> None:
    report = run[1]
    assert report["orders"] == ORDERS
    said = report["order_events"]
    assert said["created"] == said["paid"] == ORDERS
    assert said["events"] == sum(said[kind] for kind in ("created", "paid", "cancelled", "refunded", "repeated"))
    assert min(said["cancelled"], said["refunded"], said["repeated"]) > 0
    assert report["draws"] == sum(prize["won"] for prize in report["prizes"])
    assert report["draws"] == sum(prize["drawn"] for prize in report["prizes"])
    assert report["draws"] == sum(week["draws"] for week in report["weeks"]) > 0
    signed, packets = report["sign_in"], report["red_packets"]
    assert 0 < signed["members"] <= signed["signed"] <= signed["rewards"]["base"] + signed["made_up"]
    assert packets["opened"] >= 12  # the pools of the year's rains are there from the beginning
    assert sum(packets["accounts"].values()) == 0
    won = sum(week["wins"] for week in report["weeks"])
    assert report["rewards"] == won + sum(signed["rewards"].values()) + packets["shares"]
    assert report["rewards"] == sum(kind["rewards"] for kind in report["rewards_by_kind"]) > 0
    value_fen = sum(prize["value_fen"] for prize in report["prizes"]) + signed["value_fen"] + packets["amount_fen"]
    assert sum(kind["value_fen"] for kind in report["rewards_by_kind"]) == value_fen
    for prize in report["prizes"]:
        assert prize["stock"] is None or 0 <= prize["left"] == prize["stock"] - prize["won"]
    assert len({prize["wheel"] for prize in report["prizes"]}) == 5
    assert report["events"] >= report["commands"] > ORDERS
    assert 0 < report["latency_ms"]["p50"] <= report["latency_ms"]["p99"] <= report["latency_ms"]["max"]
    assert all(law["checked"] > 0 for law in report["laws"] if law["name"].startswith(("orders_", "requests_")))


def test_a_wheel_that_has_ended_is_compared_with_its_forecast_and_recomputed(
    run: tuple[subprocess.CompletedProcess[str], dict[str, Any], Path],
) -> None:
    done, report, _ = run
    promise = report["promise"]
    (wheel,) = (wheel for wheel in report["wheels"] if wheel["id"] == promise["activity"] == "spring-2017")
    assert promise["draws"] == wheel["draws"] > 0
    assert promise["recomputed"] >= promise["draws"]
    assert promise["differing"] == 0
    won = {prize["id"]: prize["won"] for prize in report["prizes"] if prize["wheel"] == "spring-2017"}
    assert {prize["id"]: prize["won"] for prize in promise["prizes"]} == {
        prize: times for prize, times in won.items() if prize != "thanks"
    }
    assert promise["forecast_draws"]["mean"] > 0
    assert "each is as it was drawn" in " ".join(done.stdout.split())


def test_what_it_prints_can_be_read(run: tuple[subprocess.CompletedProcess[str], dict[str, Any], Path]) -> None:
    done = run[0]
    assert max(map(len, done.stdout.splitlines())) <= 120
    for told in ("Wheel of the year", "Rewards", "Refusals", "Speed", "What must hold", "What to try next"):
        assert told in done.stdout
    assert "Synthetic" in done.stdout


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """A demo that was kept, and what it printed."""
    directory = tmp_path / "data"
    demo = subprocess.Popen(
        [*FAIRGROUND, "demo", "--data", str(directory)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env=environment(ORDERS="200", KEEP="1"),
    )  # fmt: skip
    printed: list[str] = []
    assert demo.stdout is not None
    try:
        for line in demo.stdout:
            printed.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        yield demo, printed
    finally:
        if demo.poll() is None:
            demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=80)
    assert demo.returncode == 0
    assert left_running(directory) == []
    assert not directory.exists()


def test_the_next_steps_work_as_printed(kept: tuple["subprocess.Popen[str]", list[str]]) -> None:
    _, printed = kept
    commands = [line.strip() for line in printed if re.match(r" +\.venv/bin/fairground ", line)]
    assert len(commands) >= 5, printed
    for command in commands:
        words = shlex.split(command)
        words[:1] = FAIRGROUND
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=100, env=environment())
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_ctrl_c_in_mid_run_ends_everything_cleanly(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [*FAIRGROUND, "demo", "--data", str(tmp_path / "data")], cwd=ROOT, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.startswith("2017-"):
            break
    began = time.monotonic()
    demo.send_signal(signal.SIGINT)
    _, errors = demo.communicate(timeout=80)
    assert demo.returncode == 130
    assert "Traceback" not in errors
    assert "has ended" in errors
    assert not (tmp_path / "data").exists()
    assert left_running(tmp_path / "data") == []
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--orders", "0"], "1"),
        (["--examples", "nowhere"], "no activity files"),
        (["--report", "nowhere/figures.json"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [*FAIRGROUND, "demo", "--data", str(tmp_path / "data"), *arguments], cwd=ROOT, capture_output=True, text=True,
        timeout=100, env=environment(),
    )  # fmt: skip
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_directory_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    done = subprocess.run(
        [*FAIRGROUND, "demo", "--data", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=100,
        env=environment(),
    )  # fmt: skip
    assert done.returncode == 2
    assert (tmp_path / "precious").read_text() == "mine"
