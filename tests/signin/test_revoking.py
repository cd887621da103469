"""Days that are taken back: the streak is that of the days that are left, and rewards follow by policy."""

from typing import Any

import pytest

from fairground_contracts.rewards import RewardGranted
from fairground_signin.contract import Reason, RejectReward, RewardCompensated, RewardUndelivered
from tests.signin.world import DAILY, Book, amounts, points, replayed, tier


def _book(policy: str, **fields: Any) -> Book:
    streak = {"tiers": [tier(2, 20, on_revoke=policy), tier(4, 40, on_revoke=policy)]}
    return Book(**{"cycle": {"every": "month"}, "streak": streak} | fields)


def test_the_streak_is_recomputed_and_a_revoked_day_never_comes_back() -> None:
    book = _book("keep", make_up={"days_back": 9, "per_cycle": 9, "cards": True})
    book.sign_all("2017-06-01..05")
    revoked = book.revoke("2017-06-03", "2017-06-05")
    assert (revoked.was, revoked.streak, revoked.total) == ("signed", 2, 4)
    assert book.sign("2017-06-03 20:00").reason is Reason.DAY_REVOKED
    assert book.make_up("2017-06-03", "2017-06-05").reason is Reason.DAY_REVOKED
    assert book.revoke("2017-06-03", "2017-06-05").reason is Reason.DUPLICATE
    assert book.sign("2017-06-06").streak == 3
    book.checked()


def test_what_a_member_keeps_is_not_paid_again_in_the_cycle() -> None:
    book = _book("keep")
    book.sign_all("2017-06-01..04")
    revoked = book.revoke("2017-06-01", "2017-06-04")
    assert [(lost.rule, lost.becomes, lost.cycle) for lost in revoked.lost] == [("d4", "keep", "2017-06-01")]
    assert book.taken_back() == []
    again = book.sign("2017-06-05")
    assert (again.streak, amounts(again), again.owed_before) == (4, {"base": 5}, ("d4",))
    later = book.sign_all("2017-07-01..04")
    assert [amounts(event) for event in later] == [
        {"base": 5}, {"base": 5, "d2": 20}, {"base": 5}, {"base": 5, "d4": 40},
    ]  # fmt: skip
    book.checked()


def test_each_streak_keeps_what_it_was_paid_by_itself() -> None:
    """A longer one elsewhere in the cycle does not make up for it: the tier was paid in each."""
    book = _book("keep")
    signed = book.sign_all("2017-06-01..04", "2017-06-06..09")
    assert [amounts(event).get("d4", 0) for event in signed] == [0, 0, 0, 40] * 2
    revoked = book.revoke("2017-06-07", "2017-06-09")
    assert [lost.rule for lost in revoked.lost] == ["d4"], "two in a row there still are"
    later = book.sign_all("2017-06-10..11")
    assert [(amounts(event), event.owed_before) for event in later] == [({"base": 5}, ()), ({"base": 5}, ("d4",))]
    book.checked()


def test_a_kept_tier_that_pays_once_in_a_cycle_is_owed_when_no_streak_has_it_any_more() -> None:
    book = Book(cycle={"every": "month"}, streak={"tiers": [tier(3, 30, paid="per_cycle")]})
    book.sign_all("2017-06-01..03", "2017-06-05..07")
    assert book.revoke("2017-06-06", "2017-06-07").lost == ()
    assert [lost.rule for lost in book.revoke("2017-06-02", "2017-06-07").lost] == ["d3"]
    assert amounts(book.sign_all("2017-06-08..09")[-1]) == {"base": 5}
    book.checked()


def test_what_is_reversed_is_taken_back_by_its_id_once_and_may_be_earned_again() -> None:
    book = _book("reverse")
    signed = book.sign_all("2017-06-01..04")
    assert [amounts(event).get("d4", 0) for event in signed] == [0, 0, 0, 40]
    rewards = {effect.data.prize_id: effect.id for effect in book.world.effects if effect.topic == "fairground.rewards"}  # type: ignore[attr-defined]
    book.revoke("2017-06-02", "2017-06-04")
    assert book.taken_back() == [rewards["d4"]], "two in a row there still are"
    assert amounts(book.sign("2017-06-05")) == {"base": 5}
    assert amounts(book.sign("2017-06-06")) == {"base": 5, "d4": 40}
    book.revoke("2017-06-06", "2017-06-06")
    book.revoke("2017-06-05", "2017-06-06")
    assert len(book.taken_back()) == 2
    book.checked()


def test_a_debt_is_paid_by_the_next_time_the_tier_is_due() -> None:
    book = _book("debt")
    book.sign_all("2017-06-01..04")
    revoked = book.revoke("2017-06-02", "2017-06-04")
    assert [(lost.rule, lost.becomes) for lost in revoked.lost] == [("d4", "debt")]
    assert book.taken_back() == []
    july = book.sign_all("2017-07-01..09")
    assert [event.owed_before for event in july if event.owed_before] == [("d4",)]
    august = book.sign_all("2017-08-01..04")
    assert amounts(august[-1]) == {"base": 5, "d4": 40}
    book.checked()


def test_the_base_reward_and_totals_follow_their_own_policies() -> None:
    base = {"reward": {"kind": "points", "amount": 5}, "on_revoke": "reverse"}
    book = Book(base=base, total=[tier(3, 30, on_revoke="reverse")], first={"reward": base["reward"]})
    book.sign_all("2017-06-01..03")
    book.revoke("2017-06-02", "2017-06-03")
    assert sorted(book.taken_back()) == ["signin-1-0-6-0-r0", "signin-1-0-7-0-r1"]
    assert amounts(book.sign("2017-06-04")) == {"base": 5, "d3": 30}
    book.checked()


def _saving(policy: str) -> Book:
    """The third day is missed, and saved by the freeze that the second has earned; it earns the base reward."""
    base = {"reward": {"kind": "points", "amount": 5}, "on_revoke": policy}
    book = Book(base=base, freeze={"every": 2, "most": 1, "base": True})
    book.sign_all("2017-06-01..02", "2017-06-04")
    return book


@pytest.mark.parametrize("day", ["2017-06-01", "2017-06-03", "2017-06-04"])
def test_what_a_saved_day_had_earned_goes_back_when_it_is_no_longer_saved(day: str) -> None:
    """Its freeze is gone, the day itself is revoked, or nothing follows it any more."""
    book = _saving("reverse")
    lost = book.revoke(day, "2017-06-04").lost
    frozen = next(each for each in lost if each.saved)
    assert (frozen.rule, frozen.reward.amount, frozen.saved) == ("base", 5, ("2017-06-03",))
    assert frozen.reward_id in book.taken_back()
    again = book.sign("2017-06-05")
    assert (amounts(again), again.frozen) == (
        ({"base": 5}, ("2017-06-03",)) if day == "2017-06-04" else ({"base": 5}, ())
    )
    book.checked()


def test_what_a_saved_day_had_earned_stays_while_it_is_saved_or_signed_late() -> None:
    book = _saving("reverse")
    book.sign("2017-06-05")
    lost = book.revoke("2017-06-05", "2017-06-05").lost
    assert [(each.rule, each.saved) for each in lost] == [("base", ())]
    book.sign("2017-06-03 20:00")
    lost = book.revoke("2017-06-01", "2017-06-05").lost
    assert [(each.rule, each.saved) for each in lost] == [("base", ())], "it counts without a freeze now"
    book.checked()


def test_base_rewards_that_are_owed_are_paid_by_the_next_days() -> None:
    book = _saving("debt")
    lost = book.revoke("2017-06-01", "2017-06-04").lost
    assert sorted(each.saved for each in lost) == [(), ("2017-06-03",)]
    assert book.taken_back() == []
    days = book.sign_all("2017-06-05..07")
    assert [(amounts(day), day.owed_before) for day in days] == [({}, ("base",)), ({}, ("base",)), ({"base": 5}, ())]
    book.checked()


def test_rewards_can_be_taken_back_for_so_many_days() -> None:
    book = _book("reverse", cycle={"every": "none"}, revoke_days=5)
    book.sign_all("2017-06-01..02", "2017-06-05", "2017-06-07..08")
    assert [each.rule for each in book.member().rest.revocable] == ["d2"]
    book.revoke("2017-06-01", "2017-06-08")
    assert book.taken_back() == [], "it is too long ago"
    book.revoke("2017-06-07", "2017-06-08")
    assert len(book.taken_back()) == 1
    book.checked()


@pytest.mark.parametrize(
    ("day", "now", "reason"),
    [
        ("2017-06-02", "2017-06-01", "no_such_day"),
        ("2016-12-31", "2017-06-01", "no_such_day"),
        ("2017-13-01", "2017-06-01", "no_such_day"),
    ],
)
def test_days_that_nobody_can_take_back(day: str, now: str, reason: str) -> None:
    assert _book("keep").revoke(day, now).reason == reason


def test_a_day_that_is_taken_back_before_its_sign_in_comes_stays_so() -> None:
    book = _book("keep")
    assert book.revoke("2017-06-01", "2017-06-02").was == "missed"
    assert book.sign("2017-06-01 09:00").reason is Reason.DAY_REVOKED
    assert book.granted() == []


def test_a_reward_that_cannot_be_delivered_is_compensated_once_by_rule() -> None:
    from fairground_signin.contract import RejectReward

    book = Book(on_rejected={"reward": {"kind": "points", "amount": 10}, "name": {"zh": "补偿", "en": "instead"}})
    book.sign()
    (reward,) = [effect.id for effect in book.world.effects if effect.topic == "fairground.rewards"]

    def reject(reward_id: str) -> Any:
        asked = RejectReward(activity_id="daily", member_id="ann", reward_id=reward_id, rejected="template_sold_out")
        return book.send(asked, f"rejected:{reward_id}")[0]

    first = reject(reward)
    assert (first.reward.amount, first.reward.name) == (10, "补偿")
    instead = book.world.effects[-1]
    assert (instead.topic, instead.id) == ("fairground.rewards", f"{book.world.events[-1].id}-c")
    assert reject(reward).reason is Reason.DUPLICATE
    assert reject(instead.id).type == "signin.reward.undelivered.v1", "nothing instead of what is given instead"
    for unknown in ("signin-1-0-999-0-r0", "lottery-1-0-1-0-r", "signin-1-3-1-0-r0", "signin-x", "signin-1-0-1-0-z"):
        assert reject(unknown).reason is Reason.UNKNOWN_REWARD
    assert len(book.granted()) == 2


def _reject(book: Book, reward_id: str, member: str = "ann") -> Any:
    asked = RejectReward(activity_id=DAILY, member_id=member, reward_id=reward_id, rejected="sold_out")
    return book.send(asked)[0]


def _ids(book: Book) -> list[str]:
    return [effect.id for effect in book.world.effects if isinstance(effect.data, RewardGranted)]


@pytest.mark.parametrize("policy", ["reverse", "debt"])
def test_what_was_given_instead_of_a_reward_goes_back_in_its_stead(policy: str) -> None:
    book = Book(base=points(5, on_revoke=policy), on_rejected=points(3))
    book.sign("2017-06-01")
    (won,) = _ids(book)
    assert isinstance(_reject(book, won), RewardCompensated)
    _, instead = _ids(book)
    (lost,) = book.revoke("2017-06-01", "2017-06-01").lost
    assert (lost.reward_id, lost.becomes, lost.reward.amount) == (instead, policy, 3)
    assert book.taken_back() == ([instead] if policy == "reverse" else [])
    assert amounts(book.sign("2017-06-02")) == ({"base": 5} if policy == "reverse" else {})
    assert replayed(book.world).records == book.world.records
    book.checked()


@pytest.mark.parametrize("policy", ["reverse", "debt"])
def test_nobody_gives_back_or_owes_what_never_came(policy: str) -> None:
    book = Book(base=points(5, on_revoke=policy))
    book.sign("2017-06-01")
    assert isinstance(_reject(book, _ids(book)[0]), RewardUndelivered)
    assert book.revoke("2017-06-01", "2017-06-01").lost == ()
    assert amounts(book.sign("2017-06-02")) == {"base": 5}
    book.checked()


def test_nothing_is_given_instead_of_a_reward_that_went_back() -> None:
    """Its rejection was on its way when the day was revoked; so was that of a place of the day."""
    place = {"id": "early", "from": 1} | points(9, on_revoke="reverse")
    book = Book(base=points(5, on_revoke="reverse"), on_rejected=points(3), nth=[place])
    book.sign("2017-06-01")
    won = _ids(book)
    book.revoke("2017-06-01", "2017-06-01")
    assert sorted(book.taken_back()) == sorted(won)
    assert [_reject(book, each).reason for each in won] == [Reason.DUPLICATE] * 2
    assert _ids(book) == won
    book.checked()


@pytest.mark.parametrize(
    "fields",
    [
        {"base": points(5, on_revoke="debt")},
        {"base": None, "streak": {"tiers": [tier(1, 5, on_revoke="debt") | {"id": "base"}]}},
    ],
    ids=["base", "tier"],
)
def test_a_debt_is_owed_again_when_the_day_that_had_paid_it_is_revoked(fields: dict[str, Any]) -> None:
    book = Book(**fields)
    days = ("2017-06-01", "2017-06-03", "2017-06-05", "2017-06-07")
    for number, day in enumerate(days):
        signed = book.sign(day)
        assert amounts(signed) == ({} if number else {"base": 5}), "each pays the debt of the one before"
        (lost,) = book.revoke(day, day).lost
        assert (lost.rule, lost.becomes, lost.paid_on) == ("base", "debt", day if number else "")
    assert [amounts(book.sign(day)) for day in ("2017-06-09", "2017-06-11")] == [{}, {"base": 5}]
    assert replayed(book.world).records == book.world.records
    book.checked()


def test_a_tier_that_pays_once_in_a_cycle_is_earned_again_in_each_where_it_went_back() -> None:
    """The law looks at each cycle by itself."""
    book = Book(cycle={"every": "week"}, streak={"tiers": [tier(2, 20, on_revoke="reverse", paid="per_cycle")]})
    book.sign_all("2017-06-05..06", "2017-06-12..13")
    book.revoke("2017-06-06", "2017-06-13")
    book.revoke("2017-06-13", "2017-06-13")
    assert amounts(book.sign_all("2017-06-15..16")[-1]) == {"base": 5, "d2": 20}
    book.checked()


def test_a_tier_that_pays_once_in_a_cycle_and_never_came_is_earned_again() -> None:
    book = Book(streak={"tiers": [tier(2, 20, on_revoke="debt", paid="per_cycle")]})
    book.sign_all("2017-06-01..02")
    assert isinstance(_reject(book, _ids(book)[-1]), RewardUndelivered)
    assert book.revoke("2017-06-02", "2017-06-02").lost == ()
    assert amounts(book.sign_all("2017-06-04..05")[-1]) == {"base": 5, "d2": 20}
    book.checked()


@pytest.mark.parametrize("linked", [False, True])
def test_a_debt_ends_when_it_turns_out_that_its_reward_never_came(linked: bool) -> None:
    book = Book(base=points(5, on_revoke="debt"))
    book.sign("2017-06-01")
    book.revoke("2017-06-01", "2017-06-01")
    if linked:
        book.link("ann", "bob", "2017-06-02")
    _reject(book, _ids(book)[0])
    assert amounts(book.sign("2017-06-03", "bob" if linked else "ann")) == {"base": 5}
    assert replayed(book.world).records == book.world.records
    book.checked()


def test_what_was_given_instead_of_a_reward_is_owed_in_its_stead_as_long_as_it_came() -> None:
    book = Book(base=points(5, on_revoke="debt"), on_rejected=points(3))
    for day, came in (("2017-06-01", True), ("2017-06-05", False)):
        book.sign(day)
        book.revoke(day, day)
        _reject(book, next(id for id in reversed(_ids(book)) if id.endswith("-r0")))
        if not came:
            assert isinstance(_reject(book, _ids(book)[-1]), RewardUndelivered)
        assert amounts(book.sign(f"{day[:-1]}{int(day[-1]) + 1}")) == ({} if came else {"base": 5})
    book.checked()


def test_what_is_taken_back_is_not_kept_as_well_when_a_new_version_lets_members_keep_it() -> None:
    """It was promised as one that goes back; whoever reaches it again is paid, as nothing is left of it."""
    book = Book(streak={"tiers": [tier(2, 20, on_revoke="reverse")]})
    book.sign_all("2017-06-01..02")
    book.publish("2017-06-02", streak={"tiers": [tier(2, 20)]})
    assert [lost.becomes for lost in book.revoke("2017-06-02", "2017-06-02").lost] == ["reverse"]
    assert amounts(book.sign_all("2017-06-04..05")[-1]) == {"base": 5, "d2": 20}
    book.checked()


def test_a_tier_whose_debt_another_cycle_has_paid_is_earned_again_in_its_own() -> None:
    """By a late sign-in; the law counts what is owed no more."""
    book = Book(cycle={"every": "week"}, streak={"tiers": [tier(2, 20, on_revoke="debt", paid="per_cycle")]})
    book.sign_all("2017-06-05..06")
    book.revoke("2017-06-06", "2017-06-06")
    assert book.sign_all("2017-06-12..13")[-1].owed_before == ("d2",)
    assert amounts(book.sign_all("2017-06-07..08")[-1]) == {"base": 5, "d2": 20}
    book.checked()


def test_nothing_is_given_instead_of_a_reward_that_went_back_by_a_link_of_long_ago() -> None:
    book = Book(base=points(5, on_revoke="reverse"), on_rejected=points(3))
    book.sign_all("2017-06-01..02")
    won = _ids(book)[0]
    assert isinstance(_reject(book, _ids(book)[1]), RewardCompensated), "a cause of today"
    book.revoke("2017-06-01", "2017-06-02", "bob")
    book.link("bob", "ann", "2017-04-01")
    assert book.taken_back() == [won]
    assert _reject(book, won).reason is Reason.DUPLICATE
    book.checked()
