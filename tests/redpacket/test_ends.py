"""The end of a packet: empty, expired or stopped, each fen accounted for; and payouts that happen once."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_contracts.reward_results import (
    RewardDelivered,
    RewardExpired,
    RewardFailed,
    RewardRejected,
    RewardWaiting,
)
from fairground_contracts.timers import TimerRequested
from fairground_redpacket.contract import (
    ClosePacket,
    ExpirePacket,
    ForgetPacket,
    PacketClosed,
    PacketEmptied,
    PacketForgotten,
    PayoutRetried,
    PayoutReturned,
    ShareGrabbed,
)
from fairground_redpacket.domain.records import Gone
from tests.redpacket.world import ACTIVITY, Table, friends, replayed, rules

NEXT_NOON = "2017-06-02 12:00"


@pytest.fixture
def table() -> Table:
    return Table(rules())


def expire(table: Table, packet: str, now: str = "") -> Any:
    return table.send(ExpirePacket(activity_id=ACTIVITY, packet_id=packet), "", now)[0]


class TestExpiry:
    def test_the_remainder_goes_back_to_the_budget_once(self, table: Table) -> None:
        packet = table.packet(1_000, 5)
        got = sum(table.grabs(packet, 2))
        table.tick(NEXT_NOON)
        (closed,) = table.events(PacketClosed)
        assert (closed.claimed_fen, closed.remainder_fen) == (got, 1_000 - got)
        assert table.counter("budget") == got
        assert expire(table, packet).reason == "already_closed"
        assert table.counter("budget") == got
        table.checked()

    def test_a_members_remainder_goes_back_to_the_member(self) -> None:
        table = Table(friends())
        asked = table.request(1_000, 5)
        table.confirm(asked)
        got = sum(table.grabs(asked.packet_id, 2))
        table.tick(NEXT_NOON)
        assert table.released() == [(asked.packet.funding_id, 1_000 - got, "expired")]
        table.checked()

    def test_the_timer_is_asked_for_when_it_opens_and_not_needed_when_it_is_empty(self, table: Table) -> None:
        packet = table.packet(100, 2)
        timer = table.of(TimerRequested)[-1][1]
        assert (timer.timer_id, timer.key, timer.command) == (
            f"packet-expiry:{packet}", packet, "redpacket.packet.expire.v1",
        )  # fmt: skip
        assert timer.due_at.isoformat() == "2017-06-02T04:00:00+00:00"
        table.grabs(packet, 2)
        assert table.timers[f"packet-expiry:{packet}"] == (1, None)

    def test_a_grab_at_its_last_moment_counts_and_one_after_it_is_refused_before_anybody_closed_it(
        self, table: Table
    ) -> None:
        packet = table.packet(100, 3)
        assert table.grab(packet, "ann", now="2017-06-02 11:59:59.999")[0].type == ShareGrabbed.type
        assert table.reason(packet, "bob", now=NEXT_NOON) == "expired"
        assert table.course(packet).over == ""

    def test_the_last_grab_comes_first(self, table: Table) -> None:
        """The race, one way: nothing is left for the expiry."""
        packet = table.packet(100, 2)
        table.grab(packet, "ann")
        table.grab(packet, "bob", now="2017-06-02 11:59:59")
        assert expire(table, packet, NEXT_NOON).reason == "already_closed"
        assert [share.amount_fen for share in table.events(ShareGrabbed)] == [fen for _, _, fen in table.paid()]
        assert table.counter("budget") == 100
        table.checked()

    def test_the_expiry_comes_first(self, table: Table) -> None:
        """The race, the other way: a grab that was sent in time but stands behind the expiry has nothing."""
        packet = table.packet(100, 2)
        (share,) = table.grab(packet, "ann")
        expire(table, packet, NEXT_NOON)
        assert table.reason(packet, "bob", now="2017-06-02 11:59:59") == "expired"
        assert table.counter("budget") == share.amount_fen
        table.checked()

    def test_it_is_not_due_before_its_time(self, table: Table) -> None:
        packet = table.packet(100, 2)
        assert expire(table, packet).reason == "not_due"
        assert expire(table, "p:none").reason == "unknown_packet"

    def test_a_packet_that_was_stopped_returns_what_is_left_at_once(self, table: Table) -> None:
        packet = table.packet(100, 2)
        (share,) = table.grab(packet, "ann")
        (closed,) = table.send(ClosePacket(activity_id=ACTIVITY, packet_id=packet, by="li", why="by mistake"))
        assert (closed.why, closed.by, closed.because) == ("stopped", "li", "by mistake")
        assert table.reason(packet, "bob") == "stopped"
        assert table.counter("budget") == share.amount_fen
        table.checked()

    def test_without_the_secret_money_goes_back_all_the_same(self, table: Table) -> None:
        packet = table.packet(100, 2)
        other = Table(secret=b"another one, of 32 bytes........")
        other.world.fold(table.world.events)
        closed = expire(other, packet, NEXT_NOON)
        assert (closed.remainder_fen, closed.seed) == (100, "")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(-90, 30)), max_size=12), st.integers(0, 12))
def test_whatever_the_order_of_grabs_and_expiry_every_fen_is_somewhere(grabs: list[tuple[int, int]], at: int) -> None:
    """Grabs around the moment of expiry, and the expiry among them, at any place in the log."""
    table = Table(rules())
    packet = table.packet(300, 4)
    for place, (member, seconds) in enumerate(grabs):
        if place == at:
            expire(table, packet, NEXT_NOON)
        second = 43_200 + seconds
        table.grab(
            packet, f"m{member}", now=f"2017-06-02 {second // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}"
        )
    expire(table, packet, "2017-06-02 12:05")
    paid = sum(fen for _, _, fen in table.paid())
    back = sum(closed.remainder_fen for closed in table.events(PacketClosed))
    assert paid + back == 300
    assert len(table.events(PacketClosed)) + len(table.events(PacketEmptied)) == 1
    assert table.counter("budget") == paid
    table.checked()


class TestPayouts:
    @pytest.fixture
    def packet(self, table: Table) -> str:
        packet = table.packet(100, 2)
        table.grab(packet, "ann")
        return packet

    def test_the_number_stays_the_same_while_the_result_is_unknown(self, table: Table, packet: str) -> None:
        for result in ("failed", "waiting", "failed"):
            assert table.report(packet, 0, result).result == result
        assert [bill for bill, _, _ in table.paid()] == [f"redpacket-{packet}-0"]
        assert table.report(packet, 0, "delivered").result == "delivered"

    def test_delivered_is_final(self, table: Table, packet: str) -> None:
        table.report(packet, 0, "delivered")
        for result in ("delivered", "failed", "rejected", "expired"):
            assert table.report(packet, 0, result).reason == "settled"
        assert table.events(PayoutReturned) == []
        table.checked()

    def test_a_share_that_cannot_be_paid_goes_back_to_the_budget(self, table: Table, packet: str) -> None:
        (share,) = table.events(ShareGrabbed)
        returned = table.report(packet, 0, "rejected")
        assert (returned.type, returned.returned_fen) == (PayoutReturned.type, share.amount_fen)
        assert table.counter("budget") == 100 - share.amount_fen
        assert table.report(packet, 0, "rejected").reason == "settled"
        table.tick(NEXT_NOON)
        assert table.counter("budget") == 0
        table.checked()

    def test_what_expired_goes_back_without_another_number(self) -> None:
        table = Table(rules(second_bill=True))
        packet = table.packet(100, 2)
        table.grab(packet, "ann")
        assert table.report(packet, 0, "expired").type == PayoutReturned.type

    def test_only_a_confirmed_failure_leads_to_a_second_number(self) -> None:
        """The story: who tries again under a new number while the first may have happened pays twice."""
        table = Table(rules(second_bill=True))
        packet = table.packet(100, 2)
        (share,) = table.grab(packet, "ann")
        table.report(packet, 0, "failed")
        assert len(table.paid()) == 1
        retried = table.report(packet, 0, "rejected")
        assert (retried.type, retried.next_id) == (PayoutRetried.type, f"redpacket-{packet}-0-2")
        assert table.paid()[1] == (f"redpacket-{packet}-0-2", "ann", share.amount_fen)
        assert table.report(packet, 0, "delivered").reason == "settled"
        assert table.report(packet, 0, "rejected", again="-2").type == PayoutReturned.type
        table.checked()

    def test_a_members_share_goes_back_to_who_had_sent_it(self) -> None:
        table = Table(friends())
        asked = table.request(100, 2)
        table.confirm(asked)
        (share,) = table.grab(asked.packet_id, "ann")
        table.report(asked.packet_id, 0, "expired")
        assert table.released() == [(asked.packet.funding_id, share.amount_fen, "undeliverable")]
        table.checked()

    def test_what_nobody_has_is_not_known(self, table: Table, packet: str) -> None:
        assert table.report(packet, 1, "delivered").reason == "unknown_reward"
        assert table.report(packet, 0, "delivered", "bob").reason == "unknown_reward"
        assert table.report("p:none", 0, "delivered").reason == "unknown_reward"

    def test_a_persons_share_is_paid_to_the_member_who_grabbed(self, table: Table) -> None:
        packet = table.packet(100, 2)
        table.grab(packet, "phone", person_id="ann")
        assert table.report(packet, 0, "delivered", "ann").reason == "unknown_reward"
        assert table.report(packet, 0, "delivered", "phone").result == "delivered"
        assert table.course(packet).unsettled == 0

    @pytest.mark.parametrize(
        ("said", "result"),
        [
            (RewardWaiting, "waiting"), (RewardFailed, "failed"), (RewardDelivered, "delivered"),
            (RewardRejected, "rejected"), (RewardExpired, "expired"),
        ],
    )  # fmt: skip
    def test_results_come_back_as_events(self, table: Table, packet: str, said: Any, result: str) -> None:
        fields = {} if said is RewardDelivered else {"reason": "as_said"}
        (event,) = table.hear(said(reward_id=f"redpacket-{packet}-0", member_id="ann", activity_id=ACTIVITY, **fields))[
            :1
        ]
        assert event.result == result

    def test_other_rewards_are_none_of_ours(self, table: Table) -> None:
        said = RewardDelivered(reward_id="lottery-1-0-7-0-r", member_id="ann", activity_id="wheel")
        assert table.hear(said) == []


class TestForgetting:
    def settled(self, table: Table) -> str:
        packet = table.packet(100, 1)
        table.grab(packet, "ann")
        table.report(packet, 0, "delivered")
        return packet

    def test_a_packet_that_is_over_for_long_leaves_a_few_bytes(self, table: Table) -> None:
        packet = self.settled(table)
        table.tick("2017-07-01 12:00")
        assert len(table.events(PacketForgotten)) == 1
        kept = {field: value for (key, field), value in table.world.records.items() if key == packet}
        assert [len(value) < 20 for value in kept.values()] == [True]
        assert isinstance(table.world.service.decode("course", kept["course"]), Gone)
        assert table.reason(packet, "ann") == "sold_out"
        assert expire(table, packet).reason == "already_closed"
        table.checked()

    def test_not_before_every_payout_is_final(self, table: Table) -> None:
        packet = table.packet(100, 1)
        table.grab(packet, "ann")
        table.tick("2017-07-01 12:00")
        assert table.events(PacketForgotten) == []
        table.report(packet, 0, "delivered")
        assert len(table.events(PacketForgotten)) == 1

    def test_not_before_its_time(self, table: Table) -> None:
        packet = self.settled(table)
        forget = ForgetPacket(activity_id=ACTIVITY, packet_id=packet)
        assert table.send(forget)[0].reason == "not_due"
        table.tick("2017-07-01 12:00")
        assert table.send(forget)[0].reason == "already_closed"

    def test_what_is_left_of_it_is_the_same_for_whoever_folds_the_events(self, table: Table) -> None:
        self.settled(table)
        table.tick("2017-07-01 12:00")
        assert replayed(table.world).records == table.world.records
