"""Chances that are bought with points (rules 2 and C10): points buy once, or go back."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_contracts.activities import ArchiveActivity, PauseActivity, StopActivity
from fairground_contracts.funding import FundingReleased, FundingRequested
from fairground_lottery.contract import (
    BuyChances,
    ChancesGranted,
    PurchaseFailed,
    PurchaseReleased,
    PurchaseRequested,
    SettlePurchase,
)
from tests.lottery.world import WHEEL, Fair, replayed

SALE = {"sources": {"points": {"price": 100, "chances": 2, "per_day": 6, "expire_days": 7, "answer_minutes": 10}}}


def _buy(fair: Fair, times: int = 1, member: str = "ann", request: str = "", now: str = "", **known: Any) -> Any:
    """`known`: facts and risk."""
    (event,) = fair.send(BuyChances(activity_id=WHEEL, member_id=member, times=times, **known), request, now)
    return event


def _bought(fair: Fair, times: int = 1, now: str = "") -> None:
    """Bought and paid at once."""
    assert isinstance(_settle(fair, _buy(fair, times, now=now).funding_id, now=now), ChancesGranted)


def _settle(fair: Fair, funding: str, paid: bool = True, member: str = "ann", now: str = "", why: str = "") -> Any:
    answer = SettlePurchase(activity_id=WHEEL, member_id=member, funding_id=funding, paid=paid, why=why)
    (event,) = fair.send(answer, "", now)
    return event


def _asked(fair: Fair) -> list[tuple[str, Any]]:
    """What was sent to whoever owns the points."""
    return [(effect.id, effect.data) for effect in fair.world.effects if effect.topic == "fairground.funding"]


# ---- paid ------------------------------------------------------------------------------------------------


def test_a_purchase_asks_whoever_owns_the_points_and_grants_nothing_yet() -> None:
    fair = Fair(chances=SALE)
    asked = _buy(fair, times=3)
    assert isinstance(asked, PurchaseRequested)
    assert (asked.points, asked.chances, asked.day) == (300, 6, "2017-06-01")
    ((funding, request),) = _asked(fair)
    assert funding == asked.funding_id
    assert isinstance(request, FundingRequested)
    assert (request.member_id, request.pays, request.amount, request.service) == ("ann", "points", 300, "lottery")
    assert request.answer_by.isoformat() == "2017-06-01T04:10:00+00:00"
    assert fair.reason() == "no_chances"


def test_a_confirmation_grants_once_however_often_it_is_said() -> None:
    fair = Fair(chances=SALE)
    funding = _buy(fair).funding_id
    granted = _settle(fair, funding, now="2017-06-01 12:10")
    assert isinstance(granted, ChancesGranted)
    assert (granted.chances, granted.source, granted.cause) == (2, "points", f"points:{funding}")
    assert granted.expires_at is not None
    assert granted.expires_at.isoformat() == "2017-06-08T04:00:00+00:00"
    assert _settle(fair, funding, now="2017-06-01 12:10").reason == "duplicate"
    assert _settle(fair, funding, paid=False).reason == "duplicate"
    assert len(fair.draw(draws=2)) == 2
    assert fair.reason() == "no_chances"
    fair.checked()


def test_a_purchase_that_waits_is_answered_however_old_the_answer_is() -> None:
    """The member's newest cause is of today; the answer, which was in time, is older than causes are remembered."""
    fair = Fair(chances=SALE | {"refund_window_days": 1})
    fundings = [_buy(fair, now=f"2017-06-01 12:0{minute}").funding_id for minute in (0, 1, 2)]
    fair.grant("today", now="2017-06-09 12:00")
    granted = _settle(fair, fundings[0], now="2017-06-01 12:05")
    assert isinstance(granted, ChancesGranted)
    assert isinstance(_settle(fair, fundings[1], now="2017-06-01 12:20"), PurchaseReleased)
    assert isinstance(_settle(fair, fundings[2], paid=False, now="2017-06-01 12:05"), PurchaseFailed)
    for funding in fundings:
        assert _settle(fair, funding, now="2017-06-01 12:05").reason == "too_old"
    assert replayed(fair.world).records == fair.world.records
    fair.checked()


def test_the_same_request_buys_once_and_a_refused_one_stays_refused() -> None:
    fair = Fair(chances=SALE)
    assert isinstance(_buy(fair, request="r1"), PurchaseRequested)
    assert _buy(fair, request="r1").reason == "duplicate"
    assert _buy(fair, times=9, request="r2").reason == "cap_reached_day"
    assert _buy(fair, times=9, request="r2", now="2017-06-02 12:00").reason == "duplicate"
    assert len(_asked(fair)) == 1
    fair.checked()


def test_what_is_being_bought_counts_against_the_cap_until_it_cannot_be_paid_any_more() -> None:
    """Asking twice at once would buy more than allowed otherwise."""
    fair = Fair(chances=SALE)
    first = _buy(fair, times=2).funding_id
    assert _buy(fair, times=2).reason == "cap_reached_day"
    _settle(fair, first, paid=False)
    second = _buy(fair, times=2).funding_id
    assert _buy(fair, times=2, now="2017-06-01 12:10").reason == "cap_reached_day"
    third = _buy(fair, times=2, now="2017-06-01 12:11").funding_id
    assert _settle(fair, third, now="2017-06-01 12:12").chances == 4
    assert isinstance(_settle(fair, second, now="2017-06-01 12:05"), PurchaseReleased), "it was given up"
    assert _buy(fair, times=2, now="2017-06-01 12:30").reason == "cap_reached_day"
    fair.checked()


def test_bought_chances_count_for_the_day_on_which_they_were_asked_for() -> None:
    fair = Fair(chances={"sources": {"points": {"price": 1, "per_day": 1, "answer_minutes": 60}}})
    funding = _buy(fair, now="2017-06-01 23:30").funding_id
    assert _settle(fair, funding, now="2017-06-02 00:10").day == "2017-06-01"
    assert isinstance(_buy(fair, now="2017-06-02 00:20"), PurchaseRequested)
    fair.checked()


def test_the_terms_are_those_of_the_purchase_whatever_a_new_version_says() -> None:
    fair = Fair(chances=SALE)
    funding = _buy(fair).funding_id
    fair.logged(chances={"free_per_day": 1})
    assert _settle(fair, funding).chances == 2
    assert _buy(fair).reason == "unknown_source"
    fair.checked()


# ---- not paid --------------------------------------------------------------------------------------------


def test_a_refusal_grants_nothing_and_says_why() -> None:
    """Who had too few points was set to none, and drew all the same (CRMEB). No points live here: whoever owns them
    says that they were not taken, and then nothing can be drawn."""
    fair = Fair(chances=SALE)
    funding = _buy(fair).funding_id
    failed = _settle(fair, funding, paid=False, why="balance_too_low")
    assert isinstance(failed, PurchaseFailed)
    assert (failed.reason, failed.why) == ("funding_refused", "balance_too_low")
    assert fair.reason() == "no_chances"
    assert _settle(fair, funding, paid=False).reason == "duplicate"
    fair.checked()


def test_points_that_were_taken_although_they_were_refused_go_back() -> None:
    fair = Fair(chances=SALE)
    funding = _buy(fair).funding_id
    _settle(fair, funding, paid=False)
    assert _settle(fair, funding).why == "not_awaited"
    assert _settle(fair, funding).reason == "duplicate"
    fair.checked()


def test_a_confirmation_that_comes_too_late_gives_the_points_back() -> None:
    fair = Fair(chances=SALE)
    funding = _buy(fair).funding_id
    released = _settle(fair, funding, now="2017-06-01 12:10:01")
    assert isinstance(released, PurchaseReleased)
    assert released.why == "too_late"
    (_, release) = _asked(fair)[-1]
    assert isinstance(release, FundingReleased)
    assert (release.funding_id, release.reason, release.member_id) == (funding, "too_late", "ann")
    assert _settle(fair, funding, now="2017-06-01 12:10:01").reason == "duplicate"
    assert fair.reason() == "no_chances"
    fair.checked()


def test_points_that_are_taken_when_the_wheel_is_over_go_back() -> None:
    fair = Fair(chances=SALE)
    funding, other = _buy(fair).funding_id, _buy(fair).funding_id
    fair.move(PauseActivity)
    assert _settle(fair, other).chances == 2, "a pause stops draws, not what members have paid for"
    fair.move(StopActivity)
    assert _settle(fair, funding).why == "closed"
    fair.move(ArchiveActivity)
    assert _settle(fair, funding).reason == "archived"
    fair.checked()


def test_points_for_a_purchase_that_nobody_made_go_back() -> None:
    fair = Fair(chances=SALE)
    assert _settle(fair, "lottery-1-0-99-0-f").why == "not_awaited"
    assert _settle(fair, _buy(fair).funding_id, member="bob").why == "not_awaited", "it was ann's"
    fair.checked()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"chances": {"free_per_day": 1}}, "unknown_source"),
        ({"chances": SALE, "audience": {"never": ["ann"]}}, "not_eligible"),
        ({"chances": SALE, "audience": {"only": ["bob"]}}, "not_eligible"),
        ({"chances": SALE, "window": {"starts": "2017-09-01 00:00", "ends": "2018-01-01 00:00"}}, "not_started"),
    ],
)
def test_nobody_pays_for_chances_that_they_cannot_use(fields: dict[str, Any], reason: str) -> None:
    fair = Fair(**fields)
    assert _buy(fair).reason == reason
    assert _asked(fair) == []


@pytest.mark.parametrize(
    ("fields", "known", "reason", "help_en"),
    [
        ({"eligible": "level >= 2"}, {"facts": {"level": 1}}, "not_eligible", "the condition: level >= 2"),
        ({"eligible": "level >= 2"}, {}, "not_eligible", "no answer from what is known: level"),
        ({"eligible": "draws > 0"}, {"facts": {"draws": 5}}, "not_eligible", "the condition: draws > 0"),
        ({"risk": {"4": "refuse"}}, {"risk": 4}, "risk_denied", ""),
        ({"audience": {"holdout": "99%"}}, {}, "holdout", ""),
        ({"audience": {"share": "1%"}}, {}, "not_eligible", ""),
    ],
)
def test_who_may_not_draw_is_not_asked_to_pay(
    fields: dict[str, Any], known: dict[str, Any], reason: str, help_en: str
) -> None:
    """The purchase looked at lists only: a member below the level paid and was refused when they drew."""
    fair = Fair(chances=SALE, **fields)
    refused = _buy(fair, request="r1", **known)
    assert (refused.reason, refused.help_en, refused.risk) == (reason, help_en, known.get("risk", 0))
    assert fair.reason(**known) == reason, "a draw is refused for the same"
    assert _asked(fair) == []
    fair.checked()


def test_who_may_draw_may_buy_with_the_same_facts() -> None:
    fair = Fair(chances=SALE, eligible="level >= 2", risk={"4": "refuse"})
    asked = _buy(fair, facts={"level": 2}, risk=1)
    assert (asked.points, asked.risk) == (100, 1)
    fair.checked()


ONE = {"sources": {"points": {"price": 100}}}


def test_nobody_buys_more_than_the_quota_in_all_still_allows() -> None:
    """Points bought chances that no draw was left for. What the member has already, or is buying, needs draws, too."""
    fair = Fair(chances=ONE, quotas={"total": 5})
    assert (_buy(fair, times=6).reason, _buy(fair, times=6).help_en) == (
        "quota_used_total",
        "at most 5 more can be bought",
    )
    _bought(fair, times=2)
    fair.draw(draws=2)
    _bought(fair)
    waiting = _buy(fair).funding_id
    assert (_buy(fair, times=2).reason, _buy(fair, times=2).help_en) == (
        "quota_used_total",
        "at most 1 more can be bought",
    )
    _settle(fair, waiting, paid=False)
    _bought(fair, times=2)
    assert _buy(fair).help_en == "there are chances enough for the draws that are left"
    fair.draw(draws=3)
    assert (_buy(fair).reason, _buy(fair).help_en) == ("quota_used_total", "")
    assert len(_asked(fair)) == 4
    fair.checked()


@pytest.mark.parametrize(
    ("quotas", "expire_days", "now", "reason"),
    [
        ({"per_day": 1}, 1, "2017-06-01 12:00", ""),
        ({"per_day": 1}, None, "2017-12-31 12:00", "quota_used_day"),
        ({"per_week": 1}, 6, "2017-06-05 12:00", "quota_used_week"),
        ({"per_week": 1}, 7, "2017-06-05 12:00", ""),
        ({"per_month": 1}, 20, "2017-06-05 12:00", "quota_used_month"),
        ({"per_month": 1}, None, "2017-06-05 12:00", ""),
        ({"per_month": 1}, None, "2017-12-05 12:00", "quota_used_month"),
    ],
)
def test_a_quota_that_is_used_matters_where_the_chances_do_not_last_until_the_next_one(
    quotas: dict[str, int], expire_days: int | None, now: str, reason: str
) -> None:
    points = {"price": 100} | ({"expire_days": expire_days} if expire_days else {})
    fair = Fair(chances={"sources": {"points": points}}, quotas=quotas)
    _bought(fair, now=now)
    fair.draw(now=now)
    assert getattr(_buy(fair, now=now), "reason", "") == reason


def test_free_draws_need_room_in_a_quota_too_and_chances_that_pay_a_debt_do_not() -> None:
    fair = Fair(chances={**ONE, "free_per_day": 1}, quotas={"total": 1})
    assert _buy(fair).reason == "quota_used_total"
    fair = Fair(
        chances={**ONE, "orders": {"rule": "per_order", "chances": 2, "on_refund": "debt"}}, quotas={"total": 3}
    )
    fair.pay("o1", 100)
    fair.draw(draws=2)
    fair.refund("o1")
    assert _buy(fair, times=4).reason == "quota_used_total"
    _bought(fair, times=3)
    assert len(fair.draw()) == 1
    fair.checked()


def test_nothing_is_sold_while_it_pauses_or_when_it_is_over() -> None:
    fair = Fair(chances=SALE)
    assert _buy(fair, member="bob", now="2018-01-01 00:00").reason == "ended"
    fair.move(PauseActivity)
    assert _buy(fair).reason == "paused"
    assert _asked(fair) == []


def test_so_many_purchases_can_wait_at_once() -> None:
    fair = Fair(chances={"sources": {"points": {"price": 1}}})
    for _ in range(20):
        _buy(fair)
    assert _buy(fair).reason == "too_many_chances"
    assert isinstance(_buy(fair, now="2017-06-01 12:11"), PurchaseRequested), "those nobody can pay any more are gone"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from(["buy", "paid", "refused"]), st.integers(0, 5), st.integers(0, 40)), max_size=30)
)
def test_whatever_is_said_in_whatever_order_points_that_were_taken_buy_once_or_go_back(
    said: list[tuple[str, int, int]],
) -> None:
    fair = Fair(chances=SALE)
    fundings = [f"lottery-1-0-{number}-0-f" for number in range(90, 93)]
    taken: set[str] = set()
    for what, which, minute in said:
        now = f"2017-06-01 12:{minute:02}"
        if what == "buy":
            fundings.append(getattr(_buy(fair, now=now), "funding_id", fundings[0]))
        else:
            funding = fundings[-1 - which % len(fundings)]
            taken |= {funding} if what == "paid" else set()
            _settle(fair, funding, paid=what == "paid", now=now)
    events = [event.data for event in fair.world.events]
    ends = Counter(event.funding_id for event in events if isinstance(event, ChancesGranted | PurchaseReleased))
    assert dict(ends) == dict.fromkeys(taken, 1)
    assert replayed(fair.world).records == fair.world.records
    fair.checked()
