"""`fairground simulate`: what it says is right, the same again for the same seed, and in words."""

import json
import math
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import yaml

from fairground_cli.simulate import estimate, figures
from fairground_cli.simulate.crowd import MadeUp
from fairground_cli.simulate.figures import Report
from fairground_cli.simulate.play import repeat
from fairground_cli.simulate.runs import Setting
from fairground_cli.simulate.words import catalogue
from tests.cli.conftest import Run, process

THANKS = {"id": "thanks", "name": {"zh": "谢谢", "en": "Thanks"}, "weight": 0}
GIFT = {
    "id": "gift", "name": {"zh": "头奖", "en": "First prize"}, "weight": 1, "value_fen": 10_000,
    "reward": {"kind": "physical", "amount": 1, "ref": "SKU-1"}, "fallback": "thanks",
}  # fmt: skip
_ROOM = Path(str(files("fairground_cli.simulate")))


def _file(directory: Path, **fields: Any) -> Path:
    """An activity in which each paid order draws once, in March 2026."""
    rules = {
        "kind": "lottery", "id": "march", "name": {"zh": "三月", "en": "March"},
        "window": {"starts": "2026-03-01 00:00", "ends": "2026-04-01 00:00"},
        "chances": {"orders": {"rule": "per_order"}}, "prizes": [GIFT, THANKS],
    } | fields  # fmt: skip
    rules = {name: said for name, said in rules.items() if said is not None}
    file = directory / "march.yaml"
    file.write_text(yaml.safe_dump(json.loads(json.dumps(rules)), allow_unicode=True), "utf-8")  # without aliases
    return file


def _orders(directory: Path, count: int, month: str = "2026-03", members: int = 10**9) -> Path:
    """So many paid orders, one a day at noon from the first of the month on, over and over."""
    rows = [f"o{n},m{n % members},{month}-{n % 28 + 1:02d} 12:00:00,20" for n in range(count)]
    file = directory / "orders.csv"
    file.write_text("\n".join(["order_id,member_id,time,amount", *rows]) + "\n")
    return file


def _simulated(run: Run, *arguments: str | Path, status: int = 0) -> dict[str, Any]:
    ran = run("simulate", *arguments, "--cores", "1", "--report", "report.json")
    assert ran.status == status, ran.err
    found: dict[str, Any] = json.loads(Path("report.json").read_text("utf-8"))
    return found


GAME = {
    "kind": "score_game", "chances": None,
    "play": {"max_score": 100, "min_seconds": 10, "within_seconds": 90, "expected_scores": {30: 3, 80: 1}},
    "prizes": [{**GIFT, "weight": 0}, {**THANKS, "weight": 1}], "quotas": {"per_day": 1},
    "tables": [{"id": "high", "when": {"score": 60}, "weights": {"gift": 1}}],
}  # fmt: skip


def test_a_score_game_is_played_with_the_scores_that_its_file_expects(run: Run, tmp_path: Path) -> None:
    """One play a visit; with 28 orders a month of one member, one in four wins the gift."""
    orders = _orders(tmp_path, 280)
    said = _simulated(run, _file(tmp_path, **GAME), "--orders", orders, "--repetitions", "60")
    assert said["plays"]["p50"] == 280
    wins = said["prizes"][0]["wins"]
    assert 55 <= wins["p50"] <= 85
    assert wins["p95"] > wins["p50"], "each repetition has its own scores"
    assert said["refusals"] == []
    again = _simulated(run, _file(tmp_path, **GAME), "--orders", orders, "--repetitions", "60")
    assert again == said


# ---- the figures are right -----------------------------------------------------------------------------


def test_the_distribution_is_that_of_a_wheel_whose_distribution_is_known(run: Run, tmp_path: Path) -> None:
    """200 draws of 1 in 10 at 100 yuan: a binomial distribution, compared within four standard deviations."""
    draws, odds, value, repetitions = 200, 0.1, 10_000, 120
    file = _file(tmp_path, prizes=[GIFT, THANKS | {"weight": 9}])
    found = _simulated(run, file, "--orders", _orders(tmp_path, draws), "--repetitions", f"{repetitions}")
    assert found["plays"] == {"mean": draws, "p50": draws, "p95": draws}
    deviation = math.sqrt(draws * odds * (1 - odds) / repetitions) * value
    assert abs(found["cost"]["mean_fen"] - draws * odds * value) < 4 * deviation
    for share, name in ((0.5, "p50_fen"), (0.95, "p95_fen")):
        wins = found["cost"][name] // value
        off = 4 * math.sqrt(share * (1 - share) / repetitions)
        assert _at_most(wins, draws, odds) > share - off
        assert _at_most(wins - 1, draws, odds) < share + off
    # Each member drew once, so that the distribution of wins by member is known as well.
    none, once = found["wins_per_member"]
    assert (none["wins"], once["wins"]) == (0, 1)
    assert abs(once["share"] - odds) < 4 * math.sqrt(odds * (1 - odds) / (draws * repetitions))


def _at_most(wins: int, draws: int, odds: float) -> float:
    return sum(math.comb(draws, n) * odds**n * (1 - odds) ** (draws - n) for n in range(wins + 1))


def test_the_date_by_which_a_prize_is_sold_out(run: Run, tmp_path: Path) -> None:
    """One order a day, each of which wins: three prizes are gone on the third day, in every run."""
    file = _file(tmp_path, prizes=[GIFT | {"stock": 3}, THANKS])
    found = _simulated(run, file, "--orders", _orders(tmp_path, 20), "--repetitions", "40")
    (prize,) = found["prizes"]
    assert prize["gone"] == {"probability": 1, "by_half": "2026-03-03", "by_95_percent": "2026-03-03"}
    assert prize["wins"] == {"mean": 3, "p50": 3, "p95": 3}
    (warning,) = [each for each in found["warnings"] if each["code"] == "prize-gone"]
    assert warning["en"] == "“First prize” is gone by 3 March 2026 in 95 % of runs."
    assert warning["zh"] == "在 95 % 的模拟中，“头奖”于 2026 年 3 月 3 日前用完。"
    assert found["cost"]["p50_fen"] == found["cost"]["p99_fen"] == 30_000


def test_what_happens_in_some_runs_only_has_no_date(run: Run, tmp_path: Path) -> None:
    """A prize of two in three draws of 1 in 2: sold out in half of the runs, 0.5 ± 4 standard deviations."""
    prizes = [GIFT | {"stock": 2}, THANKS | {"weight": 1}]
    found = _simulated(run, _file(tmp_path, prizes=prizes), "--orders", _orders(tmp_path, 3), "--repetitions", "200")
    gone = found["prizes"][0]["gone"]
    assert abs(gone["probability"] - 0.5) < 4 * math.sqrt(0.25 / 200)
    assert gone["by_95_percent"] is None


def test_a_budget_that_is_too_small_is_warned_of(run: Run, tmp_path: Path) -> None:
    """Fourteen wins of 100 yuan against a budget of 1,000: it is kept, and it is gone on the tenth day."""
    file = _file(tmp_path, budget={"total_fen": 100_000})
    found = _simulated(run, file, "--orders", _orders(tmp_path, 14), "--repetitions", "60")
    assert (found["cost"]["p95_fen"], found["demand"]["p95_fen"]) == (100_000, 140_000)
    assert found["budget_gone"] == {"probability": 1, "by_half": "2026-03-10", "by_95_percent": "2026-03-10"}
    said = {warning["code"]: warning["en"] for warning in found["warnings"]}
    assert said["over-budget"].startswith("P95 cost is 1.4 × the budget: ¥1,400.00 would be won")
    assert said["budget-gone"] == "The budget is gone by 10 March 2026 in 95 % of runs."


def test_a_budget_is_gone_when_it_cannot_pay_the_cheapest_prize_that_is_left(run: Run, tmp_path: Path) -> None:
    """The cheap prize sells out first; what is then left of the budget cannot pay the dear one."""
    cheap = GIFT | {"id": "cheap", "value_fen": 100, "stock": 2, "fallback": "gift"}
    prizes = [cheap, GIFT | {"weight": 0}, THANKS]
    file = _file(tmp_path, prizes=prizes, budget={"total_fen": 25_000})
    found = _simulated(run, file, "--orders", _orders(tmp_path, 14), "--repetitions", "3")
    assert found["cost"]["p50_fen"] == 2 * 100 + 2 * 10_000
    assert found["budget_gone"]["by_half"] == "2026-03-04"


def test_an_activity_that_is_well_planned_has_no_warning(run: Run, tmp_path: Path) -> None:
    window = {"starts": "2026-03-01 00:00", "ends": "2026-03-29 00:00"}
    file = _file(tmp_path, budget={"total_fen": 300_000}, prizes=[GIFT | {"stock": 30}, THANKS], window=window)
    ran = run("simulate", file, "--orders", _orders(tmp_path, 28), "--repetitions", "2", "--cores", "1")
    assert "✓ Nothing that is limited runs out." in ran.out
    assert "⚠" not in ran.out


def test_refusals_are_counted_by_reason(run: Run, tmp_path: Path) -> None:
    """Two members with fourteen orders each, of which a quota lets three draws through."""
    orders = _orders(tmp_path, 28, members=2)
    found = _simulated(run, _file(tmp_path, quotas={"total": 3}), "--orders", orders, "--repetitions", "2")
    (refused,) = found["refusals"]
    assert refused["reason"] == "quota_used_total"
    assert refused["mean"] == 2 * (11 + 10)  # with what an order brings, and from the next on with what was left over
    assert found["players"]["p50"] == 2
    assert [row["share"] for row in found["wins_per_member"]] == [0, 0, 0, 1]


# ---- who comes -----------------------------------------------------------------------------------------


def test_free_chances_are_taken_once_on_each_day_with_a_visit(run: Run, tmp_path: Path) -> None:
    rows = [f"o{n},ann,2026-03-0{n % 3 + 1} {10 + n}:00:00,20" for n in range(9)]  # three orders on each of three days
    orders = tmp_path / "orders.csv"
    orders.write_text("\n".join(["order_id,member_id,time,amount", *rows]) + "\n")
    found = _simulated(run, _file(tmp_path, chances={"free_per_day": 2}), "--orders", orders, "--repetitions", "1")
    assert [day["plays"] for day in found["days"]] == [2, 2, 2]


def test_chances_that_are_won_are_drawn_at_once(run: Run, tmp_path: Path) -> None:
    """Each first draw wins another chance, of which there are five."""
    again = {"id": "again", "name": {"zh": "再来", "en": "Again"}, "weight": 1, "stock": 5, "fallback": "thanks",
             "reward": {"kind": "draw_chances", "amount": 1}}  # fmt: skip
    found = _simulated(
        run, _file(tmp_path, prizes=[again, THANKS]), "--orders", _orders(tmp_path, 3), "--repetitions", "1"
    )
    assert found["plays"]["p50"] == 3 + 5


def test_chances_without_end_end_and_are_warned_of(run: Run, tmp_path: Path) -> None:
    again = {"id": "again", "name": {"zh": "再来", "en": "Again"}, "weight": 1,
             "reward": {"kind": "draw_chances", "amount": 1}}  # fmt: skip
    found = _simulated(run, _file(tmp_path, prizes=[again]), "--orders", _orders(tmp_path, 1), "--repetitions", "1")
    assert [warning["code"] for warning in found["warnings"]] == ["not-covered", "endless"]


def test_orders_of_another_year_are_moved_into_the_window(run: Run, tmp_path: Path) -> None:
    """52 weeks later it is the same day of the week: 2025-03-03 was a Monday, as 2026-03-02."""
    found = _simulated(run, _file(tmp_path), "--orders", _orders(tmp_path, 28, "2025-03"), "--repetitions", "1")
    assert found["crowd"]["moved_days"] == 364
    assert (found["crowd"]["orders"], found["days"][0]["day"]) == (27, "2026-03-01")  # the first of them lies before
    asked = _simulated(
        run, _file(tmp_path), "--orders", _orders(tmp_path, 28, "2025-03"), "--repetitions", "1", "--shift-days", "365"
    )
    assert (asked["crowd"]["moved_days"], asked["crowd"]["orders"]) == (365, 28)


def test_orders_that_cover_a_part_of_the_window_are_warned_of(run: Run, tmp_path: Path) -> None:
    found = _simulated(run, _file(tmp_path), "--orders", _orders(tmp_path, 10), "--repetitions", "1")
    (warning,) = [each for each in found["warnings"] if each["code"] == "not-covered"]
    assert "cover only 10 of 31 days, from 1 March 2026 to 10 March 2026" in warning["en"]


def test_refunded_orders_earn_nothing_for_long(run: Run, tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "order_id,member_id,time,amount,status\n1,ann,2026-03-01,20,cancelled\n2,ann,2026-03-02,20,paid\n"
    )
    found = _simulated(run, _file(tmp_path), "--orders", orders, "--repetitions", "1")
    assert (found["plays"]["p50"], found["crowd"]["orders"]) == (1, 2)


def test_somebody_has_to_come(run: Run, tmp_path: Path) -> None:
    file = _file(tmp_path)
    for arguments in ([], ["--members", "3", "--demo-orders"]):
        status, _, err = run("simulate", file, *arguments)
        assert (status, "exactly one of --orders FILE, --demo-orders and --members N" in err) == (2, True)


# ---- the same again ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_report_on_one_core_and_on_two(run: Run, tmp_path: Path) -> None:
    file = _file(tmp_path, chances={"free_per_day": 1}, prizes=[GIFT | {"stock": 9}, THANKS | {"weight": 3}])
    one = _simulated(run, file, "--members", "20", "--repetitions", "7")
    printed = run("simulate", file, "--members", "20", "--repetitions", "7", "--cores", "1").out
    two = process(
        "simulate", file, "--members", "20", "--repetitions", "7", "--cores", "2", "--report", tmp_path / "two.json"
    )
    assert (two.status, two.out) == (0, printed)
    assert json.loads((tmp_path / "two.json").read_text("utf-8")) == one
    assert _simulated(run, file, "--members", "20", "--repetitions", "7", "--seed", "2") != one


def test_repetitions_differ_in_visits_and_in_numbers(tmp_path: Path) -> None:
    rules = yaml.safe_load(_file(tmp_path, prizes=[GIFT, THANKS | {"weight": 1}]).read_text("utf-8"))
    scene = Setting("lottery", rules, MadeUp(20), 1).scene()
    first, second = (repeat(scene, number, lambda: False) for number in (0, 1))
    assert first == repeat(scene, 0, lambda: False)
    assert (first.plays, first.cost_fen) != (second.plays, second.cost_fen)
    assert first.plays != second.plays


def test_it_ends_when_the_answer_is_precise(run: Run, tmp_path: Path) -> None:
    found = _simulated(run, _file(tmp_path), "--orders", _orders(tmp_path, 5))
    assert (found["stopped_by"], found["repetitions"]) == ("precision", estimate.FEWEST)


def test_it_ends_when_time_is_up_and_says_how(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And how to get the same again. Each of 199 prizes is 5 % dearer than the last: it takes long to be precise."""
    prizes = [GIFT | {"id": f"p{n}", "value_fen": round(100 * 1.05**n), "fallback": None} for n in range(199)]
    file, orders = _file(tmp_path, prizes=prizes), _orders(tmp_path, 1)
    monkeypatch.setenv("COLUMNS", "300")  # no sentence breaks, however few repetitions there was time for
    ran = run("simulate", file, "--orders", orders, "--seconds", "2", "--cores", "1")
    (count,) = re.findall(r"The same again: --repetitions (\d+) --seed 1\.", ran.out)
    assert "Time was up after" in ran.out
    again = run("simulate", file, "--orders", orders, "--repetitions", count, "--cores", "1")
    told, told_again = (re.sub(r".*repetitions.*\n(.*Allow more with.*\n)?", "", each.out) for each in (ran, again))
    assert told == told_again


def test_not_even_one_repetition_is_said(run: Run, tmp_path: Path) -> None:
    status, _, err = run("simulate", _file(tmp_path), "--members", "9", "--seconds", "0.000001", "--cores", "1")
    assert (status, "Not one repetition was complete after 1e-06 s" in err) == (1, True)


# ---- bad input -----------------------------------------------------------------------------------------


def test_a_broken_activity_file_is_answered_as_check_answers(run: Run, tmp_path: Path) -> None:
    file = _file(tmp_path, prizes=[GIFT | {"weight": -1, "fallback": "nosuch"}, THANKS])
    checked = run("activities", "check", file)
    assert (checked.status, "2 problem(s)" in checked.err) == (1, True)
    assert run("simulate", file, "--members", "10") == checked
    for text in ("kind: circus\n", "name: x\n", "kind: lottery\n  - ]["):
        file.write_text(text)
        assert run("simulate", file, "--members", "10") == run("activities", "check", file)
    assert run("simulate", "none.yaml", "--members", "10") == run("activities", "check", "none.yaml")


def test_bad_lines_of_orders_are_said_and_the_others_count(run: Run, tmp_path: Path) -> None:
    orders = _orders(tmp_path, 3)
    orders.write_text(orders.read_text() + "o9,m9,never,1\no0,m0,2026-03-05,1\n")
    ran = run("simulate", _file(tmp_path), "--orders", orders, "--repetitions", "1", "--cores", "1")
    assert ran.status == 1
    assert "3 past orders of 3 members" in ran.out
    assert "2 lines were not replayed:" in ran.err
    assert "line 5: time 'never' is no time" in ran.err
    assert "line 6: order o0 stands on line 2 already" in ran.err


def test_a_file_of_orders_that_is_none_is_answered_as_replay_answers(run: Run, tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("a,b\n1,2\n")
    file = _file(tmp_path)
    assert run("simulate", file, "--orders", orders) == run("orders", "replay", orders)
    orders.write_text("order_id,member_id,time,amount\n1,m,never,1\n")
    status, _, err = run("simulate", file, "--orders", orders)
    assert (status, "line 2: time 'never' is no time" in err, "None of 0 orders" in err) == (1, True, True)


def test_a_report_that_cannot_be_written_is_said_before_anything_is_done(run: Run, tmp_path: Path) -> None:
    status, _, err = run("simulate", _file(tmp_path), "--members", "9", "--report", tmp_path / "no" / "r.json")
    assert (status, "cannot be written" in err) == (2, True)


# ---- words and the report ------------------------------------------------------------------------------


def test_it_speaks_chinese(run: Run, tmp_path: Path) -> None:
    file = _file(tmp_path, budget={"total_fen": 100_000})
    ran = run("--lang", "zh", "simulate", file, "--orders", _orders(tmp_path, 14), "--repetitions", "2", "--cores", "1")
    for told in (
        "三月（march）模拟结果",
        "P95 成本是预算的 1.4 倍",
        "预算于 2026 年 3 月 10 日前用完",
        "头奖",
        "每日参与",
    ):
        assert told in ran.out
    assert not re.search(r"repetition|budget|member", ran.out)


def test_the_report_is_what_its_schema_says(run: Run, tmp_path: Path) -> None:
    file = _file(tmp_path, budget={"total_fen": 100_000}, quotas={"total": 1})
    found = _simulated(run, file, "--orders", _orders(tmp_path, 30, members=9), "--repetitions", "3")
    schema = orjson.loads((_ROOM / "report.schema.json").read_bytes())
    jsonschema_rs.validator_for(schema).validate(found)
    assert schema == Report.model_json_schema(mode="serialization"), (
        "the report has changed: python -m fairground_cli.simulate.figures writes its schema anew"
    )


def test_the_document_names_every_figure() -> None:
    text = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text("utf-8")
    models = [model for name, model in vars(figures).items() if re.search("(Figures|Bar|Report)$", name)]
    missing = {name for model in models for name in model.model_fields if f"`{name}`" not in text}
    assert not missing


def test_both_languages_say_the_same_and_nothing_is_said_that_nobody_uses() -> None:
    sources = "".join(path.read_text("utf-8") for path in _ROOM.glob("*.py"))
    for key, text in catalogue().items():
        assert set(text) == {"en", "zh"}, key
        places = {language: set(re.findall(r"{(\w+)}", text[language])) for language in text}
        assert places["en"] == places["zh"], key
        if key.startswith("warning-"):
            assert f'_warning("{key.removeprefix("warning-")}"' in sources, f"{key} is never said"
            continue
        stem = next((stem for stem in ("stopped-",) if key.startswith(stem)), None)
        assert re.search(f"[\"']{key}[\"']", sources) or (stem and f'"{stem}{{' in sources), f"{key} is never said"
    for key in set(re.findall(r'\b(?:say|both)\(\s*"([\w-]+)"', sources)):
        assert key in catalogue()


def test_a_sign_in_costs_what_its_visits_earn(run: Run, tmp_path: Path) -> None:
    """One visit a day of one member at noon, for ten days: what each rule pays is known."""
    rules = {
        "kind": "sign_in", "id": "march", "name": {"zh": "三月", "en": "March"},
        "window": {"starts": "2026-03-01 00:00", "ends": "2026-03-11 00:00"},
        "base": {"reward": {"kind": "points", "amount": 5}, "value_fen": 5},
        "streak": {"tiers": [{"id": "three", "days": 3, "value_fen": 100, "reward": {"kind": "coupon", "amount": 1}}],
                   "after_last": "start_over"},
        "nth": [{"id": "early", "from": 1, "reward": {"kind": "cash", "amount": 7}}],
    }  # fmt: skip
    file = tmp_path / "march.yaml"
    file.write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    said = _simulated(run, file, "--orders", _orders(tmp_path, 10, members=1), "--repetitions", "20")
    assert said["plays"] == {"mean": 10, "p50": 10, "p95": 10}
    assert {prize["id"]: prize["wins"]["p50"] for prize in said["prizes"]} == {"base": 10, "three": 3, "early": 10}
    assert said["cost"]["p50_fen"] == 10 * 5 + 3 * 100 + 10 * 7
    assert said["refusals"] == []


def test_members_are_as_they_are_said_to_be(run: Run, tmp_path: Path) -> None:
    file, orders = _file(tmp_path, eligible="level >= 1"), _orders(tmp_path, 1000)
    unknown = _simulated(run, file, "--orders", orders, "--repetitions", "1")
    assert unknown["plays"]["mean"] == 0
    assert {"no-facts", "no-plays"} <= {warning["code"] for warning in unknown["warnings"]}
    every = _simulated(run, file, "--orders", orders, "--repetitions", "1", "--fact", "level=1")
    assert every["plays"]["mean"] == 1000
    assert "no-facts" not in {warning["code"] for warning in every["warnings"]}
    some = _simulated(run, file, "--orders", orders, "--repetitions", "1", "--fact", "level=0:80,1:15,2:5")
    assert 150 < some["plays"]["mean"] < 250  # a fifth of a thousand members, four standard deviations


def test_what_is_no_fact_is_said_so(run: Run, tmp_path: Path) -> None:
    for wrong in ("level", "=3", "level=", "level=0:x,1:5", "level=0:0,1:0", "level=1,2"):
        ran = run("simulate", _file(tmp_path), "--members", "5", "--fact", wrong)
        assert ran.status == 2
        assert "is no fact" in ran.err
