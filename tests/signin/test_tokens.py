"""Cards and freezes whose cause is void go back as far as they are unused, by the cause, whatever comes first."""

from typing import Any

import pytest

from fairground_contracts.reward_results import RewardRejected
from fairground_signin.contract import GiveTokens, Reason, TokensTaken
from tests.signin.world import DAILY, Book, calendar_of

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


@pytest.mark.parametrize(
    ("count", "token", "reason"), [(101, "make_up_card", "too_many_tokens"), (1, "freeze", "no_freeze")]
)
def test_a_reward_of_tokens_that_cannot_be_granted_is_rejected_once_and_never_cut(
    count: int, token: str, reason: str
) -> None:
    book = Book(make_up=FIELDS["make_up"])
    asked = GiveTokens(
        activity_id=DAILY,
        member_id="ann",
        token=token,
        count=count,
        cause=CAUSE,
        granted_by="wheel",
    )
    assert book.send(asked)[0].reason == reason
    (answer,) = [each for each in book.world.effects if isinstance(each.data, RewardRejected)]
    assert answer.id == "lottery-1-0-7-0-r-x"
    assert isinstance(answer.data, RewardRejected)
    assert answer.data == RewardRejected(
        reward_id="lottery-1-0-7-0-r", member_id="ann", activity_id="wheel", reason=reason, detail=answer.data.detail
    )
    book.publish("2017-06-02", **FIELDS)
    again = book.send(asked.model_copy(update={"count": 1}), now="2017-06-02")[0]
    assert again.reason is Reason.DUPLICATE, "something else was given instead"
    assert len([each for each in book.world.effects if isinstance(each.data, RewardRejected)]) == 1
    book.checked()


def test_what_an_operator_cannot_grant_is_no_reward() -> None:
    book = Book()
    assert book.grant("make_up_card").reason is Reason.NO_MAKE_UP
    assert [each for each in book.world.effects if isinstance(each.data, RewardRejected)] == []


def test_a_freeze_that_came_behind_the_last_sign_in_is_there_and_goes_back() -> None:
    """It was told, and could be taken back, only when the member had signed in once more."""
    book = Book(freeze={})
    book.grant("freeze", 1, "2017-06-01", "gift")
    assert calendar_of(book, "2017-06-01").freezes == 1
    book.sign("2017-06-02")
    book.grant("freeze", 3, "2017-06-03", CAUSE)
    assert calendar_of(book, "2017-06-03").freezes == 4
    assert book.take("freeze", CAUSE, 3, "2017-06-03").count == 3
    assert calendar_of(book, "2017-06-03").freezes == 1
    assert book.sign("2017-06-04").streak == 2, "the one that is left saves the third"
    assert calendar_of(book, "2017-06-04").freezes == 0
    book.checked()
