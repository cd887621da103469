"""Members who are one person: one set of days under the person's key, whatever came in which order."""

import random
from collections.abc import Iterator
from itertools import chain, islice, pairwise, permutations
from typing import Any

import pytest

from fairground_contracts.activities import PublishActivity
from fairground_contracts.message import CommandMessage
from fairground_contracts.rewards import RewardGranted
from fairground_decider import Translated
from fairground_decider.laws import judge
from fairground_signin.contract import DaySigned, LinkMember, Reason, RejectReward, RewardUndelivered, SignIn
from fairground_signin.invariants import laws
from fairground_signin.traffic import commands
from tests.signin.places import Places
from tests.signin.world import DAILY, Book, amounts, calendar_of, points, replayed, rules, tier, utc


def test_the_days_of_both_are_one_set_and_nothing_is_paid_for_it() -> None:
    book = Book(streak={"tiers": [tier(3, 30)]}, first=points(50))
    book.sign_all("2017-06-01", "2017-06-03")
    book.sign_all("2017-06-02", member="bob")
    linked, joined = book.link("bob", "ann", "2017-06-03")
    assert (linked.type, joined.type) == ("signin.member.linked.v1", "signin.account.joined.v1")
    assert book.member().days.present.bit_count() == 3
    fourth = book.sign("2017-06-04")
    assert (fourth.streak, amounts(fourth)) == (4, {"base": 5})
    book.checked()


def test_a_linked_member_signs_in_for_the_person_once_a_day() -> None:
    book = Book()
    book.link("bob", "ann")
    said = book.send(SignIn(activity_id=DAILY, member_id="bob"), "bob-1", "2017-06-01")
    assert [each.type for each in said] == ["signin.command.forwarded.v1", "signin.day.signed.v1"]
    assert (said[1].member_id, said[1].person_id) == ("bob", "ann")
    assert book.sign("2017-06-01 20:00").reason is Reason.DUPLICATE
    assert [reward.member_id for reward in book.granted("bob")] == ["bob"], "the reward is for who signed in"
    assert book.granted() == []
    book.checked()


def test_the_first_result_goes_with_the_member_who_signed_the_newest_day() -> None:
    book = Book(levels=[{"level": 3, "multiplier": "200%"}], streak={"tiers": [tier(2, 20)]})
    book.sign_all("2017-06-01")
    first = book.sign_all("2017-06-01..02", member="bob")[-1]
    event = book.world.events[-1]
    book.link("bob", "ann", "2017-06-02 13:00")
    again = book.sign("2017-06-02 14:00")
    assert (again.first.event_id, again.first.streak, again.first.earned) == (event.id, 2, first.earned)
    book.sign("2017-06-03", facts={"level": 4})
    book.sign("2017-06-02 15:00", "cid")
    book.link("cid", "ann", "2017-06-03 13:00")
    assert amounts(book.sign("2017-06-03 14:00").first) == {"base": 10}, "who signed later keeps its own"
    book.revoke("2017-06-03", "2017-06-03 15:00")
    assert book.sign("2017-06-02 16:00").first is None, "what is taken back is not told of another day"
    book.checked()


def test_a_cycle_that_a_member_has_begun_keeps_its_version_for_the_person() -> None:
    fields: dict[str, Any] = {"cycle": {"every": "month"}, "streak": {"tiers": [tier(3, 30)]}}
    book = Book(**fields)
    book.sign("2017-05-30")
    book.publish("2017-05-31", **fields, base=points(6))
    book.sign_all("2017-06-01..02", member="bob")
    book.publish("2017-06-03 08:00", **fields, base=points(7))
    book.link("bob", "ann", "2017-06-03")
    assert amounts(book.sign("2017-06-03")) == {"base": 6, "d3": 30}
    assert amounts(book.sign("2017-05-31")) == {"base": 5}, "and so does one of the person's own"
    assert amounts(book.sign("2017-07-01")) == {"base": 7}
    book.checked()


def test_cards_freezes_and_what_was_paid_once_for_all_go_with_the_member() -> None:
    book = Book(first=points(50), freeze={}, make_up={"days_back": 3, "per_cycle": 3, "cards": True})
    book.sign("2017-06-01", "bob")
    book.grant("make_up_card", 2, "2017-06-01", member="bob")
    book.grant("freeze", 1, "2017-06-01", "gift", "bob")
    book.link("bob", "ann", "2017-06-01")
    kept = book.member().rest
    assert (kept.cards, len(kept.freezes), book.member().ever) == (2, 1, ("first",))
    assert book.grant("freeze", 1, "2017-06-01", "gift").reason is Reason.DUPLICATE, "its cause counted for bob"
    assert book.make_up("2017-05-31", "2017-06-01").streak == 2
    book.checked()


@pytest.mark.parametrize("policy", ["keep", "debt"])
def test_a_link_pays_no_debt_and_what_was_kept_is_not_paid_again(policy: str) -> None:
    book = Book(cycle={"every": "month"}, streak={"tiers": [tier(2, 20, on_revoke=policy)]})
    book.sign_all("2017-06-01..02")
    book.revoke("2017-06-01", "2017-06-02")
    book.link("ann", "bob", "2017-06-03")
    second = book.sign("2017-06-03", "bob")
    assert (second.streak, amounts(second), second.owed_before) == (2, {"base": 5}, ("d2",))
    assert amounts(book.sign_all("2017-06-05..06", member="bob")[-1]) == {"base": 5, "d2": 20}
    book.checked()


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("moved", [False, True])
def test_freezes_of_years_that_are_left_behind_add_up_and_count_once(both: bool, moved: bool) -> None:
    """Granted when there was no streak to save; the account that comes is of the same two years, or of older ones."""
    book = Book(freeze={}, window={"starts": "2017-01-01 00:00", "ends": "2021-01-01 00:00"})
    for member in ("bob", "ann") if both else ("bob",):
        book.sign("2017-12-01", member)
        book.grant("freeze", now="2017-12-18", member=member)
    for member in ("bob", "ann") if moved else ("ann",):
        book.sign("2019-01-10", member)
    book.link("bob", "ann", "2019-01-11")
    assert calendar_of(book, "2019-01-11").freezes == 1 + both
    assert [event.streak for event in book.sign_all("2019-01-12", "2019-01-14")] == [2, 3 if both else 1]
    book.checked()


def test_an_account_that_links_lead_back_to_knows_what_was_dealt_with_meanwhile() -> None:
    book = Book(base=points(5, on_revoke="reverse"))
    book.sign("2017-06-01")
    (won,) = (effect.id for effect in book.world.effects if isinstance(effect.data, RewardGranted))
    book.link("ann", "bob", "2017-06-02")
    asked = RejectReward(activity_id=DAILY, member_id="ann", reward_id=won, rejected="sold_out")
    assert isinstance(book.send(asked, "", "2017-06-02")[-1], RewardUndelivered)
    book.link("bob", "ann", "2017-06-03")
    assert book.revoke("2017-06-01", "2017-06-03").lost == ()
    book.checked()


def test_a_link_is_made_once() -> None:
    book = Book()
    book.link("bob", "ann")
    assert book.link("bob", "ann")[0].reason is Reason.DUPLICATE
    assert book.link("bob", "cid")[0].reason is Reason.LINKED_OTHERWISE
    assert book.link("ann", "ann")[0].reason is Reason.DUPLICATE
    join = next(effect for effect in book.world.effects if effect.id.endswith("-j"))
    assert isinstance(join.data, CommandMessage)
    assert book.send(join.data, join.id)[0].reason is Reason.DUPLICATE
    book.checked()


def test_chains_lead_to_the_last_one_and_circles_to_one_of_them() -> None:
    book = Book()
    book.link("ann", "bob")
    book.link("bob", "cid")
    signed = book.send(SignIn(activity_id=DAILY, member_id="ann"), "r")[-1]
    assert signed.person_id == "cid"
    assert book.sign("2017-06-01 20:00", "bob").type == "signin.command.forwarded.v1"
    book.link("cid", "ann")
    said = [
        book.send(SignIn(activity_id=DAILY, member_id=member), "", "2017-06-02") for member in ("ann", "bob", "cid")
    ]
    assert [getattr(each[-1], "reason", "signed") for each in said] == ["signed", "duplicate", "duplicate"]
    names = [f"n{number:02}" for number in range(12)]
    for one, other in pairwise(names):
        book.link(one, other)
    assert (
        book.send(SignIn(activity_id=DAILY, member_id="n00"), "far", "2017-06-02")[-1].reason is Reason.LINKED_OTHERWISE
    )


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
def test_two_who_are_linked_to_each_other_at_once_are_one(order: tuple[int, ...]) -> None:
    places = Places()
    first: list[Any] = [PublishActivity(activity_id=DAILY, rules=rules())]
    first += [SignIn(activity_id=DAILY, member_id=member) for member in ("m0", "m6")]
    both = [
        LinkMember(activity_id=DAILY, member_id=one, person_id=other) for one, other in (("m0", "m6"), ("m6", "m0"))
    ]
    later = [SignIn(activity_id=DAILY, member_id=member) for member in ("m0", "m6")]
    number = 0
    for says, day in ((first, "2017-06-01"), (both, "2017-06-02"), (later, "2017-06-01"), (later, "2017-06-03")):
        asked = []
        for data in says:
            number += 1
            key = data.activity_id if isinstance(data, PublishActivity) else data.member_id
            asked.append(Translated(key, f"r{number}", utc(day), data))
        places.ask(asked)
        if says is not both:
            places.run(order)
    signed = [event.data for event in places.events if isinstance(event.data, DaySigned)]
    assert sum(each.day == "2017-06-03" for each in signed) == 1
    assert sum(each.day == "2017-06-01" for each in signed) <= 2, "each for itself, before the link"
    for verdict in judge(laws(), places.events, places.effects):
        assert not verdict.broken, verdict


def _batches(asked: Iterator[Translated], size: int = 100) -> Iterator[list[Translated]]:
    while batch := list(islice(asked, size)):
        yield batch


@pytest.mark.parametrize("order", list(permutations(range(4)))[::7])
def test_all_laws_hold_on_four_partitions(order: tuple[int, ...]) -> None:
    places = Places()
    for asked in _batches(chain.from_iterable(commands(seed, 600) for seed in (0, 2, 3))):
        places.ask(asked)  # what follows from them, such as new versions, comes before the next ones
        places.run(order)
    assert {event.data.type for event in places.events} >= {
        "signin.account.joined.v1", "signin.command.forwarded.v1", "signin.rank.taken.v1", "signin.day.made_up.v1",
    }  # fmt: skip
    for verdict in judge(laws(), places.events, places.effects):
        assert not verdict.broken, verdict


@pytest.mark.parametrize("seed", [3, 5, 32, 44, 45, 46])
def test_laws_hold_however_late_commands_are_and_however_partitions_take_turns(seed: int) -> None:
    """Traffic of sixteen different beginnings in a random order: commands come days behind others, over and over."""
    chance = random.Random(seed)
    beginnings = [*range(10), *range(100, 106)]
    chance.shuffle(beginnings)
    asked = list(chain.from_iterable(commands(beginning, 240) for beginning in beginnings))
    places, order = Places(), [0, 1, 2, 3]
    while asked:
        size = chance.choice((20, 60, 120, 240))
        places.ask(asked[:size])
        del asked[:size]
        chance.shuffle(order)
        places.run(tuple(order))
    for verdict in judge(laws(), places.events, places.effects):
        assert not verdict.broken, verdict


@pytest.mark.parametrize("revoked", ["ann", "bob"])
def test_a_day_that_was_revoked_for_one_is_revoked_for_both_with_what_it_had_brought(revoked: str) -> None:
    """It was signed by the other; what that one keeps is not paid again."""
    fields: dict[str, Any] = {"base": points(5, on_revoke="reverse"), "total": [tier(2, 30) | {"id": "t2"}]}
    book = Book(**fields, streak={"tiers": [tier(2, 20, paid="per_cycle")]})
    other = "bob" if revoked == "ann" else "ann"
    book.sign_all("2017-06-01..02", member=other)
    book.revoke("2017-06-01", "2017-06-02", revoked)
    book.link("bob", "ann", "2017-06-02")
    assert len(book.taken_back()) == (other == "ann"), "what could be taken back from who was linked stays"
    assert book.sign("2017-06-01 20:00").reason is Reason.DAY_REVOKED
    third = book.sign("2017-06-03")
    assert (third.streak, third.total, amounts(third), third.owed_before) == (2, 2, {"base": 5}, ("d2", "t2"))
    book.checked()


def test_a_link_that_is_heard_of_months_later_loses_nobodys_account() -> None:
    """The person's newest cause is of today; the link is older than causes are remembered."""
    book = Book(make_up={"days_back": 3, "per_cycle": 3, "cards": True})
    book.sign_all("2017-06-01..02", member="bob")
    book.grant("make_up_card", 2, "2017-06-02", member="bob")
    book.grant("make_up_card", 1, "2017-06-02")
    said = book.link("bob", "ann", "2017-04-01")
    assert [each.type for each in said] == ["signin.member.linked.v1", "signin.account.joined.v1"]
    assert (book.member().rest.cards, book.member().days.present.bit_count()) == (3, 2)
    join = next(effect for effect in book.world.effects if effect.id.endswith("-j"))
    assert isinstance(join.data, CommandMessage)
    assert book.send(join.data, join.id, "2017-04-01")[0].reason is Reason.DUPLICATE
    book.checked()


@pytest.mark.parametrize("back_on", ["2017-06-03", "2017-09-03"])
def test_what_an_account_has_counts_once_when_links_lead_back_to_it(back_on: str) -> None:
    """Months later, too, when nothing is remembered of the first link."""
    book = Book(base=points(5, on_revoke="debt"), freeze={}, make_up={"days_back": 3, "per_cycle": 3, "cards": True})
    book.sign("2017-06-01")
    book.revoke("2017-06-01", "2017-06-01")
    book.grant("make_up_card", 2, "2017-06-01")
    book.grant("freeze", 1, "2017-06-01")
    book.link("ann", "bob", "2017-06-02")
    book.grant("make_up_card", 1, back_on, member="bob")
    book.link("bob", "ann", back_on)
    kept = book.member().rest
    assert (kept.cards, len(kept.freezes), [each.rule for each in kept.owing]) == (3, 1, ["base"])
    assert replayed(book.world).records == book.world.records
    book.checked()


def test_a_day_that_was_revoked_for_one_is_revoked_for_both_however_old_the_link_is() -> None:
    book = Book(base=points(5, on_revoke="reverse"))
    book.sign_all("2017-06-01..02")
    book.revoke("2017-06-01", "2017-06-02", "bob")
    book.link("bob", "ann", "2017-04-01")
    assert len(book.taken_back()) == 1, "it does not go without a word"
    assert book.sign("2017-06-01 20:00").reason is Reason.DAY_REVOKED
    book.checked()
