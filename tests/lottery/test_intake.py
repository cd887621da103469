"""What the shop's orders become: a command for each wheel they concern, with ids of their own."""

from typing import Any

import pytest

from fairground_contracts.activities import ActivityListed, Status
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.funding import FundingConfirmed, FundingRefused
from fairground_contracts.members import MemberIdentityLinked, MemberIdentityUnlinked, MemberRegistered
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderCancelled, OrderCompleted, OrderPaid, OrderRefunded
from fairground_contracts.reward_results import RewardDelivered, RewardRejected, RewardReturned, RewardShipped
from fairground_lottery.contract import (
    EarnChances,
    GrantChances,
    LinkMember,
    RejectReward,
    ReportParcel,
    RevokeOrder,
    SettlePurchase,
)
from fairground_lottery.intake import UNDERSTOOD, concerns, translate
from fairground_lottery.rules import form, load
from tests.lottery.world import THANKS, prize, rules, utc

ORDERS = {"orders": {"rule": "per_order"}}


def row(wheel: str, status: Status = "running", **fields: Any) -> ActivityListed:
    """A row of the table of activities."""
    published = form(load(rules(id=wheel, **({"chances": ORDERS} | fields))))
    return ActivityListed(activity_id=wheel, service="lottery", version=1, status=status, rules=published)


def table(*rows: ActivityListed) -> dict[str, ActivityListed]:
    return {each.activity_id: each for each in rows}


def said(message: Message, time: str) -> CloudEvent:
    return CloudEvent("shop-1", message.type, "/shop", utc(time), "", message.model_dump_json().encode())


PAID = OrderPaid(order_id="o1", member_id="ann", amount_fen=1234)
NOON = "2017-06-01 12:00"


def test_a_paid_order_goes_to_each_wheel_that_counts_orders() -> None:
    activities = table(row("a"), row("b", "paused"), row("free", chances={"free_per_day": 1}), row("over", "stopped"))
    commands = list(translate(said(PAID, NOON), PAID, activities))
    assert [(command.key, command.id, command.time) for command in commands] == [
        ("a", "paid:o1:a", utc(NOON)), ("b", "paid:o1:b", utc(NOON)),
    ]  # fmt: skip
    assert commands[0].data == EarnChances(activity_id="a", member_id="ann", order_id="o1", amount_fen=1234)


@pytest.mark.parametrize(
    ("time", "wheels"), [("2017-02-28 23:59", 0), ("2017-03-01 00:00", 1), ("2017-04-01 00:00", 0)]
)
def test_only_wheels_whose_window_holds_the_payment(time: str, wheels: int) -> None:
    spring = row("a", window={"starts": "2017-03-01 00:00", "ends": "2017-04-01 00:00"})
    assert len(list(translate(said(PAID, time), PAID, table(spring)))) == wheels


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (OrderCancelled(order_id="o1", member_id="ann"), "cancelled"),
        (OrderRefunded(order_id="o1", member_id="ann", amount_fen=5, refunded_total_fen=9, paid_fen=9), "refunded"),
        (OrderCompleted(order_id="o1", member_id="ann", amount_fen=5), ""),
    ],
)
def test_void_orders_are_revoked(message: Message, why: str) -> None:
    commands = list(translate(said(message, NOON), message, table(row("a"))))
    assert [(command.id, command.data) for command in commands] == (
        [(f"{why}:o1:a", RevokeOrder(activity_id="a", member_id="ann", order_id="o1", why=why))] if why else []
    )


def test_a_partial_refund_says_what_all_refunds_have_left_of_the_order() -> None:
    message = OrderRefunded(order_id="o1", member_id="ann", amount_fen=2, refunded_total_fen=5, paid_fen=9)
    (command,) = translate(said(message, NOON), message, table(row("a")))
    assert command.id == "part_refunded:o1:5:a"
    assert command.data == RevokeOrder(
        activity_id="a", member_id="ann", order_id="o1", why="refunded", left_fen=4, paid_fen=9
    )


@pytest.mark.parametrize(("time", "wheels"), [("2018-01-30 23:59", 1), ("2018-01-31 00:00", 0)])
def test_refunds_reach_a_wheel_as_long_as_it_remembers_orders(time: str, wheels: int) -> None:
    message = OrderCancelled(order_id="o1", member_id="ann")
    assert len(list(translate(said(message, time), message, table(row("a"))))) == wheels


def test_a_new_row_brings_new_rules() -> None:
    assert len(list(translate(said(PAID, NOON), PAID, table(row("a"))))) == 1
    assert list(translate(said(PAID, NOON), PAID, table(row("a", chances={"free_per_day": 1})))) == []


@pytest.mark.parametrize("service", ["lottery", "redpacket"])
def test_answers_to_fundings_go_to_the_wheel_that_asked(service: str) -> None:
    whose = {"member_id": "ann", "activity_id": "a", "service": service, "funding_id": "lottery-1-0-7-0-f"}
    confirmed = FundingConfirmed(**whose, ref="booking 1")
    refused = FundingRefused(**whose, reason="balance_too_low")
    commands = [each for answer in (confirmed, refused) for each in translate(said(answer, NOON), answer, {})]
    if service != "lottery":
        assert commands == []
        return
    fields = {"activity_id": "a", "member_id": "ann", "funding_id": "lottery-1-0-7-0-f"}
    assert [(command.key, command.id, command.data) for command in commands] == [
        ("a", "confirmed:lottery-1-0-7-0-f", SettlePurchase(**fields, paid=True)),
        ("a", "refused:lottery-1-0-7-0-f", SettlePurchase(**fields, paid=False, why="balance_too_low")),
    ]


def test_a_link_goes_to_each_open_wheel_and_one_that_is_taken_back_to_none() -> None:
    identity = {"member_id": "ann", "person_id": "p-1", "link": "phone"}
    linked, unlinked = MemberIdentityLinked(**identity), MemberIdentityUnlinked(**identity)
    activities = table(row("a"), row("b", "paused", chances={"free_per_day": 1}), row("over", "ended"))
    assert [
        (command.key, command.id, command.data) for command in translate(said(linked, NOON), linked, activities)
    ] == [
        (wheel, f"linked:ann:p-1:{wheel}", LinkMember(activity_id=wheel, member_id="ann", person_id="p-1"))
        for wheel in ("a", "b")
    ]
    assert list(translate(said(unlinked, NOON), unlinked, activities)) == []


INVITING: dict[str, Any] = {"chances": {"sources": {"invitation": {"chances": 2}}}}
REGISTERED = MemberRegistered(member_id="new", inviter_id="ann")


def test_who_was_invited_brings_chances_to_the_inviter_at_each_open_wheel_that_names_the_source() -> None:
    statuses: tuple[Status, ...] = ("running", "paused", "ended", "stopped")
    activities = table(row("plain"), *(row(f"w-{status}", status, **INVITING) for status in statuses))
    assert [
        (command.key, command.id, command.data)
        for command in translate(said(REGISTERED, NOON), REGISTERED, activities)
    ] == [
        (wheel, f"invited:new:{wheel}",
         GrantChances(activity_id=wheel, member_id="ann", source="invitation", cause="new"))
        for wheel in ("w-running", "w-paused")
    ]  # fmt: skip


@pytest.mark.parametrize("inviter", ["", "new"])
def test_who_was_invited_by_nobody_else_brings_nothing(inviter: str) -> None:
    message = MemberRegistered(member_id="new", inviter_id=inviter)
    assert list(translate(said(message, NOON), message, table(row("a", **INVITING)))) == []


@pytest.mark.parametrize(
    ("time", "wheels"), [("2016-12-31 23:59", 0), ("2017-01-01 00:00", 1), ("2018-01-01 00:00", 0)]
)
def test_only_wheels_in_whose_window_the_invited_member_joined(time: str, wheels: int) -> None:
    assert len(list(translate(said(REGISTERED, time), REGISTERED, table(row("a", **INVITING))))) == wheels


def test_registrations_are_parsed_only_where_an_open_wheel_asks_for_invitations() -> None:
    """A shop registers many members, most of whom concern no wheel."""
    assert not concerns(MemberRegistered, table(row("plain"), row("over", "ended", **INVITING)))
    assert concerns(MemberRegistered, table(row("plain"), row("a", "paused", **INVITING)))
    assert [kind for kind in UNDERSTOOD if not concerns(kind, {})] == [MemberRegistered]


def test_other_services_activities_are_left_alone() -> None:
    other = row("a").model_copy(update={"service": "coupon", "rules": {"anything": 1}})
    assert list(translate(said(PAID, NOON), PAID, table(other))) == []


REWARD = "lottery-1-2-4711-0-r"
FOLLOWING: dict[str, Any] = {"prizes": [prize("gift", on_rejected="nothing"), THANKS]}


def rejected(reward: str = REWARD, **fields: Any) -> RewardRejected:
    return RewardRejected(reward_id=reward, member_id="ann", reason="template_sold_out", **fields)


def test_a_rejected_reward_goes_to_the_wheels_that_may_know_it() -> None:
    statuses: tuple[Status, ...] = ("running", "paused", "ended", "stopped", "archived")
    activities = table(row("plain"), *(row(f"w-{status}", status, **FOLLOWING) for status in statuses))
    commands = list(translate(said(rejected(), NOON), rejected(), activities))
    assert [command.id for command in commands] == [
        f"rejected:{REWARD}:w-{status}" for status in statuses if status != "archived"
    ]
    assert commands[0].data == RejectReward(
        activity_id="w-running", member_id="ann", reward_id=REWARD, rejected="template_sold_out"
    )


def test_a_rejected_reward_of_a_named_wheel_goes_there_alone() -> None:
    activities, message = table(row("a", **FOLLOWING), row("b", **FOLLOWING)), rejected(activity_id="b")
    assert [command.key for command in translate(said(message, NOON), message, activities)] == ["b"]


@pytest.mark.parametrize(
    "message",
    [
        rejected("coupon-1-2-4711-0-r"),
        rejected("lottery"),
        rejected(activity_id="elsewhere"),
        RewardDelivered(reward_id=REWARD, member_id="ann"),
    ],
)
def test_results_that_concern_no_wheel_are_left_alone(message: Message) -> None:
    assert list(translate(said(message, NOON), message, table(row("a", **FOLLOWING)))) == []


@pytest.mark.parametrize(
    ("kind", "status"), [(RewardShipped, "shipped"), (RewardDelivered, "delivered"), (RewardReturned, "returned")]
)
def test_news_of_parcels_go_to_the_wheels_that_ship_prizes(kind: Any, status: Any) -> None:
    cup = prize("cup", reward={"kind": "physical", "amount": 1}, claim_days=14)
    activities = table(row("a", **FOLLOWING), row("b", prizes=[cup, THANKS]))
    message = kind(reward_id=REWARD, member_id="ann", ref="SF-1")
    report = ReportParcel(activity_id="b", member_id="ann", reward_id=REWARD, status=status, ref="SF-1")
    assert [(command.id, command.data) for command in translate(said(message, NOON), message, activities)] == [
        (f"{status}:{REWARD}:b", report)
    ]


def test_a_void_order_reaches_wheels_that_were_stopped_for_what_was_won_there() -> None:
    message = OrderCancelled(order_id="o1", member_id="ann")
    activities = table(row("a", "stopped"), row("b", "ended"), row("c", "archived"))
    assert [command.key for command in translate(said(message, NOON), message, activities)] == ["a", "b"]
