"""What becomes of a draw whose prize cannot be given (rule 6): the chain, the rest, or nothing."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_lottery.rules import check, form, load
from tests.lottery.world import THANKS, Fair, ids, prize, rules

NEVER = THANKS | {"weight": 0}
MANY = {"free_per_day": 1000}


def test_06_fallback_says_what_was_drawn_what_it_became_and_why() -> None:
    fair = Fair(prizes=[prize("phone", stock=1, fallback="thanks"), NEVER])
    first, second = fair.draw(draws=2)
    assert (first.drawn_id, first.prize_id, first.withheld) == ("phone", "phone", "")
    assert (second.drawn_id, second.prize_id, second.withheld) == ("phone", "thanks", "sold_out")
    fair.checked()


def test_06_renormalise_draws_among_what_can_be_given_right_now() -> None:
    fair = Fair(
        sold_out="renormalise",
        chances=MANY,
        prizes=[prize("phone", 10**9, stock=2), prize("cup", 3), prize("pen", 1)],
    )
    assert ids(fair.draw(draws=2)) == ["phone", "phone"]
    won = Counter(ids(fair.draw(draws=100)) + ids(fair.draw(draws=100)) + ids(fair.draw(draws=100)))
    assert won.keys() == {"cup", "pen"}
    assert 190 <= won["cup"] <= 260  # of 300, three in four: 225 and four standard deviations
    fair.checked()


def test_06_renormalise_leaves_out_what_this_member_may_not_win() -> None:
    fair = Fair(sold_out="renormalise", chances=MANY, prizes=[prize("cap", 10**9, per_member=1), prize("pen", 1)])
    assert ids(fair.draw("ann", draws=3)) == ["cap", "pen", "pen"]
    assert ids(fair.draw("bob")) == ["cap"]


def test_06_miss_turns_what_is_sold_out_into_nothing() -> None:
    fair = Fair(sold_out="miss", prizes=[prize("phone", stock=1)])
    won, missed = fair.draw(draws=2)
    assert won.prize_id == "phone"
    assert (missed.type, missed.drawn_id, missed.prize_id, missed.withheld) == (
        "lottery.draw.missed.v1", "phone", "", "sold_out",
    )  # fmt: skip
    fair.checked()


@pytest.mark.parametrize(
    ("limit", "budget", "why"),
    [
        ({"stock": 1}, {}, "sold_out"),
        ({"stock_per_day": 1}, {}, "sold_out_today"),
        ({"per_member": 1}, {}, "per_member"),
        ({}, {"total_fen": 15}, "budget"),
        ({}, {"per_day_fen": 15}, "budget"),
    ],
)
def test_06_an_outcome_says_why_the_drawn_prize_was_not_given(
    limit: dict[str, int], budget: dict[str, int], why: str
) -> None:
    fair = Fair(sold_out="miss", budget=budget, prizes=[prize("phone", value_fen=10, **limit)])
    assert [outcome.withheld for outcome in fair.draw(draws=2)] == ["", why]


@pytest.mark.parametrize(
    ("sold_out", "prizes", "found"),
    [
        ("renormalise", [prize("a", stock=1)], ["nothing_endless"]),
        ("renormalise", [prize("a", stock=1), prize("b", 0)], ["nothing_endless", "unreachable_prize"]),
        ("renormalise", [prize("a", stock=1), prize("b")], []),
        ("renormalise", [prize("a", stock=1, fallback="b"), prize("b")], ["fallback_unused"]),
        ("miss", [prize("a", stock=1)], []),
        ("miss", [prize("a", fallback="a")], ["fallback_unused"]),
        ("fallback", [prize("a", stock=1)], ["no_endless_end"]),
        ("throw", [prize("a", stock=1)], ["bad_choice", "no_endless_end"]),
    ],
)
def test_06_publication_proves_that_every_draw_has_an_outcome(
    sold_out: str, prizes: list[dict[str, Any]], found: list[str]
) -> None:
    content = rules(sold_out=sold_out, prizes=prizes)
    assert [problem.code for problem in check(content)] == found
    if not found:
        assert load(form(load(content))) == load(content)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["fallback", "renormalise", "miss"]),
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5),
)
def test_06_after_a_chance_is_taken_a_draw_ends_in_an_outcome(
    sold_out: str, limits: list[tuple[int, int, int]]
) -> None:
    """An empty stock threw before the fallback was reached (a fork of big-market)."""
    more = {"fallback": "pen"} if sold_out == "fallback" else {}
    prizes = [
        prize(f"p{at}", weight, stock=stock, stock_per_day=min(day, stock), **more)
        for at, (weight, stock, day) in enumerate(limits)
    ]
    fair = Fair(sold_out=sold_out, chances=MANY, prizes=[*prizes, prize("pen", 1)])
    assert len(fair.draw(draws=40)) == 40
    fair.checked()
