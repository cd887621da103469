"""Physical prizes: address, shipping status by event, expiry and return to stock by rule (rule 12)."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from fairground_contracts.activities import StopActivity
from fairground_contracts.rewards import RewardClaimed, RewardRevoked
from fairground_contracts.timers import TimerCancelled, TimerRequested
from fairground_lottery import odds
from fairground_lottery.contract import (
    ClaimPrize,
    ExpirePrize,
    ParcelReported,
    PrizeClaimed,
    ReportParcel,
    RewardCompensated,
    RewardOwed,
    RewardTakenBack,
)
from fairground_lottery.domain.following import MAX_FOLLOWED
from fairground_lottery.domain.records import Winner
from fairground_lottery.rules import check, form, load
from tests.lottery.test_fulfilment import reject, won
from tests.lottery.world import THANKS, WHEEL, Fair, prize, replayed, rules

CUP: dict[str, Any] = prize("cup", reward={"kind": "physical", "amount": 1, "ref": "SKU-1"}, value_fen=500)
LAST_DAY, TOO_LATE = "2017-06-15 11:59:59", "2017-06-15 12:00"  # 14 days after noon on the first of June


def cup(**fields: Any) -> dict[str, Any]:
    return CUP | {"claim_days": 14} | fields


def claim(fair: Fair, reward: str, address: str = "addr-1", member: str = "ann", now: str = "") -> list[Any]:
    """The member says where it goes."""
    asked = ClaimPrize(activity_id=WHEEL, member_id=member, reward_id=reward, address_ref=address)
    return fair.send(asked, now=now)


def report(fair: Fair, reward: str, status: str, now: str = "") -> Any:
    """The shipper says where it is."""
    asked = ReportParcel(activity_id=WHEEL, member_id="ann", reward_id=reward, status=status, ref="SF-1")
    (event,) = fair.send(asked, now=now)
    return event


def expire(fair: Fair, reward: str, now: str = "") -> Any:
    """Somebody says that nobody came for it."""
    (event,) = fair.send(ExpirePrize(activity_id=WHEEL, member_id="ann", reward_id=reward), now=now)
    return event


# ---- the address -----------------------------------------------------------------------------------------


def test_a_winner_claims_a_prize_with_an_address_once() -> None:
    fair = Fair(prizes=[cup()])
    (reward,) = won(fair)
    (claimed,) = claim(fair, reward)
    assert isinstance(claimed, PrizeClaimed)
    assert (claimed.prize, claimed.address_ref) == ("cup", "addr-1")
    told, gone = fair.world.effects[-2:]
    assert isinstance(gone.data, TimerCancelled)
    assert (told.topic, told.key, told.id) == ("fairground.rewards", "ann", f"{reward}-a")
    assert isinstance(told.data, RewardClaimed)
    assert (told.data.reward_id, told.data.address_ref) == (reward, "addr-1")
    (again,) = claim(fair, reward, "addr-2")
    assert again.reason == "duplicate"
    fair.checked()


@pytest.mark.parametrize("address", ["南京东路 1 号", "1 Nanjing Road", "li\nna", "", "-x", "a" * 65])
def test_an_address_itself_is_no_address_reference(address: str) -> None:
    """Only its number in the shop's address book comes into the log: the log is kept for good."""
    with pytest.raises(ValidationError):
        ClaimPrize(activity_id=WHEEL, member_id="ann", reward_id="r", address_ref=address)


def test_only_the_winner_claims_and_only_what_has_to_be_claimed() -> None:
    fair = Fair(prizes=[cup()])
    (reward,) = won(fair)
    assert claim(fair, reward, member="bob")[0].reason == "unknown_reward"
    points = Fair(prizes=[prize("points", on_rejected="nothing")])
    (other,) = won(points)
    assert claim(points, other)[0].reason == "not_claimable"
    fair.checked()


def test_a_prize_is_claimed_after_the_wheel_was_stopped() -> None:
    fair = Fair(prizes=[cup()])
    (reward,) = won(fair)
    fair.move(StopActivity)
    assert isinstance(claim(fair, reward)[0], PrizeClaimed)


# ---- shipping --------------------------------------------------------------------------------------------


def test_shipping_status_comes_by_event() -> None:
    fair = Fair(prizes=[cup()])
    (reward,) = won(fair)
    claim(fair, reward)
    said = [report(fair, reward, status) for status in ("shipped", "delivered")]
    assert all(isinstance(event, ParcelReported) for event in said)
    assert [(event.status, event.ref, event.restocked) for event in said] == [
        ("shipped", "SF-1", False), ("delivered", "SF-1", False),
    ]  # fmt: skip
    fair.checked()


@pytest.mark.parametrize(
    ("news", "reasons"),
    [
        (("shipped", "shipped"), ["", "duplicate"]),
        (("delivered", "shipped"), ["", "settled"]),
        (("delivered", "delivered"), ["", "duplicate"]),
        (("delivered", "returned"), ["", "settled"]),
        (("returned", "delivered"), ["", "settled"]),
        (("shipped", "returned", "shipped"), ["", "", "settled"]),
    ],
)
def test_late_and_repeated_news_change_nothing(news: tuple[str, ...], reasons: list[str]) -> None:
    fair = Fair(prizes=[cup(restock=True)])
    (reward,) = won(fair)
    assert [str(getattr(report(fair, reward, status), "reason", "")) for status in news] == reasons
    fair.checked()


def test_what_is_shipped_needs_no_claim_and_cannot_be_claimed_later() -> None:
    fair = Fair(prizes=[cup()])
    (reward,) = won(fair)
    report(fair, reward, "shipped")
    assert claim(fair, reward)[0].reason == "settled"
    assert expire(fair, reward, TOO_LATE).reason == "settled"


def test_a_parcel_that_comes_back_is_in_stock_again_by_rule() -> None:
    fair = Fair(
        prizes=[cup(restock=True, stock=1, fallback="thanks"), THANKS | {"weight": 0}], budget={"total_fen": 500}
    )
    (reward,) = won(fair)
    report(fair, reward, "shipped")
    back = report(fair, reward, "returned")
    assert (back.restocked, back.budget_fen) == (True, 500)
    assert (fair.counter("stock:cup"), fair.counter("budget")) == (0, 0)
    assert len(won(fair, "bob")) == 1
    fair.checked()


# ---- nobody comes ----------------------------------------------------------------------------------------


def test_unclaimed_prizes_expire_by_rule_and_return_to_stock() -> None:
    fair = Fair(prizes=[cup(restock=True, stock=1, fallback="thanks"), THANKS | {"weight": 0}])
    (reward,) = won(fair)
    assert expire(fair, reward, LAST_DAY).reason == "not_due"
    gone = expire(fair, reward, TOO_LATE)
    assert isinstance(gone, RewardTakenBack)
    assert (gone.why, gone.cause, gone.restocked, gone.reward.ref) == ("not_claimed", "", True, "SKU-1")
    revoked = fair.world.effects[-1]
    assert isinstance(revoked.data, RewardRevoked)
    assert (revoked.id, revoked.data.reason) == (f"{reward}-v", "not_claimed")
    assert expire(fair, reward, TOO_LATE).reason == "duplicate"
    assert claim(fair, reward, now=TOO_LATE)[0].reason == "claim_over"
    assert fair.counter("stock:cup") == 0
    fair.checked()


def test_a_timer_asks_for_the_end_of_what_nobody_claims() -> None:
    fair = Fair(prizes=[cup()])
    (reward,) = won(fair)
    (asked,) = [each.data for each in fair.world.effects if isinstance(each.data, TimerRequested)][1:]
    assert (asked.timer_id, asked.key) == (f"claim:{reward}", WHEEL)
    end = ExpirePrize.model_validate(asked.content)
    due = asked.due_at.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")
    (gone,) = fair.send(end, "timer", due)
    assert isinstance(gone, RewardTakenBack)
    (again,) = fair.send(end, "timer again", due)
    assert again.reason == "duplicate"


def test_what_need_not_be_claimed_asks_for_no_timer() -> None:
    fair = Fair(prizes=[prize("points")])
    fair.draw()
    assert [type(each.data) for each in fair.world.effects if each.topic == "fairground.timers"] == [TimerRequested]


def test_a_claim_that_comes_too_late_ends_the_prize() -> None:
    fair = Fair(prizes=[cup()])
    early, late = won(fair, draws=2)
    assert isinstance(claim(fair, early, now=LAST_DAY)[0], PrizeClaimed)
    gone, refused = claim(fair, late, now=TOO_LATE)
    assert isinstance(gone, RewardTakenBack)
    assert (gone.why, gone.restocked, refused.reason) == ("not_claimed", False, "claim_over")
    assert fair.counter("stock:cup") == 2
    fair.checked()


def test_a_claimed_prize_does_not_expire() -> None:
    fair = Fair(prizes=[cup()])
    (reward,) = won(fair)
    claim(fair, reward)
    assert expire(fair, reward, TOO_LATE).reason == "settled"
    fair.checked()


def test_it_is_remembered_until_somebody_came_or_it_expired() -> None:
    fair = Fair(prizes=[cup(), prize("points", weight=30, on_rejected="nothing")], chances={"free_per_day": 1000})
    fair.draw(draws=100)
    cups = [f"{event.id}-r" for event in fair.world.events if getattr(event.data, "prize_id", "") == "cup"]
    assert cups
    for _ in range(8):
        fair.draw(draws=100, now="2017-07-20 12:00")
    entrant = fair.entrant()
    assert isinstance(entrant, Winner)
    assert len(entrant.rewards) == MAX_FOLLOWED
    for reward in cups:
        assert isinstance(expire(fair, reward, "2017-07-20 13:00"), RewardTakenBack)
    fair.draw(now="2017-07-20 14:00")
    entrant = fair.entrant()
    assert isinstance(entrant, Winner)
    assert not {f"{each.event_id}-r" for each in entrant.rewards} & set(cups)
    fair.checked()


# ---- with orders and rejections --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("", RewardTakenBack), ("shipped", RewardOwed), ("delivered", RewardOwed), ("returned", None)],
)
def test_a_refund_calls_back_what_is_not_on_its_way(status: str, outcome: type[Any] | None) -> None:
    fair = Fair(prizes=[cup(on_refund="reverse", restock=True)], chances={"orders": {"rule": "per_order"}})
    fair.pay("o1", 100)
    (reward,) = won(fair)
    claim(fair, reward)
    if status:
        report(fair, reward, status)
    _, *back = fair.refunded("o1")
    assert [type(event) for event in back] == ([outcome] if outcome else [])
    assert fair.counter("stock:cup") == (1 if outcome is RewardOwed else 0)
    assert expire(fair, reward, TOO_LATE).reason in ("taken_back", "settled")
    fair.checked()


def test_a_prize_that_cannot_be_sent_is_compensated_and_need_not_be_claimed() -> None:
    fair = Fair(prizes=[cup(on_rejected={"kind": "cash", "amount": 500})])
    (reward,) = won(fair)
    claim(fair, reward)
    assert isinstance(reject(fair, reward, why="broken"), RewardCompensated)
    assert claim(fair, reward)[0].reason == "not_claimable"
    assert claim(fair, f"{reward}-c")[0].reason == "not_claimable"
    assert report(fair, reward, "shipped").reason == "settled"
    assert expire(fair, reward, TOO_LATE).reason == "not_claimable"
    fair.checked()


def test_what_has_arrived_cannot_be_rejected() -> None:
    fair = Fair(prizes=[cup(on_rejected={"kind": "points", "amount": 5})])
    (reward,) = won(fair)
    report(fair, reward, "delivered")
    assert reject(fair, reward).reason == "settled"
    fair.checked()


def test_shipping_is_a_fold_of_the_events() -> None:
    fair = Fair(prizes=[cup(restock=True)])
    first, second, third = won(fair, draws=3)
    claim(fair, first)
    report(fair, first, "returned")
    claim(fair, second, now=TOO_LATE)
    expire(fair, third, TOO_LATE)
    other = replayed(fair.world)
    assert (other.records, other.counters, other.effects) == (
        fair.world.records, fair.world.counters, fair.world.effects,
    )  # fmt: skip


# ---- the file --------------------------------------------------------------------------------------------


def test_the_time_for_claiming_may_be_said_for_all_physical_prizes() -> None:
    shared = rules(rewards={"claim_days": 7}, prizes=[CUP, prize("points"), THANKS])
    assert check(shared) == []
    assert [each.get("claim_days") for each in form(load(shared))["prizes"]] == [7, None, None]
    assert "7 days" in odds.odds(form(load(shared))).prizes[0].claim.en


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (prize("gift", claim_days=7), "claim_not_physical"),
        (CUP | {"claim_days": 0}, "out_of_range"),
        (CUP | {"claim_days": "P14D"}, "not_integer"),
        (THANKS | {"claim_days": 3}, "rule_without_reward"),
    ],
)
def test_what_is_wrong_with_it_is_said_with_its_place(fields: dict[str, Any], code: str) -> None:
    found = check(rules(prizes=[fields, prize("other")]))
    assert [(problem.field, problem.code) for problem in found] == [("prizes[0].claim_days", code)]


def test_the_time_for_claiming_only_becomes_longer_while_it_runs() -> None:
    fair = Fair(prizes=[cup(), CUP | {"id": "other"}], chances={"free_per_day": 30})
    (refused,) = fair.publish(prizes=[cup(claim_days=13), cup(id="other")], chances={"free_per_day": 30})
    assert [problem.code for problem in refused.problems] == ["promise_lowered", "promise_lowered"]
    fair.draw(draws=30)
    reward = next(f"{event.id}-r" for event in fair.world.events if getattr(event.data, "prize_id", "") == "cup")
    (published,) = fair.publish(prizes=[CUP, CUP | {"id": "other"}], chances={"free_per_day": 30})
    assert published.type == "fairground.activity.published.v1"
    assert isinstance(claim(fair, reward, now=TOO_LATE)[0], PrizeClaimed)
    fair.checked()
