"""What shared streams become: commands keyed by the member, with ids of their own."""

from typing import Any

from fairground_contracts import topics
from fairground_contracts.activities import ActivityListed, Status
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.funding import FundingConfirmed, FundingRefused
from fairground_contracts.members import MemberIdentityLinked, MemberIdentityUnlinked
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderCancelled
from fairground_contracts.reward_results import RewardRejected
from fairground_contracts.rewards import Reward, RewardGranted, RewardRevoked
from fairground_signin.app import MANIFEST
from fairground_signin.contract import GiveTokens, LinkMember, RejectReward, SettleMakeUp, TakeTokens
from fairground_signin.intake import ONLY_WITH, concerns, translate
from fairground_signin.rules import form, load
from tests.signin.world import Book, rules, utc

NOON = utc("2017-06-01")


def row(activity: str, status: Status = "running", service: str = "signin") -> ActivityListed:
    """A row of the table of activities."""
    return ActivityListed(
        activity_id=activity, service=service, version=1, status=status, rules=form(load(rules(id=activity)))
    )


def table(*rows: ActivityListed) -> dict[str, ActivityListed]:
    return {each.activity_id: each for each in rows}


def made(message: Message, *rows: ActivityListed, id: str = "e-1") -> list[tuple[str, str, Any]]:
    event = CloudEvent(id, message.type, "/somebody", NOON, "", message.model_dump_json().encode())
    commands = list(translate(event, message, table(*rows)))
    assert {command.time for command in commands} <= {NOON}
    return [(command.key, command.id, command.data) for command in commands]


def test_a_link_concerns_each_open_activity() -> None:
    linked = MemberIdentityLinked(member_id="ann", person_id="p1", link="phone")
    rows = (row("a"), row("b", "paused"), row("over", "ended"), row("wheel", service="lottery"))
    assert made(linked, *rows) == [
        ("ann", f"linked:ann:p1:{name}", LinkMember(activity_id=name, member_id="ann", person_id="p1"))
        for name in ("a", "b")
    ]
    assert made(MemberIdentityLinked(member_id="ann", person_id="ann", link="phone"), row("a")) == []
    assert made(MemberIdentityUnlinked(member_id="ann", person_id="p1", link="phone"), row("a")) == []


def _won(ref: str, kind: Any = "custom", amount: int = 1) -> RewardGranted:
    reward = Reward(reward=kind, amount=amount, ref=ref)
    return RewardGranted(member_id="ann", activity_id="wheel", service="lottery", version=1, reward=reward)


def test_cards_and_freezes_that_were_won_elsewhere_are_granted_once() -> None:
    ((key, id, grant),) = made(_won("a/make_up_card", amount=3), row("a"), id="lottery-1-0-7-0-r")
    assert (key, id) == ("ann", "won:lottery-1-0-7-0-r")
    assert grant == GiveTokens(
        activity_id="a", member_id="ann", token="make_up_card", count=3, cause="reward:lottery-1-0-7-0-r",
        why="won at wheel", granted_by="wheel",
    )  # fmt: skip
    assert made(_won("a/freeze"), row("a"))[0][2].token == "freeze"
    for other in (_won("b/freeze"), _won("a/coin"), _won("freeze"), _won("a/freeze", "coupon")):
        assert made(other, row("a"), row("wheel", service="lottery")) == []
    assert made(_won("wheel/freeze"), row("wheel", service="lottery")) == []


def test_cards_and_freezes_whose_reward_is_taken_back_go_back() -> None:
    reward = Reward(reward="custom", amount=3, ref="a/freeze")
    lost = RewardRevoked(
        reward_id="lottery-1-0-7-0-r", member_id="ann", activity_id="wheel", service="lottery", reason="order_refunded",
        reward=reward,
    )  # fmt: skip
    ((key, id, take),) = made(lost, row("a"))
    assert (key, id) == ("ann", "lost:lottery-1-0-7-0-r")
    assert take == TakeTokens(
        activity_id="a", member_id="ann", token="freeze", count=3, cause="reward:lottery-1-0-7-0-r",
        why="order_refunded",
    )  # fmt: skip
    assert take.cause == made(_won("a/freeze"), row("a"), id="lottery-1-0-7-0-r")[0][2].cause
    assert ONLY_WITH[RewardRevoked] in lost.model_dump_json().encode()
    for other in (None, reward.model_copy(update={"reward": "coupon"}), reward.model_copy(update={"ref": "b/freeze"})):
        assert made(lost.model_copy(update={"reward": other}), row("a")) == []


def test_a_rejected_reward_goes_to_the_activity_that_granted_it() -> None:
    rejected = RewardRejected(reward_id="signin-1-0-7-0-r0", member_id="ann", activity_id="a", reason="sold_out")
    ((key, id, reject),) = made(rejected, row("a", "ended"), row("b"))
    assert (key, id) == ("ann", "rejected:signin-1-0-7-0-r0")
    assert reject == RejectReward(activity_id="a", member_id="ann", reward_id=rejected.reward_id, rejected="sold_out")
    nameless = rejected.model_copy(update={"activity_id": ""})
    assert len(made(nameless, row("a"))) == 1
    assert made(nameless, row("a"), row("b")) == [], "nobody knows which one"
    assert made(rejected.model_copy(update={"reward_id": "lottery-1-0-7-0-r"}), row("a")) == []
    assert made(rejected, row("a", "archived")) == []


def test_answers_about_points_and_money_go_to_who_asked() -> None:
    fields = {"member_id": "ann", "activity_id": "a", "service": "signin", "funding_id": "signin-1-0-7-0-f"}
    confirmed = made(FundingConfirmed.model_validate(fields))
    assert confirmed == [
        ("ann", "confirmed:signin-1-0-7-0-f", SettleMakeUp(activity_id="a", member_id="ann",
                                                            funding_id="signin-1-0-7-0-f", paid=True)),
    ]  # fmt: skip
    refused = made(FundingRefused.model_validate(fields | {"reason": "balance_too_low"}))
    assert (refused[0][1], refused[0][2].paid, refused[0][2].why) == (
        "refused:signin-1-0-7-0-f", False, "balance_too_low",
    )  # fmt: skip
    assert made(FundingConfirmed.model_validate(fields | {"service": "lottery"})) == []


def test_orders_say_nothing_to_a_sign_in() -> None:
    cancelled = OrderCancelled(order_id="o1", member_id="ann", reason="changed_mind")
    assert made(cancelled, row("a")) == []
    assert MANIFEST.intake is not None
    assert topics.ORDERS not in MANIFEST.intake.topics
    assert MANIFEST.kinds == ("sign_in",)


def test_rewards_are_read_only_where_cards_or_freezes_can_be_won() -> None:
    plain, frozen = row("a"), row("b")
    frozen = frozen.model_copy(update={"rules": form(load(rules(id="b", freeze={})))})
    assert [concerns(RewardGranted, table(*rows)) for rows in ((), (plain,), (plain, frozen))] == [False, False, True]
    assert [concerns(RewardRejected, table(*rows)) for rows in ((), (plain,))] == [False, True]
    assert not concerns(MemberIdentityLinked, table(row("wheel", service="lottery")))


def test_every_command_is_keyed_as_the_service_says() -> None:
    service = Book().world.service
    linked = MemberIdentityLinked(member_id="ann", person_id="p1", link="phone")
    for key, _, command in (*made(linked, row("a")), *made(_won("a/freeze"), row("a"))):
        assert service.key(command) == key == "ann"
