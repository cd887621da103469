"""Packets that paid orders and rewards of other activities bring."""

from typing import Any

import pytest

from fairground_contracts.activities import ActivityListed, ArchiveActivity, PauseActivity, StopActivity
from fairground_contracts.orders import OrderCancelled, OrderPaid, OrderRefunded
from fairground_contracts.reward_results import RewardDelivered, RewardRejected
from fairground_contracts.rewards import Reward, RewardGranted, RewardRevoked
from fairground_redpacket.contract import GiftRevoked, PacketClosed, PacketCreated, PacketOpened, ShareGrabbed
from fairground_redpacket.intake import concerns
from tests.redpacket.world import ACTIVITY, Table, replayed, rules


def gifts(**fields: Any) -> dict[str, Any]:
    """Packets for orders of 50 yuan and more, to share with three friends, and for rewards."""
    return rules(
        packets={"senders": "nobody", "total_fen": {"least": 1, "most": 1_000}},
        orders={"min_order_fen": 5_000, "total_fen": 400, "count": 4, "form": "fission"},
        rewards={"total_fen": 88, "form": "own"},
    ) | fields  # fmt: skip


@pytest.fixture
def table() -> Table:
    return Table(gifts())


def paid(table: Table, order: str = "o1", fen: int = 6_000, now: str = "") -> list[Any]:
    return table.hear(OrderPaid(order_id=order, member_id="ann", amount_fen=fen), now)


def refunded(table: Table, order: str = "o1") -> list[Any]:
    return table.hear(
        OrderRefunded(order_id=order, member_id="ann", amount_fen=6_000, refunded_total_fen=6_000, paid_fen=6_000)
    )


def granted(table: Table, amount: int = 1, id: str = "lottery-1-0-7-0-r", ref: str = ACTIVITY) -> list[Any]:
    reward = Reward(reward="packet", amount=amount, ref=ref)
    said = RewardGranted(member_id="ann", activity_id="wheel", service="lottery", version=1, reward=reward)
    return table.hear(said, id=id)


def test_a_paid_order_brings_a_packet_whose_first_share_is_the_buyers(table: Table) -> None:
    (created,) = paid(table)
    assert (created.type, created.cause, created.order_id) == (PacketCreated.type, "order:o1", "o1")
    (share,) = table.events(ShareGrabbed)
    assert (share.member_id, share.index) == ("ann", 0)
    assert [table.grab(created.packet_id, friend)[0].index for friend in ("bob", "cid", "dan")] == [1, 2, 3]
    table.checked()


def test_an_order_brings_a_packet_once_however_often_it_is_said(table: Table) -> None:
    paid(table)
    assert [event.reason for event in paid(table)] == ["duplicate"]
    assert len(table.events(PacketOpened)) == 1


def test_an_order_below_the_minimum_says_what_is_missing(table: Table) -> None:
    (refused,) = paid(table, fen=4_500)
    assert (refused.reason, refused.missing_fen, refused.help_en) == ("below_minimum", 500, "5.00 yuan more")


def test_an_order_outside_of_the_window_means_nothing(table: Table) -> None:
    assert paid(table, now="2018-02-01 12:00") == []


def test_a_void_order_closes_its_packet_and_what_was_grabbed_stays(table: Table) -> None:
    (created,) = paid(table)
    (revoked,) = refunded(table)
    assert (revoked.type, revoked.packet_ids) == (GiftRevoked.type, (created.packet_id,))
    (share,) = table.events(ShareGrabbed)
    (closed,) = table.events(PacketClosed)
    assert closed.remainder_fen == 400 - share.amount_fen
    assert table.counter("budget") == share.amount_fen
    assert refunded(table)[0].reason == "duplicate"
    table.checked()


def test_a_refund_that_comes_before_its_payment_leaves_nothing(table: Table) -> None:
    cancelled = table.hear(OrderCancelled(order_id="o1", member_id="ann"))
    assert cancelled[0].packet_ids == ()
    assert paid(table)[0].reason == "order_void"
    assert table.counter("budget") == 0
    table.checked()


def _partly(table: Table, refunded_fen: int) -> list[Any]:
    return table.hear(OrderRefunded(
        order_id="o1", member_id="ann", amount_fen=1, refunded_total_fen=refunded_fen, paid_fen=6_000,
    ))  # fmt: skip


def test_a_refund_of_a_part_counts_when_too_little_is_left(table: Table) -> None:
    (created,) = paid(table)
    assert _partly(table, 1_000) == [], "50 yuan are left, which would have brought it, too"
    (revoked,) = _partly(table, 1_001)
    assert (revoked.type, revoked.packet_ids) == (GiftRevoked.type, (created.packet_id,))
    (share,) = table.events(ShareGrabbed)
    assert table.counter("budget") == share.amount_fen
    assert [event.reason for event in refunded(table)] == ["duplicate"]
    table.checked()


def test_a_packet_that_is_kept_outlives_its_order() -> None:
    table = Table(gifts(orders=gifts()["orders"] | {"on_refund": "keep"}))
    (created,) = paid(table)
    assert refunded(table) == table.hear(OrderCancelled(order_id="o1", member_id="ann")) == []
    assert table.grab(created.packet_id, "bob")[0].type == ShareGrabbed.type
    table.checked()


def test_a_reward_brings_a_packet_for_the_member_and_is_delivered(table: Table) -> None:
    (created,) = granted(table)
    assert created.packet.receivers == ("ann",)
    assert table.reason(created.packet_id, "eve") == "not_a_receiver"
    assert table.grab(created.packet_id, "ann")[0].amount_fen == 88
    ((id, delivered),) = table.of(RewardDelivered)
    assert (id, delivered.ref) == ("lottery-1-0-7-0-r-d", created.packet_id)
    assert granted(table)[0].reason == "duplicate"
    assert len(table.of(RewardDelivered)) == 1
    table.checked()


def test_a_reward_of_several_packets(table: Table) -> None:
    created = granted(table, 3)
    assert len({event.packet_id for event in created}) == len(created) == 3
    assert len(table.of(RewardDelivered)) == 1
    said = RewardRevoked(
        reward_id="lottery-1-0-7-0-r", member_id="ann", activity_id="wheel", service="lottery", reason="order_refunded",
        reward=Reward(reward="packet", amount=3, ref=ACTIVITY),
    )  # fmt: skip
    (revoked,) = table.hear(said)
    assert set(revoked.packet_ids) == {event.packet_id for event in created}
    assert table.counter("budget") == 0
    table.checked()


def test_a_reward_that_cannot_be_given_is_rejected_once_so_that_it_is_compensated() -> None:
    table = Table(gifts(budget={"total_fen": 100}))
    granted(table)
    (refused,) = granted(table, id="lottery-1-0-8-0-r")
    assert refused.reason == "budget_used"
    ((id, rejected),) = table.of(RewardRejected)
    assert (id, rejected.reward_id, rejected.reason) == ("lottery-1-0-8-0-r-x", "lottery-1-0-8-0-r", "budget_used")
    assert rejected.activity_id == "wheel"
    larger = gifts(budget={"total_fen": 10_000})
    table.publish(larger)
    assert granted(table, id="lottery-1-0-8-0-r")[0].reason == "duplicate", "it was compensated meanwhile"
    assert len(table.of(RewardRejected)) == 1
    table.checked()


def test_a_reward_of_more_packets_than_can_be_given_is_rejected_and_not_cut(table: Table) -> None:
    (refused,) = granted(table, 21)
    assert (refused.reason, refused.help_en) == ("too_many_packets", "at most 20")
    ((_, rejected),) = table.of(RewardRejected)
    assert rejected.reason == "too_many_packets"
    assert table.events(PacketOpened) == []
    assert len(granted(table, 20, id="lottery-1-0-8-0-r")) == 20
    table.checked()


def test_a_reward_for_an_activity_that_there_is_not_is_rejected(table: Table) -> None:
    assert granted(table, ref="nowhere")[0].reason == "unknown_activity"
    assert len(table.of(RewardRejected)) == 1


def test_a_reward_that_cannot_be_taken_back_is_not_rejected(table: Table) -> None:
    """Or whoever takes it back would give something else instead of it."""
    granted(table)
    table.move(StopActivity)
    table.move(ArchiveActivity)
    said = RewardRevoked(
        reward_id="lottery-1-0-7-0-r", member_id="ann", activity_id="wheel", service="lottery", reason="order_refunded",
        reward=Reward(reward="packet", amount=1, ref=ACTIVITY),
    )  # fmt: skip
    assert [event.reason for event in table.hear(said)] == ["archived"]
    assert table.of(RewardRejected) == []


def test_other_rewards_mean_nothing(table: Table) -> None:
    said = RewardGranted(
        member_id="ann", activity_id="wheel", service="lottery", version=1,
        reward=Reward(reward="points", amount=1, ref=ACTIVITY),
    )  # fmt: skip
    assert table.hear(said) == []


def test_a_shops_orders_are_not_even_looked_at_where_they_bring_nothing(table: Table) -> None:
    for other, expected in ((table, True), (Table(rules()), False)):
        rows = {row.activity_id: row for _, row in other.of(ActivityListed)}
        assert [concerns(kind, rows) for kind in (OrderPaid, OrderCancelled, OrderRefunded)] == [expected] * 3
        assert concerns(RewardGranted, rows)


def test_an_activity_that_gives_none() -> None:
    table = Table(rules())
    assert granted(table)[0].reason == "no_gifts"


def test_a_pause_does_not_take_what_was_earned_and_a_stop_does(table: Table) -> None:
    table.move(PauseActivity)
    assert paid(table)[0].type == PacketCreated.type
    table.move(StopActivity)
    assert paid(table, "o2")[0].reason == "stopped"
    table.checked()


def test_whoever_folds_the_events_has_the_same_state(table: Table) -> None:
    paid(table)
    granted(table, 3)
    refunded(table)
    granted(table, id="lottery-1-0-9-0-r", ref=ACTIVITY)
    other = replayed(table.world)
    assert (other.records, other.counters) == (table.world.records, table.world.counters)
