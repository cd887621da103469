"""Draw chances that other services grant as rewards: taken up from the rewards topic once, and answered."""

from typing import Any

import pytest
from msgspec import structs

from fairground_contracts.activities import ActivityListed, ArchiveActivity, EndActivity, StopActivity
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.reward_results import RewardDelivered, RewardRejected
from fairground_contracts.rewards import Reward, RewardGranted, RewardRevoked
from fairground_decider import Outgoing, Translated
from fairground_decider.folding import World
from fairground_lottery.contract import ChancesGranted, ChancesRefused, GrantChances, GrantWithdrawn, RewardCompensated
from fairground_lottery.intake import translate
from tests.lottery.world import WHEEL, Fair, prize, replayed, utc

CHANCES = Reward(reward="draw_chances", amount=2, ref=WHEEL)
NOON = "2017-06-01 12:00"


def granted(reward: Reward = CHANCES, service: str = "signin", id: str = "signin-1-0-7-0-r") -> list[Translated]:
    """What the intake makes of a reward."""
    said = RewardGranted(member_id="ann", activity_id="daily", service=service, version=1, reward=reward)
    return list(translate(CloudEvent(id, said.type, "/x", utc(NOON), "", b""), said, {}))


def revoked(**fields: Any) -> list[Translated]:
    """What it makes of one that is taken back."""
    said = RewardRevoked(
        reward_id="signin-1-0-7-0-r", member_id="ann", activity_id="daily", service="signin", reason="fraud", **fields
    )
    return list(translate(CloudEvent("signin-1-0-9-0-v", said.type, "/x", utc(NOON), "", b""), said, {}))


def taken(fair: Fair, commands: list[Translated]) -> list[Any]:
    """Their outcomes."""
    return [fair.send(each.data, each.id)[0] for each in commands]


def answers(fair: Fair) -> list[Outgoing]:
    """What was said on the topic of results."""
    return [effect for effect in fair.world.effects if effect.topic == "fairground.reward-results"]


def test_it_is_granted_once_and_said_to_be_delivered() -> None:
    fair = Fair(chances={"free_per_day": 0})
    (first,) = taken(fair, granted())
    assert isinstance(first, ChancesGranted)
    assert first.chances == 2
    for _ in range(2):  # published again after a crash, at another position
        (again,) = taken(fair, granted())
        assert isinstance(again, ChancesRefused)
        assert again.reason == "duplicate"
    (answer,) = answers(fair)
    assert answer.data == RewardDelivered(reward_id="signin-1-0-7-0-r", member_id="ann", activity_id="daily")
    assert (answer.id, answer.key) == ("signin-1-0-7-0-r-d", "ann")
    fair.draw(draws=2)
    fair.checked()


@pytest.mark.parametrize("reason", ["unknown_activity", "ended", "archived"])
def test_one_that_cannot_be_granted_is_rejected_and_grants_nothing_later(reason: str) -> None:
    """Something else may have been given instead: a wheel that is published later must not pay a second time."""
    fair = Fair(chances={"free_per_day": 0})
    where = CHANCES.model_copy(update={"ref": "later"}) if reason == "unknown_activity" else CHANCES
    if reason == "archived":
        fair.move(StopActivity)
        fair.move(ArchiveActivity)
    now = "2019-01-01 12:00" if reason == "ended" else NOON
    for command in granted(where):
        (refused,) = fair.send(command.data, command.id, now)
        assert isinstance(refused, ChancesRefused)
        assert refused.reason == reason
    (answer,) = answers(fair)
    assert isinstance(answer.data, RewardRejected)
    assert (answer.data.reason, answer.data.reward_id, answer.data.activity_id, answer.id) == (
        reason, "signin-1-0-7-0-r", "daily", "signin-1-0-7-0-r-x",
    )  # fmt: skip
    if reason == "unknown_activity":
        fair.publish(wheel="later", id="later")
        (again,) = taken(fair, granted(where))
        assert again.reason == "duplicate"
        assert len(answers(fair)) == 1


@pytest.mark.parametrize(("reason", "kind"), [("stopped", StopActivity), ("ended", EndActivity)])
def test_one_that_was_delivered_is_not_rejected_when_it_is_heard_of_again_after_the_end(reason: str, kind: Any) -> None:
    """Whoever granted it would give something else beside the chances that the member had."""
    fair = Fair(chances={"free_per_day": 0})
    taken(fair, granted())
    fair.move(kind, now="2018-01-01 00:00")
    assert fair.reason() == reason
    assert taken(fair, granted())[0].reason == "duplicate"
    assert [type(answer.data) for answer in answers(fair)] == [RewardDelivered]


def test_events_that_are_older_than_who_granted_them_mean_and_answer_what_they_always_did() -> None:
    """An answer that differs from what was published would be another one under the same id."""
    fair = Fair(chances={"free_per_day": 0})
    taken(fair, granted())
    fair.move(StopActivity)
    taken(fair, granted(id="signin-1-0-8-0-r"))
    old = World(fair.world.service)
    for event in fair.world.events:
        content = event.data.model_dump(mode="json")
        content.pop("granted_by", None)
        old.fold([structs.replace(event, data=type(event.data).model_validate(content))])
    assert old.records == fair.world.records
    told = [effect for event in old.events for effect in old.service.effects(event)]
    assert [answer.data for answer in told if answer.topic == "fairground.reward-results"] == [
        answer.data.model_copy(update={"activity_id": ""}) for answer in answers(fair)
    ]


def test_of_a_linked_member_they_are_answered_to_the_same_activity() -> None:
    fair = Fair(chances={"free_per_day": 0})
    fair.link("ann", "bob")
    (first,) = taken(fair, granted())
    assert (first.member_id, first.person_id) == ("ann", "bob")
    (answer,) = answers(fair)
    assert answer.data == RewardDelivered(reward_id="signin-1-0-7-0-r", member_id="ann", activity_id="daily")


def test_one_that_is_taken_back_takes_the_unused_chances() -> None:
    fair = Fair(chances={"free_per_day": 0})
    taken(fair, granted())
    fair.draw()
    (gone,) = taken(fair, revoked(reward=CHANCES))
    assert isinstance(gone, GrantWithdrawn)
    assert gone.chances == 1
    assert fair.reason() == "no_chances"
    fair.checked()


SIGN_IN: dict[str, Any] = {"chances": {"sources": {"sign_in": {"chances": 1, "total": 3, "expire_days": 1}}}}


def test_02_of_sign_in_they_count_as_that_source_where_the_wheel_names_it() -> None:
    """How many there are is the reward's to say, which the member was promised; expiry and caps are the wheel's."""
    fair = Fair(**SIGN_IN)
    days = [taken(fair, granted(id=f"signin-1-0-{day}-0-r"))[0] for day in range(3)]
    assert [(said.source, said.cause, said.chances) for said in days[:2]] == [
        ("sign_in", "reward:signin-1-0-0-0-r", 2), ("sign_in", "reward:signin-1-0-1-0-r", 1),
    ]  # fmt: skip
    assert days[0].expires_at.isoformat() == "2017-06-02T04:00:00+00:00"
    assert days[2].reason == "cap_reached_total"
    assert [type(answer.data) for answer in answers(fair)] == [RewardDelivered, RewardDelivered, RewardRejected]
    assert {outcome.cause for outcome in fair.draw(draws=2)} == {"reward:signin-1-0-0-0-r"}
    fair.checked()


@pytest.mark.parametrize(("service", "chances"), [("signin", {"sources": {"share": {}}}), ("team", SIGN_IN["chances"])])
def test_elsewhere_and_of_other_services_they_are_of_no_source(service: str, chances: dict[str, Any]) -> None:
    fair = Fair(chances=chances)
    said = [taken(fair, granted(service=service, id=f"r-{number}"))[0] for number in range(3)]
    assert [(each.source, each.chances, each.expires_at) for each in said] == [("", 2, None)] * 3
    fair.checked()


def test_a_version_that_names_the_source_later_grants_no_reward_again_and_takes_back_the_same() -> None:
    fair = Fair(chances={"free_per_day": 0})
    taken(fair, granted())
    fair.publish(**SIGN_IN)
    assert taken(fair, granted())[0].reason == "duplicate"
    taken(fair, granted(id="signin-1-0-8-0-r"))
    fair.publish(chances={"free_per_day": 0})
    assert taken(fair, granted(id="signin-1-0-8-0-r"))[0].reason == "duplicate"
    assert taken(fair, revoked(reward=CHANCES))[0].chances == 2
    assert replayed(fair.world).records == fair.world.records
    fair.checked()


def test_other_rewards_and_those_of_wheels_themselves_are_left_alone() -> None:
    assert granted(Reward(reward="points", amount=5)) == []
    assert granted(service="lottery") == []
    assert granted(id="x" * 200) == []
    assert revoked() == []
    assert revoked(reward=Reward(reward="coupon", amount=1)) == []


def test_won_chances_that_cannot_be_granted_are_compensated_by_the_rule_of_their_prize() -> None:
    """What was won for a wheel that is no longer there is not lost: it is rejected, and comes back to its own wheel."""
    reward = {"kind": "draw_chances", "amount": 2, "ref": "gone"}
    instead = {"kind": "points", "amount": 5}
    fair = Fair(prizes=[prize("again", reward=reward, value_fen=9, on_rejected=instead)])
    fair.draw()
    (grant,) = [effect for effect in fair.world.effects if effect.topic == "fairground.lottery.commands"]
    assert isinstance(grant.data, GrantChances)
    fair.send(grant.data, grant.id)
    (answer,) = answers(fair)
    assert isinstance(answer.data, RewardRejected)
    assert answer.data.activity_id == WHEEL
    published = fair.world.events[0].data
    table = {WHEEL: ActivityListed(
        activity_id=WHEEL, service="lottery", version=1, status="running", rules=published.rules
    )}  # fmt: skip
    said = CloudEvent(answer.id, answer.data.type, "/x", utc(NOON), "", b"")
    (compensated,) = taken(fair, list(translate(said, answer.data, table)))
    assert isinstance(compensated, RewardCompensated)
    assert (compensated.reward.reward, compensated.reward.amount) == ("points", 5)
    fair.checked()
