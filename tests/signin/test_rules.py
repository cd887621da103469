"""Sign-in files: every problem at once, in words, with the line; what is published reads as the same rules."""

from pathlib import Path
from typing import Any

import pytest

from fairground_signin.rules import BadRules, check, form, load
from fairground_signin.rules.problems import SENTENCES
from fairground_signin.traffic import rules as traffic_rules
from tests.signin.world import points, rules, tier

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("number", range(4))
def test_what_is_published_reads_as_the_same_rules(number: int) -> None:
    read = load(traffic_rules(number))
    assert load(form(read)) == read
    assert form(load(form(read))) == form(read)
    assert check(form(read)) == []


def _codes(**fields: Any) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in check(rules(**fields))]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"base": None}, ("", "nothing_given")),
        ({"bases": points(1)}, ("bases", "unknown_field")),
        ({"base": {}}, ("base.reward", "missing")),
        ({"base": points(0)}, ("base.reward.amount", "out_of_range")),
        ({"base": {"reward": {"kind": "draw_chances", "amount": 1, "ref": "A wheel"}}}, ("base.reward.ref", "bad_id")),
        ({"eligible": "level > 1000 && tags > 3"}, ("eligible", "condition_fails")),
        ({"cycle": {"every": "year"}}, ("cycle.every", "bad_choice")),
        ({"cycle": {"every": "days"}}, ("cycle.days", "needed_by_days")),
        ({"cycle": {"every": "days", "days": 366}}, ("cycle.days", "out_of_range")),
        ({"cycle": {"every": "week", "days": 7}}, ("cycle.days", "only_with_days")),
        ({"cycle": {"every": "none", "shown": "crosses"}}, ("cycle.shown", "no_cycle_to_cross")),
        ({"streak": {"tiers": [tier(2, 1), tier(2, 2) | {"id": "x"}]}}, ("streak.tiers", "duplicate_days")),
        ({"streak": {"tiers": [tier(2, 1), tier(3, 2) | {"id": "d2"}]}}, ("", "duplicate_rule")),
        ({"cycle": {"every": "week"}, "streak": {"tiers": [tier(8, 1)]}}, ("streak.tiers", "longer_than_cycle")),
        ({"total": [tier(400, 1)]}, ("total", "longer_than_window")),
        ({"total": [tier(4, 1, paid="per_streak")]}, ("total", "total_per_streak")),
        ({"base": None, "streak": {"tiers": [tier(2, 1, way="replace")]}}, ("base", "replace_without_base")),
        ({"streak": {"tiers": []}}, ("streak.tiers", "empty_list")),
        ({"streak": {"tiers": [{"id": "x"} | points(1)]}}, ("streak.tiers[0].days", "missing")),
        ({"dates": [{"id": "x", "day": "2018-06-01"} | points(1)]}, ("dates[0]", "outside_window")),
        ({"dates": [{"id": "x", "day": "June"} | points(1)]}, ("dates[0].day", "bad_day")),
        ({"dates": [{"id": "x", "day": "2017-06-02", "until": "2017-06-01"} | points(1)]}, ("dates[0].until",
                                                                                            "dates_reversed")),
        ({"make_up": {"days_back": 1, "per_cycle": 1}}, ("make_up", "nothing_pays")),
        ({"make_up": {"per_cycle": 1, "cards": True}}, ("make_up.days_back", "missing")),
        ({"make_up": {"days_back": 1, "per_cycle": 1, "cards": True, "answer_minutes": 3}},
         ("make_up.answer_minutes", "answer_needed")),
        ({"cycle": {"every": "week"}, "make_up": {"days_back": 7, "per_cycle": 1, "cards": True}},
         ("make_up.days_back", "never_back")),
        ({"freeze": {"every": 3}}, ("freeze.most", "most_needed")),
        ({"levels": [{"level": 2}]}, ("levels[0]", "level_says_nothing")),
        ({"levels": [{"level": 2, "multiplier": "2x"}]}, ("levels[0].multiplier", "bad_multiplier")),
        ({"levels": [{"level": 2, "multiplier": "110%"}, {"level": 2, "multiplier": "120%"}]},
         ("levels[1].level", "levels_ascending")),
        ({"nth": [{"id": "a", "from": 1, "to": 5} | points(1), {"id": "b", "from": 5} | points(1)]},
         ("nth[1].from", "ranks_overlap")),
        ({"nth": [{"id": "a", "from": 5, "to": 1} | points(1)]}, ("nth[0].to", "ranks_reversed")),
        ({"nth": [{"id": "base", "from": 5} | points(1)]}, ("", "duplicate_rule")),
        ({"budget": {"total_fen": 100}}, ("budget", "budget_without_nth")),
        ({"refused_risks": [5]}, ("refused_risks[0]", "out_of_range")),
        ({"eligible": "levle > 1"}, ("eligible", "unknown_fact")),
    ],
)  # fmt: skip
def test_each_problem_is_found_where_it_is(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    found = _codes(**fields)
    assert expected in found
    for problem in check(rules(**fields)):
        assert problem.zh
        assert problem.en


def test_all_problems_are_told_at_once_with_their_lines() -> None:
    text = (ROOT / "examples" / "complete" / "sign-in-2017.yaml").read_text("utf-8")
    assert check(text) == []
    broken = text.replace("every: month", "every: year").replace("per_cycle: 3", "per_cycle: many")
    problems = check(broken)
    assert [problem.code for problem in problems] == ["bad_choice", "not_integer"]
    assert [broken.splitlines()[problem.line - 1].strip().split(":")[0] for problem in problems] == [
        "every",
        "per_cycle",
    ]
    with pytest.raises(BadRules, match="whole number"):
        load(broken)


def test_every_sentence_is_in_both_languages_and_says_what_was_found() -> None:
    for zh, en in SENTENCES.values():
        assert zh
        assert en


def test_what_was_published_is_held_only_to_what_it_was_held_to_then() -> None:
    lax = form(load(rules(base=points(1)))) | {"budget": {"total_fen": 100}}
    assert [problem.code for problem in check(lax)] == ["budget_without_nth"]
    assert load(lax).budget_fen == 100
