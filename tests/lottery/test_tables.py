"""Tables for tiers and risk levels (rule 5): the first that applies, and every path takes stock."""

from typing import Any

import pytest

from fairground_lottery.rules import check, form, load
from tests.lottery.world import THANKS, Fair, ids, prize, rules

MANY = {"free_per_day": 100}
PRIZES = [prize("cup", 10**12), prize("car", value_fen=9000, stock=2, fallback="cup"), prize("pen"), THANKS]


def _fair(*tables: dict[str, Any], **fields: Any) -> Fair:
    more: dict[str, Any] = {"tables": list(tables)} if tables else {}
    return Fair(chances=MANY, prizes=PRIZES, **more, **fields)


def _table(name: str, wins: str, **when: Any) -> dict[str, Any]:
    return {"id": name, "weights": {wins: 1}} | ({"when": when} if when else {})


@pytest.mark.parametrize(
    ("when", "facts", "applies"),
    [
        ({"spend_fen": 1000}, {"spend_fen": 1000}, True),
        ({"spend_fen": 1000}, {"spend_fen": 999}, False),
        ({"spend_fen": 1000}, {}, False),
        ({"spend_fen": 1000}, {"spend_fen": "1000"}, False),
        ({"level": 3}, {"level": 3}, True),
        ({"level": 3, "spend_fen": 5}, {"level": 3}, False),
        ({"condition": "'vip' in tags"}, {"tags": ["vip"]}, True),
        ({"condition": "'vip' in tags"}, {"tags": []}, False),
        ({"condition": "'vip' in tags"}, {}, False),
        ({"condition": "'vip' in tags", "level": 1}, {"tags": ["vip"], "level": 0}, False),
    ],
)
def test_05_a_table_is_for_members_that_all_of_when_applies_to(
    when: dict[str, Any], facts: dict[str, Any], applies: bool
) -> None:
    fair = _fair(_table("tier", "pen", **when))
    (outcome,) = fair.draw(facts=facts)
    assert (outcome.prize_id, outcome.table) == (("pen", "tier") if applies else ("cup", ""))
    fair.checked()


def test_05_after_so_many_draws_another_table_applies_within_one_command_too() -> None:
    fair = _fair(_table("late", "pen", draws=3))
    assert ids(fair.draw(draws=5, facts={"draws": 99})) == ["cup", "cup", "cup", "pen", "pen"]
    fair.checked()


def test_05_the_first_table_that_applies_is_taken() -> None:
    fair = _fair(_table("high", "car", level=5), _table("low", "pen", level=1))
    assert ids(fair.draw(facts={"level": 9}) + fair.draw(facts={"level": 2})) == ["car", "pen"]


def test_05_every_path_takes_stock() -> None:
    """Weight-tier and blacklist prizes skipped stock (a fork of big-market). Here a list of members who draw from a
    table of their own is a tag of theirs."""
    tables = (
        _table("listed", "car", condition="'listed' in tags"),
        _table("high", "car", level=5),
        _table("risky", "car"),
    )
    fair = _fair(*tables, risk={3: "risky"})
    ways: tuple[dict[str, Any], ...] = ({"facts": {"level": 9}}, {"risk": 3}, {"facts": {"tags": ["listed"]}})
    for taken, way in enumerate(ways[1:], 1):
        assert ids(fair.draw(**way)) == ["car"]
        assert fair.counter("stock:car") == taken
    outcomes = [fair.draw(f"m{number}", **way)[0] for number, way in enumerate(ways)]
    assert [(each.table, each.drawn_id, each.prize_id, each.withheld) for each in outcomes] == [
        (table, "car", "cup", "sold_out") for table in ("high", "risky", "listed")
    ]
    assert fair.counter("stock:car") == 2
    fair.checked()


def test_05_risk_levels_lead_to_their_table_whatever_the_tier() -> None:
    fair = _fair(_table("high", "car", level=5), _table("plain", "pen"), risk={3: "plain", 4: "lowest"})
    facts = {"level": 9}
    outcomes = [fair.draw(f"m{risk}", risk=risk, facts=facts)[0] for risk in range(5)]
    assert ids(outcomes) == ["car", "car", "cup", "pen", "thanks"]
    assert [outcome.table for outcome in outcomes] == ["high", "high", "high", "plain", "lowest"]
    fair.checked()


def test_05_the_highest_risk_is_treated_no_better_than_the_one_below() -> None:
    fair = _fair(_table("plain", "pen"), risk={3: "plain"})
    assert ids(fair.draw(risk=3) + fair.draw(risk=4)) == ["pen", "pen"]
    fair.checked()


def test_05_a_risk_level_may_be_refused_and_takes_nothing() -> None:
    fair = _fair(risk={4: "refuse"})
    assert fair.reason(risk=4, request="r1") == "risk_denied"
    assert fair.reason(risk=0, request="r1") == "duplicate"
    assert fair.entrant().draws == 0
    assert ids(fair.draw(risk=3)) == ["cup"]
    fair.checked()


def test_05_without_a_rule_risk_changes_nothing() -> None:
    fair = Fair(prizes=[prize("car")])
    assert ids(fair.draw(risk=4)) == ["car"]


def test_05_pity_gives_nothing_that_the_table_does_not_hold() -> None:
    fair = _fair(
        _table("plain", "cup"),
        _table("high", "pen", level=5),
        risk={3: "plain"},
        pity=[{"prizes": ["pen"], "after": 2}],
    )
    outcomes = fair.draw(draws=4, risk=3)
    assert ids(outcomes) == ["cup"] * 4
    assert [outcome.pity for outcome in outcomes] == ["", "", "due", "due"]
    fair.checked()


def test_c07_levels_1_and_2_pass_unless_a_condition_asks_for_them() -> None:
    fair = _fair(_table("high", "pen", condition="risk == 1"), risk={3: "refuse"})
    assert [ids(fair.draw(risk=risk)) for risk in (0, 1, 2)] == [["cup"], ["pen"], ["cup"]]
    strict = Fair(prizes=PRIZES, eligible="risk < 2")
    assert [getattr(event, "reason", "") for risk in (1, 2) for event in strict.draw(risk=risk)] == ["", "not_eligible"]


@pytest.mark.parametrize(
    ("tables", "risk", "more", "found"),
    [
        ([_table("t", "cup", level=1)], {}, {}, []),
        ([_table("t", "cup")], {3: "t", 4: "refuse"}, {}, []),
        ([_table("t", "cup")], {}, {}, ["tables[0]: unreachable_table"]),
        ([_table("t", "cup") | {"when": {}}], {}, {}, ["tables[0].when: empty_when"]),
        ([_table("t", "kup", level=1)], {}, {}, ["tables[0].weights.kup: unknown_prize"]),
        ([{"id": "t", "weights": {"cup": 0}, "when": {"level": 1}}], {}, {}, ["tables[0].weights: weights_all_zero"]),
        ([{"id": "t", "weights": {"cup": 0.5}, "when": {"level": 1}}], {}, {},
         ["tables[0].weights.cup: not_integer"]),
        ([{"id": "t", "weights": 3, "when": {"level": 1}}], {}, {}, ["tables[0].weights: no_mapping"]),
        ([{"id": "t", "when": {"level": 1}}], {}, {}, ["tables[0].weights: missing"]),
        ([_table("t", "cup", level=1)] * 2, {}, {}, ["tables[1].id: taken_id"]),
        ([_table("lowest", "cup", level=1)], {}, {}, ["tables[0].id: taken_id"]),
        ([_table("t", "cup", spend_fen=1.5)], {}, {}, ["tables[0].when.spend_fen: not_integer"]),
        ([_table("t", "cup", condition="lvl > 3")], {}, {}, ["tables[0].when.condition: unknown_fact"]),
        ([], {3: "tt"}, {}, ["tables: empty_list", "risk.3: unknown_table"]),
        ([_table("t", "cup", level=1)], {2: "t"}, {}, ["risk.2: unknown_field"]),
        ([_table("t", "cup", level=1)], {3: 5}, {}, ["risk.3: not_text"]),
        ([_table("t", "car", level=1)], {},
         {"sold_out": "renormalise", "prizes": [prize("cup"), prize("car", stock=1)]},
         ["tables[0].weights: nothing_endless"]),
        ([_table("t", "car", level=1)], {4: "lowest"}, {"sold_out": "miss", "prizes": [prize("car", stock=1)]},
         ["risk.4: no_lowest"]),
    ],
)  # fmt: skip
def test_05_publication_finds_tables_that_cannot_be_used(
    tables: list[Any], risk: dict[int, Any], more: dict[str, Any], found: list[str]
) -> None:
    content = rules(**{"prizes": PRIZES, "tables": tables, "risk": risk} | more)
    assert sorted(f"{problem.field}: {problem.code}" for problem in check(content)) == sorted(found)
    if not found:
        assert load(form(load(content))) == load(content)
