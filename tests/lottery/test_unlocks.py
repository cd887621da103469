"""Prizes that open after so many draws (rule 3): by the member or by all, per day, cycle or lifetime."""

from typing import Any

import pytest

from fairground_lottery.rules import check, form, load
from tests.lottery.world import THANKS, Fair, ids, prize, rules

NEVER = THANKS | {"weight": 0}
MANY = {"free_per_day": 100}


def _fair(by: str, per: str, after: int = 2, **fields: Any) -> Fair:
    car = prize("car", unlock={"after": after, "by": by, "per": per}, fallback="thanks")
    return Fair(prizes=[car, NEVER], chances=MANY, **fields)


def test_03_by_the_member_for_life() -> None:
    fair = _fair("member", "lifetime")
    first, second, third, fourth = fair.draw("ann", draws=4)
    assert ids([first, second, third, fourth]) == ["thanks", "thanks", "car", "car"]
    assert (first.drawn_id, first.withheld, third.withheld) == ("car", "locked", "")
    assert ids(fair.draw("bob", draws=3)) == ["thanks", "thanks", "car"]
    assert ids(fair.draw("ann", now="2017-06-02 12:00")) == ["car"]
    assert fair.counter("draws") == 0
    fair.checked()


def test_03_by_the_member_per_day() -> None:
    fair = _fair("member", "day")
    assert ids(fair.draw("ann", draws=3)) == ["thanks", "thanks", "car"]
    assert ids(fair.draw("ann", draws=3, now="2017-06-02 12:00")) == ["thanks", "thanks", "car"]
    assert ids(fair.draw("ann", now="2017-06-01 23:00")) == ["car"]
    fair.checked()


def test_03_by_the_member_in_cycles() -> None:
    fair = _fair("member", "cycle")
    assert ids(fair.draw("ann", draws=6)) == ["thanks", "thanks", "car"] * 2
    assert ids(fair.draw("bob", draws=4)) == ["thanks", "thanks", "car", "thanks"]
    fair.checked()


def test_03_by_all_for_life() -> None:
    fair = _fair("all", "lifetime")
    assert ids(fair.draw("ann") + fair.draw("bob") + fair.draw("cid")) == ["thanks", "thanks", "car"]
    assert fair.counter("draws") == 3
    fair.checked()


def test_03_by_all_per_day_and_the_counter_goes_with_its_day() -> None:
    fair = _fair("all", "day")
    for day in range(1, 6):
        assert ids(fair.draw("ann", now=f"2017-06-0{day} 12:00") + fair.draw("bob", draws=2)) in (
            ["thanks", "thanks", "car"], ["thanks", "car", "car"],
        )  # fmt: skip
        fair.now = f"2017-06-0{day + 1} 12:00"
    days = {field for _, field in fair.world.counters if field.startswith("draws:")}
    assert len(days) <= 3
    fair.checked()


def test_03_by_all_in_cycles() -> None:
    fair = _fair("all", "cycle")
    assert ids(fair.draw("ann", draws=5) + fair.draw("bob", draws=2)) == [
        "thanks", "thanks", "car", "thanks", "thanks", "car", "thanks",
    ]  # fmt: skip
    assert fair.counter("opened:car") == 6
    fair.checked()


def test_03_a_locked_prize_is_left_out_or_missed_as_sold_out_says() -> None:
    car = prize("car", 10**9, unlock={"after": 2, "by": "member", "per": "lifetime"})
    fair = Fair(prizes=[car, prize("pen", 1)], chances=MANY, sold_out="renormalise")
    assert ids(fair.draw(draws=3)) == ["pen", "pen", "car"]
    fair = Fair(prizes=[car], chances=MANY, sold_out="miss")
    assert ids(fair.draw(draws=3)) == ["", "", "car"]
    fair.checked()


def test_03_a_new_version_forgets_no_draw() -> None:
    locked = prize("car", unlock={"after": 9, "by": "member", "per": "lifetime"}, fallback="thanks")
    fair = Fair(prizes=[locked, NEVER], chances=MANY)
    assert ids(fair.draw("ann", draws=2)) == ["thanks", "thanks"]
    car = prize("car", unlock={"after": 3, "by": "member", "per": "lifetime"}, fallback="thanks")
    fair.publish(prizes=[car, NEVER], chances=MANY)
    assert ids(fair.draw("ann", draws=2)) == ["thanks", "car"]
    everybody = prize("car", unlock={"after": 3, "by": "all", "per": "lifetime"}, fallback="thanks")
    fair.logged(prizes=[everybody, NEVER], chances=MANY)
    assert ids(fair.draw("ann", draws=4)) == ["thanks", "thanks", "thanks", "car"]
    fair.checked()


@pytest.mark.parametrize(
    ("unlock", "quotas", "found"),
    [
        ({"after": 5, "by": "member", "per": "lifetime"}, {"total": 5}, "prizes[0].unlock.after: never_unlocked"),
        ({"after": 5, "by": "member", "per": "day"}, {"per_day": 5}, "prizes[0].unlock.after: never_unlocked"),
        ({"after": 5, "by": "member", "per": "day"}, {"per_day": 6}, ""),
        ({"after": 5, "by": "all", "per": "lifetime"}, {"total": 5}, ""),
        ({"after": 0, "by": "all", "per": "day"}, {}, "prizes[0].unlock.after: out_of_range"),
        ({"by": "all", "per": "day"}, {}, "prizes[0].unlock.after: missing"),
        ({"after": 1, "per": "day"}, {}, "prizes[0].unlock.by: missing"),
        ({"after": 1, "by": "all"}, {}, "prizes[0].unlock.per: missing"),
        ({"after": 1, "by": "all", "per": "week"}, {}, "prizes[0].unlock.per: bad_choice"),
        (3, {}, "prizes[0].unlock: no_mapping"),
    ],
)
def test_03_unlocks_are_said_explicitly_and_can_be_reached(unlock: Any, quotas: Any, found: str) -> None:
    content = rules(prizes=[prize("car", unlock=unlock, fallback="thanks"), THANKS], quotas=quotas)
    problems = [f"{problem.field}: {problem.code}" for problem in check(content)]
    assert (found in problems) if found else not problems
    if not found:
        assert load(form(load(content))) == load(content)


def test_03_what_opens_later_needs_a_fallback() -> None:
    content = rules(prizes=[prize("car", unlock={"after": 1, "by": "all", "per": "day"})])
    assert [problem.code for problem in check(content)] == ["no_endless_end"]
