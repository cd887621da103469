"""Pity (rule 4): hard at N misses, a soft slope before, reset by a win, kept while there is nothing to give."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from fairground_activities.prizes import misses_after
from fairground_decider.laws import judge
from fairground_lottery.domain.in_force import in_force_of_form
from fairground_lottery.domain.records import Counted, Entrant, decode, encode
from fairground_lottery.invariants import laws
from fairground_lottery.rules import check, form, load
from tests.lottery.world import THANKS, Fair, ids, prize, rules

NEVER_DRAWN = 10**12  # the weight of thanks beside which a prize of weight 1 is never drawn by chance
MANY = {"free_per_day": 1000}


def _fair(pity: list[dict[str, Any]], *more: dict[str, Any], **limits: Any) -> Fair:
    return Fair(
        chances=MANY,
        pity=pity,
        prizes=[prize("car", fallback="thanks", **limits), *more, THANKS | {"weight": NEVER_DRAWN}],
    )


def test_04_hard_pity_decides_the_draw_after_n_misses_and_is_reset_by_the_win() -> None:
    fair = _fair([{"prizes": ["car"], "after": 3}])
    outcomes = fair.draw(draws=8)
    assert ids(outcomes) == ["thanks", "thanks", "thanks", "car"] * 2
    assert [outcome.pity for outcome in outcomes] == ["", "", "", "hard"] * 2
    fair.checked()


def test_04_pity_counts_by_member() -> None:
    fair = _fair([{"prizes": ["car"], "after": 2}])
    fair.draw("ann", draws=2)
    assert ids(fair.draw("bob")) == ["thanks"]
    assert ids(fair.draw("ann")) == ["car"]
    assert ids(fair.draw("bob", draws=2)) == ["thanks", "car"]
    fair.checked()


def test_04_due_but_out_of_stock_falls_back_and_keeps_the_counter() -> None:
    fair = _fair([{"prizes": ["car"], "after": 2}], stock=1)
    assert ids(fair.draw("ann", draws=3)) == ["thanks", "thanks", "car"]
    assert [outcome.pity for outcome in fair.draw("bob", draws=5)] == ["", "", "due", "due", "due"]
    more = [prize("car", stock=2, fallback="thanks"), THANKS | {"weight": NEVER_DRAWN}]
    fair.publish(chances=MANY, prizes=more, pity=[{"prizes": ["car"], "after": 2}])
    (won,) = fair.draw("bob")
    assert (won.prize_id, won.pity) == ("car", "hard")
    fair.checked()


def test_04_a_tier_of_prizes_is_drawn_by_their_weights_among_what_is_left() -> None:
    fair = _fair(
        [{"prizes": ["car", "bike"], "after": 2}],
        prize("bike", 3, stock=30, fallback="thanks"),
        stock=500,
    )
    won = Counter(outcome.prize_id for outcome in fair.draw(draws=99) if outcome.pity == "hard")
    assert won.keys() == {"car", "bike"}
    assert won["bike"] > won["car"]
    won += Counter(outcome.prize_id for outcome in fair.draw(draws=99) if outcome.pity == "hard")
    assert won["bike"] == 30
    assert won["car"] == 66 - 30
    fair.checked()


def test_04_a_win_of_the_tier_by_fallback_resets_too() -> None:
    fair = Fair(
        chances=MANY,
        pity=[{"prizes": ["bike"], "after": 3}],
        prizes=[prize("car", NEVER_DRAWN, stock=1, fallback="bike"), prize("bike", 1)],
    )
    outcomes = fair.draw(draws=3)
    assert ids(outcomes) == ["car", "bike", "bike"]
    entrant = fair.entrant()
    assert isinstance(entrant, Counted)
    assert entrant.misses == ()


def test_04_the_soft_slope_adds_weight_for_each_miss() -> None:
    """From 2 misses on each adds so much weight that the prize is as good as certain."""
    fair = _fair([{"prizes": ["car"], "after": 9, "soft": {"from": 2, "step": 10**9}}])
    outcomes = fair.draw(draws=9)
    assert [outcome.pity for outcome in outcomes][:3] == ["", "", "soft"]
    steep = Fair(
        chances=MANY,
        pity=[{"prizes": ["car"], "after": 9, "soft": {"from": 2, "step": 10**9}}],
        prizes=[prize("car"), THANKS | {"weight": 100}],
    )
    drawn = [outcome for number in range(20) for outcome in steep.draw(f"m{number}", draws=3)]
    assert {outcome.prize_id for outcome in drawn if outcome.pity == "soft"} == {"car"}
    fair.checked()
    steep.checked()


def test_04_several_pities_count_apart_and_the_first_that_can_give_decides() -> None:
    fair = _fair([{"prizes": ["car"], "after": 4}, {"prizes": ["bike", "car"], "after": 2}], prize("bike", 1), stock=1)
    outcomes = fair.draw(draws=9)
    assert [outcome.pity for outcome in outcomes[:3]] == ["", "", "hard"]
    assert outcomes[2].prize_id in ("bike", "car")
    fair.checked()


def test_04_an_edit_keeps_the_misses_of_a_pity_that_keeps_its_id() -> None:
    fair = _fair([{"prizes": ["car"], "after": 3}])
    fair.draw(draws=2)
    edited = [prize("bike", 1), prize("car", fallback="thanks"), THANKS | {"weight": NEVER_DRAWN}]
    fair.publish(chances=MANY, prizes=edited, pity=[{"id": "car", "prizes": ["bike", "car"], "after": 3}])
    outcomes = fair.draw(draws=2)
    assert [outcome.pity for outcome in outcomes] == ["", "hard"]
    fair.checked()


def test_04_misses_beyond_what_was_promised_do_not_count_towards_a_longer_pity() -> None:
    promised = in_force_of_form(form(load(rules(pity=[{"prizes": ["gift"], "after": 2}])))).game.pities[0]
    assert [misses_after(promised, misses, "thanks") for misses in (0, 1, 2)] == [1, 2, 2]
    assert misses_after(promised, 2, "gift") == 0


def test_04_the_law_finds_a_pity_that_was_not_honoured() -> None:
    fair = _fair([{"prizes": ["car"], "after": 2}])
    fair.draw(draws=3)
    *before, won = fair.world.events
    passed = structs.replace(won, data=won.data.model_copy(update={"pity": ""}))
    verdicts = {verdict.name: verdict for verdict in judge(laws(), [*before, passed], [])}
    assert "pity ''" in verdicts["pity_kept"].broken[0]


def test_04_records_grow_only_where_the_rule_is_used() -> None:
    plain, ruled = Fair(prizes=[prize("gift")]), _fair([{"prizes": ["car"], "after": 3}])
    plain.draw()
    ruled.draw()
    assert type(plain.entrant()) is Entrant
    assert ruled.entrant().misses == (("car", 1),)  # type: ignore[attr-defined]
    tag, *_ = msgspec.msgpack.decode(encode(ruled.entrant()))
    assert tag == "e2"
    assert decode("m:ann", encode(plain.entrant())) == plain.entrant()


@pytest.mark.parametrize(
    ("pity", "quotas", "found"),
    [
        ({"prizes": ["car"], "after": 2}, {}, ""),
        ({"prizes": ["car"], "after": 5, "soft": {"from": 4, "step": 1}}, {"total": 6}, ""),
        ({"prizes": ["car"], "after": 1}, {}, "pity[0].after: out_of_range"),
        ({"prizes": ["car"]}, {}, "pity[0].after: missing"),
        ({"prizes": ["cat"], "after": 2}, {}, "pity[0].prizes[0]: unknown_prize"),
        ({"prizes": ["thanks"], "after": 2}, {}, "pity[0].prizes[0]: pity_of_thanks"),
        ({"prizes": [], "after": 2}, {}, "pity[0].prizes: empty_list"),
        ({"prizes": [7], "after": 2}, {}, "pity[0].prizes[0]: not_text"),
        ({"prizes": ["gone"], "after": 2}, {}, "pity[0].prizes: pity_without_stock"),
        ({"prizes": ["only-fallback"], "after": 2}, {}, "pity[0].prizes: pity_without_weight"),
        ({"prizes": ["car"], "after": 5}, {"total": 5}, "pity[0].after: never_due"),
        ({"prizes": ["car"], "after": 5, "soft": {"from": 5, "step": 1}}, {}, "pity[0].soft.from: soft_too_late"),
        ({"prizes": ["car"], "after": 5, "soft": {"from": 2}}, {}, "pity[0].soft.step: missing"),
        ({"prizes": ["car"], "after": 5, "soft": 3}, {}, "pity[0].soft: no_mapping"),
    ],
)
def test_04_publication_finds_pity_that_cannot_be_kept(pity: Any, quotas: Any, found: str) -> None:
    """Pity beyond stock, for prizes that are not there, or later than anybody draws."""
    prizes = [
        prize("car", stock=3, fallback="only-fallback"), prize("gone", stock=0, fallback="thanks"),
        prize("only-fallback", 0), THANKS,
    ]  # fmt: skip
    content = rules(prizes=prizes, pity=[pity], quotas=quotas)
    problems = [f"{problem.field}: {problem.code}" for problem in check(content)]
    assert (found in problems) if found else not problems
    if not found:
        assert load(form(load(content))) == load(content)


def test_04_two_pities_of_one_name_are_a_problem() -> None:
    content = rules(pity=[{"prizes": ["gift"], "after": 2}, {"prizes": ["gift"], "after": 3}])
    assert [problem.code for problem in check(content)] == ["duplicate_pity"]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["fallback", "renormalise", "miss"]),
    st.integers(2, 5),
    st.integers(0, 4),
    st.lists(st.tuples(st.sampled_from(["ann", "bob"]), st.integers(1, 9)), min_size=1, max_size=8),
)
def test_04_nobody_misses_longer_than_said_while_there_is_stock(
    sold_out: str, after: int, stock: int, played: list[tuple[str, int]]
) -> None:
    more: dict[str, Any] = {"fallback": "thanks"} if sold_out == "fallback" else {}
    fair = Fair(
        sold_out=sold_out,
        chances=MANY,
        prizes=[prize("car", stock=stock + 1, **more), THANKS | {"weight": 9}],
        pity=[{"prizes": ["car"], "after": after, "soft": {"from": 1, "step": 2}}],
    )
    misses: Counter[str] = Counter()
    for member, draws in played:
        for outcome in fair.draw(member, draws=draws):
            misses[member] = 0 if outcome.prize_id == "car" else misses[member] + 1
            assert misses[member] <= after or fair.counter("stock:car") == stock + 1
    fair.checked()
