"""Sending packets: who may, how much, out of whose pocket; and what becomes of a member's money."""

from typing import Any

import pytest

from fairground_contracts.activities import ArchiveActivity, EndActivity, PauseActivity, ResumeActivity, StopActivity
from fairground_contracts.funding import FundingConfirmed, FundingRequested
from fairground_decider import Translated
from fairground_redpacket.contract import (
    BudgetReturned,
    CancelFunding,
    CreatePacket,
    FundingReturned,
    HoldPacket,
    PacketCancelled,
    PacketCreated,
    PacketOpened,
    ReturnRemainder,
    ShareGrabbed,
)
from tests.redpacket.world import ACTIVITY, Table, friends, rain, replayed, rules


@pytest.fixture
def table() -> Table:
    return Table(rules())


class TestFromTheBudget:
    def test_a_packet_is_created_at_home_and_opened_on_its_own_partition(self, table: Table) -> None:
        packet = table.packet(500, 5)
        (opened,) = table.events(PacketOpened)
        assert (opened.packet_id, opened.packet.total_fen, opened.packet.count) == (packet, 500, 5)
        assert table.counter("budget") == table.counter("budget:2017-06-01") == 500
        table.checked()

    def test_the_second_hop_has_an_id_of_its_own_and_opens_once(self, table: Table) -> None:
        packet = table.packet(500, 5)
        (hop,) = [effect for effect in table.world.effects if effect.key == packet]
        assert hop.id == f"{table.world.events[1].id}-o"
        assert hop.data.type == "redpacket.packet.open.v1"
        (again,) = table.give(Translated(hop.key, hop.id, table.world.events[1].time, hop.data))  # type: ignore[arg-type]
        assert (again.data.reason, again.data.asked) == ("duplicate", "open")

    def test_the_same_request_is_the_same_packet(self, table: Table) -> None:
        first = table.create(500, 5, "request")
        again = table.create(500, 5, "request")
        assert (first.type, again.reason) == (PacketCreated.type, "duplicate")
        assert table.counter("budget") == 500

    def test_a_refused_request_stays_refused(self, table: Table) -> None:
        table.move(PauseActivity)
        assert table.create(500, 5, "request").reason == "paused"
        table.move(ResumeActivity)
        assert table.create(500, 5, "request").reason == "duplicate"
        assert table.create(500, 5, "another").type == PacketCreated.type

    def test_an_old_request_may_have_been_decided(self, table: Table) -> None:
        table.packet(500, 5, now="2017-06-10 12:00")
        assert table.create(500, 5, "old", "2017-06-07 12:00").reason == "too_old"

    def test_the_budget_is_never_exceeded(self) -> None:
        table = Table(rules(budget={"total_fen": 1_000, "per_day_fen": 600}))
        table.packet(600)
        assert table.create(1).reason == "budget_used_day"
        table.now = "2017-06-02 12:00"
        table.packet(400)
        assert table.create(1).reason == "budget_used"
        table.checked()

    def test_members_do_not_send_what_the_platform_pays(self, table: Table) -> None:
        assert table.create(100, 1, member_id="ann").reason == "not_a_sender"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"total_fen": 4, "count": 5}, "bad_amount"),
        ({"total_fen": 5, "count": 5}, ""),
        ({"total_fen": 20_000, "count": 1}, ""),
        ({"total_fen": 20_001, "count": 1}, "bad_amount"),
        ({"total_fen": 40_000, "count": 2}, ""),
        ({"total_fen": 40_001, "count": 2}, "bad_amount"),
        ({"total_fen": 0, "count": 1}, "bad_amount"),
        ({"total_fen": 1_000_001, "count": 100}, "bad_amount"),
        ({"total_fen": 100, "count": 101}, "bad_count"),
        ({"total_fen": 100, "count": 2, "split": "equal"}, ""),
        ({"total_fen": 100, "count": 1, "access": "group", "group_id": "g"}, "bad_access"),
        ({"total_fen": 100, "count": 1, "group_id": "g"}, "bad_access"),
    ],
)
def test_amounts_that_are_possible(table: Table, asked: dict[str, Any], reason: str) -> None:
    """count * least <= total <= count * most, in whole fen."""
    assert getattr(table.create(**asked), "reason", "") == reason
    table.checked()


def test_more_shares_than_receivers_would_never_be_had() -> None:
    table = Table(rules(packets={"total_fen": {"least": 1, "most": 1_000}, "access": ["designated"]}))
    assert table.create(100, 3, access="designated", receivers=("ann", "bob")).reason == "bad_count"
    assert table.create(100, 2, access="designated", receivers=("ann", "bob")).type == PacketCreated.type


def test_a_split_that_is_not_offered() -> None:
    table = Table(rules(packets={"total_fen": {"least": 1, "most": 1_000}, "splits": ["equal"]}))
    assert table.create(100, 3).reason == "bad_split"


@pytest.mark.parametrize(
    ("quota", "days", "reasons"),
    [
        ({"per_member_day": 1}, 1, ["", "quota_used_day"]),
        ({"per_member_total": 1}, 2, ["", "quota_used_total"]),
        ({"per_day": 1}, 1, ["", "quota_used_day"]),
        ({"total": 1}, 2, ["", "quota_used_total"]),
    ],
)
def test_quotas(quota: dict[str, int], days: int, reasons: list[str]) -> None:
    table = Table(friends(quotas=quota))
    found = []
    for at, now in enumerate(("2017-06-01 12:00", f"2017-06-0{days} 13:00")):
        event = table.create(100, 2, f"request {at}", now, member_id="sue")
        found.append(str(getattr(event, "reason", "")))
    assert found == reasons
    table.checked()


@pytest.mark.parametrize(
    ("move", "now", "reason"),
    [
        (PauseActivity, "2017-06-01 12:00", "paused"),
        (StopActivity, "2017-06-01 12:00", "stopped"),
        (EndActivity, "2018-01-02 12:00", "ended"),
        (ArchiveActivity, "2018-01-02 12:00", "archived"),
        (None, "2016-12-31 12:00", "not_started"),
        (None, "2018-01-01 00:00", "ended"),
    ],
)
def test_an_activity_that_is_not_open(table: Table, move: Any, now: str, reason: str) -> None:
    table.now = now
    if move is not None:
        table.move(move)
    assert table.create(100).reason == reason


def test_there_is_no_such_activity_or_it_rains() -> None:
    table = Table()
    assert table.create(100).reason == "unknown_activity"
    assert Table(rain()).create(100).reason == "other_kind"


def test_risk_keeps_a_sender_out() -> None:
    table = Table(friends(refuse_risk=3))
    assert table.create(100, 2, member_id="sue", risk=3).reason == "risk_denied"


class TestMembersMoney:
    @pytest.fixture
    def table(self) -> Table:
        return Table(friends())

    def test_it_is_asked_for_and_the_packet_waits(self, table: Table) -> None:
        asked = table.request(1_000, 5)
        assert table.asked_for() == [(asked.packet.funding_id, 1_000)]
        ((_, request),) = table.of(FundingRequested)
        assert (request.pays, request.member_id, request.purpose) == ("money", "sue", "packet")
        assert table.reason(asked.packet_id) == "unknown_packet"

    def test_paid_it_opens_and_lasts_its_time_from_then_on(self, table: Table) -> None:
        asked = table.request(1_000, 5)
        created = table.confirm(asked, "2017-06-01 12:10")
        assert (created.type, created.packet_id) == (PacketCreated.type, asked.packet_id)
        assert created.packet.expires_at - asked.packet.expires_at == created.packet.opens_at - asked.packet.opens_at
        assert sum(table.grabs(asked.packet_id, 5, "2017-06-02 12:09")) == 1_000
        table.checked()

    def test_an_answer_that_comes_again_changes_nothing(self, table: Table) -> None:
        asked = table.request(1_000, 5)
        table.confirm(asked)
        assert table.confirm(asked).reason == "duplicate"
        assert table.refuse(asked).reason == "unknown_funding"
        assert table.released() == []

    @pytest.mark.parametrize("quota", ["per_member_day", "per_member_total", "per_day", "total"])
    def test_refused_it_is_cancelled_and_the_quota_is_as_before(self, quota: str) -> None:
        table = Table(friends(quotas={quota: 1}))
        cancelled = table.refuse(table.request())
        assert (cancelled.type, cancelled.reason, cancelled.why) == (
            PacketCancelled.type, "funding_refused", "balance_too_low",
        )  # fmt: skip
        table.confirm(table.request())
        table.checked()

    def test_not_answered_in_time_it_is_cancelled_by_the_timer(self, table: Table) -> None:
        asked = table.request()
        early = CancelFunding(activity_id=ACTIVITY, member_id="sue", funding_id=asked.packet.funding_id)
        assert table.send(early)[0].reason == "not_due"
        table.tick("2017-06-01 13:00")
        (cancelled,) = table.events(PacketCancelled)
        assert cancelled.reason == "funding_timeout"
        assert table.send(early)[0].reason == "unknown_funding"

    @pytest.mark.parametrize("cancelled_first", [False, True])
    def test_a_confirmation_that_is_too_late_gives_the_money_back_once(
        self, table: Table, cancelled_first: bool
    ) -> None:
        asked = table.request()
        if cancelled_first:
            table.tick("2017-06-01 13:00")
        returned = table.confirm(asked, "2017-06-01 13:00")
        assert (returned.type, returned.why) == (
            FundingReturned.type, "not_awaited" if cancelled_first else "too_late",
        )  # fmt: skip
        assert table.confirm(asked, "2017-06-01 13:00").reason == "duplicate"
        assert table.released() == [(asked.packet.funding_id, 0, "not_awaited")]
        table.checked()

    def test_money_for_an_activity_that_was_stopped_goes_back(self, table: Table) -> None:
        asked = table.request()
        table.move(StopActivity)
        assert table.confirm(asked).why == "closed"

    def test_money_that_nobody_had_asked_for_goes_back(self, table: Table) -> None:
        said = FundingConfirmed(member_id="eve", activity_id=ACTIVITY, service="redpacket", funding_id="odd")
        assert table.hear(said)[0].why == "not_awaited"
        assert table.released() == [("odd", 0, "not_awaited")]

    def test_another_services_funding_is_none_of_ours(self, table: Table) -> None:
        said = FundingConfirmed(member_id="eve", activity_id=ACTIVITY, service="lottery", funding_id="theirs")
        assert table.hear(said) == []

    def test_few_packets_wait_at_once(self, table: Table) -> None:
        for _ in range(5):
            table.request()
        assert table.create(100, 5, member_id="sue").reason == "too_many_pending"

    def test_whoever_folds_the_events_has_the_same_state(self, table: Table) -> None:
        first, second, _ = table.request(), table.request(), table.request()
        table.confirm(first)
        table.refuse(second)
        other = replayed(table.world)
        assert (other.records, other.counters) == (table.world.records, table.world.counters)

    def test_money_that_is_in_a_packet_does_not_go_back_when_its_confirmation_comes_again_after_the_archive(
        self,
    ) -> None:
        """An archived activity remembers no answers, so it cannot tell a first one from one that is repeated."""
        table = Table(friends())
        asked = table.create(100, member_id="ann")
        table.confirm(asked)
        table.move(StopActivity)
        table.move(ArchiveActivity)
        assert table.confirm(asked).reason == "archived"
        assert table.events(FundingReturned) == []
        table.checked()


class TestWhatComesBack:
    def test_each_fen_is_counted_once_however_often_it_is_said(self, table: Table) -> None:
        packet = table.packet(1_000, 2)

        def back(fen: int) -> Any:
            return table.send(ReturnRemainder(activity_id=ACTIVITY, packet_id=packet, returned_fen=fen))[0]

        assert back(300).amount_fen == 300
        assert back(300).reason == "duplicate"
        assert back(500).amount_fen == 200
        assert back(400).reason == "duplicate"
        assert table.counter("budget") == 500
        assert [event.returned_fen for event in table.events(BudgetReturned)] == [300, 500]
        table.checked()

    def test_nothing_comes_back_that_was_not_taken(self, table: Table) -> None:
        asked = ReturnRemainder(activity_id=ACTIVITY, packet_id="p:odd", returned_fen=1)
        assert table.send(asked)[0].reason == "unknown_packet"

    def test_what_came_back_can_be_sent_again(self) -> None:
        table = Table(rules(budget={"total_fen": 1_000}))
        table.packet(1_000, 2)
        assert table.create(1).reason == "budget_used"
        table.tick("2017-06-02 12:00")
        assert table.create(1_000, 2).type == PacketCreated.type
        table.checked()

    def test_an_archived_activity_keeps_no_budget(self, table: Table) -> None:
        packet = table.packet(1_000, 2)
        table.move(StopActivity)
        table.move(ArchiveActivity)
        table.tick("2017-06-02 12:00")
        assert table.reason(packet, "ann") == "expired"
        assert table.events(BudgetReturned) == []


def test_a_pause_stops_sending_and_not_what_was_sent(table: Table) -> None:
    packet = table.packet(100, 2)
    table.move(PauseActivity)
    assert table.create(100).reason == "paused"
    assert table.grab(packet, "ann")[0].type == ShareGrabbed.type


def test_a_rain_that_is_paused_is_held_in_the_logs_order() -> None:
    table = Table(rain())
    table.move(PauseActivity)
    assert table.reason("p:packets.noon.0", "ann") == "paused"
    table.move(ResumeActivity)
    assert table.grab("p:packets.noon.0", "ann")[0].type == ShareGrabbed.type
    table.move(StopActivity)
    assert table.reason("p:packets.noon.0", "bob") == "stopped"
    assert table.counter("budget") == sum(fen for _, _, fen in table.paid())
    table.checked()


def test_a_pause_that_comes_again_behind_the_resumption_holds_no_rain() -> None:
    """A worker that wakes up late sends what its events send once more."""
    table = Table(rain())
    noon = "p:packets.noon.0"
    table.move(PauseActivity)
    table.move(ResumeActivity)
    (hold_id, hold), (release_id, release) = table.of(HoldPacket)
    assert table.send(hold, hold_id)[0].reason == "duplicate"
    assert table.grab(noon, "ann")[0].type == ShareGrabbed.type
    table.move(PauseActivity)
    assert table.send(release, release_id)[0].reason == "duplicate"
    assert table.reason(noon, "bob") == "paused"
    assert table.send(HoldPacket(activity_id=ACTIVITY, packet_id=noon, held=False))[0].held is False, "by itself it may"
    assert replayed(table.world).records == table.world.records
    table.checked()


def test_days_that_nobody_counts_any_more_are_closed(table: Table) -> None:
    for day in (1, 2, 3, 4):
        table.packet(100, now=f"2017-06-0{day} 12:00")
    assert ("packets", "budget:2017-06-01") not in table.world.counters
    command = CreatePacket(activity_id=ACTIVITY, total_fen=100, member_id="")
    assert table.send(command, "late", "2017-06-01 13:00")[0].reason == "too_old"
