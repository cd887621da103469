"""Linked identities count as one person (rule C4): quotas, caps, chances and wins add up, in any order."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_activities.requests import request_of
from fairground_contracts.activities import ArchiveActivity, StopActivity
from fairground_decider.entropy import alias
from fairground_lottery.contract import (
    BuyChances,
    ChancesGranted,
    CommandForwarded,
    Draw,
    EarnChances,
    GrantChances,
    LinkMember,
    LinkRefused,
    MembersLinked,
    PrizeWon,
    RevokeOrder,
    SettlePurchase,
)
from fairground_lottery.domain import Seeds
from fairground_lottery.domain.records import NEWCOMER, Entrant, Linked
from tests.lottery.world import SECRET, THANKS, WHEEL, Fair, checked, prize, replayed

_QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

#: Every draw names the gift; whoever has won it twice gets thanks. What orders have won goes back with them.
GIFT: dict[str, Any] = {
    "prizes": [prize("gift", 1, per_member=2, fallback="thanks"), {**THANKS, "weight": 0}],
    "chances": {
        "free_per_day": 3,
        "orders": {"rule": "per_order", "chances": 2, "on_refund": "debt"},
        "sources": {"share": {"chances": 1, "per_day": 2, "total": 3}},
    },
    "rewards": {"on_refund": "reverse", "restock": True},
    "quotas": {"per_day": 5, "per_week": 7, "per_month": 8, "total": 9},
}
MEMBERS = ("ann", "bob", "cid", "dan")


def _record(fair: Fair, member: str) -> Any:
    stored = fair.world.records.get((WHEEL, f"m:{member}"))
    return None if stored is None else fair.world.service.decode(f"m:{member}", stored)


def _account(fair: Fair, member: str) -> Entrant:
    """The account under which a member is counted."""
    known = _record(fair, member)
    while isinstance(known, Linked):
        known = _record(fair, known.person)
    return known or NEWCOMER


# ---- what counts together --------------------------------------------------------------------------------


def test_draws_before_a_link_count_for_the_person() -> None:
    fair = Fair(**GIFT)
    fair.draw("ann", draws=3)
    fair.draw("bob", draws=1)
    linked, joined = fair.send(LinkMember(activity_id=WHEEL, member_id="bob", person_id="ann"))
    assert isinstance(linked, MembersLinked)
    assert (joined.member_id, joined.joined_id) == ("ann", "bob"), "whoever looks up either finds the other"
    fair.grant("for you", 5, "ann")
    (outcome,) = fair.draw("bob")
    assert (outcome.member_id, outcome.person_id, outcome.chance) == ("bob", "ann", "granted"), "free ones are used up"
    assert fair.reason("ann") == "quota_used_day"
    assert fair.reason("bob") == "quota_used_day"
    fair.checked()


@pytest.mark.parametrize("per_day", [True, False])
def test_what_both_had_carried_is_more_than_a_cap_lets_their_next_order_bring(per_day: bool) -> None:
    """Two chances are due, one is allowed; the one that is cut off is more money than the order."""
    orders = {"rule": "cumulative", "every_fen": 100, "on_refund": "debt"}
    fair = Fair(chances={"free_per_day": 0, "orders": orders | ({"per_day": 1} if per_day else {"total": 1})})
    fair.pay("a", 70)
    fair.pay("b", 60, "bob")
    fair.link("bob", "ann")
    granted = fair.pay("c", 70)
    assert (granted.chances, granted.counted_fen, granted.carried_fen) == (1, 1, 31)
    fair.draw()
    assert [fair.refund(order, member).debt for order, member in (("c", "ann"), ("a", "ann"))] == [0, 1]
    assert fair.entrant().carried_fen == 60
    assert replayed(fair.world).records == fair.world.records
    fair.checked()


def test_what_was_too_much_stays_and_nothing_more_is_given() -> None:
    fair = Fair(**GIFT | {"quotas": {"total": 3}})
    for member in ("ann", "bob"):
        assert [type(outcome) for outcome in fair.draw(member, draws=2)] == [PrizeWon, PrizeWon]
    fair.link("ann", "bob")
    assert (_account(fair, "ann").draws, dict(_account(fair, "ann").wins)) == (4, {"gift": 4})
    assert fair.reason("ann") == "quota_used_total"
    fair.publish(**GIFT | {"quotas": {"total": 9}})
    fair.grant("for you", 1, "bob")
    assert [outcome.withheld for outcome in fair.draw("bob")] == ["per_member"]
    fair.checked()


def test_chances_of_both_can_be_used_by_both() -> None:
    fair = Fair(**GIFT | {"chances": {"orders": {"rule": "per_order", "chances": 2}}, "quotas": {}})
    fair.pay("o1", 100, "ann")
    fair.pay("o2", 100, "bob")
    fair.link("bob", "ann")
    assert [outcome.cause for outcome in fair.draw("bob", draws=4)] == ["order:o1"] * 2 + ["order:o2"] * 2
    assert fair.pay("o1", 100, "bob").reason == "duplicate", "the same order earns once for the person"
    fair.checked()


def test_a_refund_finds_the_order_whoever_of_the_person_had_paid_it() -> None:
    fair = Fair(chances={"orders": {"rule": "per_order", "chances": 2, "on_refund": "debt"}})
    fair.pay("o1", 100, "bob")
    fair.link("bob", "ann")
    fair.draw("ann")
    revoked = fair.refund("o1", "bob")
    assert (revoked.person_id, sum(part.chances for part in revoked.taken), revoked.debt) == ("ann", 1, 1)
    assert fair.pay("o1", 100, "ann").reason == "order_refunded"
    fair.checked()


def test_money_that_counted_towards_a_chance_adds_up() -> None:
    fair = Fair(chances={"orders": {"rule": "cumulative", "every_fen": 5000}})
    fair.pay("o1", 3000, "ann")
    fair.pay("o2", 3000, "bob")
    fair.link("ann", "bob")
    (refused,) = fair.draw("ann")
    assert refused.help_en == "0.01 yuan more", "the next order brings what two have earned together"
    granted = fair.pay("o3", 100, "ann")
    assert (granted.chances, granted.carried_fen) == (1, 1100)
    fair.checked()


def test_caps_of_sources_and_causes_count_for_the_person() -> None:
    fair = Fair(**GIFT)
    fair.grant("c1", None, "ann", source="share")
    fair.grant("c1", None, "bob", source="share")
    fair.link("bob", "ann")
    assert fair.grant("c1", None, "bob", source="share", now="2017-06-02 12:00").reason == "duplicate"
    assert fair.grant("c2", None, "bob", source="share").reason == "cap_reached_day"
    assert fair.grant("c2", None, "bob", source="share", now="2017-06-02 12:00").chances == 1
    assert fair.grant("c3", None, "ann", source="share", now="2017-06-03 12:00").reason == "cap_reached_total"
    fair.checked()


def test_a_purchase_is_settled_for_the_person_whom_the_buyer_became() -> None:
    fair = Fair(chances={"sources": {"points": {"price": 5, "total": 2}}})
    (asked,) = fair.send(BuyChances(activity_id=WHEEL, member_id="bob", times=2))
    fair.link("bob", "ann")
    refused = fair.send(BuyChances(activity_id=WHEEL, member_id="ann"))[0]
    assert refused.reason == "cap_reached_total"
    answer = SettlePurchase(activity_id=WHEEL, member_id="bob", funding_id=asked.funding_id, paid=True)
    (granted,) = fair.send(answer)
    assert isinstance(granted, ChancesGranted)
    assert (granted.member_id, granted.person_id, granted.chances) == ("bob", "ann", 2)
    fair.checked()


def test_pity_and_prizes_that_open_by_cycle_are_no_more_generous_than_for_one() -> None:
    fair = Fair(
        prizes=[
            prize("bike", 1, unlock={"after": 2, "by": "member", "per": "cycle"}, fallback="thanks"),
            prize("car", 1, stock=0, fallback="thanks"), {**THANKS, "weight": 0},
        ],
        pity=[{"id": "p", "prizes": ["bike"], "after": 9}], chances={"free_per_day": 50},
    )  # fmt: skip
    fair.draw("ann", draws=20)
    fair.draw("bob", draws=20)
    ann, bob = fair.entrant("ann"), fair.entrant("bob")
    fair.link("bob", "ann")
    both = fair.entrant("ann")
    since = [each.draws - dict(each.opened)["bike"] for each in (ann, bob, both)]  # type: ignore[attr-defined]
    missed = [dict(each.misses).get("p", 0) for each in (ann, bob, both)]  # type: ignore[attr-defined]
    assert since[2] == min(since[:2])
    assert missed[2] == max(missed[:2])
    fair.draw("bob", draws=30)
    fair.checked()


# ---- who is who ------------------------------------------------------------------------------------------


def test_a_command_that_carries_the_person_links_the_member() -> None:
    """Whoever publishes it has seen a link that this wheel has not: it may be younger than the link."""
    fair = Fair(**GIFT)
    fair.draw("ann", draws=2)
    (outcome,) = fair.draw("bob", person_id="ann")
    assert (outcome.member_id, outcome.person_id) == ("bob", "ann")
    *linked, forwarded, drawn = (event.data.type for event in fair.world.events[-4:])
    assert linked == ["lottery.members.linked.v1", "lottery.member.joined.v1"]
    assert (forwarded, drawn) == ("lottery.command.forwarded.v1", outcome.type)
    events = len(fair.world.events)
    fair.grant("g", 1, "bob", person_id="ann")
    assert len(fair.world.events) == events + 1, "once linked, a command that carries the person is decided at once"
    assert fair.link("bob", "ann").reason == "duplicate"
    fair.checked()


def test_the_reward_goes_to_the_member_who_drew() -> None:
    fair = Fair(**GIFT)
    fair.link("bob", "ann")
    fair.draw("bob")
    rewards = [effect for effect in fair.world.effects if effect.topic == "fairground.rewards"]
    assert [(reward.key, reward.data.member_id) for reward in rewards] == [("bob", "bob")]  # type: ignore[attr-defined]


def test_draws_of_a_person_have_one_alias() -> None:
    fair = Fair(**GIFT)
    fair.link("bob", "ann")
    (outcome,) = fair.draw("bob")
    assert outcome.alias == alias(Seeds(SECRET, "k1").of(WHEEL, "k1").aliases, "ann")


def test_a_request_is_the_same_request_through_whichever_identity_it_comes() -> None:
    fair = Fair(**GIFT)
    fair.draw("bob", request="r1")
    fair.link("bob", "ann")
    assert fair.reason("bob", request="r1") == "duplicate"
    fair.draw("bob", request="r2")
    assert fair.reason("bob", request="r2") == "duplicate"
    assert fair.reason("bob", request="r2", person_id="ann") == "duplicate"
    fair.checked()


def test_a_person_that_was_merged_into_another_is_followed() -> None:
    fair = Fair(**GIFT)
    fair.link("ann", "p1")
    fair.link("p1", "p2")
    for person in ("", "p1", "p2", "p2"):
        (outcome,) = fair.draw("ann", person_id=person)
        assert outcome.person_id == "p2"
    assert isinstance(fair.world.service.decode("m:ann", fair.world.records[WHEEL, "m:ann"]), Linked)
    assert fair.draw("bob", person_id="p1")[0].person_id == "p2"
    fair.checked()


def test_a_person_who_was_linked_the_other_way_round_is_the_same() -> None:
    fair = Fair(**GIFT)
    fair.link("ann", "bob")
    assert fair.link("bob", "ann").reason == "duplicate"
    (outcome,) = fair.draw("bob", person_id="ann")
    assert (outcome.member_id, outcome.person_id) == ("bob", "")
    assert fair.link("cid", "cid").reason == "duplicate"
    fair.checked()


def test_two_persons_of_one_member_are_one() -> None:
    """Links are never undone at a wheel: whoever could part again after having won would win again."""
    fair = Fair(**GIFT)
    fair.link("ann", "p1")
    fair.link("ann", "p2")
    fair.draw("ann", draws=3)
    assert fair.reason("p1") == fair.reason("p2") == "no_chances"
    fair.checked()


@pytest.mark.parametrize(
    "audience",
    [{"never": ["ann"]}, {"never": ["bob"]}, {"only": ["cid"]}, {"share": "0.0001%"}, {"holdout": "99.9999%"}],
)
def test_who_is_kept_out_is_kept_out_under_every_name(audience: dict[str, Any]) -> None:
    fair = Fair(**GIFT | {"audience": audience})
    fair.link("bob", "ann")
    assert fair.reason("bob") in ("not_eligible", "holdout")
    fair.checked()


def test_who_is_invited_under_one_name_is_invited() -> None:
    fair = Fair(**GIFT | {"audience": {"only": ["bob"]}})
    fair.link("bob", "ann")
    assert len(fair.draw("bob")) == 1
    fair.checked()


def test_links_matter_as_long_as_the_wheel_is_open() -> None:
    assert Fair().link("bob", "ann").reason == "unknown_activity"
    fair = Fair(**GIFT)
    fair.draw("bob", person_id="ann")
    assert fair.link("cid", "ann", now="2018-01-01 00:00").reason == "ended"
    fair.move(StopActivity)
    assert isinstance(fair.link("cid", "ann"), LinkRefused)
    assert fair.reason("bob") == fair.reason("cid", person_id="ann") == "stopped"
    fair.move(ArchiveActivity)
    assert fair.reason("bob") == fair.reason("cid", person_id="ann") == "archived"
    fair.checked()


def test_a_request_that_is_too_long_to_be_forwarded_is_known_by_its_hash() -> None:
    fair = Fair(**GIFT)
    fair.link("bob", "ann")
    long = "r" * 1024
    fair.draw("bob", request=long)
    assert fair.reason("bob", request=long) == "duplicate"
    assert fair.reason("bob", request=long, person_id="ann") == "duplicate"
    forwarded = next(event.data for event in fair.world.events if isinstance(event.data, CommandForwarded))
    assert len(forwarded.forwarded_id) < 100
    assert request_of("r1") == request_of(request_of("lottery-1-0-5-0-w:r1")) == "r1"


# ---- any order of links ----------------------------------------------------------------------------------

_LINKS = [("ann", "bob"), ("bob", "cid"), ("dan", "bob")]
_ASKED = st.tuples(
    st.sampled_from(["draw", "draws", "share", "grant", "pay", "refund"]), st.sampled_from(MEMBERS), st.integers(1, 4),
    st.integers(0, 9),
)  # fmt: skip


def _ask(fair: Fair, asked: tuple[str, str, int, int], member: str, number: int) -> list[tuple[str, str, str]]:
    """What came of one command, without who it was and what the numbers were."""
    what, _, day, cause = asked
    whose = {"activity_id": WHEEL, "member_id": member}
    data = {
        "draw": Draw(**whose),
        "draws": Draw(**whose, draws=3, policy="available"),
        "share": GrantChances(**whose, cause=f"c{cause}", source="share"),
        "grant": GrantChances(**whose, cause=f"c{cause}", chances=2),
        "pay": EarnChances(**whose, order_id=f"o{cause}", amount_fen=1000),
        "refund": RevokeOrder(**whose, order_id=f"o{cause}", why="refunded"),
    }[what]
    events = fair.send(data, f"r{number}", f"2017-06-0{day} 12:00")
    return [(event.type, str(getattr(event, "reason", "")), getattr(event, "prize_id", "")) for event in events]


@_QUICK
@given(st.lists(_ASKED, max_size=25), st.permutations(_LINKS), st.lists(st.sampled_from(_LINKS), max_size=4))
def test_who_is_linked_from_the_start_is_treated_as_one_person(
    asked: list[tuple[str, str, int, int]], links: Sequence[tuple[str, str]], again: Sequence[tuple[str, str]]
) -> None:
    """Draw for draw, refusal for refusal, whichever identity asks."""
    one, many = Fair(**GIFT), Fair(**GIFT)
    for member, person in (*links, *again):
        many.link(member, person)
    for number, each in enumerate(asked):
        assert _ask(many, each, each[1], number) == _ask(one, each, "ann", number)
    many.checked()


@_QUICK
@given(st.lists(_ASKED, max_size=30))
def test_any_order_of_links_leads_to_the_same_account(asked: list[tuple[str, str, int, int]]) -> None:
    accounts = set()
    for links in permutations(_LINKS):
        fair = Fair(**GIFT)
        for number, each in enumerate(asked):
            _ask(fair, each, each[1], number)
        for member, person in (*links, *links):
            fair.link(member, person)
        accounts.add(fair.world.service.encode(_account(fair, "ann")))
    assert len(accounts) == 1


@_QUICK
@given(st.lists(st.one_of(_ASKED, st.sampled_from(_LINKS)), max_size=40))
def test_links_at_any_time_let_nobody_win_more_than_one_person_may(said: list[tuple[Any, ...]]) -> None:
    """The laws count for the person from the link on; and whoever only reads the events comes to the same state."""
    fair = Fair(**GIFT)
    for number, each in enumerate(said):
        if len(each) == 2:
            fair.send(LinkMember(activity_id=WHEEL, member_id=each[0], person_id=each[1]))
        else:
            _ask(fair, each, each[1], number)
    checked(fair.world)
    assert replayed(fair.world).records == fair.world.records
    assert replayed(fair.world).counters == fair.world.counters
