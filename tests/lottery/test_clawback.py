"""What a void order caused goes back through the whole chain: order, chances, draws, rewards (rule C10)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_contracts.activities import StopActivity
from fairground_contracts.rewards import RewardGranted, RewardRevoked
from fairground_decider import Translated
from fairground_decider.folding import World
from fairground_lottery.contract import (
    ChancesRevoked,
    GrantChances,
    GrantWithdrawn,
    PrizeWon,
    RejectReward,
    RevokeOrder,
    RewardCompensated,
    RewardOwed,
    RewardTakenBack,
    RewardUndelivered,
    WithdrawGrant,
)
from fairground_lottery.domain.following import MAX_FOLLOWED
from fairground_lottery.domain.records import Winner
from fairground_lottery.rules import check, form, load
from fairground_runtime.settings import WorkerSettings
from tests.lottery.test_fulfilment import granted, reject, won
from tests.lottery.world import THANKS, WHEEL, Fair, checked, prize, replayed, rules

PER_ORDER = {"orders": {"rule": "per_order", "chances": 2}}
DEBT = {"orders": {"rule": "per_order", "chances": 20, "on_refund": "debt"}}
POINTS = {"kind": "points", "amount": 5}


def gift(**fields: Any) -> dict[str, Any]:
    """A coupon worth 100 fen."""
    return prize("gift", reward={"kind": "coupon", "amount": 1, "ref": "t"}, value_fen=100, **fields)


def revoked(fair: Fair) -> dict[str, RewardRevoked]:
    """What was taken back, by the id of the revocation."""
    return {effect.id: effect.data for effect in fair.world.effects if isinstance(effect.data, RewardRevoked)}


# ---- reverse, keep, debt ---------------------------------------------------------------------------------


def test_a_refund_reverses_what_its_chances_have_won() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=PER_ORDER)
    fair.pay("o1", 100)
    (reward,) = won(fair)
    chances, back = fair.refunded("o1")
    assert isinstance(chances, ChancesRevoked)
    assert [part.chances for part in chances.taken] == [1]
    assert isinstance(back, RewardTakenBack)
    assert (back.reward_id, back.prize, back.cause, back.why) == (reward, "gift", "order:o1", "refunded")
    assert (back.restocked, back.budget_fen, back.reward.value_fen) == (False, 0, 100)
    ((revocation, said),) = revoked(fair).items()
    assert (revocation, said.reward_id, said.reason) == (f"{reward}-v", reward, "order_refunded")
    fair.checked()


def test_keep_leaves_what_was_won_to_the_member() -> None:
    fair = Fair(prizes=[gift(on_refund="keep", on_rejected="nothing")], chances=PER_ORDER)
    fair.pay("o1", 100)
    won(fair)
    assert [type(event) for event in fair.refunded("o1")] == [ChancesRevoked]
    assert revoked(fair) == {}
    fair.checked()


def test_debt_is_recorded_for_others_to_act_upon() -> None:
    fair = Fair(prizes=[gift(on_refund="debt")], chances=PER_ORDER)
    fair.pay("o1", 100)
    (reward,) = won(fair)
    _, owed = fair.refunded("o1")
    assert isinstance(owed, RewardOwed)
    assert (owed.reward_id, owed.reward.reward, owed.reward.amount, owed.why) == (reward, "coupon", 1, "refunded")
    assert revoked(fair) == {}
    fair.checked()


def test_only_what_that_order_caused_goes_back() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=PER_ORDER | {"free_per_day": 1})
    free, *_ = won(fair)
    fair.pay("o1", 100)
    fair.pay("o2", 100)
    first = won(fair, draws=2)
    second = won(fair, draws=2)
    assert [event.reward_id for event in fair.refunded("o2")[1:]] == second
    assert [event.reward_id for event in fair.refunded("o1")[1:]] == first
    assert free not in {said.reward_id for said in revoked(fair).values()}
    fair.checked()


def test_a_refund_that_is_heard_again_takes_nothing_again() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=PER_ORDER)
    fair.pay("o1", 100)
    won(fair, draws=2)
    fair.refunded("o1")
    (again,) = fair.refunded("o1")
    assert again.reason == "duplicate"
    assert len(revoked(fair)) == 2
    fair.checked()


def test_who_gives_back_what_a_chance_has_won_does_not_owe_the_chance_as_well() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse"), THANKS], chances=DEBT)
    fair.pay("o1", 100)
    rewards = won(fair, draws=20)
    chances, *back = fair.refunded("o1")
    assert 0 < len(back) == len(rewards) < 20
    assert (chances.debt, chances.kept) == (20 - len(rewards), len(rewards))
    fair.checked()


def test_under_the_cumulative_rule_rewards_follow_the_order_that_brought_the_chance() -> None:
    cumulative = {"orders": {"rule": "cumulative", "every_fen": 5000}}
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=cumulative)
    fair.pay("o1", 3000)
    fair.pay("o2", 3000)
    (reward,) = won(fair)
    assert [type(event) for event in fair.refunded("o1")] == [ChancesRevoked]  # it had brought no chance
    assert [event.reward_id for event in fair.refunded("o2")[1:]] == [reward]
    fair.checked()


def test_a_refund_after_the_stop_still_takes_back() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=PER_ORDER)
    fair.pay("o1", 100)
    won(fair)
    fair.move(StopActivity)
    assert len(fair.refunded("o1")) == 2
    fair.checked()


# ---- stock and budget ------------------------------------------------------------------------------------


def test_what_is_restocked_can_be_won_again_and_nothing_else_is_touched() -> None:
    one = gift(on_refund="reverse", restock=True, stock=1, fallback="thanks")
    fair = Fair(prizes=[one, THANKS | {"weight": 0}], chances=PER_ORDER, budget={"total_fen": 100})
    fair.pay("o1", 100)
    assert [outcome.prize_id for outcome in fair.draw(draws=2)] == ["gift", "thanks"]
    back = fair.refunded("o1")[1]
    assert (back.restocked, back.budget_fen) == (True, 100)
    assert (fair.counter("stock:gift"), fair.counter("budget")) == (0, 0)
    assert (fair.counter("stock:gift:2017-06-01"), fair.counter("budget:2017-06-01")) == (1, 100)
    fair.pay("o2", 100, "bob")
    assert [outcome.prize_id for outcome in fair.draw("bob", draws=2)] == ["gift", "thanks"]
    fair.checked()


def test_without_restock_what_was_given_stays_counted() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse", stock=1, fallback="thanks"), THANKS], chances=PER_ORDER)
    fair.pay("o1", 100)
    taken = len(won(fair, draws=2))
    fair.refunded("o1")
    assert fair.counter("stock:gift") == taken
    fair.checked()


# ---- chances that were won: the chain goes on ------------------------------------------------------------


def again(**fields: Any) -> dict[str, Any]:
    return prize("again", reward={"kind": "draw_chances", "amount": 2}, **fields)


def test_chances_that_a_reversed_reward_had_granted_go_back_and_what_they_have_won_too() -> None:
    fair = Fair(prizes=[again(on_refund="reverse")], chances=PER_ORDER)
    fair.pay("o1", 100)
    (reward,) = won(fair)
    grant = fair.world.effects[-1].data
    assert isinstance(grant, GrantChances)
    fair.send(grant)
    fair.draw(draws=1)  # the order's other chance
    (second,) = won(fair)  # one that the reward had granted
    fair.refunded("o1")
    revoke = next(effect.data for effect in fair.world.effects if isinstance(effect.data, WithdrawGrant))
    assert (revoke.activity_id, revoke.cause) == (WHEEL, f"reward:{reward}")
    gone, back = fair.send(revoke)
    assert isinstance(gone, GrantWithdrawn)
    assert (gone.chances, gone.cause) == (1, f"reward:{reward}")
    assert (back.reward_id, back.why, back.cause) == (second, "reward_revoked", f"reward:{reward}")
    assert revoked(fair)[f"{second}-v"].reason == "reward_revoked"
    assert [type(event) for event in fair.send(revoke)] == [GrantWithdrawn]
    fair.checked()


def test_chances_that_went_back_before_they_came_never_come() -> None:
    fair = Fair(prizes=[gift()])
    (gone,) = fair.send(WithdrawGrant(activity_id=WHEEL, member_id="ann", cause="reward:x"))
    assert gone.chances == 0
    assert fair.grant("reward:x").reason == "duplicate"
    elsewhere = WithdrawGrant(activity_id="none", member_id="ann", cause="reward:x")
    assert [event.reason for event in fair.send(elsewhere)] == ["unknown_activity"]
    fair.checked()


# ---- with rejections: any order comes to the same --------------------------------------------------------


def test_what_was_given_instead_goes_back_too() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse", on_rejected=POINTS)], chances=PER_ORDER)
    fair.pay("o1", 100)
    (reward,) = won(fair)
    reject(fair, reward)
    back = fair.refunded("o1")[1]
    assert (back.reward_id, back.reward.reward, back.reward.amount) == (f"{reward}-c", "points", 5)
    fair.checked()


def test_a_rejection_of_what_went_back_is_refused() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse", on_rejected=POINTS)], chances=PER_ORDER)
    fair.pay("o1", 100)
    (reward,) = won(fair)
    fair.refunded("o1")
    assert reject(fair, reward).reason == "taken_back"
    assert list(granted(fair)) == [reward]
    fair.checked()


def test_who_owes_what_could_not_be_delivered_owes_nothing() -> None:
    fair = Fair(prizes=[gift(on_refund="debt", on_rejected=POINTS)], chances=PER_ORDER)
    fair.pay("o1", 100)
    (reward,) = won(fair)
    fair.refunded("o1")
    event = reject(fair, reward)
    assert isinstance(event, RewardUndelivered)
    assert event.nothing == "debt"
    assert reject(fair, reward).reason == "duplicate"
    fair.checked()


_QUICK = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
_MIXED: dict[str, Any] = {
    "chances": {"free_per_day": 1} | PER_ORDER,
    "budget": {"total_fen": 900},
    "prizes": [
        gift(on_refund="reverse", on_rejected=POINTS, restock=True, stock=2, fallback="cash"),
        prize("cash", reward={"kind": "cash", "amount": 50}, on_refund="debt", fallback="thanks",
              on_rejected={"kind": "cash", "amount": 20}),
        prize("kept", on_rejected=POINTS | {"value_fen": 0}),
        prize("plain"),
        THANKS,
    ],
}  # fmt: skip
_ORDERS = ("o1", "o2", "o3")


def _played() -> Fair:
    """Three orders of one member, and one draw for each chance."""
    fair = Fair(**_MIXED)
    for order in _ORDERS:
        fair.pay(order, 100)
    for _ in range(7):
        fair.draw()
    return fair


def _money(world: World, rejected: set[str]) -> tuple[int, int]:
    """What the member has in the end, and owes, in fen."""
    value = {
        effect.id: effect.data.reward.value_fen for effect in world.effects if isinstance(effect.data, RewardGranted)
    }
    gone = {effect.data.reward_id for effect in world.effects if isinstance(effect.data, RewardRevoked)}
    said = [event.data for event in world.events]
    owed = {each.reward_id for each in said if isinstance(each, RewardOwed)}
    owed -= {each.reward_id for each in said if isinstance(each, RewardUndelivered)}
    has = sum(fen for reward, fen in value.items() if reward not in gone | rejected)
    return has, sum(value[reward] for reward in owed)


@_QUICK
@given(st.data())
def test_any_order_and_repetition_of_results_and_refunds_ends_in_the_same_money(data: st.DataObject) -> None:
    fair = _played()
    wins = [f"{event.id}-r" for event in fair.world.events if isinstance(event.data, PrizeWon)]
    rejected = data.draw(st.sets(st.sampled_from(wins), max_size=4))
    orders = data.draw(st.sets(st.sampled_from(_ORDERS)))
    whose: dict[str, Any] = {"activity_id": WHEEL, "member_id": "ann"}
    news: list[Any] = [
        *(RejectReward(**whose, reward_id=each, rejected="gone") for each in sorted(rejected)),
        *(RevokeOrder(**whose, order_id=each, why="refunded") for each in sorted(orders)),
    ]

    def ended(order: list[Any]) -> World:
        world = _played().world
        for number, each in enumerate(order):
            world.decide([Translated(WHEEL, f"news {number}", "2017-06-01T06:00:00Z", each)])
        checked(world)
        assert replayed(world).records == world.records
        return world

    shuffled = data.draw(
        st.permutations(news + data.draw(st.lists(st.sampled_from(news), max_size=5) if news else st.just([])))
    )
    one, other = ended(news), ended(shuffled)
    net = [has - owed for has, owed in (_money(world, rejected) for world in (one, other))]
    assert net[0] == net[1]
    assert [one.counters.get((WHEEL, name), 0) for name in ("stock:gift", "stock:cash", "budget")] == [
        other.counters.get((WHEEL, name), 0) for name in ("stock:gift", "stock:cash", "budget")
    ]


def test_the_played_wheel_has_what_the_property_is_about() -> None:
    fair = _played()
    for event in list(fair.world.events):
        if isinstance(event.data, PrizeWon) and event.data.cause in ("order:o1", ""):
            reject(fair, f"{event.id}-r")
    for order in _ORDERS:
        fair.refunded(order)
    kinds = {type(event.data) for event in fair.world.events}
    assert {RewardCompensated, RewardTakenBack, RewardOwed} <= kinds


# ---- the state and the file ------------------------------------------------------------------------------


def test_draws_that_no_order_paid_for_are_not_followed_for_refunds() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=PER_ORDER | {"free_per_day": 3})
    won(fair, draws=3)
    assert not isinstance(fair.entrant(), Winner)
    fair.pay("o1", 100)
    won(fair)
    entrant = fair.entrant()
    assert isinstance(entrant, Winner)
    assert len(entrant.rewards) == 1


def test_a_followed_reward_costs_so_many_bytes() -> None:
    """What a member's record grows by; a plain one stays as small as it was."""
    fair = Fair(prizes=[gift(on_refund="reverse")], chances={"orders": {"rule": "per_order", "chances": 10}})
    fair.pay("o1", 100)
    sizes: list[int] = []
    for _ in range(3):
        fair.draw(request=f"r{len(sizes)}")
        sizes.append(len(fair.world.records[WHEEL, "m:ann"]))
    assert sizes[2] - sizes[1] <= 80


def test_the_largest_refund_fits_into_one_record_batch() -> None:
    """Everything as long as it may be, of a member who counts for another; what does not fit would be a dead letter."""
    longest = {"name": {"zh": "轮" * 100, "en": "x" * 100}, "reward": {"kind": "coupon", "amount": 1, "ref": "r" * 128}}
    fair = Fair(prizes=[gift(on_refund="reverse") | longest], chances={"orders": {"rule": "per_order", "chances": 500}})
    order, member = "o" * 128, "m" * 128
    fair.link(member, "p" * 128)
    fair.pay(order, 100, member)
    for _ in range(5):
        fair.draw(member, draws=100)
    said = fair.refunded(order, member)
    assert len(said) == MAX_FOLLOWED + 1
    headers = 500 + len(order) + len(WHEEL)
    assert sum(len(event.model_dump_json().encode()) + headers for event in said) < WorkerSettings().max_batch_bytes
    fair.checked()


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"on_refund": "back"}, "prizes[0].on_refund", "bad_choice"),
        ({"restock": "yes"}, "prizes[0].restock", "bad_choice"),
        ({"reward": None, "restock": True}, "prizes[0].restock", "rule_without_reward"),
    ],
)
def test_what_is_wrong_with_it_is_said_with_its_place(fields: dict[str, Any], path: str, code: str) -> None:
    found = check(rules(prizes=[prize("gift", **fields), THANKS]))
    assert [(problem.field, problem.code) for problem in found] == [(path, code)]


def test_the_published_form_says_it_at_each_prize() -> None:
    shared = load(
        rules(
            rewards={"on_refund": "reverse", "restock": True}, prizes=[prize("a"), prize("b", on_refund="keep"), THANKS]
        )
    )
    said = [(each.get("on_refund"), each.get("restock")) for each in form(shared)["prizes"]]
    assert said == [("reverse", True), (None, True), (None, None)]
    assert load(form(shared)) == shared


def test_a_refund_may_not_take_more_than_was_promised_while_it_runs() -> None:
    fair = Fair(prizes=[gift(on_refund="debt"), gift() | {"id": "other"}])
    (refused,) = fair.publish(prizes=[gift(on_refund="reverse"), gift(on_refund="debt") | {"id": "other"}])
    assert [problem.code for problem in refused.problems] == ["promise_changed", "promise_changed"]
    (published,) = fair.publish(prizes=[gift(), gift() | {"id": "other"}])
    assert published.type == "fairground.activity.published.v1"
