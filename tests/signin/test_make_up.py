"""Missed days are made up: by card, points or money; streaks are recomputed, and only what is newly reached is paid."""

from datetime import timedelta
from typing import Any

import pytest

from fairground_contracts.activities import StopActivity
from fairground_contracts.funding import FundingReleased, FundingRequested
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_signin.contract import LapseMakeUp, MakeUpFailed, Reason
from tests.signin.world import DAILY, Book, amounts, replayed, tier

RULE = {"days_back": 3, "per_cycle": 2, "cards": True, "points": 30, "money_fen": 200}


def _book(**fields: Any) -> Book:
    book = Book(**{"make_up": RULE, "streak": {"tiers": [tier(2, 20), tier(4, 40)]}} | fields)
    book.grant("make_up_card", 5, "2017-05-31")
    return book


def test_only_tiers_that_are_newly_reached_are_paid() -> None:
    book = _book()
    paid = [amounts(event) for event in book.sign_all("2017-06-01..02", "2017-06-04..05")]
    assert paid == [{"base": 5}, {"base": 5, "d2": 20}, {"base": 5}, {"base": 5, "d2": 20}]
    made = book.make_up("2017-06-03", "2017-06-05")
    assert (made.streak, made.total, amounts(made)) == (5, 5, {"d4": 40})
    assert book.sign("2017-06-06").streak == 6, "a streak that was restored stays restored"
    book.checked()


def test_a_made_up_day_earns_its_special_date_and_the_first_one_that_of_a_first_sign_in() -> None:
    festival = {"id": "festival", "day": "2017-06-01", "reward": {"kind": "points", "amount": 100}}
    book = _book(first={"reward": {"kind": "points", "amount": 50}}, dates=[festival])
    assert amounts(book.make_up("2017-06-01", "2017-06-02")) == {"first": 50, "festival": 100}
    assert amounts(book.sign("2017-06-02")) == {"base": 5, "d2": 20}
    book.checked()


@pytest.mark.parametrize("fields", [{"refused_risks": [4]}, {"eligible": "risk < 4"}])
@pytest.mark.parametrize("pays", ["card", "points"])
def test_who_may_not_sign_in_for_a_risk_may_not_make_up_either(fields: dict[str, Any], pays: str) -> None:
    book = _book(**fields)
    refused = book.make_up("2017-06-01", "2017-06-02", pays, risk=4)
    assert refused.reason == ("risk_denied" if "refused_risks" in fields else "not_eligible")
    assert refused.risk == 4
    assert book.make_up("2017-06-01", "2017-06-02", pays, risk=3).type != refused.type
    book.checked()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ({"t3": 30}, 3)),
        ({"base": True}, ({"base": 5, "t3": 30}, 3)),
        ({"total": False}, ({}, 2)),
        ({"base": True, "total": False}, ({"base": 5}, 2)),
    ],
)
def test_the_plan_says_whether_a_made_up_day_earns_the_base_and_counts_in_totals(
    fields: dict[str, Any], expected: tuple[dict[str, int], int]
) -> None:
    book = _book(make_up=RULE | fields, streak=None, total=[tier(3, 30) | {"id": "t3"}])
    book.sign_all("2017-06-01", "2017-06-03")
    made = book.make_up("2017-06-02", "2017-06-03")
    assert (amounts(made), made.total) == expected
    assert made.streak == 3
    book.checked()


@pytest.mark.parametrize(
    ("day", "now", "reason"),
    [
        ("2017-06-10", "2017-06-10", "not_missed"),  # today can be signed
        ("2017-06-12", "2017-06-10", "not_missed"),
        ("2017-06-09", "2017-06-10", "not_missed"),  # it is signed
        ("2017-06-06", "2017-06-10", "too_far_back"),
        ("2016-12-31", "2017-01-02", "no_such_day"),
        ("2017-02-30", "2017-06-10", "no_such_day"),
        ("2017-05-31", "2017-06-01", "cycle_over"),
        ("2017-06-05", "2017-06-08", "day_revoked"),
    ],
)
def test_which_days_cannot_be_made_up(day: str, now: str, reason: str) -> None:
    book = _book(cycle={"every": "month"})
    book.sign("2017-06-09")
    book.revoke("2017-06-05", "2017-06-05")
    assert book.make_up(day, now).reason == reason
    assert Book().make_up("2017-06-01", "2017-06-02").reason is Reason.NO_MAKE_UP


def test_so_many_in_a_cycle_and_no_more() -> None:
    book = _book(cycle={"every": "week"})
    assert book.make_up("2017-06-05", "2017-06-08").day == "2017-06-05"
    waiting = book.make_up("2017-06-06", "2017-06-08", "points")
    assert book.make_up("2017-06-06", "2017-06-08", "points").reason is Reason.WAITING
    assert book.make_up("2017-06-07", "2017-06-08").reason is Reason.QUOTA_USED, "what waits for its payment counts"
    book.settle(waiting.funding_id, "2017-06-08 12:01", paid=False)
    assert book.make_up("2017-06-07", "2017-06-08").day == "2017-06-07"
    assert book.make_up("2017-06-06", "2017-06-08").reason is Reason.QUOTA_USED
    assert book.make_up("2017-06-12", "2017-06-13").day == "2017-06-12", "a new cycle has its own"
    book.checked()


def test_a_card_is_needed_and_used() -> None:
    book = Book(make_up={"days_back": 3, "per_cycle": 5, "cards": True})
    refused = book.make_up("2017-06-01", "2017-06-02")
    assert (refused.reason, refused.help_en) == (Reason.NO_CARD, "possible: card")
    book.grant("make_up_card", now="2017-06-02", cause="gift")
    assert book.grant("make_up_card", now="2017-06-02", cause="gift").reason is Reason.DUPLICATE
    assert book.make_up("2017-06-01", "2017-06-03").day == "2017-06-01"
    assert book.make_up("2017-06-02", "2017-06-03").reason is Reason.NO_CARD
    assert book.make_up("2017-06-02", "2017-06-03", "points").reason is Reason.NOT_FOR_SALE
    book.checked()


@pytest.mark.parametrize(("pays", "amount"), [("points", 30), ("money", 200)])
def test_points_and_money_are_asked_for_and_make_the_day_up_when_they_were_taken(pays: str, amount: int) -> None:
    book = _book()
    book.sign_all("2017-06-01", "2017-06-03")
    asked = book.make_up("2017-06-02", "2017-06-03", pays)
    (request,) = [effect for effect in book.world.effects if isinstance(effect.data, FundingRequested)]
    assert (request.id, request.key, request.topic) == (asked.funding_id, "ann", "fairground.funding")
    assert isinstance(request.data, FundingRequested)
    assert (request.data.pays, request.data.amount, request.data.purpose) == (pays, amount, "make_up_card")
    made = book.settle(asked.funding_id, "2017-06-03 12:05")
    assert (made.day, made.streak, made.pays, made.funding_id) == ("2017-06-02", 3, pays, asked.funding_id)
    assert book.settle(asked.funding_id, "2017-06-03 12:06").reason is Reason.DUPLICATE
    book.checked()


def test_nobody_answers_and_the_member_hears_of_it() -> None:
    """And what is taken all the same goes back: a time-out is no answer."""
    book = _book(make_up=RULE | {"per_cycle": 1})
    asked = book.make_up("2017-06-01", "2017-06-04", "points")
    (timer,) = [effect.data for effect in book.world.effects if isinstance(effect.data, TimerRequested)][-1:]
    assert (timer.timer_id, timer.key) == (f"make_up:{asked.funding_id}", "ann")
    assert timer.due_at == asked.answer_by + timedelta(minutes=10)
    lapse = LapseMakeUp.model_validate(timer.content)
    assert book.send(lapse, "early", "2017-06-04 12:09")[0].reason is Reason.WAITING
    failed = book.send(lapse, "timer", "2017-06-04 12:20")[0]
    assert (type(failed), failed.day, failed.reason) == (MakeUpFailed, "2017-06-01", Reason.NO_ANSWER)
    assert book.send(lapse, "again", "2017-06-04 12:21")[0].reason is Reason.DUPLICATE
    assert book.settle(asked.funding_id, "2017-06-04 12:08").why == "not_awaited", "confirmed in time, but on its way"
    assert book.make_up("2017-06-02", "2017-06-04 12:30", "points").day == "2017-06-02", "the cycle has room again"
    book.checked()


def test_an_answer_cancels_the_timer() -> None:
    book = _book(make_up=RULE | {"per_cycle": 9})
    for paid in (True, False):
        asked = book.make_up("2017-06-01" if paid else "2017-06-02", "2017-06-04", "points")
        book.settle(asked.funding_id, "2017-06-04 12:01", paid=paid)
        cancelled = [effect.data for effect in book.world.effects if isinstance(effect.data, TimerCancelled)]
        assert cancelled[-1].timer_id == f"make_up:{asked.funding_id}"
    book.checked()


def test_what_was_taken_for_nothing_goes_back() -> None:
    book = _book(make_up=RULE | {"per_cycle": 9})
    late = book.make_up("2017-06-01", "2017-06-04", "points")
    assert book.settle(late.funding_id, "2017-06-04 12:11").why == "too_late"
    made = book.make_up("2017-06-01", "2017-06-04", "points")
    book.sign("2017-06-01 20:00")  # a late sign-in of that very day
    assert book.settle(made.funding_id, "2017-06-04 12:01").why == "not_missed"
    assert book.settle("signin-1-0-999-0-f", "2017-06-04").why == "not_awaited"
    refused = book.make_up("2017-06-02", "2017-06-04", "points")
    assert book.settle(refused.funding_id, "2017-06-04", paid=False).reason is Reason.FUNDING_REFUSED
    assert book.settle(refused.funding_id, "2017-06-04", paid=True).reason is Reason.DUPLICATE
    assert book.settle("signin-1-0-998-0-f", "2017-06-04", paid=False).reason is Reason.DUPLICATE
    closed = book.make_up("2017-06-03", "2017-06-04", "points")
    book.move(StopActivity, "2017-06-04")
    assert book.settle(closed.funding_id, "2017-06-04 12:02").why == "closed"
    released = [effect.data.funding_id for effect in book.world.effects if isinstance(effect.data, FundingReleased)]
    assert released == [late.funding_id, made.funding_id, "signin-1-0-999-0-f", closed.funding_id]
    book.checked()


def test_a_confirmation_that_was_on_its_way_makes_no_more_up_than_a_cycle_has_room_for() -> None:
    """Its time was over, so another day had the room; then it turns out that it was confirmed in time."""
    book = _book(make_up=RULE | {"per_cycle": 1})
    asked = book.make_up("2017-06-01", "2017-06-04", "points")
    assert book.make_up("2017-06-02", "2017-06-04 12:11").day == "2017-06-02"
    assert book.settle(asked.funding_id, "2017-06-04 12:09").why == "quota_used"
    assert [each.data.funding_id for each in book.world.effects if isinstance(each.data, FundingReleased)] == [
        asked.funding_id
    ]
    assert book.settle(asked.funding_id, "2017-06-04 12:09").reason is Reason.DUPLICATE
    book.checked()


def test_what_waits_is_answered_however_old_it_is() -> None:
    """Replayed from long ago, while something newer is remembered: what is waited for was not answered yet."""
    book = _book()
    book.grant("make_up_card", now="2017-09-01")
    asked = book.make_up("2017-06-01", "2017-06-04", "points")
    assert book.settle(asked.funding_id, "2017-06-04 12:05").day == "2017-06-01"
    assert book.settle(asked.funding_id, "2017-06-04 12:06").reason is Reason.TOO_OLD
    book.checked()


def test_the_same_request_asks_for_points_once() -> None:
    book = _book()
    asked = book.make_up("2017-06-01", "2017-06-02", "points", request="mine")
    book.settle(asked.funding_id, "2017-06-02 12:01", paid=False)
    assert book.make_up("2017-06-01", "2017-06-02", "points", request="mine").reason is Reason.DUPLICATE
    assert book.make_up("2017-06-01", "2017-06-02", "points").funding_id != asked.funding_id


def test_a_made_up_day_whose_own_sign_in_comes_late_is_a_signed_one() -> None:
    book = _book(make_up=RULE | {"total": False})
    book.sign("2017-06-01")
    book.make_up("2017-06-02", "2017-06-03")
    late = book.sign("2017-06-02 09:00")
    assert (late.streak, late.total, amounts(late)) == (2, 2, {"base": 5})
    assert book.sign("2017-06-02 09:00").reason is Reason.DUPLICATE
    book.checked()


def test_a_make_up_that_waits_when_its_member_is_linked_has_failed_and_what_is_taken_later_goes_back() -> None:
    book = _book()
    asked = book.make_up("2017-06-02", "2017-06-04", "points")
    failed, linked, _ = book.link("ann", "bob", "2017-06-04 12:01")
    assert (failed.type, failed.funding_id, failed.reason) == (
        "signin.make_up.failed.v1", asked.funding_id, Reason.LINKED_OTHERWISE,
    )  # fmt: skip
    assert linked.type == "signin.member.linked.v1"
    cancelled = [effect.data.timer_id for effect in book.world.effects if isinstance(effect.data, TimerCancelled)]
    assert cancelled == [f"make_up:{asked.funding_id}"]
    for _ in range(2):
        book.settle(asked.funding_id, "2017-06-04 12:02")
    released = [effect.data for effect in book.world.effects if isinstance(effect.data, FundingReleased)]
    assert [(each.funding_id, each.reason) for each in released] == [(asked.funding_id, "not_awaited")]
    assert replayed(book.world).records == book.world.records
    book.checked()


def test_a_make_up_that_nobody_answers_is_told_however_late_its_timer_is() -> None:
    """The member asks for others days later; the timer service was away."""
    book = _book(make_up=RULE | {"per_cycle": 9})
    asked = book.make_up("2017-06-02", "2017-06-04", "points")
    book.make_up("2017-06-05", "2017-06-07", "points")
    lapse = LapseMakeUp(activity_id=DAILY, member_id="ann", funding_id=asked.funding_id)
    (failed,) = book.send(lapse, "", "2017-06-04 12:20")
    assert (failed.type, failed.reason) == ("signin.make_up.failed.v1", Reason.NO_ANSWER)
    book.checked()
