"""What days earn: streaks, totals, cycles, first times, dates, levels; a tier is paid when it is newly reached."""

from typing import Any

import pytest

from fairground_signin.rules import check
from tests.signin.world import Book, amounts, points, rules, tier

STREAK = [tier(2, 20), tier(4, 40)]


@pytest.mark.parametrize(
    ("after_last", "expected"),
    [
        ("stay", {2: "d2", 4: "d4"}),
        ("repeat", {2: "d2", 4: "d4", 5: "d4", 6: "d4", 7: "d4", 8: "d4", 9: "d4"}),
        ("start_over", {2: "d2", 4: "d4", 6: "d2", 8: "d4"}),
    ],
)
def test_behind_the_last_streak_tier(after_last: str, expected: dict[int, str]) -> None:
    book = Book(streak={"after_last": after_last, "tiers": STREAK})
    found = {}
    for event in book.sign_all("2017-06-01..09"):
        for earned in event.earned:
            if earned.by == "streak":
                found[event.streak] = earned.rule
    assert found == expected
    book.checked()


@pytest.mark.parametrize(("way", "expected"), [("add", {"base": 5, "d2": 20}), ("replace", {"d2": 20})])
def test_a_tier_adds_to_the_base_reward_or_replaces_it(way: str, expected: dict[str, int]) -> None:
    book = Book(streak={"tiers": [tier(2, 20, way=way)]})
    assert [amounts(event) for event in book.sign_all("2017-06-01..03")] == [{"base": 5}, expected, {"base": 5}]


@pytest.mark.parametrize(
    ("paid", "days"),
    [
        ("per_streak", ["2017-06-02", "2017-06-06", "2017-07-02"]),
        ("per_cycle", ["2017-06-02", "2017-07-02"]),
        ("ever", ["2017-06-02"]),
    ],
)
def test_how_often_a_streak_tier_pays(paid: str, days: list[str]) -> None:
    book = Book(cycle={"every": "month"}, streak={"tiers": [tier(2, 20, paid=paid)]})
    signed = book.sign_all("2017-06-01..03", "2017-06-05..06", "2017-07-01..02")
    assert [event.day for event in signed if "d2" in amounts(event)] == days
    book.checked()


@pytest.mark.parametrize(
    ("cycle", "streaks", "totals"),
    [
        ({"every": "none"}, [1, 2, 3, 4], [1, 2, 3, 4]),
        ({"every": "week"}, [1, 2, 1, 2], [1, 2, 1, 2]),  # 2017-07-03 was a Monday
        ({"every": "month"}, [1, 1, 2, 3], [1, 1, 2, 3]),
        ({"every": "days", "days": 3}, [1, 2, 3, 1], [1, 2, 3, 1]),  # from 2017-01-01 on
    ],
)
def test_a_new_cycle_truly_begins_anew_even_if_yesterday_was_signed(
    cycle: dict[str, Any], streaks: list[int], totals: list[int]
) -> None:
    book = Book(cycle=cycle)
    days = ["2017-07-01", "2017-07-02", "2017-07-03", "2017-07-04"]
    if cycle["every"] == "month":
        days = ["2017-06-30", "2017-07-01", "2017-07-02", "2017-07-03"]
    if cycle["every"] == "days":
        days = ["2017-06-30", "2017-07-01", "2017-07-02", "2017-07-03"]
    signed = book.sign_all(*days)
    assert [event.streak for event in signed] == streaks
    assert [event.total for event in signed] == totals
    assert [event.shown for event in signed] == streaks
    book.checked()


def test_the_streak_that_members_see_may_cross_cycles_and_tiers_still_begin_anew() -> None:
    book = Book(cycle={"every": "month", "shown": "crosses"}, streak={"tiers": [tier(2, 20)]})
    signed = book.sign_all("2017-06-29..30", "2017-07-01..02")
    assert [(event.streak, event.shown) for event in signed] == [(1, 1), (2, 2), (1, 3), (2, 4)]
    assert ["d2" in amounts(event) for event in signed] == [False, True, False, True]
    book.checked()


@pytest.mark.parametrize("freeze", [None, {"every": 9, "most": 1}])
def test_a_late_sign_in_before_the_border_is_shown_with_what_follows_it(freeze: dict[str, Any] | None) -> None:
    """The same whether freezes have to be walked or not."""
    book = Book(cycle={"every": "month", "shown": "crosses"}, freeze=freeze)
    book.sign_all("2017-05-30", "2017-06-01..02")
    late = book.sign("2017-05-31 09:00")
    assert (late.streak, late.shown) == (2, 4)
    book.checked()


def test_totals_are_paid_when_so_many_days_are_reached_in_the_cycle() -> None:
    total = [tier(2, 20), tier(3, 30, paid="ever")]
    book = Book(cycle={"every": "month"}, total=total)
    signed = book.sign_all("2017-06-01", "2017-06-10", "2017-06-20", "2017-07-05..07")
    assert [amounts(event) for event in signed] == [
        {"base": 5}, {"base": 5, "d2": 20}, {"base": 5, "d3": 30},
        {"base": 5}, {"base": 5, "d2": 20}, {"base": 5},
    ]  # fmt: skip
    book.checked()


def test_the_first_sign_in_ever_pays_once_even_if_it_is_taken_back() -> None:
    book = Book(first=points(100, way="replace"))
    assert amounts(book.sign("2017-06-01")) == {"first": 100}
    assert amounts(book.sign("2017-06-02")) == {"base": 5}
    book.revoke("2017-06-01", "2017-06-02")
    book.revoke("2017-06-02", "2017-06-02")
    assert amounts(book.sign("2017-06-03")) == {"base": 5}
    book.checked()


def test_special_dates() -> None:
    dates = [
        {"id": "festival", "day": "2017-06-02", "until": "2017-06-03"} | points(50),
        {"id": "double", "day": "2017-06-03", "way": "replace"} | points(77),
    ]
    book = Book(dates=dates)
    assert [amounts(event) for event in book.sign_all("2017-06-01..04")] == [
        {"base": 5}, {"base": 5, "festival": 50}, {"festival": 50, "double": 77}, {"base": 5},
    ]  # fmt: skip


def test_levels_multiply_points_and_cash_and_may_have_a_plan_of_their_own() -> None:
    levels = [
        {"level": 2, "multiplier": "150%"},
        {"level": 5, "multiplier": "200%", "base": points(7), "streak": {"tiers": [tier(2, 11)]}},
    ]
    book = Book(streak={"tiers": [tier(2, 20), tier(3, 1, reward={"kind": "coupon", "amount": 1})]}, levels=levels)
    found = [amounts(book.sign(f"2017-06-0{day}", facts={"level": level})) for day, level in enumerate((1, 2, 4), 1)]
    assert found == [{"base": 5}, {"base": 7, "d2": 30}, {"base": 7, "d3": 1}]
    rich = [amounts(book.sign(f"2017-06-0{day}", "bob", facts={"level": 9})) for day in (1, 2, 3)]
    assert rich == [{"base": 14}, {"base": 14, "d2": 22}, {"base": 14}]
    for member, level in (("cid", True), ("dan", "3"), ("eve", -1)):
        assert amounts(book.sign("2017-06-01", member, facts={"level": level})) == {"base": 5}, "no level is none"
    book.checked()


def test_a_tier_that_is_added_later_is_not_paid_for_what_was_reached() -> None:
    book = Book(streak={"tiers": [tier(2, 20)]}, total=[tier(5, 50) | {"id": "t5"}])
    book.sign_all("2017-06-01..04")
    more = {"tiers": [tier(2, 20), tier(3, 33), tier(6, 66)]}
    book.publish("2017-06-04", streak=more, total=[tier(3, 30) | {"id": "t3"}, tier(5, 50) | {"id": "t5"}])
    signed = book.sign_all("2017-06-05..06")
    assert [amounts(event) for event in signed] == [{"base": 5, "t5": 50}, {"base": 5, "d6": 66}]
    book.checked()


def test_all_kinds_of_rewards_are_possible() -> None:
    kinds = ["points", "coupon", "cash", "draw_chances", "member_days", "physical", "packet", "custom"]
    tiers = [{"id": kind.replace("_", "-"), "days": at, "reward": {"kind": kind, "amount": 1}} for at, kind in
             enumerate(kinds, 1)]  # fmt: skip
    assert check(rules(streak={"tiers": tiers}, base=None)) == []
    book = Book(streak={"tiers": tiers}, base=None)
    book.sign_all("2017-06-01..08")
    assert [reward.reward.reward for reward in book.granted()] == kinds
