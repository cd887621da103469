"""What docs/performance.md says is what was measured."""

import copy
import json
from typing import Any

import pytest

from tests.bench import figures, page


@pytest.fixture(scope="module")
def bench() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.BENCH.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def text() -> str:
    return page.PAGE.read_text(encoding="utf-8")


def test_the_page_shows_the_measured_numbers(bench: dict[str, Any], text: str) -> None:
    assert text == page.with_numbers(text, bench), "docs/performance.md disagrees with BENCH.json: run `make bench`"


def test_the_figures_follow_from_the_raw_runs(bench: dict[str, Any]) -> None:
    assert bench["figures"] == figures.figures(bench["runs"])


def test_each_figure_is_a_median_of_three(bench: dict[str, Any]) -> None:
    of_rounds = {name: len(runs) for name, runs in bench["runs"].items() if isinstance(runs, list)}
    assert of_rounds == dict.fromkeys(of_rounds, 3)
    assert len(of_rounds) >= 17
    assert all(run["number"] >= 190_000 for run in bench["runs"]["end_to_end"])


def test_a_missed_goal_is_spoken_of(bench: dict[str, Any], text: str) -> None:
    _, _, spoken = page.written_by_hand(text).partition("## What misses its goal, and why")
    silent = [name for name in figures.missed(bench["figures"]) if f"`{name}`" not in spoken]
    assert not silent, f"docs/performance.md says nothing about {silent}"


def test_a_changed_number_is_noticed(bench: dict[str, Any], text: str) -> None:
    other = copy.deepcopy(bench)
    other["figures"]["worker_cpu_us"]["value"] += 1
    assert text != page.with_numbers(text, other)
    other = copy.deepcopy(bench)
    other["runs"]["end_to_end"][0]["cpu_s"] *= 2
    other["runs"]["end_to_end"][1]["cpu_s"] *= 2
    assert other["figures"] != figures.figures(other["runs"])


def test_a_page_without_its_markers_is_refused(bench: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="lacks"):
        page.with_numbers("# Performance\n", bench)
