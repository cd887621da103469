"""Pacing (rule 7): stock is released along a curve of hours or days, carried over or not."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_activities.prizes import Pacing
from fairground_lottery.rules import check, form, load
from tests.lottery.world import THANKS, Fair, ids, prize, rules

NEVER = THANKS | {"weight": 0}
MANY = {"free_per_day": 100}
JUNE = {"starts": "2017-06-01 00:00", "ends": "2017-06-11 00:00"}  # ten days
EVENLY = [1] * 24


def _fair(pacing: dict[str, Any], window: dict[str, str] = JUNE, **fields: Any) -> Fair:
    limits = {name: fields.pop(name) for name in ("stock", "stock_per_day") if name in fields}
    paced = prize("cup", pacing=pacing, fallback="thanks", **limits)
    return Fair(prizes=[paced, NEVER], chances=MANY, window=window, **fields)


def _given(fair: Fair, now: str, member: str = "ann") -> int:
    """How many of 20 draws at that time win."""
    return ids(fair.draw(member, draws=20, now=now)).count("cup")


def test_07_by_day_the_first_day_does_not_take_all() -> None:
    fair = _fair({"by": "day", "curve": [1], "carry": True}, stock=20)
    outcomes = fair.draw(draws=3, now="2017-06-01 00:00")
    assert [outcome.withheld for outcome in outcomes] == ["", "", "paced"]
    assert _given(fair, "2017-06-02 10:00") == 2
    fair.checked()


def test_07_what_a_day_leaves_is_carried_over_or_not_as_said() -> None:
    for carry, expected in ((True, 10), (False, 2)):
        fair = _fair({"by": "day", "curve": [1], "carry": carry}, stock=20)
        assert _given(fair, "2017-06-05 12:00") == expected
        fair.checked()


def test_07_a_curve_of_days_is_repeated_until_the_window_ends() -> None:
    fair = _fair({"by": "day", "curve": [3, 0], "carry": False}, stock=20)
    assert [_given(fair, f"2017-06-{day:02} 12:00") for day in range(1, 11)] == [4, 0] * 5
    fair.checked()


def test_07_by_hour_the_first_hour_does_not_take_all() -> None:
    fair = _fair({"by": "hour", "curve": EVENLY, "carry": True}, stock_per_day=12)
    assert [_given(fair, f"2017-06-01 {hour:02}:30") for hour in (0, 1, 2, 9, 23)] == [0, 1, 0, 4, 7]
    assert _given(fair, "2017-06-02 01:00") == 1
    fair.checked()


def test_07_what_an_hour_leaves_is_lost_when_it_is_not_carried_over() -> None:
    fair = _fair({"by": "hour", "curve": EVENLY, "carry": False}, stock_per_day=48)
    assert [_given(fair, f"2017-06-01 {hour:02}:30") for hour in (0, 0, 9, 23)] == [2, 0, 2, 2]
    assert fair.counter("paced:cup.09:2017-06-01") == 2
    for day in range(2, 6):
        _given(fair, f"2017-06-0{day} 12:00")
    assert {name.rpartition(":")[2] for _, name in fair.world.counters if name.startswith("paced:")} == {
        "2017-06-03", "2017-06-04", "2017-06-05",
    }  # fmt: skip
    fair.checked()


def test_07_hours_begin_with_the_business_day() -> None:
    fair = _fair({"by": "hour", "curve": [1] + [0] * 23, "carry": False}, stock_per_day=5, day_start_hour=4)
    assert _given(fair, "2017-06-02 03:59") == 0
    assert _given(fair, "2017-06-02 04:00") == 5
    assert _given(fair, "2017-06-02 05:00") == 0
    fair.checked()


def test_07_hours_are_those_of_the_zone_when_clocks_are_moved_too() -> None:
    window = {"starts": "2017-10-28 00:00", "ends": "2017-10-31 00:00"}
    curve = [0, 0, 1] + [0] * 21
    fair = _fair({"by": "hour", "curve": curve, "carry": False}, window, zone="Europe/Berlin", stock_per_day=5)
    assert _given(fair, "2017-10-29 07:59") == 0  # 01:59 in Berlin
    assert _given(fair, "2017-10-29 08:30") == 5  # 02:30, for the first time
    assert _given(fair, "2017-10-29 09:30") == 0  # 02:30, for the second time
    assert _given(fair, "2017-10-30 09:30", "bob") == 5
    fair.checked()


def test_07_a_late_record_finds_what_its_own_day_had_released() -> None:
    fair = _fair({"by": "day", "curve": [1], "carry": True}, stock=20)
    assert _given(fair, "2017-06-03 12:00") == 6
    assert _given(fair, "2017-06-02 12:00") == 0
    assert _given(fair, "2017-06-04 12:00") == 2
    fair.checked()


def test_07_more_stock_is_released_along_the_same_curve_and_nothing_taken_is_forgotten() -> None:
    fair = _fair({"by": "day", "curve": [1], "carry": True}, stock=20)
    assert _given(fair, "2017-06-02 12:00") == 4
    more = prize("cup", pacing={"by": "day", "curve": [1], "carry": True}, fallback="thanks", stock=40)
    fair.publish(prizes=[more, NEVER], chances=MANY, window=JUNE, now="2017-06-02 13:00")
    assert _given(fair, "2017-06-02 14:00") == 4
    fair.checked()


@settings(deadline=None)
@given(
    st.integers(0, 10**9),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any),
    st.integers(1, 5),
)
def test_07_a_curve_releases_all_of_the_stock_and_never_takes_anything_back(
    stock: int, curve: list[int], times: int
) -> None:
    slots = len(curve) * times
    pacing = Pacing(by_hour=False, carry=True, curve=tuple(curve), slots=slots)
    released = [pacing.released(stock, slot) for slot in range(slots + 1)]
    assert (released[0], released[-1]) == (0, stock)
    assert all(before <= after for before, after in pairwise(released))
    whole = curve * times
    assert released == [stock * sum(whole[:slot]) // sum(whole) for slot in range(slots + 1)]


@pytest.mark.parametrize(
    ("pacing", "found"),
    [
        ({"by": "day", "curve": [1, 2], "carry": True}, []),
        ({"by": "hour", "curve": EVENLY, "carry": False}, []),
        ({"by": "hour", "curve": [1], "carry": False}, ["prizes[0].pacing.curve: not_24_hours"]),
        ({"by": "day", "curve": [0, 0], "carry": True}, ["prizes[0].pacing.curve: curve_all_zero"]),
        ({"by": "day", "curve": [], "carry": True}, ["prizes[0].pacing.curve: empty_list"]),
        ({"by": "day", "curve": [1] * 11, "carry": True}, ["prizes[0].pacing.curve: curve_too_long"]),
        ({"by": "day", "curve": [1, -1, 0.5], "carry": True},
         ["prizes[0].pacing.curve[1]: out_of_range", "prizes[0].pacing.curve[2]: not_integer"]),
        ({"by": "day", "curve": [1]}, ["prizes[0].pacing.carry: missing"]),
        ({"by": "day", "curve": [1], "carry": "maybe"}, ["prizes[0].pacing.carry: bad_choice"]),
        ({"by": "week", "curve": [1], "carry": True}, ["prizes[0].pacing.by: bad_choice"]),
        ({"curve": [1], "carry": True}, ["prizes[0].pacing.by: missing"]),
        ([1], ["prizes[0].pacing: no_mapping"]),
    ],
)  # fmt: skip
def test_07_publication_finds_curves_that_release_nothing(pacing: Any, found: list[str]) -> None:
    content = rules(
        window=JUNE, prizes=[prize("cup", stock=9, stock_per_day=5, fallback="thanks", pacing=pacing), THANKS]
    )
    problems = [f"{problem.field}: {problem.code}" for problem in check(content)]
    assert (set(found) <= set(problems)) if found else not problems
    if not found:
        assert load(form(load(content))) == load(content)


@pytest.mark.parametrize(("by", "limits"), [("day", {"stock_per_day": 5}), ("hour", {"stock": 5}), ("day", {})])
def test_07_only_stock_can_be_paced(by: str, limits: dict[str, int]) -> None:
    pacing = {"by": by, "curve": EVENLY, "carry": True}
    content = rules(prizes=[prize("cup", fallback="thanks", pacing=pacing, **limits), THANKS])
    assert [problem.code for problem in check(content)] == ["pacing_without_stock"]
