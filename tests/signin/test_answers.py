"""What people are told: a month, the streak, the next tier; why it came out so; who was held out."""

from typing import Any

import pytest

from fairground_contracts.activities import ArchiveActivity, StopActivity
from fairground_decider import State
from fairground_decider.answers import Calendar, Words
from fairground_decider.folding import fold
from fairground_signin.calendar import calendar, counted_under, touches
from fairground_signin.domain import SignIns
from fairground_signin.experiment import experiment
from fairground_signin.explaining import figures, sentences
from fairground_signin.rules import form, load
from fairground_signin.traffic import commands
from tests.signin.world import DAILY, Book, amounts, calendar_of, rules, tier


def _marks(found: Calendar) -> str:
    letters = {"signed": "s", "made_up": "m", "frozen": "f", "revoked": "r", "missed": ".", "today": "t", "future": "_",
               "closed": "-", "forgotten": "?"}  # fmt: skip
    return "".join(letters[each.what] for each in found.days)


def test_a_month_shows_what_each_day_is() -> None:
    book = Book(
        window={"starts": "2017-06-03 00:00", "ends": "2018-01-01 00:00"},
        make_up={"days_back": 9, "per_cycle": 9, "cards": True}, freeze={}, cycle={"every": "month"},
    )  # fmt: skip
    book.sign_all("2017-06-04..06", "2017-06-09", "2017-06-12")
    book.grant("make_up_card", 2, "2017-06-09")
    book.make_up("2017-06-08", "2017-06-09")
    book.grant("freeze", 1, "2017-06-09")
    book.revoke("2017-06-05", "2017-06-09")
    found = calendar_of(book, "2017-06-12")
    assert _marks(found) == "--.srs.msf.s" + "_" * 18
    assert (found.month, found.today, found.person_id) == ("2017-06", "2017-06-12", "ann")
    assert (found.streak, found.longest, found.total, found.ever) == (1, 2, 5, 5)
    assert (found.cards, found.freezes) == (1, 0)
    assert _marks(calendar_of(book, "2017-06-13"))[12] == "t"
    assert _marks(calendar_of(book, "2017-06-12", "2017-07")) == "_" * 31
    assert _marks(calendar_of(book, "2018-06-12", "2015-07")) == "-" * 31
    assert _marks(calendar_of(book, "2017-06-12", member="nobody"))[:3] == "--."


@pytest.mark.parametrize(("at", "streak"), [("2017-06-04", 4), ("2017-06-05", 4), ("2017-06-06", 0), ("2017-07-01", 0)])
def test_a_streak_stands_until_the_next_day_is_over(at: str, streak: int) -> None:
    book = Book()
    book.sign_all("2017-06-01..04")
    assert calendar_of(book, at).streak == streak


def test_a_streak_that_restarts_is_over_with_its_cycle_and_one_that_crosses_is_not() -> None:
    for shown, streak in (("restarts", 0), ("crosses", 2)):
        book = Book(cycle={"every": "month", "shown": shown})
        book.sign_all("2017-06-29..30")
        found = calendar_of(book, "2017-07-01")
        assert (found.streak, found.total, found.ever, found.longest) == (streak, 0, 2, 2)


def test_the_next_tiers_by_streak_and_by_total() -> None:
    streak = {"after_last": "start_over", "tiers": [tier(3, 30, name={"zh": "三", "en": "three"}), tier(5, 50)]}
    book = Book(cycle={"every": "month"}, streak=streak, total=[tier(4, 40) | {"id": "t4"}, tier(9, 90) | {"id": "t9"}])
    book.sign_all("2017-06-01", "2017-06-03..04")
    found = calendar_of(book, "2017-06-04")
    assert [(each.rule, each.by, each.days, each.name.en) for each in found.next] == [
        ("d3", "streak", 1, "three"), ("t4", "total", 1, "t4"),
    ]  # fmt: skip
    book.sign_all("2017-06-05..07")
    assert [(each.rule, each.days) for each in calendar_of(book, "2017-06-07").next] == [("d3", 3), ("t9", 3)]
    assert [(each.rule, each.days) for each in calendar_of(book, "2017-07-01").next] == [("d3", 3), ("t4", 4)]


def test_the_next_tier_is_one_that_will_be_paid_by_the_version_of_the_running_cycle() -> None:
    """What is said to come is what comes: by version, by what the cycle has paid, by the level's multiplier."""
    fields: dict[str, Any] = {"cycle": {"every": "month"}, "levels": [{"level": 3, "multiplier": "200%"}]}
    book = Book(**fields, streak={"tiers": [tier(2, 20), tier(3, 30, paid="per_cycle"), tier(6, 60)]})
    book.sign_all("2017-06-01..02")
    book.publish("2017-06-02 20:00", **fields, streak={"tiers": [tier(2, 25), tier(3, 99), tier(6, 60)]})
    assert _next(book, "2017-06-02 21:00") == [("d3", 1, 30)], "the cycle keeps its version"
    assert _next(book, "2017-07-01") == [("d2", 2, 25)], "the next one has the newest"
    book.sign("2017-06-03", facts={"level": 5})
    book.sign("2017-06-05", facts={"level": 5})
    assert _next(book, "2017-06-05 21:00") == [("d2", 1, 40)]
    book.sign("2017-06-06", facts={"level": 5})
    assert _next(book, "2017-06-06 21:00") == [("d6", 4, 120)], "the cycle has paid for three days in a row"
    assert amounts(book.sign("2017-06-07", facts={"level": 5})) == {"base": 10}


def test_what_is_owed_is_not_said_to_come() -> None:
    streak = {"after_last": "start_over", "tiers": [tier(2, 20)]}
    book = Book(cycle={"every": "month"}, streak=streak, total=[tier(2, 5) | {"id": "t2"}, tier(9, 90) | {"id": "t9"}])
    book.sign_all("2017-06-01..02")
    assert [lost.rule for lost in book.revoke("2017-06-01", "2017-06-02").lost] == ["t2", "d2"]
    assert _next(book, "2017-06-02") == [("d2", 3, 20), ("t9", 8, 90)]
    assert [amounts(event) for event in book.sign_all("2017-06-03..05")] == [{"base": 5}] * 2 + [{"base": 5, "d2": 20}]


def _next(book: Book, at: str) -> list[tuple[str, int, int]]:
    return [(each.rule, each.days, each.amount) for each in calendar_of(book, at).next]


def test_a_linked_member_is_found_under_the_person() -> None:
    book = Book()
    book.sign_all("2017-06-01", member="bob")
    book.link("bob", "ann")
    fields = touches(DAILY, "bob").fields
    records: dict[Any, Any] = {
        (DAILY, field): book.world.service.decode(field, book.world.records[DAILY, field]) for field in fields
    }
    assert counted_under(State(records, {}, (DAILY,)), DAILY, "bob") == "ann"
    assert calendar_of(book, "2017-06-01").ever == 1


def test_of_what_is_archived_nobody_knows_a_month() -> None:
    book = Book()
    book.move(StopActivity)
    book.move(ArchiveActivity)
    followed = book.world.service.decode("followed", book.world.records[DAILY, "followed"])
    state = State({(DAILY, "followed"): followed, (DAILY, "m:ann"): None}, {}, (DAILY,))
    assert calendar(state, DAILY, "ann", "", 0) is None


def test_every_event_is_explained_in_both_languages() -> None:
    world = fold(SignIns(), commands(7, 2500))
    published = {"daily-0": None}
    told = set()
    for event in world.events:
        state = world.load([event.data])
        for words in sentences(event, published.get("daily-0")):
            assert words.zh
            assert words.en
            told.add(event.data.type)
        for figure in figures(state, event):
            assert figure.name.en
            assert figure.value.isdigit()
    assert {
        "signin.day.signed.v1", "signin.day.made_up.v1", "signin.day.revoked.v1", "signin.rank.taken.v1",
        "signin.make_up.requested.v1", "signin.tokens.granted.v1", "signin.command.forwarded.v1",
        "signin.member.linked.v1", "signin.reward.undelivered.v1", "signin.tokens.taken.v1",
    } <= told  # fmt: skip


def test_a_refusal_names_its_rule_and_a_repeated_sign_in_what_the_first_one_came_to() -> None:
    book = Book(make_up={"days_back": 2, "per_cycle": 1, "cards": True}, streak={"tiers": [tier(1, 10)]})
    book.sign()
    published = form(load(rules(make_up={"days_back": 2, "per_cycle": 1, "cards": True})))
    book.make_up("2017-05-01", "2017-06-01")
    (words,) = sentences(book.world.events[-1], published)
    assert words.en == "By the rule `make_up.days_back`: 2."
    book.sign()
    said = [words.en for words in sentences(book.world.events[-1], published)]
    assert said[0].startswith("The first one is event signin-1-0-5-0")
    assert said[1:] == ["By the rule `base`, for the day: points x 5.",
                        "By the rule `d1`, for 1 days in a row: points x 10."]  # fmt: skip


def test_a_place_that_brought_nothing_says_whether_stock_or_budget_was_missing() -> None:
    ranks = [{"id": "early", "from": 1, "to": 9, "stock": 1, "reward": {"kind": "cash", "amount": 100}},
             {"id": "late", "from": 2, "reward": {"kind": "cash", "amount": 100}}]  # fmt: skip
    said = []
    for ranked, budget in ((ranks[:1], 900), (ranks[1:], 50)):
        book = Book(nth=ranked, budget={"total_fen": budget})
        for member in ("ann", "bob"):
            book.sign(member=member)
        said.append(sentences(book.world.events[-1], None)[-1])
    assert said == [
        Words("规则 early 的库存已发完，没有奖励。", "The rule `early` gave nothing: its stock is used up."),
        Words("规则 late 的预算不足，没有奖励。", "The rule `late` gave nothing: the budget is used."),
    ]


def test_who_was_held_out_is_known_of_any_member() -> None:
    held = form(load(rules(audience={"holdout": "20%"})))
    tried = experiment([held], [0])
    assert tried is not None
    groups = [tried.group(f"m{number}") for number in range(500)]
    assert 60 < groups.count("holdout") < 140
    assert set(groups) == {"holdout", "treated"}
    assert experiment([form(load(rules()))], [0]) is None
