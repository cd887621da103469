"""Cards and freezes whose cause is void go back as far as they are unused, by the cause, whatever comes first."""

from typing import Any

import pytest

from fairground_signin.contract import Reason, TokensTaken
from tests.signin.world import Book

CAUSE = "reward:lottery-1-0-7-0-r"
FIELDS: dict[str, Any] = {
    "make_up": {"days_back": 9, "per_cycle": 9, "cards": True}, "freeze": {"every": 2, "most": 1},
}  # fmt: skip


def test_cards_that_are_left_go_back_once_and_never_more_than_there_are() -> None:
    book = Book(**FIELDS)
    book.grant("make_up_card", 3, "2017-06-01", CAUSE)
    book.make_up("2017-06-01", "2017-06-02")
    taken = book.take("make_up_card", CAUSE, 3, "2017-06-03")
    assert isinstance(taken, TokensTaken)
    assert (taken.count, book.member().rest.cards) == (2, 0)
    book.grant("make_up_card", 1, "2017-06-03")
    assert book.take("make_up_card", CAUSE, 3, "2017-06-03").reason is Reason.DUPLICATE
    assert book.member().rest.cards == 1
    book.checked()


@pytest.mark.parametrize("token", ["make_up_card", "freeze"])
def test_a_void_cause_gives_nothing_later(token: str) -> None:
    book = Book(**FIELDS)
    book.grant(token, 1, "2017-06-01")
    assert book.take(token, CAUSE, now="2017-06-01").count == 0, "it had given none"
    assert book.grant(token, 1, "2017-06-02", CAUSE).reason is Reason.DUPLICATE
    rest = book.member().rest
    assert rest.cards + len(rest.freezes) == 1
    book.checked()


def test_freezes_that_saved_a_day_have_been_used() -> None:
    """Of three granted ones, one saves the second day; an earned one would be used before them."""
    book = Book(freeze={})
    book.grant("freeze", 3, "2017-06-01", CAUSE)
    book.sign_all("2017-06-01", "2017-06-03")
    taken = book.take("freeze", CAUSE, 3, "2017-06-04")
    assert (taken.count, len(book.member().rest.freezes)) == (2, 1)
    assert book.sign("2017-06-04").streak == 3, "the second day is still saved"
    assert book.sign("2017-06-06").streak == 1, "no freeze is left"
    book.checked()


def test_missed_days_up_to_now_have_used_freezes_before_a_sign_in_tells() -> None:
    book = Book(freeze={})
    book.grant("freeze", 2, "2017-06-01", CAUSE)
    book.sign("2017-06-01")
    assert book.take("freeze", CAUSE, 2, "2017-06-03").count == 1
    assert book.sign("2017-06-03").streak == 2
    book.checked()


def test_they_go_back_from_whom_the_member_is_counted_for() -> None:
    book = Book(**FIELDS)
    book.grant("make_up_card", 2, "2017-06-01", CAUSE)
    book.link("ann", "bob", "2017-06-02")
    book.take("make_up_card", CAUSE, 2, "2017-06-03")
    assert book.member("bob").rest.cards == 0
    book.checked()
