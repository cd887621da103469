"""What plays have won has the same life after the draw as what draws have won (rules C10 and C11)."""

from typing import Any

import pytest

from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.reward_results import RewardRejected, RewardReturned
from fairground_contracts.rewards import RewardClaimed, RewardGranted, RewardRevoked
from fairground_lottery.contract import ClaimPrize, ExpirePrize, GrantChances, RejectReward, ReportParcel
from fairground_lottery.intake import translate
from fairground_lottery.rules import check
from tests.lottery.world import NOON, THANKS, WHEEL, Game, game_rules, kinds, prize, replayed, utc

CUP = prize("cup", 0, stock=1, value_fen=300, reward={"kind": "physical", "amount": 1, "ref": "SKU-1"}, fallback="pen")
PEN = prize("pen", 0, value_fen=100, reward={"kind": "coupon", "amount": 1, "ref": "t"}, fallback="thanks")
REWARDS = {"on_rejected": {"kind": "points", "amount": 5}, "claim_days": 14, "restock": True}
LATER = "2017-06-20 12:00"


def game(**fields: Any) -> Game:
    return Game(prizes=[CUP, PEN, THANKS], **{"rewards": REWARDS, "budget": {"total_fen": 400}} | fields)


def play(game: Game, name: str, score: int, member: str = "ann", now: str = NOON) -> str:
    """A play to its end; the id of what it has won."""
    game.start(name, member, now)
    assert game.finish(name, score, member, now.replace(":00", ":01")).type == "lottery.play.won.v1"
    return f"{game.world.events[-1].id}-r"


def sent(game: Game, kind: type[Any]) -> list[Any]:
    return [effect for effect in game.world.effects if isinstance(effect.data, kind)]


def test_what_a_play_has_won_is_compensated_by_the_rule_once() -> None:
    fair = game()
    reward = play(fair, "one", 600)
    asked = RejectReward(activity_id=WHEEL, member_id="ann", reward_id=reward, rejected="template_sold_out")
    (instead,) = fair.send(asked)
    assert (instead.type, instead.prize, instead.reward.amount) == ("lottery.reward.compensated.v1", "pen", 5)
    assert [event.reason for event in fair.send(asked)] == ["duplicate"]
    assert [effect.id for effect in sent(fair, RewardGranted)] == [reward, f"{reward}-c"]
    (ended,) = fair.send(asked.model_copy(update={"reward_id": f"{reward}-c"}))
    assert (ended.type, ended.nothing) == ("lottery.reward.undelivered.v1", "compensation")
    fair.checked()
    assert replayed(fair.world).records == fair.world.records


@pytest.mark.parametrize("how", ["returned", "not claimed"])
def test_a_cup_that_a_play_has_won_goes_back_into_stock_and_budget(how: str) -> None:
    fair = game()
    cup = play(fair, "one", 950)
    assert (fair.counter("stock:cup"), fair.counter("budget")) == (1, 300)
    whose = {"activity_id": WHEEL, "member_id": "ann", "reward_id": cup}
    if how == "returned":
        (claimed,) = fair.send(ClaimPrize(**whose, address_ref="addr-1"))
        assert claimed.type == "lottery.prize.claimed.v1"
        fair.send(ReportParcel(**whose, status="shipped"))
        fair.send(ReportParcel(**whose, status="returned"))
        assert [effect.data.reward_id for effect in sent(fair, RewardClaimed)] == [cup]
    else:
        assert [event.reason for event in fair.send(ExpirePrize(**whose))] == ["not_due"]
        (back,) = fair.send(ExpirePrize(**whose), now=LATER)
        assert (back.type, back.why) == ("lottery.reward.taken_back.v1", "not_claimed")
        assert [effect.data.reward_id for effect in sent(fair, RewardRevoked)] == [cup]
    assert (fair.counter("stock:cup"), fair.counter("budget")) == (0, 0)
    play(fair, "two", 950, "bob", LATER)
    assert fair.world.events[-1].data.prize_id == "cup"
    fair.checked()
    assert replayed(fair.world).counters == fair.world.counters


def test_without_restock_the_next_play_finds_the_cup_gone() -> None:
    fair = game(rewards=REWARDS | {"restock": False})
    cup = play(fair, "one", 950)
    fair.send(ExpirePrize(activity_id=WHEEL, member_id="ann", reward_id=cup), now=LATER)
    play(fair, "two", 950, "bob", LATER)
    assert (fair.world.events[-1].data.drawn_id, fair.world.events[-1].data.prize_id) == ("cup", "pen")
    fair.checked()


def test_chances_instead_of_a_prize_are_granted_at_the_wheel_that_is_named() -> None:
    fair = game(rewards={"on_rejected": {"kind": "draw_chances", "amount": 2, "ref": "summer"}})
    reward = play(fair, "one", 600)
    fair.send(RejectReward(activity_id=WHEEL, member_id="ann", reward_id=reward, rejected="gone"))
    (grant,) = sent(fair, GrantChances)
    assert (grant.key, grant.data.activity_id, grant.data.chances) == ("summer", "summer", 2)
    assert grant.data.cause == f"reward:{reward}-c"
    assert kinds(fair.world.events)[-1] == "lottery.reward.compensated.v1"


def test_results_of_whoever_delivers_reach_the_game() -> None:
    fair = game()
    rows = {effect.data.activity_id: effect.data for effect in sent(fair, ActivityListed)}
    cup = play(fair, "one", 950)
    said = {"member_id": "ann", "reward_id": cup, "activity_id": ""}
    for result, kind, decided in (
        (RewardReturned(**said, ref="SF-1"), ReportParcel, "lottery.parcel.reported.v1"),
        (RewardRejected(**said, reason="gone"), RejectReward, "lottery.reward.refused.v1"),
    ):
        event = CloudEvent("delivery-1", result.type, "/shop", utc(NOON), "", b"")
        (asked,) = translate(event, result, rows)
        assert (asked.key, type(asked.data)) == (WHEEL, kind)
        outcomes = fair.send(asked.data)
        assert [event.type for event in outcomes] == [decided]


def test_what_cannot_come_about_in_a_score_game_is_said_with_the_file() -> None:
    prizes = [prize("cup", on_refund="debt"), prize("pen", on_rejected={"kind": "draw_chances", "amount": 1}), THANKS]
    found = [(problem.field, problem.code) for problem in check(game_rules(prizes=prizes))]
    assert found == [("prizes[0].on_refund", "refund_of_play"), ("prizes[1].on_rejected.ref", "chances_nowhere")]
    assert all(problem.zh and problem.en for problem in check(game_rules(prizes=prizes)))
