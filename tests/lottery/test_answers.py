"""What a wheel says about itself to people: its odds page, what is left, a member's chances, and why it came out so."""

from fractions import Fraction
from typing import Any

import pytest

from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.message import Message
from fairground_decider import Event, State
from fairground_decider.answers import Chances, Figure, Words
from fairground_decider.folding import World
from fairground_lottery import explaining, history, stock
from fairground_lottery.contract import SERVICE, DrawRefused, PrizeWon, Reason
from fairground_lottery.domain import entrants
from fairground_lottery.domain.lottery import _EVOLVES
from fairground_lottery.odds import odds
from fairground_lottery.rules import form, load
from fairground_lottery.traffic import commands
from tests.lottery.world import THANKS, WHEEL, Fair, Game, by_person, game_rules, ids, prize, rules, utc

DEBT = {"free_per_day": 1, "orders": {"rule": "per_order", "chances": 2, "expire_days": 7, "on_refund": "debt"}}


def _form(**fields: Any) -> dict[str, Any]:
    return form(load(rules(**fields)))


# ---- odds ------------------------------------------------------------------------------------------------


def test_the_odds_page_says_all_that_the_law_asks_for() -> None:
    """Prizes, conditions, method, quantity, probability and claim time."""
    car = prize("car", 1, stock=3, stock_per_day=1, per_member=1, fallback="thanks", value_fen=5_000_000)
    car["reward"] = {"kind": "physical", "amount": 1, "ref": "SKU"}
    page = odds(_form(prizes=[car, prize("gift", 2), THANKS], quotas={"per_day": 5}))
    assert [each.probability for each in page.prizes] == [Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)]
    first = page.prizes[0]
    assert (first.quantity, first.quantity_per_day, first.per_member, first.after) == (3, 1, 1, "thanks")
    assert first.claim.en == "sent out after the member has given an address"
    assert (page.prizes[1].quantity, page.prizes[2].claim) == (None, Words("无需领取", "nothing to claim"))
    assert [each.en for each in page.conditions] == [
        "3 free draws for each member and day", "at most 5 draws for each member and day",
    ]  # fmt: skip
    assert (page.starts, page.ends, page.zone) == ("2017-01-01 00:00", "2018-01-01 00:00", "Asia/Shanghai")
    assert "HMAC-SHA256" in page.method[0].en
    assert len(page.changes) == 1


@pytest.mark.parametrize("weights", [(1, 1, 1), (3, 7, 999_983), (1, 10**12, 1)])
def test_probabilities_add_up_to_one_exactly(weights: tuple[int, int, int]) -> None:
    """Rounded tables added up to 1.01 elsewhere (see the stories in docs/lottery.md)."""
    page = odds(_form(prizes=[prize("a", weights[0]), prize("b", weights[1]), {**THANKS, "weight": weights[2]}]))
    assert sum(each.probability for each in page.prizes) == 1


def test_04_weights_their_total_and_the_odds_with_pity_stand_beside_each_prize() -> None:
    """One of two, and surely after two misses: 1 + 1/2 + 1/4 draws a win."""
    prizes = [prize("gift", 3), {**THANKS, "weight": 3}]
    page = odds(_form(prizes=prizes, pity=[{"prizes": ["gift"], "after": 2}]))
    assert (page.total, [each.weight for each in page.prizes]) == (6, [3, 3])
    assert [each.long_run for each in page.prizes] == [Fraction(4, 7), Fraction(3, 7)]
    assert [each.probability for each in page.prizes] == [Fraction(1, 2), Fraction(1, 2)]
    assert "for a member who draws on and on" in page.method[-1].en
    plain = odds(_form(prizes=prizes))
    assert [each.long_run for each in plain.prizes] == [None, None]
    assert len(plain.method) == 2


def test_04_a_long_slope_is_told_in_one_line() -> None:
    soft = {"from": 10, "step": 1}
    page = odds(_form(prizes=[prize("gift", 1), THANKS], pity=[{"prizes": ["gift"], "after": 500, "soft": soft}]))
    (told,) = [each.en for each in page.changes if each.en.startswith("The odds of winning one")]
    steps = told.removesuffix(".").partition("many: ")[2].split(", ")
    assert (len(steps), steps[0], steps[-2], steps[-1]) == (11, "10: 66.67 %", "499: 99.8 %", "≥ 500: 100 %")
    page = odds(_form(prizes=[prize("gift", 1), THANKS], pity=[{"prizes": ["gift"], "after": 10**6}]))
    assert "too many states" in page.method[-1].en


def test_what_changes_the_odds_while_it_runs_is_said() -> None:
    page = odds(_form(budget={"total_fen": 123_400, "per_day_fen": 5_000}))
    assert [each.en for each in page.changes[1:]] == [
        "All prizes together are worth at most 1234.00 yuan.", "The prizes of a day are worth at most 50.00 yuan.",
    ]  # fmt: skip


def test_conditions_of_orders_in_both_languages() -> None:
    per_order = _form(chances={"orders": {"rule": "per_order", "chances": 2, "min_order_fen": 2000, "expire_days": 3}})
    assert odds(per_order).conditions[-2] == Words(
        "每笔订单抽 2 次（订单满 20.00 元），3 天内有效",
        "2 draws for each paid order (orders of at least 20.00 yuan), valid for 3 days",
    )
    cumulative = _form(chances={"orders": {"rule": "cumulative", "every_fen": 5000}})
    assert odds(cumulative).conditions[-2].en == "1 draws for every 50.00 yuan that are spent"


@pytest.mark.parametrize(
    ("policy", "zh", "en"),
    [
        ("keep", "未使用的会收回", "unused draws that it had brought go back"),
        ("debt", "已使用的从以后获得的次数中扣除", "used ones are paid by the next ones"),
    ],
)
def test_the_odds_page_says_what_a_refund_takes_back(policy: str, zh: str, en: str) -> None:
    said = odds(_form(chances={"orders": {"rule": "per_order", "on_refund": policy}})).conditions[-1]
    assert (said.zh.endswith(zh), said.en.endswith(en)) == (True, True), said


# ---- stock -----------------------------------------------------------------------------------------------


def _state(world: World) -> State:
    records: dict[Any, Any] = {(WHEEL, field): None for field in stock.touches(WHEEL).fields}
    records |= {key: world.service.decode(key[1], world.records[key]) for key in records if key in world.records}
    return State(records, dict(world.counters), (WHEEL,))


def _left(fair: Fair, day: str = "2017-06-01") -> list[tuple[Any, ...]]:
    found = stock.left(_state(fair.world), WHEEL, parse_time_ms(utc(f"{day} 12:00")))
    return [(each.id, each.given, each.left, each.left_today) for each in found]


def test_what_is_left_is_stock_less_what_was_given() -> None:
    fair = Fair(prizes=[prize("gift", 1, stock=5, stock_per_day=2, fallback="thanks"), {**THANKS, "weight": 0}])
    assert _left(fair) == [("gift", 0, 5, 2)]
    fair.draw(draws=3)
    assert _left(fair) == [("gift", 2, 3, 0)], "the third one fell back"
    assert _left(fair, "2017-06-02") == [("gift", 2, 3, 2)]
    fair.publish(prizes=[prize("gift", 1, stock=5, stock_per_day=1, fallback="thanks"), {**THANKS, "weight": 0}])
    assert _left(fair) == [("gift", 2, 3, 0)], "a limit below what was given leaves nothing, not less"


def test_the_last_pieces_of_all_are_the_last_ones_of_the_day() -> None:
    fair = Fair(prizes=[prize("gift", 1, stock=4, stock_per_day=3, fallback="thanks"), {**THANKS, "weight": 0}])
    fair.draw(draws=3)
    assert _left(fair, "2017-06-02") == [("gift", 3, 1, 1)]


def test_without_a_limit_or_rules_there_is_nothing_to_count_down() -> None:
    assert _left(Fair(prizes=[prize("gift", 1), THANKS])) == [("gift", 0, None, None)]
    assert stock.left(State({(WHEEL, "rules"): None}, {}, (WHEEL,)), WHEEL, 0) == ()


def _withheld(fair: Fair, now: str = "2017-06-01 12:00") -> dict[str, str] | None:
    return stock.withheld(_state(fair.world), WHEEL, parse_time_ms(utc(now)))


def test_06_the_odds_page_shows_the_odds_as_published_and_those_right_now() -> None:
    """The phone is gone: its share goes to the rest, in proportion to their weights."""
    prizes = [prize("phone", 10**9, stock=2), prize("cup", 3), prize("pen", 1)]
    fair = Fair(chances={"free_per_day": 9}, sold_out="renormalise", prizes=prizes)
    published, total = fair.world.events[0].data.rules, 10**9 + 4

    def shown() -> list[tuple[Fraction, Fraction | None]]:
        return [(each.probability, each.now) for each in odds(published, _withheld(fair)).prizes]

    as_published = [Fraction(10**9, total), Fraction(3, total), Fraction(1, total)]
    assert shown() == [(share, share) for share in as_published]
    fair.draw(draws=2)
    assert _withheld(fair) == {"phone": "sold_out"}
    assert shown() == list(zip(as_published, [Fraction(0), Fraction(3, 4), Fraction(1, 4)], strict=True))
    assert [each.now for each in odds(published).prizes] == [None] * 3, "nobody asked what is left"
    other = Fair(prizes=[prize("phone", 9, stock=0, fallback="pen"), prize("pen", 1)])
    page = odds(other.world.events[0].data.rules, _withheld(other))
    assert [each.now for each in page.prizes] == [None, None], "what falls back changes no odds"


def test_06_what_can_be_given_right_now_follows_stock_day_hours_draws_and_budget_but_no_member() -> None:
    by_all, by_member = ({"after": 2, "by": who, "per": "lifetime"} for who in ("all", "member"))
    hours = {"by": "hour", "curve": [0] * 13 + [1] * 11, "carry": True}
    fair = Fair(
        sold_out="renormalise", budget={"total_fen": 150}, chances={"free_per_day": 9},
        prizes=[
            prize("daily", 10**12, stock_per_day=1), prize("open", 1, unlock=by_all),
            prize("mine", 1, unlock=by_member), prize("paced", 1, stock_per_day=11, pacing=hours),
            prize("capped", 1, per_member=1), prize("dear", 10**6, value_fen=100),
            prize("any", 1),
        ],
    )  # fmt: skip
    assert _withheld(fair) == {"open": "locked", "paced": "paced"}
    assert _withheld(fair, "2017-06-01 13:00") == {"open": "locked"}
    assert ids(fair.draw(draws=2)) == ["daily", "dear"]
    assert _withheld(fair) == {"daily": "sold_out_today", "paced": "paced", "dear": "budget"}
    assert _withheld(fair, "2017-06-02 13:00") == {"dear": "budget"}
    assert _withheld(fair, "2016-01-01 14:00") == {"paced": "paced", "dear": "budget"}, "as when it begins, at midnight"
    assert _withheld(Fair()) is None


# ---- history ---------------------------------------------------------------------------------------------


def _chances(fair: Fair, member: str = "ann", now: str = "") -> Chances:
    own = [event for event in fair.world.events if getattr(event.data, "member_id", "") == member]
    return history.chances(own, parse_time_ms(utc(now or fair.now)))


def test_every_chance_is_accounted_for_with_its_cause() -> None:
    fair = Fair(chances=DEBT)
    fair.pay("o1", 5000)
    fair.grant("share-1", 3)
    fair.draw(draws=2)  # a free one, then one of the order
    fair.refund("o1")
    found = _chances(fair)
    assert [(change.what, change.chances, change.cause) for change in found.changes] == [
        ("granted", 2, "order:o1"), ("granted", 3, "share-1"), ("free", 1, ""), ("used", 1, "order:o1"),
        ("revoked", 1, "order:o1"),
    ]  # fmt: skip
    assert (found.granted, found.used, found.revoked, found.left, found.free_used, found.owed) == (5, 1, 1, 3, 1, 1)
    assert all(change.event_id for change in found.changes)


def test_chances_that_were_not_used_in_time_are_expired() -> None:
    fair = Fair(chances=DEBT)
    fair.pay("o1", 5000)
    assert (_chances(fair).left, _chances(fair).expired) == (2, 0)
    found = _chances(fair, now="2017-06-08 12:00")
    assert (found.left, found.expired) == (0, 2)
    assert (found.changes[-1].what, found.changes[-1].time) == ("expired", "2017-06-08T04:00:00.000Z")


def test_a_debt_is_paid_by_the_next_grant() -> None:
    fair = Fair(chances=DEBT)
    fair.pay("o1", 5000)
    fair.draw(draws=3)
    fair.refund("o1")
    assert _chances(fair).owed == 2
    fair.grant("share-1", 3)
    found = _chances(fair)
    assert (found.owed, found.left, found.granted) == (0, 1, 3)


def test_the_history_of_all_traffic_comes_to_what_the_state_holds() -> None:
    """Granted = used + revoked + expired + left, and what is left is what the wheel would let the member use."""
    fair = Fair()
    fair.world.decide(list(commands(5, 6_000)))
    now_ms = max(event.time_ms for event in fair.world.events)
    compared = 0
    for (activity, member), events in by_person(fair.world.events).items():
        stored = fair.world.records.get((activity, f"m:{member}"))
        if stored is not None:
            found = history.chances(events, now_ms)
            entrant = fair.world.service.decode(f"m:{member}", stored)
            assert found.granted == found.used + found.revoked + found.expired + found.left
            assert (found.left, found.owed) == (entrants.granted_left(entrant, now_ms), entrant.debt), member
            compared += found.granted > 0
    assert compared > 50


# ---- explaining ------------------------------------------------------------------------------------------


def _why(fair: Fair) -> str:
    return " ".join(each.en for each in explaining.sentences(fair.world.events[-1], _published(fair)))


def _published(fair: Fair) -> dict[str, Any]:
    found: dict[str, Any] = next(e.data.rules for e in reversed(fair.world.events) if hasattr(e.data, "rules"))
    return found


def test_a_draw_is_explained_by_weight_fallback_and_chance() -> None:
    fair = Fair(prizes=[prize("gift", 1, stock=1, fallback="thanks"), {**THANKS, "weight": 0}])
    fair.draw()
    assert _why(fair) == (
        'Draw 1 of 1: its number names "gift" (weight 1/1). It used a free chance of 2017-06-01 '
        "(rule `chances.free_per_day`). It won gift."
    )
    fair.draw()
    assert '"gift" could not be given (it was sold out), so by the rule `sold_out` it became "Thanks"' in _why(fair)


def test_tables_pity_and_what_becomes_nothing_are_explained() -> None:
    fair = Fair(
        prizes=[prize("gift", 0, stock=1), THANKS], sold_out="miss", chances={"free_per_day": 9},
        pity=[{"prizes": ["gift"], "after": 2}],
        tables=[{"id": "vip", "when": {"level": 3}, "weights": {"gift": 2, "thanks": 0}}],
    )  # fmt: skip
    fair.draw(facts={"level": 3})
    assert 'names "gift" (weight 2/2). The table `vip` applied.' in _why(fair)
    fair.draw(facts={"level": 3})
    assert '"gift" could not be given (it was sold out), so by the rule `sold_out` it became "nothing"' in _why(fair)
    fair.draw(facts={"level": 3})
    fair.draw(facts={"level": 3})
    assert "Pity was due, with nothing to give: the count stays." in _why(fair)
    fair.logged(eligible="level >= 2", prizes=[prize("gift", 0, stock=1), THANKS], sold_out="miss",
                 chances={"free_per_day": 9}, pity=[{"prizes": ["gift"], "after": 2}],
                 tables=[{"id": "vip", "when": {"level": 3}, "weights": {"gift": 2, "thanks": 0}}])  # fmt: skip
    fair.draw(facts={"level": 1})
    assert _why(fair) == "By the rule `eligible`: level >= 2."


def test_the_odds_page_says_tables_pity_unlocks_and_who_may_take_part() -> None:
    unlock = {"after": 5, "by": "member", "per": "day"}
    fair = Fair(
        prizes=[prize("gift", 1, stock=9, unlock=unlock, fallback="thanks"), THANKS], quotas={"per_week": 20},
        pity=[{"prizes": ["gift"], "after": 8, "soft": {"from": 6, "step": 3}}], eligible="level >= 1",
        tables=[{"id": "vip", "when": {"level": 3}, "weights": {"gift": 1, "thanks": 3}}], audience={"holdout": "5%"},
        chances={"free_per_day": 9},
    )  # fmt: skip
    page = odds(fair.world.events[0].data.rules)
    assert [words.en for words in page.conditions][1:] == [
        "at most 20 draws for each member and week",
        "5% of the members, chosen by a hash, are left out",
        "condition: level >= 1",
    ]
    assert [words.en for words in page.changes][1:] == [
        "gift can be won after 5 draws by the member, counted each day anew.",
        "After 8 draws in a row without gift, the next one wins one of them, while there is stock.",
        "From 6 such draws on, each one more adds 3 to the weight of each of them.",
        "The odds of winning one after so many: 6: 80 %, 7: 87.5 %, ≥ 8: 100 %.",
        "Table vip (level ≥ 3): gift 25 %, Thanks 75 %.",
    ]


def test_a_refusal_names_its_rule() -> None:
    fair = Fair(quotas={"per_day": 1}, chances={"free_per_day": 1, "orders": {"rule": "per_order", "chances": 2}})
    fair.draw()
    fair.draw()
    assert _why(fair) == "By the rule `quotas.per_day`: 1."
    fair.pay("o1", 100)
    assert "for order:o1. Rule `chances.orders`: 2 chances for each order." in _why(fair)
    fair.refund("o1")
    assert _why(fair).startswith("2 unused chances went back")


def test_figures_are_those_before_and_after() -> None:
    quotas = {"per_week": 5, "total": 9}
    fair = Fair(prizes=[prize("gift", 1, stock=5, fallback="thanks"), {**THANKS, "weight": 0}], quotas=quotas)
    fair.draw()
    won = fair.world.events[-1]
    assert isinstance(won.data, PrizeWon)

    def value(name: str) -> str:
        touched = fair.world.load([won.data])
        return next(each.value for each in explaining.figures(touched, won) if each.name.en == name)

    assert value("gift given") == "1 / 5"
    assert value("free chances used that day") == "1 / 3"
    assert (value("draws that week"), value("draws in all")) == ("1 / 5", "1 / 9")
    assert explaining.figures(fair.world.load([won.data]), won)[0] == Figure(
        Words("获得的机会（未用）", "granted chances left"), "0"
    )


def test_a_play_is_explained_with_its_score_and_the_plays_before() -> None:
    game = Game(quotas={"per_day": 2})
    game.start()
    game.finish(score=620)
    game.start("another")
    game.finish("another", score=1001)
    assert game.start("third").reason == "quota_used_day"
    said = [[each.en for each in explaining.sentences(event, form(load(game_rules())))] for event in game.world.events]
    assert said[1] == ["A play began; it counts if it ends before 2017-06-01T04:03:00.000Z."]
    assert said[2] == [
        'Draw 1 of 1: its number names "pen" (weight 1/1).',
        "The play ended with a score of 620.",
        "The table `silver` applied.",
        "The play itself earned this draw.",
        "It won pen.",
    ]
    assert said[4] == ["By the rule `play`: max_score=1000, min_seconds=20, within_seconds=180."]
    assert said[5] == ["By the rule `quotas.per_day`: not set."]
    ended = game.world.events[2]
    figures = {each.name.en: each.value for each in explaining.figures(game.world.load([ended.data]), ended)}
    assert figures == {"open plays": "0", "plays begun that day": "2 / 2", "pen given": "1"}
    assert history.chances(game.world.events[1:], 0) == Chances(0, 0, 0, 0, 0, 0, 0, ())


def test_every_event_of_a_wheel_and_every_reason_can_be_explained() -> None:
    """With rules and without: a question must never end in an error."""
    fair = Fair()
    fair.world.decide(list(commands(4, 8_000)))
    seen: set[type[Message]] = set()
    published = {
        event.data.activity_id: event.data.rules for event in fair.world.events if hasattr(event.data, "rules")
    }
    for event in fair.world.events:
        for known in (published.get(event.data.activity_id), None):
            assert all(each.zh and each.en for each in explaining.sentences(event, known))
        explaining.figures(fair.world.load([event.data]), event)
        seen.add(type(event.data))
    assert seen >= {each for each in _EVOLVES if each.__module__.startswith("fairground_lottery")}
    for reason in Reason:
        refused = DrawRefused(activity_id=WHEEL, version=1, member_id="m", reason=reason, zh="", en="", draws=1, risk=0)
        explaining.sentences(Event("e", "2017-06-01T00:00:00Z", 0, "c", refused), _form())
    assert SERVICE == "lottery"
