"""Who may take part: lists, shares, a held-out group, conditions (rules C4 and 5)."""

import json
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_activities.files import SUPPLIED
from fairground_activities.files.conditions import NotCondition, compiled
from fairground_lottery.contract import Draw
from fairground_lottery.rules import check, form, load
from fairground_lottery.rules.facts import NAMES, samples
from tests.lottery.world import WHEEL, Fair, ids, prize, rules

PAGE = (Path(__file__).parents[2] / "docs" / "lottery.md").read_text(encoding="utf-8")
MEMBERS = [f"member-{number}" for number in range(3000)]


def _fair(**fields: Any) -> Fair:
    return Fair(prizes=[prize("gift")], **fields)


def _reasons(fair: Fair, members: list[str]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for member in members:
        (event,) = fair.draw(member)
        told.setdefault(str(getattr(event, "reason", "")), []).append(member)
    return told


def test_c04_whitelist_and_blacklist() -> None:
    fair = _fair(audience={"only": ["ann", "bob"]})
    assert _reasons(fair, ["ann", "bob", "cid"]) == {"": ["ann", "bob"], "not_eligible": ["cid"]}
    fair = _fair(audience={"never": ["ann"]})
    assert _reasons(fair, ["ann", "bob"]) == {"not_eligible": ["ann"], "": ["bob"]}
    fair.checked()


def test_c04_a_share_of_members_by_a_hash_that_anybody_can_compute() -> None:
    fair = _fair(audience={"share": "20%"})
    told = _reasons(fair, MEMBERS)
    assert 540 <= len(told[""]) <= 660  # 600 and more than two standard deviations; fixed, for the hash is
    for member in MEMBERS:
        number = int.from_bytes(sha256(f"share|{WHEEL}|{member}".encode()).digest()[:8], "big") % 1_000_000
        assert (member in told[""]) == (number < 200_000)
    fair.checked()


def test_c04_a_larger_share_keeps_everybody_who_was_in() -> None:
    fair = _fair(audience={"share": "10%"})
    first = set(_reasons(fair, MEMBERS[:800])[""])
    fair.publish(prizes=[prize("gift")], audience={"share": "30.5 %"})
    second = set(_reasons(fair, MEMBERS[:800])[""])
    assert first < second


def test_c04_holdout_is_refused_as_such_and_stays_the_same_in_every_version() -> None:
    fair = _fair(audience={"holdout": "5%"})
    told = _reasons(fair, MEMBERS[:1500])
    assert told.keys() == {"", "holdout"}
    assert 45 <= len(told["holdout"]) <= 105
    fair.logged(prizes=[prize("gift", 7)], audience={"holdout": "5%", "share": "50%"})
    later = _reasons(fair, MEMBERS[:1500])
    assert set(later["holdout"]) < set(told["holdout"])
    assert 250 < 2 * len(set(later[""]) & set(MEMBERS[:750])) < 1000  # who is held out is not who comes first
    fair.checked()


def test_c04_nothing_is_taken_from_whoever_is_kept_out() -> None:
    fair = _fair(audience={"never": ["ann"]}, chances={"free_per_day": 0})
    fair.grant("share", 2)
    assert fair.reason(request="r") == "not_eligible"
    assert fair.entrant().lots[0].left == 2
    fair.publish(prizes=[prize("gift")], chances={"free_per_day": 0})
    assert fair.reason(request="r") == "duplicate"
    assert ids(fair.draw(draws=2)) == ["gift", "gift"]
    fair.checked()


@pytest.mark.parametrize(
    ("condition", "facts", "eligible"),
    [
        ("level >= 3 && 'vip' in tags", {"level": 3, "tags": ["vip"]}, True),
        ("level >= 3 && 'vip' in tags", {"level": 3, "tags": ["new"]}, False),
        ("level >= 3 && 'vip' in tags", {"level": 2, "tags": ["vip"]}, False),
        ("registered_at < '2017-01-01'", {"registered_at": "2016-12-31T23:59:59Z"}, True),
        (
            "timestamp(registered_at) < timestamp('2017-01-01T00:00:00Z')",
            {"registered_at": "2018-01-01T00:00:00Z"},
            False,
        ),
        ("new_buyer", {"new_buyer": True}, True),
        ("spend_30d_fen >= 10000 || orders > 2", {"spend_30d_fen": 0, "orders": 3}, True),
        ("tags.exists(tag, tag.startsWith('v'))", {"tags": ["new", "vip"]}, True),
        ("city in ['上海', '杭州']", {"city": "杭州"}, True),
        ("draws < 2", {"draws": 99}, True),
        ("risk < 2", {}, True),
    ],
)  # fmt: skip
def test_c04_conditions_over_the_facts_of_the_command(condition: str, facts: dict[str, Any], eligible: bool) -> None:
    fair = _fair(eligible=condition)
    (event,) = fair.draw(facts=facts)
    assert getattr(event, "reason", "") == ("" if eligible else "not_eligible")
    if not eligible:
        assert event.help_en == f"the condition: {condition}"
    fair.checked()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "no answer from what is known: level"),
        ({"tags": ["vip"]}, "no answer from what is known: level"),
        ({"level": "three"}, "no answer from what is known: TypeError"),
    ],
)
def test_c04_what_cannot_be_answered_refuses_and_says_why(facts: dict[str, Any], said: str) -> None:
    fair = _fair(eligible="level >= 3")
    (refused,) = fair.draw(facts=facts)
    assert (refused.reason, refused.help_en) == ("not_eligible", said)
    fair.checked()


def test_c04_conditions_count_draws_within_the_wheel() -> None:
    fair = _fair(eligible="draws_today < 2", chances={"free_per_day": 9})
    fair.draw(draws=2)
    assert fair.reason() == "not_eligible"
    assert ids(fair.draw(now="2017-06-02 12:00")) == ["gift"]


BAD_CONDITIONS = {
    "level >=": "bad_condition",
    "level ≥ 3": "bad_condition",
    "lvl >= 3": "unknown_fact",
    "level >= 3 || lvl > 2": "unknown_fact",
    "member.level > 3": "unknown_fact",
    "level > 'a'": "condition_fails",
    "tags > 3": "condition_fails",
    "level": "no_yes_or_no",
    "'vip'": "no_yes_or_no",
    "spend_fen / orders > 100": "condition_fails",
    "level > 1000 && tags > 3": "condition_fails",
    "level > 1000 && (city == ')' || !(new_buyer || registered_at < 2017))": "condition_fails",
    "level < 1000 || 'vip' in city": "condition_fails",
    "level > 1000 && orders": "no_yes_or_no",
    "now() > timestamp('2017-01-01T00:00:00Z')": "unknown_function",
    "tags.all(a, tags.all(b, tags.all(c, true)))": "too_many_loops",
    "true " + "&& true" * 99: "text_length",
    "(" * 240: "bad_condition",
}


@pytest.mark.parametrize("condition", BAD_CONDITIONS)
def test_c04_conditions_are_checked_with_the_file(condition: str) -> None:
    text = yaml.safe_dump(rules(), sort_keys=False) + f"eligible: {json.dumps(condition)}\n"
    (problem,) = check(text)
    assert (problem.field, problem.code, problem.line) == ("eligible", BAD_CONDITIONS[condition], text.count("\n"))


@pytest.mark.parametrize(
    "condition",
    [
        "size(tags) > 0 && tags[0] == 'vip'",
        "orders > 0 && spend_fen / orders > 100",
        "city == 'a && tags > 3' || (channel == 'app' && !new_buyer)",
        "tags.exists(tag, tag == 'vip' && level > 1000) || level > 3",
        "level > 1000 ? new_buyer : (level > 3 && !(orders > 3))",
    ],
)
def test_c04_what_another_part_guards_against_is_no_problem(condition: str) -> None:
    assert check(rules(eligible=condition)) == []


def test_c04_a_part_that_was_never_tried_before_does_not_end_what_was_published_with_it() -> None:
    tables = [{"id": "vip", "when": {"condition": "level > 1000 && tags > 3"}, "weights": {"gift": 1}}]
    content = rules(tables=tables)
    assert [(problem.field, problem.code) for problem in check(content)] == [
        ("tables[0].when.condition", "condition_fails")
    ]
    assert load(content).tables[0].condition == "level > 1000 && tags > 3"


def test_c04_problems_of_conditions_say_what_would_do() -> None:
    (problem,) = check(rules(eligible="levl >= 3"))
    assert problem.en == f"No fact is called 'levl'; did you mean 'level'; there are {', '.join(NAMES)}."


@pytest.mark.parametrize(
    ("audience", "found"),
    [
        ({"only": ["a"], "never": ["b"], "share": "100%", "holdout": "0.0001%"}, []),
        ({"only": []}, ["audience.only: empty_list"]),
        ({"only": "ann"}, ["audience.only: no_list"]),
        ({"never": [7, ""]}, ["audience.never[0]: not_text", "audience.never[1]: text_length"]),
        ({"only": ["a"], "never": ["a"]}, ["audience.never[0]: in_both_lists"]),
        ({"share": "0%"}, ["audience.share: bad_percent"]),
        ({"share": "101%"}, ["audience.share: bad_percent"]),
        ({"share": 20}, ["audience.share: bad_percent"]),
        ({"share": "20"}, ["audience.share: bad_percent"]),
        ({"share": "0.00001%"}, ["audience.share: bad_percent"]),
        ({"holdout": "100%"}, ["audience.holdout: bad_percent"]),
        ({"shares": "1%"}, ["audience.shares: unknown_field"]),
        ("everybody", ["audience: no_mapping"]),
    ],
)
def test_c04_audiences_are_checked_with_the_file(audience: Any, found: list[str]) -> None:
    content = rules(audience=audience)
    assert [f"{problem.field}: {problem.code}" for problem in check(content)] == found
    if not found:
        assert load(form(load(content))) == load(content)


def test_c04_every_fact_is_explained_to_operators() -> None:
    assert [name for name in NAMES if f"`{name}`" not in PAGE] == []


def test_c04_the_samples_are_facts_that_a_command_may_carry() -> None:
    for sample in samples():
        facts = {name: value for name, value in sample.items() if name in SUPPLIED}
        draw = Draw.model_validate_json(json.dumps({"activity_id": "a", "member_id": "m", "facts": facts}))
        assert json.loads(draw.model_dump_json())["facts"] == facts


_PIECES = [
    "level", "tags", "lvl", "(", ")", "[", "]", "{", "&&", "||", "!", "-", "+", "*", "/", "%", "==", "<", ">=", "in",
    "'a'", "1", "2.5", "9223372036854775807", "null", "true", ".exists(t,", ".size()", "size(", "has(", "?", ":", ",",
    ".", "string(", "timestamp(", "'", '"', "\\", "\n", "b'x'", "1u", "é", ".matches('a(')", "\0",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=9).map(" ".join) | st.text(max_size=30))
def test_c04_no_text_of_a_condition_raises(text: str) -> None:
    """A hundred broken files must never produce a traceback, whatever the parser thinks of them."""
    assert all(problem.en for problem in check(rules(eligible=text)))
    try:
        condition = compiled(text)
    except NotCondition:
        return
    members: list[dict[str, Any]] = [{}, {"level": 3}, {"level": None, "tags": {}}, {"tags": ["x"] * 64, "level": 2.5}]
    for facts in members:
        assert condition.answer(facts).holds in (True, False)


def test_c04_a_condition_is_parsed_once_a_version() -> None:
    assert compiled("level > 3") is compiled("level > 3")


def test_c04_conditions_are_quick_even_at_their_longest() -> None:
    """Loops within loops over long lists could hold up a whole partition."""
    dice = random.Random(1)
    facts = {"tags": [f"tag {dice.random()}" for _ in range(64)]}
    condition = "tags.all(a, tags.all(b, a != '' && b != ''))"
    assert check(rules(eligible=condition)) == []
    assert compiled(condition).answer(facts).holds
