"""Versions and moves: decided once, followed by every partition in its own order; a running cycle keeps its version."""

from itertools import permutations
from typing import Any

import pytest

from fairground_contracts import topics
from fairground_contracts.activities import (
    ArchiveActivity,
    PauseActivity,
    PublishActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_contracts.message import CommandMessage
from fairground_decider import Translated
from fairground_decider.days import iso, parse_iso
from fairground_runtime.kafka.adapters import partition_of
from fairground_signin.contract import FollowRules, RulesFollowed, RulesKnown, SignIn
from fairground_signin.domain.records import Followed
from tests.signin.places import Places
from tests.signin.world import DAILY, Book, amounts, checked, points, rules, tier, utc


def _followed(book: Book) -> Followed:
    found = book.world.service.decode("followed", book.world.records[DAILY, "followed"])
    assert isinstance(found, Followed)
    return found


def test_each_partition_has_a_place_of_its_own() -> None:
    assert [partition_of(place.encode(), topics.PARTITIONS) for place in topics.EVERYWHERE] == list(
        range(topics.PARTITIONS)
    )
    book = Book()
    sent = [effect for effect in book.world.effects if isinstance(effect.data, FollowRules)]
    assert [effect.key for effect in sent] == list(topics.EVERYWHERE)
    assert len({effect.id for effect in sent}) == topics.PARTITIONS
    assert {effect.data.revision for effect in sent if isinstance(effect.data, FollowRules)} == {0}


def _asked(data: CommandMessage, number: int, day: str = "2017-06-01") -> Translated:
    key = data.activity_id if isinstance(data, PublishActivity | PauseActivity | ResumeActivity | StopActivity |
                                         ArchiveActivity) else data.__dict__["member_id"]  # fmt: skip
    return Translated(key, f"request {number}", utc(day), data)


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_every_partition_comes_to_the_same_rules_in_whatever_order_they_run(order: tuple[int, ...]) -> None:
    places = Places()
    members = [f"m{number}" for number in range(20)]
    says: list[CommandMessage] = [
        PublishActivity(activity_id=DAILY, rules=rules()),
        *(SignIn(activity_id=DAILY, member_id=member) for member in members),
        PauseActivity(activity_id=DAILY),
        PublishActivity(activity_id=DAILY, rules=rules(base=points(6))),
        ResumeActivity(activity_id=DAILY),
    ]
    places.ask(_asked(data, number) for number, data in enumerate(says))
    places.run(order)
    for number, world in enumerate(places.worlds):
        followed = world.service.decode("followed", world.records[DAILY, "followed"])
        assert (followed.status, followed.version) == ("running", 2), number
    repeated = [asked for asked in places.sent if isinstance(asked.data, FollowRules)]
    places.ask(reversed(repeated))
    places.run(order)
    for world in places.worlds:
        assert isinstance(world.events[-1].data, RulesKnown), "what is repeated, or older, changes nothing"
        checked(world)
    places.ask(_asked(SignIn(activity_id=DAILY, member_id=member), number, "2017-06-02") for number, member in
               enumerate(members))  # fmt: skip
    places.run(order)
    signed = [event.data for event in places.events if event.data.type == "signin.day.signed.v1"]
    assert {(each.version, amounts(each)["base"]) for each in signed if each.day == "2017-06-02"} == {(2, 6)}
    assert len({each.member_id for each in signed}) == len(members)


def test_a_running_cycle_keeps_its_version_and_the_next_one_has_the_newest() -> None:
    book = Book(cycle={"every": "month"}, streak={"tiers": [tier(3, 30)]})
    book.sign_all("2017-06-01..02")
    book.publish("2017-06-02", cycle={"every": "month"}, streak={"tiers": [tier(3, 99)]}, base=points(6))
    assert (book.sign("2017-06-03").version, amounts(book.sign("2017-06-04"))) == (1, {"base": 5})
    assert amounts(book.sign("2017-06-03", "bob")) == {"base": 6}, "whose cycle begins later"
    july = book.sign_all("2017-07-01..03")
    assert {event.version for event in july} == {2}
    assert amounts(july[-1]) == {"base": 6, "d3": 99}
    book.checked()


@pytest.mark.parametrize(("cycle", "began", "goes_on"), [
    ({"every": "month"}, ("2017-06-28", "2017-06-29 10:00"), "2017-07-01"),
    ({"every": "week"}, ("2017-06-05", "2017-06-11 10:00"), "2017-06-26"),
])  # fmt: skip
def test_a_late_sign_in_has_the_version_of_its_cycle_whatever_began_since(
    cycle: dict[str, Any], began: tuple[str, str], goes_on: str
) -> None:
    book = Book(cycle=cycle, streak={"tiers": [tier(2, 20)]})
    book.sign(began[0])
    for number, amount in enumerate((6, 7, 8)):
        book.publish(f"{began[0]} {13 + number}:00", cycle=cycle, streak={"tiers": [tier(2, 20)]}, base=points(amount))
    assert amounts(book.sign(goes_on)) == {"base": 8}
    book.publish(f"{goes_on} 14:00", cycle=cycle, streak={"tiers": [tier(2, 20)]}, base=points(9))
    late = book.sign(began[1])
    assert (late.version, amounts(late)["base"]) == (1, 5)
    assert book.sign(f"{goes_on} 16:00").first.earned[0].reward.amount == 8
    assert book.member().earlier[1:] == (1,), "the last cycle that had it, and which one it was"
    book.checked()


def test_what_an_earlier_cycle_had_is_forgotten_when_nobody_asks_so_late() -> None:
    book = Book(cycle={"every": "week"})
    for week in range(8):
        book.sign(iso(parse_iso("2017-05-01") + 7 * week))
        book.publish(f"{iso(parse_iso('2017-05-01') + 7 * week)} 13:00", cycle={"every": "week"}, base=points(6 + week))
    assert book.member().earlier[1::2] == (3, 4, 5, 6, 7), "31 days"
    book.sign_all("2017-09-01", "2017-10-09")
    assert book.member().earlier == ()
    book.checked()


def test_only_rules_that_a_cycle_can_still_need_are_kept() -> None:
    book = Book(cycle={"every": "week"})
    for week, amount in enumerate((6, 7, 8, 9, 10, 11, 12)):
        book.publish(f"2017-06-{week * 4 + 1:02d}", cycle={"every": "week"}, base=points(amount))
    assert [older.version for older in _followed(book).older] == [1, 2, 3, 4, 5, 6, 7]
    book.publish("2017-07-20", cycle={"every": "week"}, base=points(13))
    assert [older.version for older in _followed(book).older] == [6, 7, 8]
    endless = Book()
    endless.publish("2017-06-01", base=points(6))
    assert [(older.version, older.until) for older in _followed(endless).older] == [(1, parse_iso("2017-06-01"))]
    endless.sign("2017-06-01")
    endless.publish("2017-06-02", base=points(7))
    assert amounts(endless.sign("2017-06-02")) == {"base": 7}, "without cycles a version holds at once"
    endless.publish("2017-07-05", base=points(8))
    assert [older.version for older in _followed(endless).older] == [3]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"cycle": {"every": "month"}}, "counting_fixed"),
        ({"freeze": {"every": 3, "most": 1}}, "counting_fixed"),
        ({"make_up": {"days_back": 1, "per_cycle": 1, "cards": True, "total": False}}, "counting_fixed"),
        ({"window": {"starts": "2016-12-31 00:00", "ends": "2018-01-01 00:00"}}, "counting_fixed"),
        ({"window": {"starts": "2017-07-01 00:00", "ends": "2018-01-01 00:00"}}, "starts_later"),
        ({"zone": "Europe/Berlin"}, "fixed"),
        ({"day_start_hour": 4}, "fixed"),
        ({"window": {"starts": "2017-01-01 00:00", "ends": "2017-12-01 00:00"}}, "ends_earlier"),
        ({"base": points(4)}, "reward_lessened"),
        ({"base": {"reward": {"kind": "coupon", "amount": 5}}}, "reward_lessened"),
        ({"streak": {"tiers": [tier(3, 30) | {"id": "d2"}]}}, "tier_later"),
        ({"streak": None, "base": points(5)}, "rule_removed"),
        ({}, "unchanged"),
    ],
)
def test_what_a_version_may_not_change_once_it_has_begun(fields: dict[str, Any], code: str) -> None:
    before: dict[str, Any] = {"streak": {"tiers": [tier(2, 20)]}}
    book = Book(**before)
    refused = book.publish("2017-06-01", **before | fields)[0]
    assert code in {problem.code for problem in refused.problems}
    assert all(problem.zh and problem.en for problem in refused.problems)


def test_before_it_begins_everything_may_change() -> None:
    book = Book()
    assert book.publish("2016-12-31", cycle={"every": "week"}, base=points(1))[0].version == 2


def test_archiving_leaves_a_tombstone_in_every_partition() -> None:
    places = Places()
    says: list[CommandMessage] = [PublishActivity(activity_id=DAILY, rules=rules())]
    says += [SignIn(activity_id=DAILY, member_id=f"m{number}") for number in range(9)]
    says += [StopActivity(activity_id=DAILY), ArchiveActivity(activity_id=DAILY)]
    places.ask(_asked(data, number) for number, data in enumerate(says))
    places.run()
    home = partition_of(DAILY.encode(), topics.PARTITIONS)
    for number, world in enumerate(places.worlds):
        fields = [field for _, field in world.records]
        assert sorted(fields) == (["followed", "standing"] if number == home else ["followed"])
        assert number == home or any(isinstance(event.data, RulesFollowed) for event in world.events)
        checked(world)
