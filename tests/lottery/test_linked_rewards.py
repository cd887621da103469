"""Rewards of members who are one person: each is its winner's, what becomes of it counts for the person."""

from typing import Any

import pytest

from fairground_contracts.rewards import RewardClaimed, RewardRevoked
from fairground_lottery.contract import (
    ClaimPrize,
    ExpirePrize,
    GrantChances,
    GrantWithdrawn,
    ParcelReported,
    PrizeClaimed,
    RejectReward,
    ReportParcel,
    RewardCompensated,
    RewardTakenBack,
    WithdrawGrant,
)
from fairground_lottery.domain import following
from fairground_lottery.domain.following import MAX_FOLLOWED
from fairground_lottery.domain.records import Followed, Winner
from tests.lottery.test_fulfilment import granted, reject, won
from tests.lottery.world import WHEEL, Fair, prize, replayed

ORDERS = {"orders": {"rule": "per_order", "chances": 1}}
REVERSED: dict[str, Any] = {
    "prizes": [
        prize("gift", value_fen=9, on_refund="reverse", on_rejected={"kind": "points", "amount": 5}, restock=True)
    ],
    "chances": ORDERS,
}
CUP: dict[str, Any] = {
    "prizes": [prize("cup", reward={"kind": "physical", "amount": 1}, claim_days=14, restock=True)],
}


def _checked(fair: Fair) -> None:
    """The laws hold, and whoever only reads the events comes to the same state."""
    fair.checked()
    assert replayed(fair.world).records == fair.world.records
    assert replayed(fair.world).counters == fair.world.counters


def _sent(fair: Fair, kind: type[Any]) -> list[Any]:
    return [effect for effect in fair.world.effects if isinstance(effect.data, kind)]


def _followed(fair: Fair, member: str) -> tuple[Followed, ...]:
    account = fair.entrant(member)
    assert isinstance(account, Winner)
    return account.rewards


@pytest.mark.parametrize("winner", ["bob", "ann"])
@pytest.mark.parametrize("buyer", ["bob", "ann"])
@pytest.mark.parametrize("linked", ["first", "before the draw", "before the refund"])
def test_a_refund_takes_back_what_another_one_of_the_person_has_won(buyer: str, winner: str, linked: str) -> None:
    fair = Fair(**REVERSED)
    if linked == "first":
        fair.link("bob", "ann")
    fair.pay("o1", 100, buyer)
    if linked == "before the draw" or (linked == "before the refund" and buyer != winner):
        fair.link("bob", "ann")
    (reward,) = won(fair, winner)
    fair.link("bob", "ann")
    chances, back = fair.refunded("o1", buyer)
    assert (chances.member_id, chances.debt) == (buyer, 0)
    assert isinstance(back, RewardTakenBack)
    assert (back.reward_id, back.member_id, back.person_id) == (reward, winner, "" if winner == "ann" else "ann")
    (revoked,) = _sent(fair, RewardRevoked)
    assert (revoked.key, revoked.data.member_id, revoked.data.reward_id) == (winner, winner, reward)
    assert fair.counter("stock:gift") == 0
    assert [followed.status for followed in _followed(fair, "ann")] == ["taken_back"]
    _checked(fair)


@pytest.mark.parametrize("linked", [True, False], ids=["before the draw", "after it"])
def test_a_reward_that_cannot_be_delivered_is_compensated_to_its_winner(linked: bool) -> None:
    fair = Fair(**REVERSED | {"chances": {"free_per_day": 1}})
    if linked:
        fair.link("bob", "ann")
    (reward,) = won(fair, "bob")
    fair.link("bob", "ann")
    assert reject(fair, reward, "ann").reason == "unknown_reward", "it is not hers, though they are one person"
    instead = reject(fair, reward, "bob")
    assert isinstance(instead, RewardCompensated)
    assert (instead.member_id, instead.person_id) == ("bob", "ann")
    assert {id: said.member_id for id, said in granted(fair).items()} == {reward: "bob", f"{reward}-c": "bob"}
    again = RejectReward(activity_id=WHEEL, member_id="bob", reward_id=reward, rejected="gone")
    assert fair.send(again)[0].reason == "duplicate"
    _checked(fair)


def test_what_a_member_won_before_being_linked_on_stays_that_members() -> None:
    """Three become one in two steps; rewards are found under the last account, and still are each one's own."""
    fair = Fair(**REVERSED | {"chances": {"free_per_day": 1}})
    rewards = {member: won(fair, member)[0] for member in ("ann", "bob", "cid")}
    fair.link("ann", "bob")
    fair.link("bob", "cid")
    assert [followed.member for followed in _followed(fair, "cid")] == ["ann", "bob", ""]
    for member, reward in rewards.items():
        assert reject(fair, reward, member).member_id == member
    assert {said.member_id for id, said in granted(fair).items() if id.endswith("-c")} == {"ann", "bob", "cid"}
    _checked(fair)


def test_a_prize_is_claimed_by_its_winner_wherever_it_is_followed() -> None:
    fair = Fair(**CUP)
    first, second = won(fair, "bob", draws=2)
    fair.link("bob", "ann")
    said = {"activity_id": WHEEL, "member_id": "bob", "reward_id": first}
    (other,) = fair.send(ClaimPrize(**said | {"member_id": "ann"}, address_ref="addr-1"))
    assert other.reason == "unknown_reward"
    (claimed,) = fair.send(ClaimPrize(**said, address_ref="addr-1"))
    assert isinstance(claimed, PrizeClaimed)
    (sent,) = _sent(fair, RewardClaimed)
    assert (sent.key, sent.data.member_id) == ("bob", "bob")
    for status in ("shipped", "returned"):
        (parcel,) = fair.send(ReportParcel(**said, status=status))
        assert isinstance(parcel, ParcelReported), parcel
        assert (parcel.member_id, parcel.person_id) == ("bob", "ann")
    (gone,) = fair.send(ExpirePrize(**said | {"reward_id": second}), now="2017-06-20 12:00")
    assert (gone.why, gone.member_id, gone.person_id) == ("not_claimed", "bob", "ann")
    assert fair.counter("stock:cup") == 0
    _checked(fair)


def test_chances_that_a_reversed_reward_had_granted_go_back_from_the_persons_account() -> None:
    again = prize("again", reward={"kind": "draw_chances", "amount": 2}, on_refund="reverse")
    fair = Fair(prizes=[again], chances=ORDERS)
    fair.link("bob", "ann")
    fair.pay("o1", 100, "ann")
    won(fair, "bob")
    (grant,) = _sent(fair, GrantChances)
    assert fair.send(grant.data)[0].person_id == "ann"
    fair.refunded("o1", "ann")
    (withdraw,) = _sent(fair, WithdrawGrant)
    assert (withdraw.data.member_id, withdraw.data.person_id) == ("bob", "ann")
    (back,) = fair.send(withdraw.data)
    assert isinstance(back, GrantWithdrawn)
    assert (back.member_id, back.person_id, back.chances) == ("bob", "ann", 2)
    assert fair.entrant("ann").lots == ()
    assert fair.reason("ann") == "no_chances"
    _checked(fair)


def test_a_withdrawn_grant_grants_nothing_to_anybody_of_the_person() -> None:
    fair = Fair(chances={"free_per_day": 0})
    fair.link("bob", "ann")
    fair.send(WithdrawGrant(activity_id=WHEEL, member_id="bob", cause="reward:x"))
    assert fair.grant("reward:x", 1, "ann").reason == "duplicate"
    _checked(fair)


def test_two_accounts_together_follow_no_more_than_one_may() -> None:
    """What has to be claimed stays; of the rest the oldest go, in whatever order accounts come together."""
    parts = [
        tuple(
            Followed(f"lottery-1-0-{at}-{of}", "cup", day=at, claim_by_s=1 if at % 5 == 0 else 0)
            for at in range(MAX_FOLLOWED // 2)
        )
        for of in range(3)
    ]
    one, other, third = parts
    both = following.both(following.both(one, other), third)
    assert len(both) == MAX_FOLLOWED
    assert both == following.both(one, following.both(third, other))
    assert sum(following.waits(followed) for followed in both) == 3 * MAX_FOLLOWED // 10
    assert min(followed.day for followed in both if not following.waits(followed)) > 0
    assert [followed.day for followed in both] == sorted(followed.day for followed in both)
