"""What a draw lands on: stock, budget, caps, and what it falls back on."""

from collections import Counter

from fairground_contracts.activities import PauseActivity
from fairground_lottery.contract import Draw
from tests.lottery.world import THANKS, WHEEL, Fair, ids, prize

NEVER = THANKS | {"weight": 0}


def test_the_last_unit_of_stock_goes_to_one() -> None:
    """Stock was taken down from a number that had been read before (`decPrizeNum` of CRMEB), so two draws at once took
    the last one. Here draws of one wheel have one order, also within a batch for which stock is read once."""
    fair = Fair(prizes=[prize("phone", stock=1, fallback="thanks"), NEVER])
    won = Counter(ids(fair.draw(f"m{number}"))[0] for number in range(50))
    assert won == {"phone": 1, "thanks": 49}
    assert fair.counter("stock:phone") == 1
    fair.checked()
    fair = Fair(prizes=[prize("phone", stock=1, fallback="thanks"), NEVER])
    at_once = [fair.command(Draw(activity_id=WHEEL, member_id=f"m{number}")) for number in range(50)]
    assert Counter(ids(event.data for event in fair.world.decide(at_once))) == {"phone": 1, "thanks": 49}
    assert fair.counter("stock:phone") == 1


def test_01_a_prize_has_stock_by_day_a_cap_by_member_and_a_value_and_thanks_is_no_reward() -> None:
    cup = prize("cup", stock_per_day=3, per_member=2, value_fen=70, fallback="thanks")
    fair = Fair(prizes=[cup, NEVER], chances={"free_per_day": 3}, budget={"total_fen": 1000})
    outcomes = [fair.draw(member, draws=3) for member in ("ann", "bob")]
    assert [ids(each) for each in outcomes] == [["cup", "cup", "thanks"], ["cup", "thanks", "thanks"]]
    assert [[each.withheld for each in of_member] for of_member in outcomes] == [
        ["", "", "per_member"], ["", "sold_out_today", "sold_out_today"],
    ]  # fmt: skip
    assert ids(fair.draw("bob", draws=2, now="2017-06-02 12:00")) == ["cup", "thanks"]
    assert fair.counter("budget") == 4 * 70
    rewards = [sent for sent in fair.world.effects if sent.topic == "fairground.rewards"]
    assert [sent.data.model_dump()["reward"]["value_fen"] for sent in rewards] == [70] * 4
    fair.checked()


def test_the_last_unit_within_one_command() -> None:
    fair = Fair(prizes=[prize("phone", stock=2, fallback="thanks"), NEVER], chances={"free_per_day": 10})
    outcomes = fair.draw(draws=10)
    assert ids(outcomes) == ["phone"] * 2 + ["thanks"] * 8
    assert {outcome.drawn_id for outcome in outcomes} == {"phone"}


def test_sold_out_prizes_fall_back_along_the_chain() -> None:
    fair = Fair(
        prizes=[
            prize("a", stock=1, fallback="b"),
            prize("b", 0, stock_per_day=1, fallback="c"),
            prize("c", 0, per_member=1, fallback="thanks"),
            NEVER,
        ],
        chances={"free_per_day": 10},
    )
    assert ids(fair.draw(draws=5)) == ["a", "b", "c", "thanks", "thanks"]
    assert ids(fair.draw("bob", draws=2)) == ["c", "thanks"]
    assert ids(fair.draw("bob", now="2017-06-02 12:00")) == ["b"]
    fair.checked()


def test_no_stock_at_all_falls_back_from_the_first_draw_on() -> None:
    """An empty stock threw before the fallback was reached (a fork of big-market)."""
    fair = Fair(prizes=[prize("phone", stock=0, fallback="thanks"), NEVER])
    assert ids(fair.draw()) == ["thanks"]


def test_budgets_hold_in_all_and_by_day() -> None:
    cash = prize("cash", reward={"kind": "cash", "amount": 40}, fallback="thanks")
    fair = Fair(prizes=[cash, NEVER], budget={"total_fen": 130, "per_day_fen": 100}, chances={"free_per_day": 9})
    assert ids(fair.draw(draws=4)) == ["cash", "cash", "thanks", "thanks"]
    assert ids(fair.draw(draws=3, now="2017-06-02 12:00")) == ["cash", "thanks", "thanks"]
    assert (fair.counter("budget"), fair.counter("budget:2017-06-02")) == (120, 40)
    fair.checked()


def test_prizes_without_value_outlast_the_budget() -> None:
    cash = prize("cash", reward={"kind": "cash", "amount": 40}, fallback="points")
    fair = Fair(prizes=[cash, prize("points", 0)], budget={"total_fen": 40}, chances={"free_per_day": 9})
    assert ids(fair.draw(draws=3)) == ["cash", "points", "points"]


def test_every_kind_of_reward_is_delivered() -> None:
    """Kinds 7 to 9 were accepted by CRMEB's editor and delivered by nobody."""
    kinds = ["points", "coupon", "cash", "draw_chances", "member_days", "physical", "packet", "custom"]
    for kind in kinds:
        fair = Fair(prizes=[prize("gift", reward={"kind": kind, "amount": 3})])
        fair.draw()
        sent = [effect for effect in fair.world.effects if effect.topic == "fairground.rewards"]
        assert [effect.data.model_dump()["reward"]["reward"] for effect in sent] == [kind]
        fair.checked()


def test_won_chances_can_be_drawn() -> None:
    again = prize("again", reward={"kind": "draw_chances", "amount": 2})
    fair = Fair(prizes=[again], chances={"free_per_day": 1})
    fair.draw()
    (grant,) = [effect for effect in fair.world.effects if effect.topic == "fairground.lottery.commands"]
    assert grant.key == grant.subject == "wheel"
    for _ in range(2):  # as after a crash: sent again, it grants once
        fair.send(grant.data)  # type: ignore[arg-type]
    assert [outcome.cause for outcome in fair.draw(draws=2)] == ["reward:lottery-1-0-1-0-r"] * 2
    assert fair.reason() == "no_chances"
    fair.checked()


def test_an_edit_resets_nothing() -> None:
    """After an edit the first prize came out twice (fuco-report#95): stock and counters began anew."""
    fair = Fair(prizes=[prize("phone", stock=1, per_member=1, fallback="thanks"), NEVER])
    assert ids(fair.draw(draws=3)) == ["phone", "thanks", "thanks"]
    (published,) = fair.publish(prizes=[prize("phone", 5, stock=1, per_member=1, fallback="thanks"), NEVER])
    assert published.version == 2
    assert fair.reason() == "no_chances"
    assert ids(fair.draw("bob")) == ["thanks"]
    fair.logged(prizes=[prize("phone", 5, stock=2, per_member=1, fallback="thanks"), NEVER], quotas={"total": 3})
    assert fair.reason(now="2017-06-02 12:00") == "quota_used_total"
    (won,) = fair.draw("bob")
    assert (won.prize_id, won.version) == ("phone", 3)
    fair.checked()


def test_a_limit_that_comes_later_counts_what_was_given_before() -> None:
    fair = Fair(prizes=[prize("gift", value_fen=10)])
    fair.draw(draws=2)
    fair.logged(prizes=[prize("gift", value_fen=10, fallback="thanks"), NEVER], budget={"total_fen": 30})
    assert ids(fair.draw("bob", draws=2)) == ["gift", "thanks"]
    assert fair.counter("budget") == 30


def test_a_limit_below_what_was_given_is_sold_out() -> None:
    fair = Fair(prizes=[prize("gift", stock_per_day=5, fallback="thanks"), NEVER])
    fair.draw(draws=3)
    fair.logged(prizes=[prize("gift", stock_per_day=1, fallback="thanks"), NEVER])
    assert ids(fair.draw("bob")) == ["thanks"]
    fair.checked()


def test_a_pause_survives_a_new_version() -> None:
    fair = Fair(prizes=[prize("gift")])
    fair.move(PauseActivity)
    (published,) = fair.publish(prizes=[prize("gift", 2)])
    assert published.status == "paused"
    assert fair.reason() == "paused"
