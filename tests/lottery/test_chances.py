"""Chances: earned by orders and grants, taken back with orders that are void; in whatever order streams say so."""

import pytest

from fairground_contracts.activities import ArchiveActivity, PauseActivity, StopActivity
from fairground_lottery.contract import ChancesGranted, ChancesRefused, Draw, OrderCounted
from tests.lottery.world import WHEEL, Fair

PER_ORDER = {"orders": {"rule": "per_order", "chances": 2, "min_order_fen": 1000}}
CUMULATIVE = {"orders": {"rule": "cumulative", "every_fen": 5000}}
DEBT = {"orders": {"rule": "cumulative", "every_fen": 5000, "on_refund": "debt"}}


def test_an_order_earns_what_the_rule_says() -> None:
    fair = Fair(chances=PER_ORDER)
    event = fair.pay("o1", 1000)
    assert (event.chances, event.cause, event.order_id, event.amount_fen) == (2, "order:o1", "o1", 1000)
    assert [outcome.cause for outcome in fair.draw(draws=2)] == ["order:o1", "order:o1"]
    fair.checked()


def test_small_orders_earn_nothing_and_say_what_would() -> None:
    fair = Fair(chances=PER_ORDER)
    event = fair.pay("o1", 999)
    assert (event.reason, event.help_zh, event.help_en) == (
        "below_minimum", "订单满 10.00 元", "an order of at least 10.00 yuan",
    )  # fmt: skip
    assert Fair(chances=CUMULATIVE).pay("free", 0).reason == "below_minimum"
    assert fair.world.records.keys() == {("wheel", "wheel"), ("wheel", "rules")}


def test_cumulative_orders_carry_the_remainder() -> None:
    fair = Fair(chances=CUMULATIVE)
    counted = fair.pay("o1", 3800)
    assert isinstance(counted, OrderCounted)
    assert (counted.carried_fen, counted.missing_fen) == (3800, 1200)
    assert (counted.help_zh, counted.help_en) == ("再消费 12.00 元", "12.00 yuan more")
    (refused,) = fair.draw()
    assert (refused.reason, refused.help_en) == ("no_chances", "12.00 yuan more")
    granted = fair.pay("o2", 11300)
    assert (granted.chances, granted.carried_fen) == (3, 100)
    fair.checked()


def test_chances_of_orders_expire() -> None:
    fair = Fair(chances={"orders": {"rule": "per_order", "expire_days": 7}})
    assert fair.pay("o1", 1).expires_at.isoformat() == "2017-06-08T04:00:00+00:00"
    assert fair.reason(now="2017-06-08 12:00") == "no_chances"
    assert len(fair.draw(now="2017-06-08 11:59:59")) == 1


def test_an_order_earns_once_however_often_it_is_said() -> None:
    fair = Fair(chances=PER_ORDER)
    fair.pay("o1", 5000)
    assert fair.pay("o1", 5000).reason == "duplicate"
    assert fair.pay("o1", 9999, now="2017-06-20 12:00").reason == "duplicate"
    fair.pay("o2", 5000, now="2017-07-15 12:00")
    assert fair.pay("o1", 5000).reason == "too_old"
    fair.checked()


def test_refunded_before_it_was_paid() -> None:
    fair = Fair(chances=PER_ORDER)
    revoked = fair.refund("o1")
    assert (revoked.taken, revoked.kept, revoked.debt) == ((), 0, 0)
    assert fair.pay("o1", 5000).reason == "order_refunded"
    assert fair.refund("o1").reason == "duplicate"
    fair.checked()


def test_a_refund_takes_back_what_is_unused() -> None:
    fair = Fair(chances=PER_ORDER)
    fair.pay("o1", 5000)
    fair.pay("o2", 5000)
    fair.draw()
    revoked = fair.refund("o1")
    assert [(part.cause, part.chances) for part in revoked.taken] == [("order:o1", 1)]
    assert (revoked.kept, revoked.debt) == (1, 0)
    assert fair.reason(draws=3) == "no_chances"
    assert len(fair.draw(draws=2)) == 2
    fair.checked()


def test_used_chances_of_a_refunded_order_can_be_owed() -> None:
    fair = Fair(chances=DEBT)
    fair.pay("o1", 10000)
    fair.draw(draws=2)
    assert fair.refund("o1").debt == 2
    granted = fair.grant("share", 3)
    assert (granted.chances, granted.debt_paid) == (1, 2)
    assert fair.grant("review", 1).debt_paid == 0
    assert len(fair.draw(draws=2)) == 2
    assert fair.reason() == "no_chances"
    fair.checked()


@pytest.mark.parametrize("draws", [0, 1])
def test_buying_and_refunding_over_and_over_earns_nothing(draws: int) -> None:
    """Orders that are refunded leave the carried amount too; otherwise a chance could be had for nothing."""
    fair = Fair(chances=DEBT)
    earned = 0
    for number in range(6):
        earned += getattr(fair.pay(f"o{number}", 4900), "chances", 0)
        if draws and earned:
            fair.draw(policy="available")
        fair.refund(f"o{number}")
        assert fair.entrant().carried_fen == 0
    assert fair.reason() == "no_chances"
    assert earned == 0
    fair.checked()


def test_a_refund_of_an_order_that_only_carried_takes_the_chance_it_made_possible() -> None:
    fair = Fair(chances=CUMULATIVE)
    fair.pay("o1", 4900)
    fair.pay("o2", 200)
    assert fair.entrant().carried_fen == 100
    revoked = fair.refund("o1")
    assert [(part.cause, part.chances) for part in revoked.taken] == [("order:o2", 1)]
    assert fair.entrant().carried_fen == 200
    assert fair.refund("o2").carried_fen == 0
    assert fair.reason() == "no_chances"
    fair.checked()


def test_a_refund_leaves_grants_alone() -> None:
    fair = Fair(chances=CUMULATIVE)
    fair.pay("o1", 5000)
    fair.draw()
    fair.grant("share", 2)
    revoked = fair.refund("o1")
    assert (revoked.taken, revoked.kept) == ((), 1)
    assert len(fair.draw(draws=2)) == 2
    fair.checked()


def test_a_version_that_counts_otherwise_still_takes_back_what_the_old_one_gave() -> None:
    fair = Fair(chances=PER_ORDER)
    fair.pay("o1", 5000)
    fair.logged(chances=CUMULATIVE)
    fair.pay("o2", 5000)
    fair.logged(chances={"free_per_day": 0})
    for order, chances in (("o1", 2), ("o2", 1)):
        assert sum(part.chances for part in fair.refund(order).taken) == chances
    assert fair.reason() == "no_chances"
    assert fair.pay("o3", 5000).reason == "orders_not_counted"
    fair.checked()


def test_orders_count_while_paused_but_not_outside_the_window() -> None:
    fair = Fair(chances=PER_ORDER)
    assert fair.pay("o0", 5000, now="2016-12-31 23:59").reason == "not_started"
    fair.move(PauseActivity)
    assert fair.pay("o1", 5000).chances == 2
    assert fair.pay("o2", 5000, now="2018-01-01 00:00").reason == "ended"
    fair.move(StopActivity)
    assert fair.pay("o3", 5000).reason == "stopped"
    assert fair.refund("o1").taken[0].chances == 2
    fair.move(ArchiveActivity)
    assert fair.pay("o4", 5000).reason == "archived"
    assert fair.refund("o4").reason == "archived"


def test_grants_once_for_each_cause() -> None:
    fair = Fair(chances={"free_per_day": 0})
    assert isinstance(fair.grant("share", 1), ChancesGranted)
    refused = fair.grant("share", 1)
    assert isinstance(refused, ChancesRefused)
    assert (refused.reason, refused.asked, refused.cause) == ("duplicate", "grant", "share")
    assert fair.grant("share", 1, member="bob").chances == 1
    fair.grant("other", 1, now="2017-08-01 12:00")
    assert fair.grant("share", 1).reason == "too_old"
    assert fair.grant("gone", 1, member="cid", expires_at="2017-06-01T00:00:00Z").reason == "already_expired"
    fair.checked()


def test_unknown_wheels_refuse_everything() -> None:
    fair = Fair()
    assert [fair.pay("o", 1).reason, fair.refund("o").reason, fair.grant("c").reason] == ["unknown_activity"] * 3
    assert fair.world.records == {}  # but see test_taken_up.py: a reward that was rejected stays rejected


def test_a_member_cannot_hold_grants_without_end() -> None:
    fair = Fair(chances={"free_per_day": 0})
    for number in range(500):
        fair.grant(f"c{number}")
    assert fair.grant("one more").reason == "too_many_chances"
    fair.draw()
    assert fair.grant("one more").chances == 1


def test_parallel_draws_never_share_a_chance() -> None:
    """Two parallel draws shared one unused entry (big-market). Here commands of one wheel have one order."""
    fair = Fair(chances={"free_per_day": 0})
    fair.grant("share", 1)
    commands = [fair.command(Draw(activity_id=WHEEL, member_id="ann"), f"r{number}") for number in range(5)]
    events = fair.world.decide(commands)
    assert [getattr(event.data, "reason", "drawn") for event in events] == ["drawn"] + ["no_chances"] * 4
