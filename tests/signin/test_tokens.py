"""Cards and freezes whose cause is void go back as far as they are unused, by the cause, whatever comes first."""

from typing import Any

import pytest

from fairground_contracts.activities import PublishActivity
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.reward_results import RewardDelivered, RewardRejected
from fairground_contracts.rewards import Reward, RewardGranted
from fairground_decider import Event, Outgoing
from fairground_signin.contract import GiveTokens, Reason, TokensGranted, TokensTaken
from fairground_signin.domain import SignIns
from fairground_signin.intake import translate
from tests.signin.test_intake import row, table
from tests.signin.world import DAILY, Book, calendar_of, rules, utc

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


def _taken_up(book: Book, token: str, now: str) -> Any:
    """A reward of three of them, as the intake hears of it."""
    reward = Reward(reward="custom", amount=3, ref=f"{DAILY}/{token}")
    said = RewardGranted(member_id="ann", activity_id="wheel", service="lottery", version=1, reward=reward)
    event = CloudEvent("lottery-1-0-7-0-r", said.type, "/x", utc("2017-06-01"), "", b"")
    (asked,) = translate(event, said, table(row(DAILY)))
    return book.send(asked.data, asked.id, now)[-1]


def _answers(book: Book) -> list[Outgoing]:
    return [effect for effect in book.world.effects if effect.topic == "fairground.reward-results"]


@pytest.mark.parametrize("token", ["make_up_card", "freeze"])
def test_a_reward_of_tokens_is_delivered_once_however_often_it_is_heard_of(token: str) -> None:
    """At once, later, after it was taken back, and after the member was linked to somebody."""
    book = Book(**FIELDS)
    granted = _taken_up(book, token, "2017-06-01")
    assert isinstance(granted, TokensGranted)
    (answer,) = _answers(book)
    assert answer.data == RewardDelivered(reward_id="lottery-1-0-7-0-r", member_id="ann", activity_id="wheel")
    assert (answer.id, answer.key, answer.subject) == ("lottery-1-0-7-0-r-d", "ann", DAILY)
    assert _taken_up(book, token, "2017-06-01").reason is Reason.DUPLICATE
    assert book.take(token, CAUSE, 3, "2017-06-01").count == 3
    assert _taken_up(book, token, "2017-06-20").reason is Reason.DUPLICATE
    book.link("ann", "bob", "2017-06-22")
    assert _taken_up(book, token, "2017-06-22").reason is Reason.DUPLICATE
    assert _answers(book) == [answer]
    book.checked()


def test_a_reward_that_was_taken_back_before_it_came_is_not_delivered() -> None:
    book = Book(**FIELDS)
    assert book.take("make_up_card", CAUSE, 3, "2017-06-01").count == 0
    assert _taken_up(book, "make_up_card", "2017-06-01").reason is Reason.DUPLICATE
    assert _answers(book) == []


def test_a_reward_for_a_linked_member_is_delivered_to_whose_it_is() -> None:
    book = Book(**FIELDS)
    book.link("ann", "bob", "2017-05-31")
    granted = _taken_up(book, "freeze", "2017-06-01")
    assert (granted.member_id, granted.person_id) == ("ann", "bob")
    (answer,) = _answers(book)
    assert isinstance(answer.data, RewardDelivered)
    assert (answer.data.member_id, answer.key) == ("ann", "ann")


def test_a_reward_that_came_before_the_partition_knew_the_activity_is_not_granted_later() -> None:
    """Its publication is known to the intake a moment before every partition follows it."""
    book = Book(**FIELDS)
    asked = GiveTokens(activity_id="later", member_id="ann", token="make_up_card", cause=CAUSE, granted_by="wheel")
    assert book.send(asked)[0].reason is Reason.UNKNOWN_ACTIVITY
    book.send(PublishActivity(activity_id="later", rules=rules(id="later", **FIELDS)))
    assert book.send(asked)[0].reason is Reason.DUPLICATE
    assert [type(answer.data) for answer in _answers(book)] == [RewardRejected]
    book.sign()
    book.checked()


@pytest.mark.parametrize("without", ["cause", "granted_by"])
def test_only_rewards_are_answered_and_an_event_sends_what_it_always_sent(without: str) -> None:
    """What an operator gives is nobody's reward. An event that is older than the field `granted_by` told nobody: told
    now, the audit of an old log would miss what was never published."""
    book = Book(**FIELDS)
    _taken_up(book, "freeze", "2017-06-01")
    (event,) = [each for each in book.world.events if isinstance(each.data, TokensGranted)]
    other = event.data.model_copy(update={without: "gift-1" if without == "cause" else ""})
    assert list(SignIns().effects(event)) != []
    assert list(SignIns().effects(Event(event.id, event.time, event.time_ms, event.command_id, other))) == []


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


def test_what_was_never_granted_is_not_taken_from_what_the_member_has() -> None:
    """The reward was rejected, and something else given for it; then it is taken back all the same."""
    book = Book(make_up=FIELDS["make_up"])
    book.grant("make_up_card", 3, "2017-06-01")
    book.grant("make_up_card", 101, "2017-06-01", CAUSE)
    assert book.take("make_up_card", CAUSE, 101, "2017-06-02").reason is Reason.DUPLICATE
    assert book.member().rest.cards == 3
    book.checked()


@pytest.mark.parametrize(("signed", "granted"), [("", "2017-06-02"), ("2017-06-01", "2017-06-02"),
                                                 ("2017-06-01", "2017-06-05")])  # fmt: skip
def test_freezes_that_no_streak_could_use_yet_are_unused(signed: str, granted: str) -> None:
    """Of somebody who never signed in, who has not missed a day yet, or whose streak was over."""
    book = Book(freeze={})
    if signed:
        book.sign(signed)
    book.grant("freeze", 2, granted, CAUSE)
    assert calendar_of(book, granted).freezes == 2
    assert book.take("freeze", CAUSE, 2, granted).count == 2
    assert calendar_of(book, granted).freezes == 0
    book.checked()
