"""Activity files: every problem at once, in words an operator understands; and what versions may change."""

import copy
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground_contracts.activities import ActivityPublished, ActivityRefused, PauseActivity
from fairground_redpacket.contract import PacketCreated
from fairground_redpacket.rules import SENTENCES, BadRules, check, form, load
from fairground_redpacket.traffic import rules as traffic_rules
from tests.redpacket.world import Table, friends, rain, rules

SESSION = {"id": "noon", "starts": "2017-06-01 12:00", "seconds": 60, "total_fen": 1_000, "count": 10}


def codes(content: Any) -> list[str]:
    return sorted({problem.code for problem in check(content)})


def packets(**fields: Any) -> dict[str, Any]:
    return rules(packets={"total_fen": {"least": 1, "most": 1_000}} | fields)


@pytest.mark.parametrize(
    "content", [rules(), friends(), rain(), *traffic_rules().values()], ids=lambda each: each["id"]
)
def test_the_published_form_reads_as_the_same_rules(content: dict[str, Any]) -> None:
    read = load(content)
    assert load(form(read)) == read
    assert form(load(form(read))) == form(read)


def test_everything_that_is_wrong_is_listed_at_once_with_its_line() -> None:
    text = """
kind: red_packet
id: Bad Id
name: {zh: 红包, en: Packets}
window: {starts: 2017-01-02 00:00, ends: 2017-01-01 00:00}
packets:
  total_fen: {least: 5, most: 1}
  acces: [open]
  splits: [random, random, sideways]
"""
    found = {problem.code: (problem.field, problem.line) for problem in check(text)}
    assert found["bad_id"] == ("id", 3)
    assert found["window_reversed"] == ("window.ends", 5)
    assert found["range_reversed"] == ("packets.total_fen.most", 7)
    assert found["unknown_field"] == ("packets.acces", 8)
    assert found["duplicate_choice"] == found["bad_choice"] == ("packets.splits", 9)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (packets(count={"least": 2_000, "most": 2_000}), "never_sendable"),
        (packets(access=["password"]), "needs_guesses"),
        (packets(guesses=3), "guesses_unused"),
        (packets(senders="members"), "members_pay"),
        (packets(answer_minutes=3), "answer_unused"),
        (packets(senders="nobody"), "nothing_sent"),
        (rules(budget={}), "needs_budget"),
        (friends(budget={"total_fen": 1}), "no_budget_here"),
        (friends(rewards={"total_fen": 1}), "gifts_from_budget"),
        (friends(packets=friends()["packets"] | {"senders": "operators"}), "operators_pay_not"),
        (friends(packets=friends()["packets"] | {"access": ["fission"]}), "fission_alone"),
        (rules(orders={"total_fen": 10, "count": 2}), "own_is_one"),
        (rules(orders={"total_fen": 10, "count": 1, "form": "fission"}), "fission_is_more"),
        (rules(rewards={"total_fen": 2, "count": 3, "form": "open"}), "amounts_impossible"),
        (rain(rain={"sessions": [SESSION, SESSION]}), "duplicate_session"),
        (rain(rain={"sessions": [SESSION | {"starts": "2018-01-01 00:00"}]}), "session_outside"),
        (rain(rain={"sessions": [SESSION | {"pools": 11}]}), "pools_too_many"),
        (rain(rain={"sessions": [SESSION | {"count": 200_000, "total_fen": 200_000}]}), "pools_too_large"),
        (rain(rain={"sessions": [SESSION | {"total_fen": 9}]}), "amounts_impossible"),
        (rain(budget={"total_fen": 999}), "over_budget"),
        (rain(budget={}), "needs_budget"),
        (rain(rain={"sessions": [SESSION | {"id": f"s{n}", "pools": 10} for n in range(21)]}), "too_many_pools"),
        (rules(audience={"only": [f"m{n}" for n in range(201)]}), "names_too_many"),
        (rain(audience={"never": [f"m{n}" for n in range(101)]}, rain={"sessions": [SESSION | {"pools": 10}] + [
            SESSION | {"id": f"s{n}", "pools": 10} for n in range(2)
        ]}), "names_too_many"),
        (rules(eligible="levl > 1"), "unknown_fact"),
    ],
)  # fmt: skip
def test_what_can_be_wrong(content: dict[str, Any], code: str) -> None:
    assert code in codes(content)
    with pytest.raises(BadRules):
        load(content)


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a file."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [path, *(place for name, each in inner for place in _places(each, (*path, name)))]


@given(st.sampled_from([rules(), friends(), rain(), *traffic_rules().values()]), st.randoms(), _ANYTHING)
def test_whatever_stands_somewhere_in_a_file_is_a_problem_or_means_something(
    content: dict[str, Any], dice: Random, odd: Any
) -> None:
    """Nothing raises; what has no problem can be published and read again."""
    damaged = copy.deepcopy(content)
    *path, last = dice.choice(_places(damaged)[1:])
    holder: Any = damaged
    for name in path:
        holder = holder[name]
    holder[last] = odd
    if not check(damaged):
        assert load(form(load(damaged))) == load(damaged)


def test_every_problem_has_its_sentence_in_both_languages() -> None:
    assert all(zh and en for zh, en in SENTENCES.values())


def test_a_version_takes_its_place_in_the_log_and_says_what_it_changes() -> None:
    table = Table(rules())
    (published,) = table.publish(rules(budget={"total_fen": 20_000_000}))
    assert (published.version, [change.field for change in published.changes]) == (2, ["budget.total_fen"])
    assert table.publish(rules(budget={"total_fen": 20_000_000}))[0].problems[0].code == "unchanged"


def test_an_announced_end_does_not_come_sooner() -> None:
    table = Table(rules())
    sooner = rules(window={"starts": "2017-01-01 00:00", "ends": "2017-07-01 00:00"})
    assert [problem.code for problem in table.publish(sooner)[0].problems] == ["ends_earlier"]


def test_what_has_begun_does_not_begin_again() -> None:
    """A start in the future would close what members are playing, and let the next version change what was promised."""
    table = Table(rules())
    later = rules(window={"starts": "2017-07-01 00:00", "ends": "2018-01-01 00:00"})
    (refused,) = table.publish(later)
    assert [(problem.field, problem.code) for problem in refused.problems] == [("window.starts", "starts_later")]
    assert all(problem.zh and problem.en for problem in refused.problems)


def test_a_kind_of_activity_stays_what_it_is() -> None:
    table = Table(rules())
    assert "fixed" in {problem.code for problem in table.publish(rain())[0].problems}


class TestRain:
    def test_a_publication_creates_the_packets_of_its_sessions(self) -> None:
        table = Table()
        published, *created = table.publish(rain(rain={"sessions": [SESSION | {"pools": 3}]}))
        assert isinstance(published, ActivityPublished)
        assert [event.packet_id for event in created] == [f"p:packets.noon.{pool}" for pool in range(3)]
        assert table.counter("budget") == 1_000
        table.checked()

    def test_a_session_can_be_added_and_none_can_change(self) -> None:
        evening = SESSION | {"id": "evening", "starts": "2017-06-01 20:00"}
        table = Table()
        table.now = "2016-12-20 12:00"  # its packets are there already, long before it begins
        table.publish(rain(rain={"sessions": [SESSION]}))
        _, *created = table.publish(rain(rain={"sessions": [SESSION, evening]}))
        assert [event.packet_id for event in created] == ["p:packets.evening.0"]
        for changed in ([evening], [SESSION | {"count": 11}, evening]):
            (refused,) = table.publish(rain(rain={"sessions": changed}))
            assert isinstance(refused, ActivityRefused)
            assert [problem.code for problem in refused.problems] == ["session_changed"]
        table.checked()

    def test_a_session_that_comes_while_it_is_paused_is_held(self) -> None:
        table = Table(rain(rain={"sessions": [SESSION]}))
        table.move(PauseActivity)
        table.publish(rain(rain={"sessions": [SESSION, SESSION | {"id": "again"}]}))
        assert table.reason("p:packets.again.0", "ann") == "paused"
        assert table.events(PacketCreated)[-1].packet.held

    def test_a_file_says_how_often_and_how_quickly(self) -> None:
        read = load(rain(rain={"per_member": 3, "tap_ms": 300, "sessions": [SESSION]}))
        assert read.rain is not None
        assert (read.rain.per_member, read.rain.tap_ms, read.rain.sessions[0].pool(0)) == (3, 300, (1_000, 10))
