"""What a version may take from members once an activity has begun: nothing that was promised, field by field."""

import inspect
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import Any

import pytest

from fairground_signin.rules import Cycle, FreezeRule, model
from fairground_signin.rules.promises import PROMISES
from fairground_signin.traffic import files
from tests.signin.world import Book, points, tier

_MAKE_UP = {"days_back": 3, "per_cycle": 2, "cards": True, "points": 50, "base": True}
_NTH = {"id": "early", "from": 2, "to": 5, "stock": 9} | points(8)
_DATE = {"id": "feast", "day": "2017-06-10", "until": "2017-06-12"} | points(9)
_TIERS = [tier(2, 20), tier(5, 50)]
_BUDGET = {"total_fen": 900, "per_day_fen": 90}

_CODES = {
    "promise_taken", "rule_removed", "reward_lessened", "tier_later", "last_tier_moved", "dates_lessened",
    "replaces_promised",
}  # fmt: skip


def _levels(*said: dict[str, Any]) -> dict[str, Any]:
    return {"levels": list(said)}


def _streak(*tiers: dict[str, Any], after_last: str = "stay") -> dict[str, Any]:
    return {"streak": {"tiers": list(tiers), "after_last": after_last}}


def _published(before: dict[str, Any], after: dict[str, Any]) -> tuple[Any, set[str]]:
    """What becomes of a version in the middle of the year, and where its problems are."""
    event = Book(**before).publish("2017-06-01", **after)[0]
    return event, {problem.field for problem in getattr(event, "problems", ())}


_TAKEN: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("levels", _levels({"level": 3, "multiplier": "200%"}), _levels({"level": 3, "multiplier": "110%"})),
    ("levels", _levels({"level": 3, "multiplier": "200%"}), {}),
    ("levels", _levels({"level": 3, "multiplier": "200%"}),
     _levels({"level": 3, "multiplier": "200%"}, {"level": 5, "base": points(5)})),
    ("levels", _levels({"level": 3, "base": points(9)}), {}),
    ("levels", _streak(tier(2, 20)), _streak(tier(2, 20)) | _levels({"level": 3, "base": points(5)})),
    ("nth", {"nth": [_NTH]}, {}),
    ("nth", {"nth": [_NTH]}, {"nth": [_NTH | points(7)]}),
    ("nth", {"nth": [_NTH]}, {"nth": [_NTH | {"from": 3}]}),
    ("nth", {"nth": [_NTH]}, {"nth": [_NTH | {"to": 4}]}),
    ("nth", {"nth": [_NTH]}, {"nth": [_NTH | {"stock": 8}]}),
    ("budget.total_fen", {"nth": [_NTH], "budget": _BUDGET}, {"nth": [_NTH], "budget": _BUDGET | {"total_fen": 899}}),
    ("budget.per_day_fen", {"nth": [_NTH], "budget": {"total_fen": 900}}, {"nth": [_NTH], "budget": _BUDGET}),
    ("streak.tiers", _streak(tier(2, 20)), _streak(tier(2, 20, way="replace"))),
    ("streak.tiers", _streak(tier(2, 20)), _streak(tier(2, 20, paid="ever"))),
    ("streak.tiers", _streak(tier(2, 20, paid="per_cycle")), _streak(tier(2, 20, paid="ever"))),
    ("streak.tiers", _streak(tier(2, 20)), _streak(tier(2, 20, on_revoke="reverse"))),
    ("streak.tiers", _streak(tier(2, 20, on_revoke="debt")), _streak(tier(2, 20, on_revoke="reverse"))),
    ("total", {"total": [tier(2, 20)]}, _streak(tier(2, 20))),
    ("total", {"total": [tier(2, 20)]}, {"total": [tier(2, 20) | {"days": 3}]}),
    ("streak.after_last", _streak(tier(2, 20), after_last="repeat"), _streak(tier(2, 20))),
    ("streak.after_last", _streak(tier(2, 20), after_last="repeat"), _streak(tier(2, 20), after_last="start_over")),
    ("streak.tiers", _streak(tier(2, 20), after_last="repeat"), _streak(*_TIERS, after_last="repeat")),
    ("base", {}, {"base": points(5, on_revoke="reverse")}),
    ("first", {"first": points(9)}, {}),
    ("first", {"first": points(9)}, {"first": points(9, way="replace")}),
    ("dates", {"dates": [_DATE]}, {"dates": [_DATE | {"day": "2017-06-11"}]}),
    ("dates", {"dates": [_DATE]}, {"dates": [_DATE | {"until": "2017-06-11"}]}),
    ("dates", {"dates": [_DATE]}, {}),
    ("", {}, {"dates": [_DATE | {"way": "replace"}]}),
    ("make_up", {"make_up": _MAKE_UP}, {}),
    ("make_up.base", {"make_up": _MAKE_UP}, {"make_up": _MAKE_UP | {"base": False}}),
    ("make_up.days_back", {"make_up": _MAKE_UP}, {"make_up": _MAKE_UP | {"days_back": 2}}),
    ("make_up.per_cycle", {"make_up": _MAKE_UP}, {"make_up": _MAKE_UP | {"per_cycle": 1}}),
    ("make_up.cards", {"make_up": _MAKE_UP}, {"make_up": _MAKE_UP | {"cards": False}}),
    ("make_up.points", {"make_up": _MAKE_UP}, {"make_up": _MAKE_UP | {"points": 51}}),
    ("make_up.money_fen", {"make_up": _MAKE_UP | {"money_fen": 9}}, {"make_up": _MAKE_UP}),
    ("eligible", {}, {"eligible": "level >= 3"}),
    ("eligible", {"eligible": "level >= 3"}, {"eligible": "level >= 4"}),
    ("audience.only", {}, {"audience": {"only": ["ann"]}}),
    ("audience.only", {"audience": {"only": ["ann", "bob"]}}, {"audience": {"only": ["ann"]}}),
    ("audience.share", {"audience": {"share": "50%"}}, {"audience": {"share": "49%"}}),
    ("audience.share", {}, {"audience": {"share": "99%"}}),
    ("audience.holdout", {"audience": {"holdout": "5%"}}, {"audience": {"holdout": "6%"}}),
    ("on_rejected", {"on_rejected": points(9)}, {"on_rejected": points(8)}),
    ("on_rejected", {"on_rejected": points(9)}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "before", "after"), _TAKEN)
def test_nothing_that_was_promised_is_taken(field: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    refused, found = _published(before, after)
    assert field in found, refused
    assert {problem.code for problem in refused.problems} <= _CODES
    assert all(problem.zh and problem.en for problem in refused.problems)


_GIVEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (_levels({"level": 3, "multiplier": "110%"}), _levels({"level": 3, "multiplier": "200%"})),
    (_streak(tier(2, 20)), _streak(tier(2, 20)) | _levels({"level": 3, "multiplier": "200%"})),
    ({"nth": [_NTH], "budget": _BUDGET}, {"nth": [_NTH | points(9) | {"from": 1, "to": 9, "stock": 10}]}),
    (_streak(tier(2, 20, way="replace", paid="ever", on_revoke="debt")), _streak(tier(2, 20))),
    (_streak(tier(5, 50), after_last="repeat"), _streak(*_TIERS, after_last="repeat")),
    (_streak(tier(2, 20)), _streak(*_TIERS, after_last="start_over")),
    ({"dates": [_DATE]}, {"dates": [_DATE | {"day": "2017-06-09", "until": "2017-06-20"}]}),
    ({}, {"make_up": _MAKE_UP}),
    ({"make_up": _MAKE_UP}, {"make_up": _MAKE_UP | {"days_back": 9, "per_cycle": 9, "points": 1, "money_fen": 9}}),
    ({"eligible": "level >= 3"}, {}),
    ({"audience": {"only": ["ann"], "share": "5%", "holdout": "5%"}}, {"audience": {"only": ["ann", "bob"]}}),
]


@pytest.mark.parametrize(("before", "after"), _GIVEN)
def test_members_may_be_given_more_at_any_time(before: dict[str, Any], after: dict[str, Any]) -> None:
    published, found = _published(before, after)
    assert not found
    assert published.version == 2


@pytest.mark.parametrize("after", [{"refused_risks": [2, 3, 4]}, {"audience": {"never": ["m-9"]}}, {"revoke_days": 90}])
def test_what_protects_from_fraud_may_be_tightened(after: dict[str, Any]) -> None:
    assert _published({}, after)[0].version == 2


def test_every_field_of_the_rules_has_its_direction() -> None:
    """A field that is added later is promised, or said to be none. What makes a streak stays as a whole."""
    said = {kind for _, kind in inspect.getmembers(model, is_dataclass) if kind.__module__ == model.__name__}
    assert said == {*PROMISES, Cycle, FreezeRule}
    for kind, table in PROMISES.items():
        assert {field.name for field in fields(kind)} == set(table), kind


def test_versions_of_believable_traffic_take_nothing() -> None:
    for number in range(4):
        versions = [files.rules(number, version) for version in (1, 2, 3)]
        for before, after in pairwise(versions):
            book = Book(**{name: said for name, said in before.items() if name != "id"})
            changed = {name: said for name, said in after.items() if name != "id"}
            assert book.publish("2017-06-01", **changed)[0].version == 2, number
