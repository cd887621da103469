"""Signing in: once a business day, whatever is repeated, and the day is that of the activity's zone and of the time."""

from typing import Any

import pytest

from fairground_contracts.activities import (
    ArchiveActivity,
    EndActivity,
    PauseActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_decider import Translated
from fairground_signin.contract import DaySigned, Reason, SignIn
from tests.signin.world import DAILY, Book, amounts, points, tier


def test_the_first_sign_in_of_a_day_counts_and_the_second_is_answered_with_its_result() -> None:
    book = Book(streak={"tiers": [tier(2, 50)]}, levels=[{"level": 3, "multiplier": "200%"}])
    book.sign("2017-06-01")
    first = book.sign("2017-06-02 08:00", facts={"level": 4})
    assert amounts(first) == {"base": 10, "d2": 100}
    again = book.sign("2017-06-02 23:59", facts={"level": 4})
    assert again.reason is Reason.DUPLICATE
    assert (again.first.streak, again.first.earned) == (2, first.earned)
    (event,) = [event for event in book.world.events if event.id == again.first.event_id]
    assert event.data == first
    assert len(book.granted()) == 3
    book.checked()


def test_a_result_is_told_as_it_was_whatever_came_since() -> None:
    book = Book(make_up={"days_back": 3, "per_cycle": 3, "cards": True}, streak={"tiers": [tier(3, 30)]})
    book.sign_all("2017-06-01", "2017-06-03")
    book.grant("make_up_card", now="2017-06-03")
    assert amounts(book.make_up("2017-06-02", "2017-06-03")) == {"d3": 30}
    again = book.sign("2017-06-03 20:00")
    assert (again.first.streak, amounts(again.first)) == (1, {"base": 5})


def test_a_request_that_is_sent_again_and_others_at_once_make_one_day() -> None:
    """A race of check and insert: whatever stands in the log, in whatever batch, one of them counts."""
    book = Book()
    same = [book.command(SignIn(activity_id=DAILY, member_id="ann"), "r1") for _ in range(3)]
    others = [book.command(SignIn(activity_id=DAILY, member_id="ann")) for _ in range(3)]
    events = book.world.decide([*same, *others])
    assert [type(event.data) is DaySigned for event in events] == [True] + [False] * 5
    assert {getattr(event.data, "reason", "") for event in events[1:]} == {"duplicate"}
    assert len(book.granted()) == 1


@pytest.mark.parametrize(
    ("zone", "hour", "time", "day"),
    [
        ("Asia/Shanghai", 0, "2017-06-01T15:59:59Z", "2017-06-01"),
        ("Asia/Shanghai", 0, "2017-06-01T16:00:00Z", "2017-06-02"),  # not the day of UTC
        ("Asia/Shanghai", 4, "2017-06-01T19:59:59Z", "2017-06-01"),
        ("Asia/Shanghai", 4, "2017-06-01T20:00:00Z", "2017-06-02"),
        ("Europe/Berlin", 0, "2017-03-26T21:59:59Z", "2017-03-26"),  # clocks went forward that night
        ("Europe/Berlin", 0, "2017-03-26T22:00:00Z", "2017-03-27"),
        ("Europe/Berlin", 3, "2017-10-29T01:59:59Z", "2017-10-28"),  # and back: three o'clock comes an hour later
        ("Europe/Berlin", 3, "2017-10-29T02:00:00Z", "2017-10-29"),
        ("America/New_York", 0, "2017-11-05T04:00:00Z", "2017-11-05"),
    ],
)
def test_the_day_is_that_of_the_zone_and_of_the_hour_at_which_days_begin(
    zone: str, hour: int, time: str, day: str
) -> None:
    book = Book(zone=zone, day_start_hour=hour)
    (event,) = book.world.decide([Translated("ann", "r", time, SignIn(activity_id=DAILY, member_id="ann"))])
    assert event.data.day == day


def test_a_day_that_begins_later_than_midnight_does_not_reset_the_streak_at_midnight() -> None:
    book = Book(day_start_hour=5)
    assert [book.sign(time).streak for time in ("2017-06-01 23:00", "2017-06-03 04:00", "2017-06-03 05:00")] == [
        1,
        2,
        3,
    ]


def test_a_late_sign_in_counts_on_the_day_of_its_own_time() -> None:
    book = Book(streak={"tiers": [tier(3, 30)]})
    book.sign_all("2017-06-01", "2017-06-03")
    late = book.sign("2017-06-02 10:00")
    assert (late.day, late.streak, amounts(late)) == ("2017-06-02", 3, {"base": 5, "d3": 30})
    assert book.sign("2017-06-02 11:00").first is None, "only the newest day's result is kept"
    book.checked()


def test_a_paused_or_closed_activity_refuses_and_a_refused_sign_in_may_come_again() -> None:
    book = Book(window={"starts": "2017-02-01 00:00", "ends": "2017-07-01 00:00"})
    assert book.sign("2017-01-31 23:59").reason is Reason.NOT_STARTED
    book.move(PauseActivity, "2017-06-01")
    refused = book.sign("2017-06-01", request="mine")
    assert (refused.reason, refused.help_en) == (Reason.PAUSED, "come again later")
    book.move(ResumeActivity, "2017-06-01")
    assert book.sign("2017-06-01", request="mine").day == "2017-06-01"
    assert book.sign("2017-07-01 00:00").reason is Reason.ENDED
    book.move(EndActivity, "2017-07-02")
    assert book.sign("2017-06-02").reason is Reason.ENDED
    book.move(ArchiveActivity, "2017-07-03")
    assert book.sign("2017-06-02").reason is Reason.ARCHIVED
    assert [field for _, field in book.world.records] == ["standing", "followed"]
    assert Book().send(SignIn(activity_id="other", member_id="ann"))[0].reason is Reason.UNKNOWN_ACTIVITY
    book.checked()


def test_a_stopped_activity_is_over_for_good() -> None:
    book = Book()
    book.move(StopActivity)
    assert book.sign().reason is Reason.STOPPED
    assert book.publish(now="2017-06-02", base=points(9))[0].reason == "illegal_move"


@pytest.mark.parametrize(
    ("fields", "facts", "reason"),
    [
        ({"eligible": "level >= 2"}, {"level": 1}, "not_eligible"),
        ({"eligible": "level >= 2"}, {}, "not_eligible"),
        ({"eligible": "days_signed > 0"}, {}, "not_eligible"),
        ({"audience": {"never": ["ann"]}}, {}, "not_eligible"),
        ({"audience": {"only": ["bob"]}}, {}, "not_eligible"),
        ({"audience": {"holdout": "99.9999%"}}, {}, "holdout"),
        ({"audience": {"share": "0.0001%"}}, {}, "not_eligible"),
        ({"refused_risks": [3, 4]}, {}, "risk_denied"),
    ],
)
def test_who_may_not_take_part(fields: dict[str, Any], facts: dict[str, Any], reason: str) -> None:
    book = Book(**fields)
    refused = book.sign(facts=facts, risk=3)
    assert refused.reason == reason
    assert refused.zh
    assert refused.risk == 3
    assert book.granted() == []


def test_every_reward_stands_in_the_event_and_is_sent_under_ids_that_derive_from_it() -> None:
    """Whoever decides again, or folds the event, sends the same: nothing that was earned is swallowed."""
    book = Book(first={"reward": {"kind": "coupon", "amount": 1, "ref": "hello"}, "value_fen": 500}, streak={
        "tiers": [{"id": "wheel", "days": 1, "reward": {"kind": "draw_chances", "amount": 2, "ref": "wheel-1"}}],
    })  # fmt: skip
    book.sign()
    event = book.world.events[-1]
    rewards = [effect for effect in book.world.effects if effect.topic == "fairground.rewards"]
    assert [effect.id for effect in rewards] == [f"{event.id}-r0", f"{event.id}-r1", f"{event.id}-r2"]
    assert [(effect.data.prize_id, effect.data.reward.reward, effect.key) for effect in rewards] == [  # type: ignore[attr-defined]
        ("base", "points", "ann"), ("first", "coupon", "ann"), ("wheel", "draw_chances", "ann"),
    ]  # fmt: skip
    assert [effect for effect in book.world.service.effects(event) if effect.topic == "fairground.rewards"] == rewards
