"""The life of a reward after the draw (rules C10, C11 and 12)."""

from typing import Any

import pytest

from fairground_contracts.activities import ArchiveActivity, StopActivity
from fairground_contracts.rewards import RewardGranted
from fairground_lottery.contract import GrantChances, RejectReward, RewardCompensated, RewardRefused, RewardUndelivered
from fairground_lottery.domain.following import MAX_FOLLOWED
from fairground_lottery.domain.records import Winner
from fairground_lottery.rules import check, form, load
from tests.lottery.world import THANKS, WHEEL, Fair, prize, replayed, rules

POINTS = {"kind": "points", "amount": 5}
INSTEAD = prize("gift", reward={"kind": "coupon", "amount": 1, "ref": "t"}, value_fen=100, on_rejected=POINTS)


def won(fair: Fair, member: str = "ann", now: str = "", draws: int = 1) -> list[str]:
    """Draw; the ids of the rewards that were won."""
    before = len(fair.world.events)
    fair.draw(member, draws=draws, now=now)
    return [f"{event.id}-r" for event in fair.world.events[before:] if event.data.type == "lottery.prize.won.v1"]


def reject(fair: Fair, reward: str, member: str = "ann", now: str = "", why: str = "template_sold_out") -> Any:
    """Whoever delivers it says that it cannot be delivered."""
    asked = RejectReward(activity_id=WHEEL, member_id=member, reward_id=reward, rejected=why)
    (event,) = fair.send(asked, f"rejected:{reward}", now)
    return event


def granted(fair: Fair) -> dict[str, RewardGranted]:
    """What was granted, by its id; each id stands for one content."""
    found: dict[str, RewardGranted] = {}
    for effect in fair.world.effects:
        if isinstance(effect.data, RewardGranted):
            assert found.setdefault(effect.id, effect.data) == effect.data
    return found


# ---- rule C11: a reward that cannot be delivered comes back and is compensated by rule ---------------


def test_a_reward_that_cannot_be_delivered_is_compensated_by_the_rule() -> None:
    fair = Fair(prizes=[INSTEAD])
    (reward,) = won(fair)
    event = reject(fair, reward)
    assert isinstance(event, RewardCompensated)
    assert (event.reward_id, event.prize, event.rejected) == (reward, "gift", "template_sold_out")
    assert (event.reward.reward, event.reward.amount, event.reward.name) == ("points", 5, "gift（补偿）")
    assert granted(fair)[f"{reward}-c"].reward == event.reward
    assert granted(fair)[f"{reward}-c"].prize_id == "gift"
    fair.checked()


def test_a_redelivered_rejection_never_pays_twice() -> None:
    fair = Fair(prizes=[INSTEAD])
    (reward,) = won(fair)
    reject(fair, reward)
    again = reject(fair, reward)
    assert (again.type, again.reason) == ("lottery.reward.refused.v1", "duplicate")
    assert list(granted(fair)) == [reward, f"{reward}-c"]
    fair.checked()


def test_a_compensation_that_is_rejected_ends_visibly_and_never_loops() -> None:
    fair = Fair(prizes=[INSTEAD])
    (reward,) = won(fair)
    reject(fair, reward)
    ended = reject(fair, f"{reward}-c", why="member_unknown")
    assert isinstance(ended, RewardUndelivered)
    assert (ended.nothing, ended.rejected, ended.reward_id) == ("compensation", "member_unknown", f"{reward}-c")
    assert [reject(fair, each).reason for each in (f"{reward}-c", reward)] == ["duplicate", "duplicate"]
    assert reject(fair, f"{reward}-c-c").reason == "unknown_reward"
    assert list(granted(fair)) == [reward, f"{reward}-c"]
    fair.checked()


def test_nothing_instead_is_recorded_with_its_reason() -> None:
    fair = Fair(prizes=[prize("gift", on_rejected="nothing")])
    (reward,) = won(fair)
    event = reject(fair, reward, why="not_accepted")
    assert isinstance(event, RewardUndelivered)
    assert (event.nothing, event.rejected) == ("rule", "not_accepted")
    assert reject(fair, reward).reason == "duplicate"
    assert list(granted(fair)) == [reward]
    fair.checked()


def test_chances_given_instead_can_be_drawn() -> None:
    instead = {"kind": "draw_chances", "amount": 2}
    fair = Fair(prizes=[prize("gift", on_rejected=instead)], chances={"free_per_day": 1})
    (reward,) = won(fair)
    reject(fair, reward)
    grant = fair.world.effects[-1].data
    assert isinstance(grant, GrantChances)
    assert (grant.activity_id, grant.chances, grant.cause) == (WHEEL, 2, f"reward:{reward}-c")
    fair.send(grant)
    assert len(fair.draw(draws=2)) == 2


@pytest.mark.parametrize(
    ("reward", "member"),
    [("lottery-1-0-99-0-r", "ann"), ("x", "ann"), ("{0}", "bob"), ("{0}-c", "ann"), ("lottery-1-0-1-0-r-r", "ann")],
)
def test_rewards_that_are_not_the_members_are_refused(reward: str, member: str) -> None:
    fair = Fair(prizes=[INSTEAD])
    (own,) = won(fair)
    refused = reject(fair, reward.format(own), member)
    assert isinstance(refused, RewardRefused)
    assert (refused.reason, refused.asked, refused.zh != "") == ("unknown_reward", "reject", True)
    assert list(granted(fair)) == [own]


def test_prizes_about_which_nothing_is_said_are_not_followed() -> None:
    fair = Fair(prizes=[prize("gift")])
    (reward,) = won(fair)
    assert reject(fair, reward).reason == "unknown_reward"
    assert not isinstance(fair.entrant(), Winner)


def test_what_all_prizes_share_is_said_once() -> None:
    shared = rules(rewards={"on_rejected": POINTS}, prizes=[prize("a"), prize("b", on_rejected="nothing"), THANKS])
    assert check(shared) == []
    said = [each.get("on_rejected") for each in form(load(shared))["prizes"]]
    assert said == [POINTS | {"ref": "", "value_fen": 0}, "nothing", None]
    assert load(form(load(shared))) == load(shared)


def test_rejections_are_heard_after_the_end_but_not_of_an_archived_wheel() -> None:
    fair = Fair(prizes=[INSTEAD])
    first, second = won(fair, draws=2)
    fair.move(StopActivity)
    assert isinstance(reject(fair, first), RewardCompensated)
    fair.move(ArchiveActivity)
    assert reject(fair, second).reason == "archived"
    other = RejectReward(activity_id="none", member_id="ann", reward_id=first, rejected="x")
    assert fair.send(other)[0].reason == "unknown_activity"


def test_the_version_in_force_says_what_is_given_instead() -> None:
    fair = Fair(prizes=[INSTEAD, THANKS])
    more = INSTEAD | {"on_rejected": POINTS | {"amount": 50}}
    (reward,) = won(fair, draws=1) or won(fair, "ann", draws=2)[:1]
    fair.publish(prizes=[more, THANKS])
    event = reject(fair, reward)
    assert (event.version, event.reward.amount) == (2, 50)
    fair.checked()


def test_rewards_are_remembered_as_long_as_orders_and_so_many_at_most() -> None:
    fair = Fair(prizes=[INSTEAD], chances={"free_per_day": 1000, "refund_window_days": 7})
    (old,) = won(fair, now="2017-06-01 12:00")
    (kept,) = won(fair, now="2017-06-02 12:00")
    won(fair, now="2017-06-09 12:00")
    assert reject(fair, old, now="2017-06-09 12:00").reason == "unknown_reward"
    assert isinstance(reject(fair, kept, now="2017-06-09 12:00"), RewardCompensated)
    for _ in range(6):
        won(fair, draws=100, now="2017-06-10 12:00")
    entrant = fair.entrant()
    assert isinstance(entrant, Winner)
    assert len(entrant.rewards) == MAX_FOLLOWED
    fair.checked()


def test_following_is_a_fold_of_the_events() -> None:
    fair = Fair(prizes=[INSTEAD, THANKS], chances={"free_per_day": 50})
    for reward in won(fair, draws=50)[::2]:
        reject(fair, reward)
    other = replayed(fair.world)
    assert (other.records, other.effects) == (fair.world.records, fair.world.effects)


# ---- the file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"on_rejected": "points"}, "prizes[0].on_rejected", "bad_choice"),
        ({"on_rejected": {"kind": "physical", "amount": 1}}, "prizes[0].on_rejected.kind", "bad_choice"),
        ({"on_rejected": {"kind": "points"}}, "prizes[0].on_rejected.amount", "missing"),
        ({"on_rejected": {"kind": "cash", "amount": 1}}, "prizes[0].on_rejected", "compensation_above_prize"),
        ({"on_rejected": POINTS | {"to": "all"}}, "prizes[0].on_rejected.to", "unknown_field"),
        ({"on_rejected": 5}, "prizes[0].on_rejected", "bad_choice"),
        ({"reward": None, "on_rejected": "nothing"}, "prizes[0].on_rejected", "rule_without_reward"),
    ],
)
def test_what_is_wrong_with_it_is_said_with_its_place(fields: dict[str, Any], path: str, code: str) -> None:
    found = check(rules(prizes=[prize("gift", **fields), THANKS]))
    assert [(problem.field, problem.code) for problem in found] == [(path, code)]


def test_what_is_promised_instead_may_not_become_less_while_it_runs() -> None:
    fair = Fair(prizes=[INSTEAD, THANKS])
    for lessened in ("nothing", None, POINTS | {"amount": 4}, {"kind": "cash", "amount": 99}):
        (refused,) = fair.publish(prizes=[INSTEAD | {"on_rejected": lessened}, THANKS])
        assert [problem.code for problem in refused.problems] == ["compensation_lessened"], lessened
