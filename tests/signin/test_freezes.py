"""Freezes save missed days: earned by streaks up to a number, or granted; used in the order of dates, by themselves."""

from typing import Any

from fairground_decider.days import iso
from fairground_signin.contract import Reason
from fairground_signin.domain.days import members
from fairground_signin.domain.walking import Counting, walk
from fairground_signin.rules import Cycle, FreezeRule
from tests.signin.world import Book, amounts, calendar_of, tier

FREEZE = {"every": 3, "most": 2}


def _frozen(book: Book, member: str = "ann") -> tuple[list[str], int]:
    """The days that are saved, and how many freezes are left."""
    rules = book.world.service.decode("followed", book.world.records["daily", "followed"]).in_force
    kept = book.member(member)
    walked = walk(rules.counting, kept.days, kept.rest.freezes)
    return [iso(day) for day in members(kept.first, walked.frozen)], walked.earned + walked.granted


def test_a_freeze_is_earned_by_a_streak_and_saves_the_next_missed_day() -> None:
    book = Book(freeze=FREEZE, streak={"tiers": [tier(5, 50)]})
    book.sign_all("2017-06-01..03")
    assert _frozen(book) == ([], 1)
    back = book.sign("2017-06-05")
    assert (back.streak, back.total, back.frozen) == (4, 4, ())
    assert _frozen(book) == (["2017-06-04"], 0)
    assert amounts(book.sign("2017-06-06")) == {"base": 5, "d5": 50}
    book.sign("2017-06-07")
    assert book.sign("2017-06-09").streak == 7, "the sixth day earned the next one"
    assert book.sign("2017-06-11").streak == 1
    book.checked()


def test_no_more_than_so_many_are_earned_and_missed_days_use_them_in_order() -> None:
    book = Book(freeze=FREEZE)
    book.sign_all("2017-06-01..12")
    assert _frozen(book) == ([], 2)
    gone = book.sign("2017-06-16")
    assert gone.streak == 1
    assert _frozen(book) == (["2017-06-13", "2017-06-14"], 0)
    book.checked()


def test_granted_ones_save_days_from_their_own_on() -> None:
    book = Book(freeze={})
    book.sign("2017-06-01")
    book.grant("freeze", now="2017-06-03")
    assert book.sign("2017-06-04").streak == 1, "the second was missed before there was one"
    book.grant("freeze", 2, "2017-06-04")
    assert book.sign("2017-06-06").streak == 2
    assert _frozen(book) == (["2017-06-05"], 2)
    assert Book().grant("freeze").reason is Reason.NO_FREEZE
    book.checked()


def test_taking_back_the_day_that_earned_one_takes_it_back_with_what_it_saved() -> None:
    book = Book(freeze=FREEZE)
    book.sign_all("2017-06-01..03", "2017-06-05..06")
    assert _frozen(book) == (["2017-06-04"], 0)
    revoked = book.revoke("2017-06-02", "2017-06-06")
    assert (revoked.streak, revoked.total) == (2, 4)
    assert _frozen(book) == ([], 0)
    assert book.sign("2017-06-07").streak == 3
    book.checked()


def test_the_plan_says_whether_a_frozen_day_earns_the_base_and_counts_in_totals() -> None:
    book = Book(freeze={"base": True, "total": True}, total=[tier(4, 40)])
    book.sign("2017-06-01")
    book.grant("freeze", 2, "2017-06-01")
    back = book.sign("2017-06-04")
    assert (back.streak, back.total, back.frozen) == (2, 4, ("2017-06-02", "2017-06-03"))
    assert [(earned.by, earned.days, earned.reward.amount) for earned in back.earned] == [
        ("base", 0, 5), ("total", 4, 40), ("frozen", 2, 10),
    ]  # fmt: skip
    again = book.sign("2017-06-04 20:00")
    assert again.first.earned == back.earned
    assert amounts(book.sign("2017-06-02 20:00")) == {}, "it earned the base reward already"
    book.checked()


def test_a_revoked_day_that_a_freeze_saves_earns_nothing() -> None:
    book = Book(freeze={"base": True})
    book.sign_all("2017-06-01..02")
    book.grant("freeze", 2, "2017-06-02")
    book.revoke("2017-06-02", "2017-06-02")
    back = book.sign("2017-06-03")
    assert (back.streak, back.frozen, amounts(back)) == (2, (), {"base": 5})
    book.checked()


def test_freezes_go_with_the_member_into_the_next_cycle_and_streaks_do_not() -> None:
    fields: dict[str, Any] = {"freeze": FREEZE, "cycle": {"every": "month"}}
    restarts = Book(**fields)
    signed = restarts.sign_all("2017-05-29..31", "2017-06-02", "2017-06-04")
    assert [event.streak for event in signed] == [1, 2, 3, 1, 2], "the third is saved, the first was before the streak"
    crosses = Book(**fields | {"cycle": {"every": "month", "shown": "crosses"}})
    shown = crosses.sign_all("2017-05-29..31", "2017-06-02", "2017-06-04")
    assert [(event.streak, event.shown) for event in shown] == [(1, 1), (2, 2), (3, 3), (1, 4), (1, 1)]
    for book in (restarts, crosses):
        book.checked()


def test_a_walk_says_what_is_left_on_a_day_that_nobody_missed_yet() -> None:
    counting = Counting(Cycle(), 0, FreezeRule(2, 5, False, False), True)
    book = Book(freeze={"every": 2, "most": 5})
    book.sign_all("2017-06-01..04")
    kept = book.member()
    day = kept.first + kept.days.signed.bit_length()  # 2017-06-05
    assert [walk(counting, kept.days, (), until).earned for until in (day, day + 1, day + 2, day + 3)] == [2, 1, 0, 0]
    assert walk(counting, kept.days, (), day + 2).open
    assert not walk(counting, kept.days, (), day + 3).open


def test_a_freeze_that_waited_for_a_streak_outlives_the_year_that_is_left_behind() -> None:
    book = Book(freeze={}, window={"starts": "2017-01-01 00:00", "ends": "2021-01-01 00:00"})
    book.sign("2017-12-01")
    book.grant("freeze", now="2017-12-20")
    book.sign("2019-01-10")
    assert calendar_of(book, "2019-01-10").freezes == 1
    assert book.sign("2019-01-12").streak == 2
    book.checked()
