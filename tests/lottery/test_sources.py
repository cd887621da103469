"""Chances from every source (rule 2): each grant has a cause, each source its own expiry and caps."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairground_contracts.activities import ActivityListed, StopActivity
from fairground_contracts.cloudevent import CloudEvent, parse_time_ms
from fairground_contracts.members import MemberRegistered
from fairground_lottery import history
from fairground_lottery.contract import ChancesGranted, ChancesRefused
from fairground_lottery.domain import entrants
from fairground_lottery.intake import translate
from fairground_lottery.odds import odds
from fairground_lottery.rules import check, form, load
from fairground_lottery.traffic import commands
from tests.lottery.world import NOON, WHEEL, Fair, by_person, replayed, rules, utc

SHARE = {"sources": {"share": {"chances": 2, "per_day": 4, "total": 6, "expire_days": 3}}}
NOTHING: dict[str, Any] = {"chances": {"sources": {"sign_in": {}}}}


def _share(fair: Fair, cause: str, now: str = "", **fields: Any) -> Any:
    return fair.grant(cause, None, now=now, source="share", **fields)


# ---- grants ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["sign_in", "share", "review", "invitation"])
def test_each_source_grants_with_its_cause_what_its_rule_says(source: str) -> None:
    fair = Fair(chances={"sources": {source: {"chances": 3, "expire_days": 1}}})
    granted = fair.grant("c1", None, source=source)
    assert (granted.chances, granted.source, granted.cause) == (3, source, f"{source}:c1")
    assert granted.expires_at.isoformat() == "2017-06-02T04:00:00+00:00"
    assert {outcome.cause for outcome in fair.draw(draws=3)} == {f"{source}:c1"}
    fair.checked()


def test_the_same_cause_grants_once_within_its_source() -> None:
    fair = Fair(chances={"sources": {"share": {"chances": 1}, "review": {"chances": 1}}})
    assert isinstance(_share(fair, "c1"), ChancesGranted)
    assert _share(fair, "c1").reason == "duplicate"
    assert fair.grant("c1", None, source="review").chances == 1, "another source has causes of its own"
    assert fair.grant("c1").chances == 1, "and so have grants from none"
    fair.checked()


def test_a_source_that_the_wheel_does_not_know_is_refused_with_those_that_it_knows() -> None:
    fair = Fair(chances=SHARE)
    refused = fair.grant("c1", 5, source="review")
    assert (refused.reason, refused.help_zh, refused.help_en) == (
        "unknown_source",
        "可用的来源：share",
        "there is share",
    )
    assert Fair(**NOTHING).grant("c1", 1, source="points").reason == "unknown_source"
    assert Fair(chances={"free_per_day": 1}).grant("c1", 1, source="share").help_en == ""
    sold = Fair(chances={"sources": {"points": {"price": 1}}})
    assert sold.grant("c1", 1, source="points").reason == "unknown_source", "what is sold is not granted"


def test_whoever_grants_says_how_many_where_the_rule_does_not() -> None:
    fair = Fair(**NOTHING)
    assert fair.grant("d1", 7, source="sign_in").chances == 7
    assert fair.grant("d2", None, source="sign_in").chances == 1
    assert Fair(chances=SHARE).grant("c1", 900, source="share").chances == 2, "the rule's number counts"


def test_the_sooner_of_two_expiries_counts() -> None:
    fair = Fair(chances=SHARE)
    early, late = "2017-06-02T00:00:00Z", "2018-01-01T00:00:00Z"
    assert _share(fair, "c1", expires_at=early).expires_at.isoformat() == "2017-06-02T00:00:00+00:00"
    assert _share(fair, "c2", expires_at=late).expires_at.isoformat() == "2017-06-04T04:00:00+00:00"


def test_the_cap_of_a_day_and_of_all() -> None:
    fair = Fair(chances=SHARE)
    assert [_share(fair, f"c{n}").chances for n in range(2)] == [2, 2]
    refused = _share(fair, "c2")
    assert (refused.reason, refused.help_en) == ("cap_reached_day", "come again tomorrow")
    assert _share(fair, "c2", now="2017-06-02 12:00").chances == 2, "a refused cause may come again"
    refused = _share(fair, "c9", now="2017-06-03 12:00")
    assert (refused.reason, refused.help_en) == ("cap_reached_total", "")
    assert fair.grant("for you").chances == 1, "what comes from no source has no cap"
    fair.checked()


def test_what_the_cap_leaves_is_granted() -> None:
    fair = Fair(chances={"sources": {"share": {"per_day": 4}}})
    assert [fair.grant(f"c{n}", 3, source="share").chances for n in range(2)] == [3, 1]
    fair.checked()


def test_other_members_have_caps_of_their_own() -> None:
    fair = Fair(chances={"sources": {"share": {"chances": 1, "total": 1}}})
    assert _share(fair, "c1").chances == 1
    assert fair.grant("c1", None, "bob", source="share").chances == 1


def test_a_grant_of_a_closed_day_is_too_late_where_days_are_counted() -> None:
    fair = Fair(chances={"sources": {"share": {"chances": 1, "per_day": 1}}})
    for day in range(4, 7):
        _share(fair, f"c{day}", now=f"2017-06-0{day} 12:00")
    assert _share(fair, "c5b", now="2017-06-05 12:00").reason == "cap_reached_day"
    assert _share(fair, "c1", now="2017-06-01 12:00").reason == "too_late"
    fair.checked()


def test_a_new_version_keeps_what_was_counted() -> None:
    """Editing resets nothing (rule 10)."""
    fair = Fair(chances=SHARE)
    for number in range(2):
        _share(fair, f"c{number}")
    fair.publish(chances={"sources": {"share": {"chances": 2, "per_day": 6, "total": 6}}})
    assert [getattr(_share(fair, f"d{n}"), "reason", "") for n in range(2)] == ["", "cap_reached_total"]
    fair.checked()


def test_each_invited_member_counts_once_however_late_it_is_said_again() -> None:
    fair = Fair(chances={"sources": {"invitation": {"chances": 1}, "share": {"chances": 1}}, "refund_window_days": 1})
    assert fair.grant("bob", None, source="invitation").chances == 1
    fair.grant("cid", None, source="invitation", now="2017-06-30 12:00")
    assert fair.grant("bob", None, source="invitation", now="2017-12-30 12:00").reason == "duplicate"
    fair.checked()


def test_who_registers_by_invitation_counts_once_with_the_grant_that_the_shop_sends_itself() -> None:
    """Heard of again after any time, also by a worker that started anew with what the log says."""
    fair = Fair(chances={"sources": {"invitation": {"chances": 2, "total": 3}}})
    table = {WHEEL: ActivityListed(
        activity_id=WHEEL, service="lottery", version=1, status="running", rules=fair.world.events[0].data.rules
    )}  # fmt: skip

    def registered(member: str, now: str = NOON) -> Any:
        said = MemberRegistered(member_id=member, inviter_id="ann")
        (command,) = translate(CloudEvent("e", said.type, "/shop", utc(now), "", b""), said, table)
        return fair.send(command.data, command.id, now)[0]

    assert (registered("bob").cause, registered("cid").chances) == ("invitation:bob", 1)
    fair.world.records = replayed(fair.world).records
    assert registered("bob", "2017-12-30 12:00").reason == "duplicate"
    assert fair.grant("bob", None, source="invitation").reason == "duplicate"
    assert registered("dan").reason == "cap_reached_total"
    fair.checked()


def test_a_source_counts_no_longer_than_its_wheel() -> None:
    fair = Fair(chances=SHARE)
    fair.move(StopActivity)
    assert _share(fair, "c1").reason == "stopped"


# ---- orders ----------------------------------------------------------------------------------------------


def test_orders_have_caps_too() -> None:
    fair = Fair(chances={"orders": {"rule": "per_order", "chances": 2, "per_day": 3, "total": 5}})
    assert [fair.pay(f"o{n}", 1000).chances for n in range(2)] == [2, 1]
    assert fair.pay("o2", 1000).reason == "cap_reached_day"
    assert fair.pay("o2", 1000, now="2017-06-02 12:00").chances == 2
    assert fair.pay("o3", 1000, now="2017-06-03 12:00").reason == "cap_reached_total"
    fair.checked()


def test_money_whose_chances_a_cap_has_cut_off_does_not_count() -> None:
    """Otherwise its refund would take chances that other orders had brought."""
    fair = Fair(chances={"orders": {"rule": "cumulative", "every_fen": 1000, "total": 5}})
    fair.pay("o1", 3500)
    granted = fair.pay("o2", 90_600)
    assert (granted.chances, granted.carried_fen, granted.counted_fen) == (2, 100, 1600)
    assert fair.pay("o3", 5000).reason == "cap_reached_total"
    revoked = fair.refund("o2")
    assert (sum(part.chances for part in revoked.taken), revoked.kept, revoked.carried_fen) == (2, 0, 500)
    fair.checked()


def test_a_refund_gives_no_room_under_the_cap() -> None:
    fair = Fair(chances={"orders": {"rule": "per_order", "total": 1}})
    fair.pay("o1", 1000)
    fair.refund("o1")
    assert fair.pay("o2", 1000).reason == "cap_reached_total"


# ---- the file --------------------------------------------------------------------------------------------


def _problems(text: str) -> list[tuple[int, str, str]]:
    file = f"""kind: lottery
id: wheel
name: {{zh: 转盘, en: Wheel}}
window: {{starts: 2017-01-01 00:00, ends: 2018-01-01 00:00}}
prizes:
  - {{id: thanks, name: {{zh: 谢谢, en: Thanks}}, weight: 1}}
chances:
{text}"""
    return [(problem.line, problem.field, problem.code) for problem in check(file)]


def test_everything_that_is_wrong_with_sources_has_its_line() -> None:
    assert _problems("""  sources:
    sharing: {chances: 1}
    share: {chances: 0, per_day: 5, total: 4}
    review:
      chances: 3
      per_day: 2
      price: 5
    points:
      chances: 2
      answer_minutes: 1.5
""") == [
        (9, "chances.sources.sharing", "unknown_field"),
        (10, "chances.sources.share.chances", "out_of_range"),
        (10, "chances.sources.share.per_day", "day_above_total"),
        (13, "chances.sources.review.per_day", "cap_below_chances"),
        (14, "chances.sources.review.price", "unknown_field"),
        (15, "chances.sources.points.price", "missing"),
        (17, "chances.sources.points.answer_minutes", "not_integer"),
    ]  # fmt: skip
    assert _problems("  sources: {}\n") == [(8, "chances.sources", "no_sources")]
    assert _problems("  sources: [share]\n") == [(8, "chances.sources", "no_mapping")]
    assert _problems("  orders: {rule: per_order, chances: 3, per_day: 2}\n") == [
        (8, "chances.orders.per_day", "cap_below_chances")
    ]


def test_a_source_without_any_field_is_one() -> None:
    assert _problems("  sources: {share: }\n") == []


def test_the_published_form_says_the_same_again() -> None:
    chances = {"sources": {"points": {"price": 5}, "share": {"total": 9}}, "orders": {"rule": "per_order", "total": 8}}
    read = load(rules(chances=chances))
    assert [source.kind for source in read.sources] == ["share", "points"]
    assert load(form(read)) == read
    assert "sources" not in form(load(rules()))["chances"], "the form of files that say nothing of it is as it was"


def test_the_odds_page_says_where_chances_come_from() -> None:
    chances = {
        "sources": {
            "invitation": {"chances": 2, "total": 20},
            "sign_in": {},
            "points": {"price": 50, "expire_days": 7},
        },
        "orders": {"rule": "per_order", "per_day": 4},
    }
    assert [each.en for each in odds(form(load(rules(chances=chances)))).conditions] == [
        "1 draws for each paid order, at most 4 a day",
        "what is refunded of an order counts no more: unused draws that it had brought go back",
        "draws for each sign-in",
        "2 draws for each member who was invited, at most 20 in all", "1 draws for 50 points, valid for 7 days",
    ]  # fmt: skip


# ---- balance and history ---------------------------------------------------------------------------------


def test_the_history_names_source_and_expiry_of_each_entry() -> None:
    fair = Fair(chances=SHARE | {"orders": {"rule": "per_order"}, "free_per_day": 1})
    _share(fair, "c1")
    fair.pay("o1", 1000)
    fair.grant("for you")
    fair.draw(draws=2)
    own = [event for event in fair.world.events if getattr(event.data, "member_id", "") == "ann"]
    account = history.chances(own, parse_time_ms(utc("2017-06-09 12:00")))
    expires = "2017-06-04T04:00:00.000Z"
    assert [(each.what, each.chances, each.source, each.expires) for each in account.changes] == [
        ("granted", 2, "share", expires), ("granted", 1, "order", ""), ("granted", 1, "grant", ""),
        ("free", 1, "", ""), ("used", 1, "share", expires), ("expired", 1, "share", expires),
    ]  # fmt: skip
    assert [tuple(source) for source in account.sources] == [
        ("grant", 1, 0, 0, 0, 1), ("order", 1, 0, 0, 0, 1), ("share", 2, 1, 0, 1, 0),
    ]  # fmt: skip


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_chances_granted_are_used_expired_revoked_or_held_source_by_source(seed: int) -> None:
    """Against the state, which is another fold of the same events (rule C14)."""
    fair = Fair()
    fair.world.decide(list(commands(seed, 400)))
    at_ms = max(event.time_ms for event in fair.world.events)
    compared = 0
    for (activity, member), events in by_person(fair.world.events).items():
        stored = fair.world.records.get((activity, f"m:{member}"))
        if stored is None:
            continue
        account, entrant = history.chances(events, at_ms), fair.world.service.decode(f"m:{member}", stored)
        for source in account.sources:
            assert source.granted == source.used + source.revoked + source.expired + source.left
        assert sum(source.left for source in account.sources) == entrants.granted_left(entrant, at_ms)
        assert account.held == entrants.held(entrant, at_ms)
        compared += 1
    assert compared > 50


def test_a_reader_folds_sources_to_the_same_bytes() -> None:
    fair = Fair(chances=SHARE)
    _share(fair, "c1")
    fair.grant("bob", None, source="invitation")
    assert replayed(fair.world).records == fair.world.records
    assert isinstance(fair.world.events[-1].data, ChancesRefused)
    assert fair.world.records[WHEEL, "m:ann"]
