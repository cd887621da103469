"""The numbers of docs/performance.md, written from BENCH.json between two markers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, all_figures

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "BENCH.json"
PAGE = ROOT / "docs" / "performance.md"

_BEGIN = "<!-- numbers: written by `make bench` from BENCH.json -->"
_END = "<!-- /numbers -->"
_GOAL_AT = 20  # characters of a bar
_LONGEST = 50


def render(bench: Mapping[str, Any]) -> str:
    """The block between the markers."""
    machine, found = bench["machine"], bench["figures"]
    measured = [figure for figure in all_figures(bench["runs"]) if figure.name in found]
    versions = ", ".join(f"{name} {number}" for name, number in bench["versions"].items())
    lines = [
        f"Measured {bench['date']} on {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system']}; calibration {machine['calibration']:g} (million rounds a second of a fixed loop in "
        f"pure Python), {bench['calibration_after']:g} after the run; {machine['busy_before_percent']:g} % of the "
        f"CPU was busy before it. The run took {bench['minutes']:g} minutes. {versions}.",
        "",
        "| goal | measured | wanted | |",
        "|---|---:|---:|---|",
        *(_row(figure, found) for figure in measured if figure.goal is not None),
        "",
        "How far each goal is reached; `|` is the goal, and a longer bar is better:",
        "",
        "```text",
        *(_bar(figure, found) for figure in measured if figure.goal is not None),
        "```",
        "",
        "| for information | measured |",
        "|---|---:|",
        *(f"| {figure.says} | {_number(figure, found)} |" for figure in measured if figure.goal is None),
    ]
    return "\n".join(lines)


def _row(figure: Figure, found: Mapping[str, Any]) -> str:
    sign = "≤" if figure.at_most else "≥"
    verdict = "met" if found[figure.name]["met"] else "**missed**"
    return f"| {figure.says} | {_number(figure, found)} | {sign} {figure.goal:g} | {verdict} |"


def _number(figure: Figure, found: Mapping[str, Any]) -> str:
    return f"{found[figure.name]['value']:,.{figure.digits}f}"


def _bar(figure: Figure, found: Mapping[str, Any]) -> str:
    value = found[figure.name]["value"]
    assert figure.goal is not None
    reached = figure.goal / value if figure.at_most else value / figure.goal
    length = min(round(reached * _GOAL_AT), _LONGEST)
    bar = ("=" * length).ljust(_GOAL_AT + 1)
    return f"{figure.name:<16} {bar[:_GOAL_AT]}|{bar[_GOAL_AT:].rstrip()} {reached:.2f}"


def with_numbers(page: str, bench: Mapping[str, Any]) -> str:
    """The page with its numbers replaced. Raises ValueError when a marker is missing."""
    before, found_begin, rest = page.partition(_BEGIN)
    _, found_end, after = rest.partition(_END)
    if not (found_begin and found_end):
        raise ValueError(f"docs/performance.md lacks {_BEGIN} or {_END}")
    return f"{before}{_BEGIN}\n{render(bench)}\n{_END}{after}"


def written_by_hand(page: str) -> str:
    """The page without its numbers."""
    before, _, rest = page.partition(_BEGIN)
    return before + rest.partition(_END)[2]


def write(bench: Mapping[str, Any]) -> None:
    """BENCH.json, and the page from it."""
    BENCH.write_text(json.dumps(bench, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(with_numbers(PAGE.read_text(encoding="utf-8"), bench), encoding="utf-8")
