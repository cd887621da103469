"""The page of `fairground report`, made of figures: both languages, whatever stands in names, whatever is unknown."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from fairground_cli import words
from fairground_cli.report import figures, forecast, pictures, sentences
from fairground_cli.report.gathering import Asked
from fairground_cli.report.gathering import report as gathered
from fairground_cli.report.markup import joined, tag
from fairground_cli.report.page import page
from fairground_cli.report.words import catalogue
from fairground_record import answers
from fairground_record.answers.statistics import DayOf
from tests.cli.reports import HOSTILE, Elements, difference, printed, report, uplift, verified
from tests.lottery.world import THANKS, prize, rules

_ROOM = Path(str(files("fairground_cli.report")))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    words.speak("en")
    yield
    words.speak("en")


@pytest.fixture(scope="module")
def expected() -> forecast.Forecast:
    form = rules(prizes=[prize("gift", 1, value_fen=500, stock=50, fallback="thanks"), {**THANKS, "weight": 9}],
                 window={"starts": "2017-06-01 00:00", "ends": "2017-06-11 00:00"})  # fmt: skip
    made = forecast.simulated("lottery", form, 100)
    assert made is not None
    return made


# ---- the page --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_one_file_that_needs_nothing_else(language: Any, expected: forecast.Forecast) -> None:
    words.speak(language)
    text = page(report(forecast=expected.report, forecast_made="before"))
    found = Elements(text)
    assert {"svg", "table", "h1", "polyline", "circle"} <= set(found.names)
    assert not {"script", "link", "img", "iframe", "object"} & set(found.names)
    loaded = [(name, value) for name, value in found.attributes if name in ("src", "href", "onload", "action")]
    assert loaded == []
    assert not [word for word in ("url(", "@import") if word in text]
    assert ("name", "viewport") in found.attributes
    assert ("lang", "zh-CN" if language == "zh" else "en") in found.attributes


def test_a_hostile_name_is_nothing_but_a_name(expected: forecast.Forecast) -> None:
    name = figures.Name(zh=HOSTILE, en=HOSTILE)
    hostile = report(
        activity=HOSTILE, name=name, zone=HOSTILE, refusals=[figures.RefusalLine(reason=HOSTILE, times=1)],
        prizes=[figures.PrizeLine(id=HOSTILE, name=name, value_fen=1, stock=None, won=1, forecast=None)],
        forecast=expected.report, forecast_made="afterwards",
    )  # fmt: skip
    text = page(hostile)
    found = Elements(text)
    assert "script" not in found.names
    assert "<script" not in text
    assert found.words.count(HOSTILE) >= 5, "and it is shown as it is"
    assert HOSTILE in printed(hostile)


def test_elements_and_attributes_are_escaped_and_markup_is_not_escaped_twice() -> None:
    inner = tag("b", "<&>", class_='"x"', stroke_width=None)
    assert inner == '<b class="&quot;x&quot;">&lt;&amp;&gt;</b>'
    assert joined(inner, "<") == f"{inner}&lt;"


def test_it_says_first_what_it_cost_and_what_it_brought() -> None:
    tiles = re.findall(r'<div class="tile"><b>(.*?)</b>', page(report()))
    assert tiles[:4] == ["¥200.00", "300", "+6.0", "not measured"]
    tiles = re.findall(r'<div class="tile"><b>(.*?)</b>', page(report(uplift=uplift("unclear"))))
    assert tiles[2] == "not measured", "a difference that may be chance is no headline"
    spend = difference("higher")
    tiles = re.findall(r'<div class="tile"><b>(.*?)</b>', page(report(uplift=uplift(spend=spend))))
    assert tiles[3] == "+\N{WORD JOINER}¥4,000.00", "no line ends between the sign and the amount"


def test_what_nobody_says_is_unknown() -> None:
    told = {what: (number, share) for what, number, share in sentences.funnel(report())}
    assert told["saw it"] == told["used a reward"] == ("unknown", "")
    assert told["took part"] == ("300", "75.0 % of who asked")
    notes = list(sentences.funnel_notes(report()))
    assert [note.partition(" is unknown")[0] for note in notes[:2]] == ["Who saw it", "Who used a reward"]
    assert list(sentences.kinds(report())) == [("points", "44", "¥220.00", "unknown", "")]


def test_c15_from_who_saw_it_to_what_was_ordered_with_the_share_of_each_step() -> None:
    known = figures.HappenedFigures(
        exposed=1000, visitors=300, met=400, took_part=300, won=40, used=12, users=10, plays=1234, rewards=44
    )
    made = report(happened=known, kinds=[figures.KindLine(kind="coupon", granted=24, granted_fen=2400, used=12)])
    assert [line[1:] for line in sentences.funnel(made)] == [
        ("1,000", ""), ("400", "40.0 % of who saw it"), ("300", "75.0 % of who asked"),
        ("40", "13.3 % of who took part"), ("10", "25.0 % of who won"), ("100", "33.3 % of who took part"),
        ("100", "100.0 % of who bought"), ("200", ""),
    ]  # fmt: skip
    assert list(sentences.kinds(made)) == [("coupon", "24", "¥24.00", "12", "50.0 %")]
    for where in (Elements(page(made)).words, printed(made)):
        assert "300 were not logged in" in where
        assert "is unknown" not in where
        assert "13.3 % of who took part" in where


def test_c15_traffic_is_who_saw_it_as_far_as_that_is_known() -> None:
    def said(exposed: int | None) -> str:
        asked = _asked(rules(prizes=[prize("gift", 1), THANKS]), {})
        seen = replace(asked.statistics, exposed=exposed)
        return dict(sentences.value(gathered("june", asked._replace(statistics=seen), None, None, 0)))[
            "sales = traffic × conversion × order value"
        ]

    assert said(100).startswith("100 members × 10.0 % ×")
    assert said(100).endswith("Traffic is who saw it.")
    for incomplete in (None, 39):
        assert said(incomplete).startswith("40 members × 25.0 % ×")
        assert said(incomplete).endswith("because not everybody who saw it is known.")


# ---- verified --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "en", "zh"),
    [
        ("holds", "Yes: all 1,234 outcomes were recomputed", "是：已用公开的种子重新计算全部 1,234 个结果"),
        ("not_disclosed", "That can be verified after the end", "结束后可以复核"),
        ("not_asked", "Not recomputed for this report", "本报告未重新计算"),
    ],
)
def test_09_the_page_says_whether_outcomes_are_what_the_seed_makes_of_them(verdict: Any, en: str, zh: str) -> None:
    for language, words_ in (("en", en), ("zh", zh)):
        words.speak(language)  # type: ignore[arg-type]  # both are languages
        made = report(verification=verified(verdict))
        assert words_ in printed(made)
        assert words_ in Elements(page(made)).words
        assert "ab" * 32 in page(made), "the hash that was published first stands beside it"
        assert ("class", "alarm") not in Elements(page(made)).attributes


def test_09_a_broken_verdict_is_the_first_thing_on_the_page() -> None:
    forged = figures.ForgedLine(event=HOSTILE, field="drawn_id", recorded="gift", recomputed="thanks")
    made = report(verification=verified("differs", agreeing=1233, differing=7, first=[forged]))
    text = page(made)
    assert text.index('class="alarm"') < text.index('class="tiles"')
    for where in (Elements(text).words, printed(made)):
        assert where.count("NO: 1,233 of 1,234 outcomes are what the disclosed seed") == 2
        assert "7 facts in the record differ" in where
        assert HOSTILE in where
        assert "drawn_id" in where
    unreadable = report(verification=verified("unreadable", why="Event 7 cannot be read."))
    assert page(unreadable).index("Event 7 cannot be read.") < page(unreadable).index('class="tiles"')


def test_09_packets_have_a_hash_each_and_what_is_not_drawn_needs_none() -> None:
    assert "Each packet has a seed of its own" in printed(report(verification=verified(seed_sha256="")))
    assert "Nothing of it is drawn by lot" in printed(report(verification=None))


# ---- sentences -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "en", "zh"),
    [
        (
            "higher",
            "It raised that by 6.0 percentage points: between +2.0 and +10.0 percentage points",
            "对照组 30.0 %。活动使其提高 6.0",
        ),
        ("lower", "It lowered that by", "活动使其降低"),
        (
            "unclear",
            "The difference of +6.0 percentage points cannot be told from chance (95 % interval: +2.0 to",
            "无法与偶然区分",
        ),
        (
            "too_small",
            "The sample is too small to tell (2,000 and 500 customers)",
            "样本太小，无法判断（2,000 人与 500 人）",
        ),
    ],
)
def test_the_verdict_is_said_in_words(verdict: Any, en: str, zh: str) -> None:
    first, second, _ = sentences.uplift(report(uplift=uplift(verdict)))
    assert first.startswith("Of the customers whom it was open to, 36.0 % bought again; of those held out, 30.0 %.")
    assert en in first
    assert "5.0 percentage points" in first or verdict in ("higher", "lower")
    assert "The difference of +¥2.00 cannot be told from chance (95 % interval: -¥0.50 to +¥4.50)" in second
    words.speak("zh")
    assert zh in sentences.uplift(report(uplift=uplift(verdict)))[0]


def test_without_a_holdout_or_without_customers_it_says_why_nothing_can_be_told() -> None:
    (said,) = sentences.uplift(report(uplift=None))
    assert "<code>audience: { holdout: 5% }</code>" in page(report(uplift=None))
    assert "audience: { holdout: 5% }" in said
    nobody = uplift("too_small", repurchase=difference("too_small", None, None), extra_fen=None)
    first, *_ = sentences.uplift(report(uplift=nobody))
    assert first.endswith("one of the groups has hardly any customers.")
    assert "not measured" in page(report(uplift=nobody))


def test_the_handbooks_example_is_told_with_what_it_is_made_of() -> None:
    """100 customers, 100 % of them again, 1,000 yuan; each brings two more: 100,000 + 200,000 = 300,000."""
    told = dict(sentences.value(report()))
    assert told["going-concern value (持续经营值)"] == (
        "repurchase: 100 customers × 100.0 % × ¥1,000.00 = ¥100,000.00; social: × 200.0 % × ¥1,000.00 = ¥200,000.00; "
        "together ¥300,000.00."
    )
    assert told["sales = traffic × conversion × order value"].startswith(
        "400 members × 25.0 % × ¥2,000.00 a buyer = ¥200,000.00."
    )


def test_what_is_out_of_the_ordinary_is_marked(expected: forecast.Forecast) -> None:
    plan = expected.report
    usual = report(forecast=plan, forecast_made="before").happened.model_copy(update={"plays": plan.plays.p95})
    lines = list(sentences.compared(report(forecast=plan, forecast_made="before", happened=usual)))
    assert [line[2] for line in lines[:2]] == ["300 ▲", f"{plan.plays.p95:,}"]
    assert lines[1][1] == f"{plan.plays.p50:,} – {plan.plays.p95:,}"
    assert [line[1] for line in sentences.compared(report())] == [""] * 4, "nothing was expected"


# ---- pictures --------------------------------------------------------------------------------------------


def _at(picture: str, kind: str, name: str) -> float:
    (found,) = re.findall(rf'<\w+ [^>]*\b{name}="([-\d.]+)"[^>]*class="{kind}', picture)
    return float(found)


def test_the_interval_stands_where_it_says() -> None:
    picture = pictures.uplift("x", difference(), sentences.short_points)
    zero, low, point = _at(picture, "zero", "x1"), _at(picture, "interval good", "x"), _at(picture, "point good", "cx")
    high = low + _at(picture, "interval good", "width")
    assert zero == pytest.approx(pictures.WIDTH / 2)
    assert zero < low < point < high < pictures.WIDTH
    assert (low - zero) / (high - zero) == pytest.approx(0.2, abs=0.01)
    assert 'class="interval bad"' in pictures.uplift("x", difference("lower", -0.1, -0.02), sentences.points)
    assert pictures.uplift("x", difference("too_small", None, None), sentences.points) == ""


def test_the_audited_cost_stands_beside_what_was_expected(expected: forecast.Forecast) -> None:
    made = report(forecast=expected.report, forecast_made="before")
    picture = pictures.cost(made)
    assert 'class="band"' in picture
    assert "audited ¥200.00" in picture
    assert "budget ¥300.00" in picture
    assert 'class="band"' not in pictures.cost(report())


def test_pictures_of_nothing_can_be_drawn() -> None:
    nothing = figures.CostFigures(**dict.fromkeys(figures.CostFigures.model_fields, 0) | {"budget_fen": None})
    empty = report(days=[], prizes=[], refusals=[], cost=nothing, uplift=None)
    Elements(page(empty))
    Elements(pictures.days([]))
    printed(empty)


# ---- data ------------------------------------------------------------------------------------------------


def test_the_schema_is_that_of_the_code_and_a_report_fits_it(expected: forecast.Forecast) -> None:
    schema = orjson.loads((_ROOM / "report.schema.json").read_bytes())
    assert schema == figures.Report.model_json_schema(mode="serialization"), "python -m fairground_cli.report.figures"
    made = report(forecast=expected.report, forecast_made="afterwards")
    jsonschema_rs.validate(schema, orjson.loads(made.model_dump_json()))
    assert figures.Report.model_validate_json(made.model_dump_json()) == made


def _asked(form: dict[str, Any], by_prize: dict[str, int]) -> Asked:
    """What the record answers about two days of June."""
    rules_ = answers.Rules("lottery", 1, "2017-05-01T00:00:00Z", form, "")
    days = tuple(DayOf(date(2017, 6, day), 5, 2, 1, 1500, 500, 9) for day in (2, 4))
    found = answers.Statistics(
        exposed=None, visitors=0, used=None, users=0, used_by_kind={}, met=40, took_part=30, won=20,
        ordered=0, drew=60, rewards=25, granted_fen=9000, revoked=1, revoked_fen=500,
        by_prize=by_prize, by_kind={}, refused={"no_chances": 3}, days=days, uncounted=0,
    )  # fmt: skip
    finance = [
        answers.Day(date(2017, 6, 2), granted=20, granted_fen=8000, revoked=1, revoked_fen=500),
        answers.Day(
            date(2017, 6, 4), granted=5, granted_fen=1000, delivered=2, delivered_fen=1000, failed=1, failed_fen=9
        ),
    ]
    return Asked(rules_, rules_, found, answers.Customers(10, 4, 20, 50_000, 5), None, finance)


def test_figures_are_those_of_the_record_and_of_the_forecast(expected: forecast.Forecast) -> None:
    prizes = [prize("gift", 1, value_fen=500, fallback="thanks"), prize("new", 1), THANKS]
    form = rules(prizes=prizes, budget={"total_fen": 9_000},
                 window={"starts": "2017-06-01 00:00", "ends": "2017-06-11 00:00"})  # fmt: skip
    made = gathered("june", _asked(form, {"gift": 20, "new": 5, "thanks": 35}), expected, None, 1_498_867_200_000)
    assert (made.starts, made.ends, made.made_at) == ("2017-06-01", "2017-06-10", "2017-07-01T00:00:00Z")
    cost = made.cost
    assert (cost.granted, cost.revoked, cost.delivered, cost.failed) == (25, 1, 2, 1)
    assert (cost.granted_fen, cost.revoked_fen, cost.cost_fen, cost.budget_fen) == (9000, 500, 8500, 9000)
    assert [(each.id, each.won, each.forecast is None) for each in made.prizes] == [
        ("gift", 20, False),
        ("new", 5, True),
    ]
    assert made.customers.conversion == 0.25
    assert (made.customers.repurchase_fen, made.customers.social_fen) == (10_000, 12_500)


def test_days_follow_each_other_without_a_gap(expected: forecast.Forecast) -> None:
    form = rules(prizes=[prize("gift", 1), THANKS])
    alone = gathered("june", _asked(form, {}), None, None, 0).days
    assert [(each.day, each.plays) for each in alone] == [("2017-06-02", 5), ("2017-06-03", 0), ("2017-06-04", 5)]
    both = gathered("june", _asked(form, {}), expected, None, 0).days
    assert [each.day for each in both] == [f"2017-06-{day:02d}" for day in range(1, 11)]
    assert [each.plays for each in both[:5]] == [0, 5, 0, 5, 0]
    assert all(each.forecast_plays for each in both)


def test_a_prize_that_only_an_older_version_had_stands_behind_the_others(expected: forecast.Forecast) -> None:
    made = gathered("june", _asked(rules(prizes=[prize("new", 1), THANKS]), {"gift": 7}), expected, None, 0)
    assert [(each.id, each.won) for each in made.prizes] == [("new", 0), ("gift", 7)]


# ---- words -----------------------------------------------------------------------------------------------


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", catalogue())
def test_both_languages_say_the_same(key: str) -> None:
    sentence = catalogue()[key]
    assert set(sentence) == {"en", "zh"}
    assert _places(sentence["en"]) == _places(sentence["zh"])
    assert sentence["en"].count("|") == sentence["zh"].count("|")


def test_every_sentence_is_said_and_is_there() -> None:
    whole, begun = set[str](), set[str]()
    for source in _ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(str(node.values[0].value))
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "say"
                and isinstance(node.args[0], ast.Constant)
            ):
                assert node.args[0].value in catalogue()
    rest = set(catalogue()) - whole
    assert not [key for key in rest if not any(word and key.startswith(word) for word in begun)]
