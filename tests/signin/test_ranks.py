"""The n-th of the day: counted over all members where the activity is at home, stocked, and within a budget."""

from typing import Any

import pytest

from fairground_decider import Translated
from fairground_signin.contract import ClaimRank, NoteRank, RankRefused, RankTaken, Reason, RejectReward, SignIn
from fairground_signin.rules import check
from tests.signin.world import DAILY, Book, points, replayed, rules, utc

RANKS = [
    {"id": "early", "from": 1, "to": 2, "reward": {"kind": "cash", "amount": 100}},
    {"id": "fifth", "from": 5, "reward": {"kind": "coupon", "amount": 1}, "value_fen": 300},
]


def _ranks(book: Book) -> list[Any]:
    return [event.data for event in book.world.events if isinstance(event.data, RankTaken | RankRefused)]


def test_places_are_taken_in_the_order_of_the_activity_s_own_log() -> None:
    book = Book(nth=RANKS)
    for number in range(7):
        book.sign("2017-06-01", f"m{number}")
    book.sign("2017-06-02", "m6")
    taken = [(each.nth, each.rule) for each in _ranks(book) if isinstance(each, RankTaken)]
    assert taken == [(1, "early"), (2, "early"), (3, ""), (4, ""), (5, "fifth"), (1, "early")]
    refused = [each for each in _ranks(book) if isinstance(each, RankRefused)]
    assert [(each.reason, each.help_en) for each in refused] == [(Reason.SOLD_OUT, "come earlier tomorrow")] * 2
    by_rank = [
        reward.prize_id for number in range(7) for reward in book.granted(f"m{number}") if reward.prize_id != "base"
    ]
    assert by_rank == ["early", "early", "fifth", "early"]
    book.checked()


def test_a_sign_in_takes_one_place_whatever_is_sent_again() -> None:
    book = Book(nth=RANKS)
    book.sign()
    claim = next(effect for effect in book.world.effects if isinstance(effect.data, ClaimRank))
    assert (claim.key, claim.id) == (DAILY, f"{book.world.events[-2].id}-n")
    assert isinstance(claim.data, ClaimRank)
    assert book.send(claim.data, claim.id)[0].reason is Reason.DUPLICATE
    assert book.world.counters[DAILY, "rank:2017-06-01"] == 1
    book.checked()


def test_budgets_in_all_and_for_the_day_are_checked_with_the_grant() -> None:
    ranks = [{"id": "early", "from": 1, "to": 9, "reward": {"kind": "cash", "amount": 100}}]
    book = Book(nth=ranks, budget={"per_day_fen": 250, "total_fen": 450})
    for day in ("2017-06-01", "2017-06-02", "2017-06-03"):
        for number in range(3):
            book.sign(day, f"m{number}")
    paid = [bool(each.reward) for each in _ranks(book)]
    assert paid == [True, True, False, True, True, False, False, False, False]
    assert {each.withheld for each in _ranks(book)} == {"", "budget_used"}
    assert book.world.counters[DAILY, "budget"] == 400
    book.checked()


def test_old_days_are_closed_and_their_counters_go() -> None:
    book = Book(nth=RANKS)
    for day in range(1, 6):
        book.sign(f"2017-06-0{day}")
    late = book.sign("2017-06-01", "bob")
    assert late.day == "2017-06-01"
    assert _ranks(book)[-1].reason is Reason.TOO_OLD
    assert sorted(name for _, name in book.world.counters if name.startswith("rank:")) == [
        "rank:2017-06-03", "rank:2017-06-04", "rank:2017-06-05",
    ]  # fmt: skip
    book.checked()


def test_without_such_a_rule_nobody_is_asked() -> None:
    book = Book()
    assert book.sign().ranked is False
    assert not _ranks(book)
    book.publish("2017-06-01", base=points(6))
    claim = ClaimRank(activity_id=DAILY, member_id="ann", day="2017-06-01", event_id="x")
    assert book.send(claim)[0].reason is Reason.SOLD_OUT
    other = ClaimRank(activity_id="other", member_id="ann", day="2017-06-01", event_id="x")
    assert book.send(other)[0].reason is Reason.UNKNOWN_ACTIVITY


def test_a_rule_rewards_no_more_than_its_stock_on_whatever_days() -> None:
    ranks = [
        {"id": "early", "from": 1, "to": 2, "stock": 3, "reward": {"kind": "cash", "amount": 100}},
        {"id": "third", "from": 3, "reward": {"kind": "points", "amount": 5}},
    ]
    book = Book(nth=ranks, budget={"total_fen": 1000})
    for day in range(1, 7):
        for number in range(3):
            book.sign(f"2017-06-0{day}", f"m{number}")
    given = [(each.nth, bool(each.reward), each.withheld) for each in _ranks(book)]
    assert given[:6] == [
        (1, True, ""),
        (2, True, ""),
        (3, True, ""),
        (1, True, ""),
        (2, False, "sold_out"),
        (3, True, ""),
    ]
    assert {each for each in given[6:] if each[0] < 3} == {(1, False, "sold_out"), (2, False, "sold_out")}
    counters = {name: count for (activity, name), count in book.world.counters.items() if activity == DAILY}
    assert (counters["nth:early"], counters["nth:third"], counters["budget"]) == (3, 6, 300)
    assert sorted(name for name in counters if name.startswith("nth:third:")) == [
        "nth:third:2017-06-04", "nth:third:2017-06-05", "nth:third:2017-06-06",
    ]  # fmt: skip
    book.checked()


def test_a_rule_that_is_called_like_a_day_keeps_its_stock_when_that_day_is_closed() -> None:
    ranks = [{"id": "2017-06-01", "from": 1, "stock": 2, "reward": {"kind": "points", "amount": 5}}]
    book = Book(nth=ranks)
    for day in range(1, 7):
        book.sign(f"2017-06-0{day}")
    assert [bool(each.reward) for each in _ranks(book)] == [True, True, False, False, False, False]
    book.checked()


@pytest.mark.parametrize(("on_revoke", "back"), [("reverse", ["signin-1-0-6-0-k"]), ("keep", [])])
def test_a_reward_for_a_place_goes_back_with_its_day_where_its_rule_says_so(on_revoke: str, back: list[str]) -> None:
    book = Book(nth=[RANKS[0] | {"on_revoke": on_revoke}])
    book.sign("2017-06-01")
    lost = book.revoke("2017-06-01", "2017-06-02").lost
    assert [(each.rule, each.reward_id, each.reward.amount) for each in lost] == [("early", id, 100) for id in back]
    assert book.taken_back() == back
    assert set(back) <= {effect.id for effect in book.world.effects}, "it was granted under this id"
    book.sign("2017-06-01", "bob")
    taken = [each for each in _ranks(book) if isinstance(each, RankTaken)]
    assert [each.nth for each in taken] == [1, 2], "the place stays taken"
    book.checked()


def test_it_goes_back_too_where_the_day_is_revoked_before_its_place_is_known() -> None:
    """The place is decided elsewhere, and may come late; what was said twice is taken back once."""
    book = Book(nth=[RANKS[0] | {"on_revoke": "reverse"}])
    book.revoke("2017-06-01", "2017-06-01")
    book.send(ClaimRank(activity_id=DAILY, member_id="ann", day="2017-06-01", event_id="x"), "x-n", "2017-06-01")
    ((id, note),) = [(each.id, each.data) for each in book.world.effects if isinstance(each.data, NoteRank)]
    assert book.taken_back() == [note.reward_id]
    assert book.send(note, id, "2017-06-01")[0].reason is Reason.DUPLICATE
    assert book.taken_back() == [note.reward_id]
    book.checked()


def test_a_place_cannot_be_owed() -> None:
    """No later place could pay a debt."""
    problems = check(rules(nth=[RANKS[0] | {"on_revoke": "debt"}]))
    assert [problem.code for problem in problems] == ["bad_choice"]


@pytest.mark.parametrize("given", [points(3), None], ids=["compensated", "undelivered"])
@pytest.mark.parametrize("revoked_first", [False, True])
def test_a_place_s_reward_that_is_rejected_before_its_place_is_heard_of(
    given: dict[str, Any] | None, revoked_first: bool
) -> None:
    """What was given instead goes back with the day, and nothing where nothing came."""
    book = Book(nth=[RANKS[0] | {"on_revoke": "reverse"}], on_rejected=given)
    book.world.decide([book.command(SignIn(activity_id=DAILY, member_id="ann"))])
    claim = book.world.effects[-1]
    assert isinstance(claim.data, ClaimRank)
    book.world.decide([Translated(claim.key, claim.id, utc(book.now), claim.data)])
    note = book.world.effects[-1]
    assert isinstance(note.data, NoteRank)
    rejected = RejectReward(activity_id=DAILY, member_id="ann", reward_id=note.data.reward_id, rejected="sold_out")
    book.send(rejected)
    if revoked_first:
        book.revoke("2017-06-01")
    for _ in range(2):
        book.send(note.data, note.id)
    if not revoked_first:
        book.revoke("2017-06-01")
    instead = [effect.id for effect in book.world.effects if effect.id.endswith("-c")]
    assert (len(instead), book.taken_back()) == (given is not None, instead)
    assert replayed(book.world).records == book.world.records
    book.checked()
