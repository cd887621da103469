"""Counting, pictures, the report's schema, and words in two languages."""

import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import orjson
import pytest

from fairground_cli.demo import charts, figures
from fairground_cli.demo.figures import Report
from fairground_cli.demo.heard import percentile
from fairground_cli.demo.tally import Tally
from fairground_cli.demo.wheels import Segment, Wheel
from fairground_cli.demo.words import catalogue

WEEK_MS = 7 * 86_400_000
CLI = Path(str(files("fairground_cli")))


def drew(prize: str, drawn: str = "", value_fen: int = 0) -> dict[str, object]:
    data: dict[str, object] = {"activity_id": "spring", "drawn_id": drawn or prize, "prize_id": prize}
    if value_fen:
        data["reward"] = {"reward": "coupon", "amount": 2, "value_fen": value_fen}
    return data


def test_draws_are_counted_by_what_they_named_and_by_what_they_became() -> None:
    tally = Tally(origin_ms=1000)
    tally.drew(drew("coupon", drawn="phone", value_fen=500), 1000)
    tally.drew(drew("thanks"), 1000 + WEEK_MS)
    tally.drew(drew("coupon", value_fen=500), 999 + WEEK_MS)
    wheel = Wheel("spring", "春", "Spring", "UTC", 0, 0, 1, 0, (
        Segment("phone", "手机", "Phone", 1, 1, 300_000, False), Segment("coupon", "券", "Coupon", 4, 10, 500, False),
        Segment("thanks", "谢谢", "Thanks", 5, None, 0, True),
    ))  # fmt: skip
    phone, coupon, thanks = figures.prizes([wheel], tally.wheels, "en")
    assert (phone.drawn, phone.won, phone.left, phone.odds) == (1, 0, 1, 0.1)
    assert (coupon.drawn, coupon.won, coupon.left, coupon.expected) == (1, 2, 8, 1.2)
    assert (coupon.value_fen, thanks.left, thanks.name) == (1000, None, "Thanks")
    assert (tally.draws, tally.wins) == (3, 2)
    vip = replace(wheel, tables={"vip": {"phone": 1, "coupon": 1}})
    tally.drew(drew("phone", value_fen=1) | {"table": "vip"}, 1000)
    assert [each.expected for each in figures.prizes([vip], tally.wheels, "en")] == [0.8, 1.7, 1.5]
    assert vip.odds("thanks", "vip") == 0
    tally.drew(drew("thanks", drawn="phone") | {"pity": "due", "withheld": "sold_out"}, 1000)
    (moved,) = figures.wheels([vip], tally.wheels, "zh")
    assert (moved.name, moved.draws, moved.tables) == ("春", 5, {"vip": 1})
    assert (moved.pity, moved.withheld) == ({"due": 1}, {"sold_out": 1})
    assert [(week.draws, week.wins) for week in figures.weeks(tally)] == [(4, 3), (1, 0)]
    assert [(kind.kind, kind.rewards, kind.amount) for kind in figures.rewards(tally.rewards)] == [("coupon", 3, 6)]


@pytest.mark.parametrize(("share", "wanted"), [(0.5, 50), (0.99, 99), (0.991, 100), (1, 100), (0.001, 1)])
def test_percentiles_are_values_that_were_measured(share: float, wanted: int) -> None:
    assert percentile(range(1, 101), share) == wanted


def test_percentile_of_nothing_is_nothing() -> None:
    assert percentile([], 0.99) == 0


def test_columns_reach_the_top_where_the_value_is_highest_and_never_vanish_above_zero() -> None:
    assert charts.columns([0, 1, 800, 1600], 2) == ["   █", " ▁██"]
    assert charts.columns([0, 0], 2) == ["  ", "  "]


def test_a_bar_beside_its_expectation() -> None:
    assert charts.against(10, 10, 9) == "██████│  "
    assert charts.against(5, 10, 9) == "███   │  "
    assert charts.against(1000, 10, 9) == "██████│██"
    assert charts.against(0, 0, 9) == "      │  "


def test_the_committed_schema_is_that_of_the_report() -> None:
    committed = orjson.loads((CLI / "demo" / "report.schema.json").read_bytes())
    assert committed == Report.model_json_schema(mode="serialization"), (
        "the report has changed: python -m fairground_cli.demo.figures writes its schema anew"
    )


def test_the_document_names_every_figure() -> None:
    text = (Path(__file__).parents[2] / "docs" / "demo-report.md").read_text("utf-8")
    missing = {
        name
        for model in Report.model_json_schema()["$defs"].values()
        for name in model["properties"]
        if f"`{name}`" not in text
    } | {name for name in Report.model_fields if f"`{name}`" not in text}
    assert not missing


def test_both_languages_say_the_same_and_nothing_is_said_that_nobody_uses() -> None:
    sources = "".join(path.read_text("utf-8") for path in (CLI / "demo").glob("*.py"))
    for key, text in catalogue().items():
        assert set(text) == {"en", "zh"}, key
        places = {language: set(re.findall(r"{(\w+)}", text[language])) for language in text}
        assert places["en"] == places["zh"], key
        stem = next(
            (stem for stem in ("kind-", "progress-", "chart-", "pity-", "withheld-") if key.startswith(stem)), None
        )
        assert f'"{key}"' in sources or (stem and f'"{stem}{{' in sources), f"{key} is never said"
    for key in set(re.findall(r'\bsay\(\s*"([\w-]+)"', sources)):
        assert key in catalogue()
