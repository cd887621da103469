"""A draw: who may, what it lands on, what it takes."""

from typing import Any

import pytest

from fairground_contracts.activities import ArchiveActivity, PauseActivity, ResumeActivity, StopActivity
from fairground_lottery.contract import Draw, PrizeWon, Reason
from fairground_lottery.contract.refusals import SENTENCES
from tests.lottery.world import THANKS, WHEEL, Fair, ids, prize


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(sentence.zh.endswith("。") and sentence.en.endswith(".") for sentence in SENTENCES.values())


def test_a_winning_draw_says_everything() -> None:
    fair = Fair(prizes=[prize("gift", value_fen=70, reward={"kind": "coupon", "amount": 2, "ref": "c5"})])
    (won,) = fair.draw("ann", request="r1", risk=2)
    assert isinstance(won, PrizeWon)
    assert (won.activity_id, won.version, won.member_id, won.index, won.draws, won.risk) == (WHEEL, 1, "ann", 0, 1, 2)
    assert (won.drawn_id, won.prize_id, won.chance, won.cause, won.day) == ("gift", "gift", "free", "", "2017-06-01")
    assert (won.reward.reward, won.reward.amount, won.reward.ref, won.reward.value_fen) == ("coupon", 2, "c5", 70)
    assert len(won.alias) == 16
    assert "ann" not in won.alias
    (reward,) = [sent for sent in fair.world.effects if sent.topic == "fairground.rewards"]
    assert (reward.id, reward.key, reward.subject) == ("lottery-1-0-1-0-r", "ann", WHEEL)
    assert reward.data.model_dump()["reward"] == won.reward.model_dump()
    fair.checked()


@pytest.mark.parametrize(
    ("reason", "now"), [("not_started", "2016-12-31 23:59:59"), ("ended", "2018-01-01 00:00"), ("", "2017-01-01 00:00")]
)
def test_the_window_is_local_time_and_its_end_does_not_belong_to_it(reason: str, now: str) -> None:
    fair = Fair(prizes=[prize("gift")])
    (event,) = fair.draw(now=now)
    assert getattr(event, "reason", "") == reason
    if reason == "not_started":
        assert event.help_en == "it starts at 2017-01-01 00:00 (Asia/Shanghai)"


def test_an_unknown_wheel_is_refused_and_leaves_nothing() -> None:
    fair = Fair()
    assert fair.reason() == "unknown_activity"
    assert fair.world.records == {}


def test_status_decides_in_the_order_of_the_log() -> None:
    fair = Fair(prizes=[prize("gift")])
    fair.move(PauseActivity)
    assert fair.reason() == "paused"
    fair.move(ResumeActivity)
    assert ids(fair.draw()) == ["gift"]
    fair.move(StopActivity)
    assert fair.reason() == "stopped"
    fair.move(ArchiveActivity)
    assert fair.reason() == "archived"
    fair.checked()


def test_free_chances_come_back_with_the_business_day() -> None:
    fair = Fair(chances={"free_per_day": 2}, day_start_hour=4)
    fair.draw(draws=2, now="2017-06-02 03:59:59")
    assert fair.reason(now="2017-06-02 03:59:59") == "no_chances"
    assert fair.draw(now="2017-06-02 04:00")[0].day == "2017-06-02"
    fair.checked()


def test_free_chances_go_first_then_the_soonest_to_expire() -> None:
    fair = Fair(chances={"free_per_day": 1})
    fair.grant("never expires", 1)
    fair.grant("late", 1, expires_at="2017-06-09T00:00:00Z")
    fair.grant("soon", 1, expires_at="2017-06-03T00:00:00Z")
    outcomes = fair.draw(draws=4)
    assert [outcome.cause for outcome in outcomes] == ["", "soon", "late", "never expires"]
    assert fair.entrant().lots == ()
    fair.checked()


def test_expired_chances_cannot_be_used() -> None:
    fair = Fair(chances={"free_per_day": 0})
    fair.grant("short", 5, expires_at="2017-06-01T05:00:00Z")
    assert fair.reason(now="2017-06-01 13:00") == "no_chances"
    assert len(fair.draw(now="2017-06-01 12:59:59")) == 1


@pytest.mark.parametrize(("policy", "made"), [("all", 0), ("available", 3)])
def test_08_of_more_draws_than_chances_all_are_refused_or_as_many_made_as_there_are(policy: str, made: int) -> None:
    fair = Fair(chances={"free_per_day": 3})
    outcomes = fair.draw(draws=10, policy=policy)
    if made:
        assert [(outcome.index, outcome.draws) for outcome in outcomes] == [(0, 3), (1, 3), (2, 3)]
    else:
        assert (outcomes[0].reason, outcomes[0].help_en) == ("no_chances", "3 can be drawn now")
        assert len(fair.draw(draws=3)) == 3
    fair.checked()


@pytest.mark.parametrize(
    ("quotas", "later", "reason"),
    [
        ({"per_day": 2}, "2017-06-02 12:00", "quota_used_day"),
        ({"per_week": 2}, "2017-06-05 00:00", "quota_used_week"),
        ({"per_month": 2}, "2017-07-01 00:00", "quota_used_month"),
        ({"total": 2}, "", "quota_used_total"),
    ],
)
def test_quotas_hold_by_day_week_month_and_in_all(quotas: dict[str, int], later: str, reason: str) -> None:
    fair = Fair(quotas=quotas, chances={"free_per_day": 9})
    assert fair.reason(draws=3) == reason
    assert len(fair.draw(draws=3, policy="available")) == 2
    assert fair.reason() == reason
    if later:
        assert len(fair.draw(now=later)) == 1
    fair.checked()


def test_02_a_week_is_monday_to_sunday_of_business_days_and_counts_over_the_new_year() -> None:
    window = {"starts": "2016-12-01 00:00", "ends": "2018-01-01 00:00"}
    fair = Fair(quotas={"per_week": 3}, chances={"free_per_day": 9}, day_start_hour=4, window=window)
    assert len(fair.draw(draws=2, now="2016-12-31 12:00")) == 2
    assert fair.reason(draws=2, now="2017-01-02 03:59") == "quota_used_week"
    assert len(fair.draw(now="2017-01-01 12:00")) == 1
    assert len(fair.draw(draws=3, now="2017-01-02 04:00")) == 3
    (refused,) = fair.draw(now="2017-01-02 12:00")
    assert (refused.reason, refused.help_en) == ("quota_used_week", "come again next week")
    fair.checked()


def test_the_same_request_draws_once_and_stays_refused() -> None:
    fair = Fair(chances={"free_per_day": 0})
    assert fair.reason(request="r1") == "no_chances"
    fair.grant("share", 2)
    assert fair.reason(request="r1") == "duplicate"
    assert len(fair.draw(request="r2")) == 1
    assert fair.reason(request="r2") == "duplicate"
    assert fair.reason(request="r2", now="2017-06-02 12:00") == "duplicate"
    assert len(fair.draw(request="r3", now="2017-06-04 12:00")) == 1
    assert fair.reason(request="r2") == "too_old"
    fair.checked()


@pytest.mark.parametrize("move", [PauseActivity, None])
def test_a_request_that_was_refused_by_status_or_window_stays_refused(move: Any) -> None:
    fair = Fair(window={"starts": "2017-06-02 00:00", "ends": "2017-07-01 00:00"})
    now = "2017-06-03 12:00" if move else "2017-06-01 12:00"
    if move:
        fair.move(move, now=now)
    assert fair.reason(request="r1", now=now) in ("paused", "not_started")
    if move:
        fair.move(ResumeActivity, now=now)
    else:
        fair.publish(window={"starts": "2017-06-01 00:00", "ends": "2017-07-01 00:00"})
    assert fair.reason(request="r1", now=now) == "duplicate"


def test_requests_that_look_alike_are_not_one_and_ids_come_from_the_place_in_the_log() -> None:
    """Twelve random digits were the idempotency keys of orders (big-market): two that met were taken for one, and a
    prize was lost. Here a request counts for its member by all of its id, and what it causes is named by where it
    stands: no two are the same, and whoever decides it again names it the same."""
    alike = [f"{before:012}-{after:012}" for before in range(20) for after in range(5)]

    def drawn() -> list[str]:
        fair = Fair(prizes=[prize("gift")], chances={"free_per_day": len(alike)})
        for member in ("ann", "bob"):
            assert [fair.draw(member, request=request)[0].prize_id for request in alike] == ["gift"] * len(alike)
        return [event.id for event in fair.world.events] + [effect.id for effect in fair.world.effects]

    named = drawn()
    assert len(set(named)) == len(named) > 4 * len(alike)
    assert named == drawn()


def test_a_repeated_command_is_caught_within_one_batch() -> None:
    fair = Fair(prizes=[prize("gift")])
    command = fair.command(Draw(activity_id=WHEEL, member_id="ann"), "r1")
    events = fair.world.decide([command, command, command])
    assert [getattr(event.data, "reason", "won") for event in events] == ["won", "duplicate", "duplicate"]


def test_three_business_days_are_open_and_older_ones_closed() -> None:
    fair = Fair(prizes=[prize("gift", stock_per_day=1, fallback="thanks"), THANKS | {"weight": 0}])
    for day in (5, 3, 6):
        assert ids(fair.draw(f"m{day}", now=f"2017-06-0{day} 12:00")) == ["gift"]
    assert ids(fair.draw("late", now="2017-06-03 23:00")) == ["thanks"]
    assert ids(fair.draw("m4", now="2017-06-04 12:00")) == ["gift"]
    assert fair.reason("later", now="2017-06-03 23:00") == "too_late"
    assert fair.counter("stock:gift:2017-06-03") == 0
    assert fair.counter("stock:gift:2017-06-04") == 1
    assert fair.counter("stock:gift") == 4
    fair.checked()


def test_other_members_draws_do_not_bring_a_closed_day_back() -> None:
    fair = Fair(chances={"free_per_day": 1})
    fair.draw("ann", now="2017-06-01 12:00")
    for day in (2, 3, 4):
        fair.draw("bob", now=f"2017-06-0{day} 12:00")
    assert fair.reason("ann", now="2017-06-01 18:00") == "too_late"
    assert fair.reason("cid", now="2017-06-01 18:00") == "too_late"


def test_another_secret_refuses_and_takes_nothing() -> None:
    fair = Fair(prizes=[prize("gift")])
    other = Fair(b"a worker that was given another one")
    other.world.records, other.world.counters = dict(fair.world.records), dict(fair.world.counters)
    assert other.reason(request="r1") == "seed_unavailable"
    assert other.world.counters == {}
    assert other.entrant().draws == 0
    (refused,) = other.publish(prizes=[prize("gift", 2)])
    assert [problem.code for problem in refused.problems] == ["seed_changed"]
