"""Orders of which a part is refunded (rules 2, C10, C12): what is left of them would not have earned every chance."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_contracts.activities import StopActivity
from fairground_lottery.contract import ChancesRevoked, EarnChances, RevokeOrder, RewardTakenBack
from fairground_lottery.domain.records import Entrant
from fairground_lottery.explaining import sentences
from tests.lottery.test_clawback import gift
from tests.lottery.world import THANKS, WHEEL, Fair, ids, prize, replayed, rules

PER_ORDER = {"orders": {"rule": "per_order", "chances": 2, "min_order_fen": 3000}}
CUMULATIVE = {"orders": {"rule": "cumulative", "every_fen": 5000}}


def _lower(fair: Fair, order: str, left_fen: int, paid_fen: int, **fields: Any) -> Any:
    """What one refund does to the order's chances."""
    event, *_ = fair.lowered(order, left_fen, paid_fen, **fields)
    return event


def _back(event: ChancesRevoked) -> list[tuple[str, int]]:
    return [(part.cause, part.chances) for part in event.taken]


def _balance(entrant: Entrant) -> tuple[int, int, int]:
    return sum(lot.left for lot in entrant.lots), entrant.carried_fen, entrant.debt


# ---- each order by itself --------------------------------------------------------------------------------


def test_an_order_keeps_its_chances_as_long_as_what_is_left_would_have_earned_them() -> None:
    fair = Fair(chances=PER_ORDER)
    fair.pay("o1", 10_000)
    for left in (7000, 3000):
        lowered = _lower(fair, "o1", left, 10_000)
        assert (_back(lowered), lowered.kept, lowered.debt, lowered.left_fen) == ([], 0, 0, left)
    below = _lower(fair, "o1", 2999, 10_000)
    assert (_back(below), below.left_fen) == ([("order:o1", 2)], 0)
    assert fair.reason() == "no_chances"
    assert fair.pay("o1", 10_000).reason == "order_refunded"
    assert _lower(fair, "o1", 0, 10_000).reason == "duplicate"
    fair.checked()


@pytest.mark.parametrize(("policy", "kept", "debt"), [("keep", 1, 0), ("debt", 0, 1)])
def test_used_chances_are_dealt_with_as_after_a_full_refund(policy: str, kept: int, debt: int) -> None:
    fair = Fair(chances={"orders": PER_ORDER["orders"] | {"on_refund": policy}})
    fair.pay("o1", 5000)
    fair.draw()
    below = _lower(fair, "o1", 100, 5000)
    assert (_back(below), below.kept, below.debt) == ([("order:o1", 1)], kept, debt)
    fair.checked()


def test_a_higher_minimum_of_a_new_version_takes_nothing_from_orders_that_never_came_to_it() -> None:
    """A refund of one fen would have cost the chances of an order that was good enough when it was paid."""
    fair = Fair(chances=PER_ORDER)
    fair.pay("small", 4000)
    fair.pay("large", 8000)
    fair.logged(chances={"orders": PER_ORDER["orders"] | {"min_order_fen": 6000}})
    assert _back(_lower(fair, "small", 3999, 4000)) == []
    assert _back(_lower(fair, "large", 5999, 8000)) == [("order:large", 2)]
    assert _back(_lower(fair, "small", 0, 4000)) == [("order:small", 2)]
    fair.checked()


# ---- the cumulative rule ---------------------------------------------------------------------------------


def test_refunded_money_is_taken_from_what_is_carried_then_whole_chances_are() -> None:
    fair = Fair(chances=CUMULATIVE)
    fair.pay("o1", 12_000)
    assert _balance(fair.entrant()) == (2, 2000, 0)
    steps = [(_back(_lower(fair, "o1", left, 12_000)), _balance(fair.entrant())) for left in (11_000, 9000, 5000, 1)]
    assert steps == [
        ([], (2, 1000, 0)),
        ([("order:o1", 1)], (1, 4000, 0)),
        ([], (1, 0, 0)),
        ([("order:o1", 1)], (0, 1, 0)),
    ]
    assert _lower(fair, "o1", 0, 12_000).carried_fen == 0
    fair.checked()


def test_a_refund_takes_the_chance_that_its_money_had_made_possible() -> None:
    fair = Fair(chances=CUMULATIVE)
    fair.pay("o1", 4900)
    fair.pay("o2", 200)
    assert _back(_lower(fair, "o1", 4700, 4900)) == [("order:o2", 1)]
    assert _balance(fair.entrant()) == (0, 4900, 0)
    fair.checked()


def test_buying_and_returning_half_of_it_over_and_over_earns_what_was_kept() -> None:
    fair = Fair(chances={"orders": CUMULATIVE["orders"] | {"on_refund": "debt"}})
    for number in range(10):
        fair.pay(f"o{number}", 2000)
        fair.draw(policy="available")
        _lower(fair, f"o{number}", 1000, 2000)
    chances, carried_fen, debt = _balance(fair.entrant())
    assert (fair.entrant().draws + chances - debt, carried_fen) == (2, 0)
    fair.checked()


def test_an_order_below_the_minimum_counts_no_more_at_all() -> None:
    fair = Fair(chances={"orders": CUMULATIVE["orders"] | {"min_order_fen": 1000}})
    fair.pay("o1", 6000)
    assert _lower(fair, "o1", 999, 6000).left_fen == 0
    assert _balance(fair.entrant()) == (0, 0, 0)
    fair.checked()


def test_money_whose_chances_a_cap_had_cut_off_is_refunded_first() -> None:
    fair = Fair(chances={"orders": CUMULATIVE["orders"] | {"total": 1}})
    assert fair.pay("o1", 12_000).counted_fen == 7000
    _lower(fair, "o1", 7000, 12_000)
    assert _balance(fair.entrant()) == (1, 2000, 0)
    _lower(fair, "o1", 4999, 12_000)
    assert _balance(fair.entrant()) == (0, 4999, 0)
    fair.checked()


# ---- repeated, late, out of order ------------------------------------------------------------------------


@pytest.mark.parametrize("chances", [PER_ORDER, CUMULATIVE])
def test_a_refund_that_is_heard_again_or_after_a_later_one_takes_nothing(chances: dict[str, Any]) -> None:
    fair = Fair(chances=chances)
    fair.pay("o1", 12_000)
    _lower(fair, "o1", 6000, 12_000)
    before = _balance(fair.entrant())
    for left in (6000, 9000, 6000):
        again = _lower(fair, "o1", left, 12_000)
        assert (_back(again), again.kept, again.debt) == ([], 0, 0)
    assert _balance(fair.entrant()) == before
    fair.checked()


def test_of_an_order_that_was_refunded_before_it_was_heard_of_only_the_rest_counts() -> None:
    fair = Fair(chances=CUMULATIVE)
    assert _back(_lower(fair, "o1", 7000, 12_000)) == []
    assert _lower(fair, "o1", 9000, 12_000).reason == "duplicate"
    _lower(fair, "o1", 6000, 12_000, now="2017-06-02 12:00")
    granted = fair.pay("o1", 12_000)
    assert (granted.chances, granted.amount_fen, granted.carried_fen) == (1, 6000, 1000)
    assert fair.pay("o1", 12_000).reason == "duplicate"
    assert _back(_lower(fair, "o1", 6000, 12_000)) == []
    counted = [_lower(fair, "o2", 300, 400), fair.pay("o2", 400)][1]
    assert (counted.amount_fen, counted.carried_fen) == (300, 1300)
    fair.checked()


def test_of_an_order_whose_rest_is_below_the_minimum_nothing_counts_in_either_order() -> None:
    fair = Fair(chances=PER_ORDER)
    assert _lower(fair, "o1", 2000, 5000).left_fen == 0
    assert fair.pay("o1", 5000).reason == "order_refunded"
    _lower(fair, "o2", 4000, 5000)
    assert fair.pay("o2", 5000).chances == 2
    fair.checked()


def test_a_cancelled_order_is_void_whatever_was_refunded_before() -> None:
    fair = Fair(chances=CUMULATIVE)
    fair.pay("o1", 12_000)
    _lower(fair, "o1", 8000, 12_000)
    assert _back(_lower(fair, "o1", 0, 0, why="cancelled")) == [("order:o1", 1)]
    assert _balance(fair.entrant()) == (0, 0, 0)
    fair.checked()


def test_it_takes_back_after_the_end_as_long_as_orders_are_remembered() -> None:
    fair = Fair(chances=CUMULATIVE)
    fair.pay("o1", 12_000)
    fair.pay("o2", 1, now="2017-07-15 12:00")
    assert _lower(fair, "o0", 5000, 12_000).reason == "too_old"
    fair.move(StopActivity)
    assert _back(_lower(fair, "o1", 5000, 12_000, now="2017-07-16 12:00")) == []
    fair = Fair(chances=CUMULATIVE)
    fair.pay("o1", 12_000)
    assert _back(_lower(fair, "o1", 5000, 12_000, now="2018-01-05 12:00")) == [("order:o1", 1)]
    fair.checked()


# ---- what was won ----------------------------------------------------------------------------------------


def test_what_the_last_used_chances_have_won_goes_back_and_the_first_ones_keep_it() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=CUMULATIVE)
    fair.pay("o1", 15_000)
    fair.draw(draws=3)
    wins = [f"{event.id}-r" for event in fair.world.events if event.data.type == "lottery.prize.won.v1"]
    chances, *back = fair.lowered("o1", 10_000, 15_000)
    assert (chances.kept, [event.reward_id for event in back]) == (1, wins[2:])
    assert fair.lowered("o1", 10_000, 15_000)[1:] == []
    _, *back = fair.lowered("o1", 5000, 15_000)
    assert [event.reward_id for event in back] == wins[1:2]
    assert isinstance(back[0], RewardTakenBack)
    assert [event.reward_id for event in fair.refunded("o1")[1:]] == wins[:1]
    fair.checked()


def test_a_chance_that_won_nothing_has_nothing_to_give_back() -> None:
    """What an earlier chance of the same order has won stays, though only one chance was lost."""
    fair = Fair(prizes=[gift(on_refund="reverse", per_member=1, fallback="thanks"), THANKS | {"weight": 0}],
                chances={"orders": CUMULATIVE["orders"] | {"on_refund": "debt"}})  # fmt: skip
    fair.pay("o1", 10_000)
    assert ids(fair.draw(draws=2)) == ["gift", "thanks"]
    (chances,) = fair.lowered("o1", 5000, 10_000)
    assert (chances.kept, chances.debt) == (0, 1)
    chances, back = fair.lowered("o1", 4000, 10_000)
    assert (chances.debt, back.prize) == (0, "gift")
    fair.checked()


def test_what_an_order_has_won_stays_where_an_unused_chance_of_another_one_pays() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=CUMULATIVE)
    fair.pay("o1", 5000)
    fair.draw()
    fair.pay("o2", 5000)
    (chances,) = fair.lowered("o1", 4000, 5000)
    assert (_back(chances), chances.kept) == ([("order:o2", 1)], 0)
    assert len(fair.refunded("o1")) == 2, "a void order's do not"
    fair.checked()


def test_unused_chances_go_first_and_then_nothing_that_was_won_is_touched() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=CUMULATIVE)
    fair.pay("o1", 15_000)
    fair.draw()
    assert len(fair.lowered("o1", 5000, 15_000)) == 1
    assert fair.reason() == "no_chances"
    assert len(fair.lowered("o1", 4000, 15_000)) == 2
    fair.checked()


def test_a_draw_after_a_refund_is_counted_after_those_before_it() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=CUMULATIVE)
    fair.pay("o1", 20_000)
    fair.draw()
    fair.lowered("o1", 10_000, 20_000)
    fair.draw()
    (second,) = [event.id for event in fair.world.events if event.data.type == "lottery.prize.won.v1"][1:]
    _, back = fair.lowered("o1", 5000, 20_000)
    assert back.reward_id == f"{second}-r"
    fair.checked()


def test_chances_that_had_paid_a_debt_are_lost_last_and_then_owed_again() -> None:
    fair = Fair(chances={"orders": CUMULATIVE["orders"] | {"on_refund": "debt"}})
    fair.pay("o1", 5000)
    fair.draw()
    fair.refund("o1")
    paid = fair.pay("o2", 10_000)
    assert (paid.chances, paid.debt_paid) == (1, 1)
    assert _back(_lower(fair, "o2", 5000, 10_000)) == [("order:o2", 1)]
    assert _balance(fair.entrant()) == (0, 0, 0)
    assert _lower(fair, "o2", 4000, 10_000).debt == 1
    assert _balance(fair.entrant()) == (0, 4000, 1)
    fair.checked()


def test_of_linked_members_whoever_has_won_with_the_lost_chance_gives_it_back() -> None:
    fair = Fair(prizes=[gift(on_refund="reverse")], chances=CUMULATIVE)
    fair.pay("o1", 10_000)
    fair.link("ann", "person")
    fair.link("bob", "person")
    fair.draw()
    fair.draw("bob")
    back = fair.lowered("o1", 5000, 10_000)[-1]
    assert (back.member_id, back.person_id, back.prize) == ("bob", "person", "gift")
    fair.checked()


# ---- explained -------------------------------------------------------------------------------------------


def test_it_is_explained_with_what_is_left_of_the_order() -> None:
    fair = Fair(chances=CUMULATIVE)
    fair.pay("o1", 12_000)
    _lower(fair, "o1", 9000, 12_000)
    left, taken = sentences(fair.world.events[-1], rules(chances=CUMULATIVE))
    assert (left.zh, left.en) == (
        "订单 o1 部分退款，还有 90.00 元有效。", "Part of order o1 was refunded; 90.00 yuan of it still count.",
    )  # fmt: skip
    assert taken.en.startswith("1 unused chances went back")


# ---- any order -------------------------------------------------------------------------------------------

_MINIMUM = 1000
_ANY_RULE = st.sampled_from(
    [
        {"rule": "per_order", "chances": 2, "min_order_fen": _MINIMUM},
        {"rule": "cumulative", "every_fen": 700, "chances": 3, "min_order_fen": _MINIMUM, "on_refund": "debt"},
        {"rule": "cumulative", "every_fen": 5000, "min_order_fen": _MINIMUM},
    ]
)


@st.composite
def _orders(draw: st.DrawFn) -> list[tuple[int, list[int]]]:
    """What each order comes to, and what its refunds leave of it, one after another."""
    amounts = draw(st.lists(st.integers(1, 9000), min_size=1, max_size=5))
    left = [draw(st.lists(st.integers(0, amount), max_size=4, unique=True)) for amount in amounts]
    return [(amount, sorted(lower, reverse=True)) for amount, lower in zip(amounts, left, strict=True)]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(_ANY_RULE, _orders(), st.data())
def test_payments_and_refunds_in_any_order_and_number_end_in_the_balance_of_their_set(
    rule: dict[str, Any], placed: list[tuple[int, list[int]]], data: st.DataObject
) -> None:
    fair = Fair(chances={"orders": rule}, prizes=[prize("gift"), THANKS])
    whose = {"activity_id": WHEEL, "member_id": "ann"}
    said: list[Any] = []
    for number, (amount, refunds) in enumerate(placed):
        order = whose | {"order_id": f"o{number}"}
        said.append(EarnChances(**order, amount_fen=amount))
        said += [RevokeOrder(**order, why="refunded", left_fen=left, paid_fen=amount) for left in refunds]
    for each in data.draw(st.permutations(said + data.draw(st.lists(st.sampled_from(said), max_size=6)))):
        fair.send(each, "", f"2017-06-0{data.draw(st.integers(1, 9))} 12:00")
    left = [min([amount, *refunds]) for amount, refunds in placed]
    counting = [fen for fen in left if fen >= _MINIMUM]
    expected = (2 * len(counting), 0, 0)
    if rule["rule"] == "cumulative":
        times, carried_fen = divmod(sum(counting), rule["every_fen"])
        expected = (times * rule.get("chances", 1), carried_fen, 0)
    known = fair.world.records.get((WHEEL, "m:ann"))
    assert (_balance(fair.entrant()) if known else (0, 0, 0)) == expected
    assert replayed(fair.world).records == fair.world.records
    fair.checked()
