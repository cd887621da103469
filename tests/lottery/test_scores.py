"""Activity files of score games: what may stand in them, what is wrong with it, and what may change."""

from typing import Any

import pytest

from fairground_lottery.odds import odds
from fairground_lottery.rules import SCORE_GAME, WHEEL, check, form, load
from tests.lottery.world import THANKS, Game, game_rules, prize, rules

PLAY = {"max_score": 1000, "min_seconds": 20, "within_seconds": 180}

BROKEN = """\
kind: score_game
id: link-up
name: {zh: 连连看, en: Link-up}
window: {starts: 2017-06-01 00:00, ends: 2017-07-01 00:00}
chances: {free_per_day: 1}
play:
  max_score: 500
  min_seconds: 90
  within_seconds: 60
  expected_scores:
    high: 1
    501: 1
    20: 0.5
prizes:
  - {id: pen, name: {zh: 笔, en: Pen}, weight: 1, reward: {kind: draw_chances, amount: 1}}
  - {id: thanks, name: {zh: 谢谢, en: Thanks}, weight: 1}
tables:
  - {id: low, when: {score: 100}, weights: {pen: 1}}
  - {id: high, when: {score: 400}, weights: {pen: 2}}
  - {id: none, when: {score: 600}, weights: {pen: 3}}
  - {id: more, when: {condition: "scor > 3"}, weights: {pen: 4}}
eligible: score > 3
"""


def codes(source: Any) -> dict[str, int]:
    """What is wrong, and at which line."""
    return {f"{problem.field}: {problem.code}": problem.line for problem in check(source)}


def test_everything_that_is_wrong_with_a_score_game_is_listed_with_its_line() -> None:
    assert codes(BROKEN) == {
        "chances: unknown_field": 5,
        "play.within_seconds: never_in_time": 9,
        "play.expected_scores.high: bad_score": 11,
        "play.expected_scores.501: bad_score": 12,
        "play.expected_scores.20: not_integer": 13,
        "prizes[0].reward.ref: chances_nowhere": 15,
        "tables[1].when.score: table_in_front": 19,
        "tables[2].when.score: never_reached": 20,
        "tables[3].when.condition: unknown_fact": 21,
        "eligible: unknown_fact": 22,
    }
    assert all(problem.zh and problem.en for problem in check(BROKEN))


@pytest.mark.parametrize(
    ("play", "found"),
    [
        (None, ["play: missing"]),
        ({}, ["play.max_score: missing", "play.min_seconds: missing", "play.within_seconds: missing"]),
        (3, ["play: no_mapping"]),
        (PLAY | {"max_score": 0}, ["play.max_score: out_of_range"]),
        (PLAY | {"min_seconds": -1}, ["play.min_seconds: out_of_range"]),
        (PLAY | {"within_seconds": 86_401}, ["play.within_seconds: out_of_range"]),
        (PLAY | {"min_seconds": 180}, []),
        (PLAY | {"min_seconds": 181}, ["play.within_seconds: never_in_time"]),
        (PLAY | {"scores": 1}, ["play.scores: unknown_field"]),
        (PLAY | {"expected_scores": 7}, ["play.expected_scores: no_mapping"]),
        (PLAY | {"expected_scores": {}}, ["play.expected_scores: scores_all_zero"]),
        (PLAY | {"expected_scores": {0: 0}}, ["play.expected_scores: scores_all_zero"]),
        (PLAY | {"expected_scores": {"²": 1}}, ["play.expected_scores.²: bad_score"]),
        (PLAY | {"expected_scores": {"1" * 5000: 1}}, [f"play.expected_scores.{'1' * 5000}: bad_score"]),
        (PLAY | {"expected_scores": {0: 1, 1000: 1}}, []),
    ],
)
def test_a_play_is_checked_with_the_file(play: Any, found: list[str]) -> None:
    tables = [{"id": "gold", "when": {"score": 1}, "weights": {"cup": 1, "pen": 1}}]
    assert [f"{problem.field}: {problem.code}" for problem in check(game_rules(play=play, tables=tables))] == found


def test_a_wheel_has_no_plays_and_knows_no_scores() -> None:
    tables = [{"id": "gold", "when": {"score": 1}, "weights": {"gift": 1}}]
    assert list(codes(rules(play=PLAY, tables=tables))) == [
        "play: unknown_field",
        "tables[0].when.score: unknown_field",
    ]
    tables = [{"id": "gold", "when": {"condition": "score > 1"}, "weights": {"gift": 1}}]
    assert list(codes(rules(tables=tables))) == ["tables[0].when.condition: unknown_fact"]


def test_a_table_for_fewer_members_may_stand_before_one_for_lower_scores() -> None:
    tables = [
        {"id": "vip", "when": {"score": 100, "level": 3}, "weights": {"cup": 1}},
        {"id": "high", "when": {"score": 900}, "weights": {"cup": 1}},
        {"id": "low", "when": {"score": 100}, "weights": {"pen": 1}},
        {"id": "old", "when": {"draws": 9}, "weights": {"pen": 1}},
    ]
    assert check(game_rules(tables=tables)) == []
    tables += [{"id": "never", "when": {"score": 500, "level": 9}, "weights": {"pen": 1}}]
    assert list(codes(game_rules(tables=tables))) == ["tables[4].when.score: table_in_front"]


def test_a_published_game_means_the_same_again() -> None:
    content = game_rules(play=PLAY | {"expected_scores": {300: 2, 0: 1}}, quotas={"per_day": 3, "per_week": 9})
    known = load(content)
    assert (known.kind, load(rules()).kind) == (SCORE_GAME, WHEEL)
    assert load(form(known)) == known
    assert form(known)["play"] == PLAY | {"expected_scores": {"0": 1, "300": 2}}
    assert "chances" not in form(known)
    assert "play" not in form(load(rules()))


_WORTH = [prize("cup", 0, value_fen=900), prize("pen", 0, value_fen=90), THANKS]


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"play": PLAY | {"max_score": 999}}, "play.max_score", "promise_lowered"),
        ({"play": PLAY | {"min_seconds": 21}}, "play.min_seconds", "promise_raised"),
        ({"play": PLAY | {"within_seconds": 179}}, "play.within_seconds", "promise_lowered"),
        ({"play": PLAY | {"max_score": 2000, "min_seconds": 0, "within_seconds": 600}}, "", ""),
        ({"tables": [{"id": "gold", "when": {"score": 901}, "weights": {"cup": 1}},
                     {"id": "silver", "when": {"score": 500}, "weights": {"pen": 1}}]},
         "tables[0].when.score", "table_lowers"),
        ({"tables": [{"id": "gold", "when": {"score": 800}, "weights": {"cup": 1}},
                     {"id": "silver", "when": {"score": 400}, "weights": {"pen": 1}}]}, "", ""),
    ],
)  # fmt: skip
def test_a_running_game_does_not_become_harder(fields: dict[str, Any], field: str, code: str) -> None:
    """Who comes to another band wins the same as often, or something dearer."""
    game = Game(prizes=_WORTH)
    (event,) = game.publish(**({"prizes": _WORTH} | fields))
    found = {(problem.field, problem.code) for problem in getattr(event, "problems", ())}
    assert found == ({(field, code)} if field else set())


def test_a_kind_is_for_ever() -> None:
    game = Game()
    (event,) = super(Game, game).publish(prizes=[prize("cup"), prize("pen"), THANKS])
    assert ("kind", "fixed") in [(problem.field, problem.code) for problem in event.problems]


def test_the_odds_page_of_a_game_says_how_it_is_played_and_what_scores_lead_to() -> None:
    page = odds(form(load(game_rules(quotas={"per_day": 3, "total": 50}))))
    assert [each.en for each in page.conditions] == [
        "each play ends with a score (at most 1000, after 20 to 180 seconds) and draws once",
        "at most 3 plays for each member and day",
        "at most 50 plays for each member in all",
    ]
    assert "Table gold (score ≥ 900): cup 100 %." in [each.en for each in page.changes]
    assert "概率表 gold（score ≥ 900）：cup 100 %。" in [each.zh for each in page.changes]
