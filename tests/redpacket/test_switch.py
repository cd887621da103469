"""The switch of an activity's packets that are out: held, released and closed all at once, in the order of the log."""

from typing import Any

import pytest

from fairground_contracts.activities import (
    ActivityPaused,
    ActivityStopped,
    ArchiveActivity,
    PauseActivity,
    ResumeActivity,
    StopActivity,
)
from fairground_contracts.rewards import RewardGranted
from fairground_contracts.topics import EVERYWHERE
from fairground_decider import Translated
from fairground_redpacket import history
from fairground_redpacket.contract import (
    ClosePacket,
    CreatePacket,
    FollowSwitch,
    Grab,
    PacketClosed,
    PacketsSwept,
    PacketsSwitched,
    ShareGrabbed,
    SwitchFollowed,
    SwitchPackets,
)
from fairground_redpacket.domain import switch
from tests.redpacket.world import ACTIVITY, Table, friends, rain, replayed, rules, utc


def throw(table: Table, to: Any, request: str = "", now: str = "") -> list[Any]:
    """An operator's switch; its own events."""
    return table.send(SwitchPackets(activity_id=ACTIVITY, to=to, by="li", why="fraud"), request, now)


def kinds(events: list[Any]) -> list[str]:
    return [event.type for event in events]


class TestHeld:
    def test_all_packets_that_are_out_are_held_and_the_activity_is_paused(self) -> None:
        table = Table(rules())
        packets = [table.packet(100, 5) for _ in range(3)]
        assert kinds(throw(table, "held")) == [ActivityPaused.type, PacketsSwitched.type]
        assert [table.reason(packet) for packet in packets] == ["paused"] * 3
        assert table.create(100).reason == "paused"
        table.checked()

    def test_every_partition_hears_of_it(self) -> None:
        table = Table(rules())
        throw(table, "held")
        sent = [(effect.key, effect.data.to) for effect in table.world.effects if isinstance(effect.data, FollowSwitch)]
        assert sent == [(place, "held") for place in EVERYWHERE]

    def test_whoever_resumes_the_activity_releases_them(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        throw(table, "held")
        table.move(ResumeActivity)
        assert [table.events(kind)[-1].to for kind in (PacketsSwitched, SwitchFollowed)] == ["open", "open"]
        assert table.grab(packet)[0].index == 0
        table.checked()

    def test_they_can_be_released_alone(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        throw(table, "held")
        assert kinds(throw(table, "open")) == [PacketsSwitched.type]
        assert table.grab(packet)[0].index == 0
        assert table.create(100).reason == "paused"
        assert throw(table, "open")[0].reason == "illegal_move"

    def test_of_an_activity_that_is_paused_or_over_only_packets_are_held(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        table.move(PauseActivity)
        assert kinds(throw(table, "held")) == [PacketsSwitched.type]
        throw(table, "open")
        table.move(StopActivity)
        assert table.grab(packet)[0].index == 0
        assert kinds(throw(table, "held")) == [PacketsSwitched.type]
        assert table.reason(packet, "bob") == "paused"

    def test_they_expire_as_ever_and_what_is_left_goes_back_once(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        (share,) = table.grab(packet)
        throw(table, "held")
        table.tick("2017-06-02 12:00")
        table.tick("2017-06-03 12:00")
        (closed,) = table.events(PacketClosed)
        assert (closed.why, closed.remainder_fen) == ("expired", 100 - share.amount_fen)
        assert table.counter("budget") == share.amount_fen
        table.checked()

    def test_what_comes_meanwhile_is_held_too_but_a_fission_packets_first_share_is_its_members(self) -> None:
        said = {"form": "fission", "total_fen": 100, "count": 3}
        table = Table(rules(rewards=said))
        throw(table, "held")
        reward = {"reward": "packet", "amount": 1, "ref": ACTIVITY, "value_fen": 100, "name": "packet"}
        granted = RewardGranted.model_validate(
            {"member_id": "ann", "activity_id": "wheel", "service": "lottery", "version": 1, "prize_id": "p",
             "reward": reward}
        )  # fmt: skip
        (created,) = table.hear(granted)[:1]
        assert [share.member_id for share in table.events(ShareGrabbed)] == ["ann"]
        assert table.reason(created.packet_id, "bob") == "paused"
        table.checked()

    def test_other_activities_go_on(self) -> None:
        table = Table(rules())
        other = rules(id="others")
        table.publish(other)
        packet = table.packet(100, 5)
        throw(table, "held")
        assert table.reason(packet) == "paused"
        (created,) = table.send(CreatePacket(activity_id="others", total_fen=100))
        (share, *_) = table.send(Grab(activity_id="others", packet_id=created.packet_id, member_id="ann"))
        assert share.index == 0

    def test_who_has_a_share_is_told_of_it_all_the_same(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        table.grab(packet)
        throw(table, "held")
        assert table.reason(packet) == "already_grabbed"

    def test_it_stays_when_the_activity_is_archived(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        throw(table, "held")
        table.move(StopActivity)
        table.move(ArchiveActivity)
        assert table.reason(packet) == "paused"
        assert throw(table, "closed")[0].reason == "illegal_move"

    def test_a_rain_is_held_and_released_with_its_pools(self) -> None:
        table = Table(rain())
        throw(table, "held")
        assert table.reason("p:packets.noon.0") == "paused"
        table.move(ResumeActivity)
        assert table.grab("p:packets.noon.0")[0].index == 0
        table.checked()


class TestClosed:
    def test_a_stop_with_the_switch_closes_all_and_what_is_left_goes_back_once(self) -> None:
        table = Table(rules())
        open_ones = [table.packet(100, 5) for _ in range(3)]
        (share,) = table.grab(open_ones[0])
        emptied = table.packet(50, 1)
        table.grab(emptied)
        assert kinds(throw(table, "closed")) == [ActivityStopped.type, PacketsSwitched.type]
        closed = table.events(PacketClosed)
        assert sorted(event.packet_id for event in closed) == sorted(open_ones)
        assert {(event.why, event.by, event.because) for event in closed} == {("stopped", "li", "fraud")}
        assert table.counter("budget") == 50 + share.amount_fen
        assert table.reason(open_ones[1], "bob") == "stopped"
        table.tick("2017-06-03 12:00")
        assert len(table.events(PacketClosed)) == 3
        table.checked()

    def test_a_stop_alone_leaves_what_was_sent_and_the_switch_can_follow(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        table.move(StopActivity)
        assert table.grab(packet)[0].index == 0
        assert kinds(throw(table, "closed")) == [PacketsSwitched.type]
        assert [event.packet_id for event in table.events(PacketClosed)] == [packet]
        assert throw(table, "closed")[0].reason == "illegal_move"
        assert throw(table, "held")[0].reason == "illegal_move"

    def test_members_money_goes_back_to_them(self) -> None:
        table = Table(friends())
        asked = table.request(100, 5)
        table.confirm(asked)
        waiting = table.request(100, 5, sender="tom")
        throw(table, "closed")
        assert table.released() == [(asked.packet.funding_id, 100, "stopped")]
        table.confirm(waiting)
        assert table.released()[1:] == [(waiting.packet.funding_id, 0, "not_awaited")]
        table.checked()

    def test_a_sweep_takes_so_many_at_a_time_until_none_is_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(switch, "PACKETS_SWEPT", 4)
        table = Table(rules())
        packets = {table.packet(100 + number, 2) for number in range(30)}
        throw(table, "closed")
        swept = table.events(PacketsSwept)
        assert [said.part for said in swept] == [0, *(said.next_part for said in swept[:-1])]
        assert swept[-1].next_part == 4096
        assert all(len(said.packet_ids) <= 4 for said in swept)
        assert {packet for said in swept for packet in said.packet_ids} == packets
        assert {event.packet_id for event in table.events(PacketClosed)} == packets

    def test_what_is_over_is_not_kept_for_it(self) -> None:
        table = Table(rules())
        table.packet(100, 5)
        later = "2017-06-03 12:00"
        kept = table.packet(100, 5, now=later)
        throw(table, "closed", now=later)
        assert [said for swept in table.events(PacketsSwept) for said in swept.packet_ids] == [kept]

    def test_a_packet_that_is_closed_first_by_somebody_is_not_closed_again(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        table.send(ClosePacket(activity_id=ACTIVITY, packet_id=packet))
        throw(table, "closed")
        assert len(table.events(PacketClosed)) == 1
        assert table.counter("budget") == 0
        table.checked()


class TestOrder:
    def test_a_grab_comes_before_the_switch_or_behind_it(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        asked: list[Any] = [
            Grab(activity_id=ACTIVITY, packet_id=packet, member_id="ann"),
            FollowSwitch(activity_id=ACTIVITY, place=EVERYWHERE[0], revision=9, to="held"),
            Grab(activity_id=ACTIVITY, packet_id=packet, member_id="bob"),
        ]
        key = table.world.service.key
        before, followed, after = table.world.decide(
            [Translated(key(one), f"batch-{n}", utc(table.now), one) for n, one in enumerate(asked)]
        )
        assert (before.data.index, followed.data.to, after.data.reason) == (0, "held", "paused")

    def test_a_partition_follows_only_what_is_newer(self) -> None:
        table = Table(rules())
        follow = FollowSwitch(activity_id=ACTIVITY, place=EVERYWHERE[0], revision=9, to="held")
        assert table.send(follow)[0].to == "held"
        assert table.send(follow)[0].known == 9
        late = follow.model_copy(update={"revision": 8, "to": "open"})
        assert table.send(late)[0].known == 9
        table.checked()

    @pytest.mark.parametrize("to", ["held", "open", "closed"])
    def test_a_switch_that_comes_again_is_known(self, to: str) -> None:
        table = Table(rules())
        throw(table, "held")
        if to == "held":
            throw(table, "open")
        throw(table, to, "mine", "2017-06-01 12:01")
        if to == "open":
            throw(table, "held")
        switched = len(table.events(PacketsSwitched))
        assert throw(table, to, "mine", "2017-06-01 12:01")[0].reason == "duplicate"
        assert len(table.events(PacketsSwitched)) == switched

    def test_there_is_no_such_activity(self) -> None:
        for to in ("held", "open", "closed"):
            assert throw(Table(), to)[0].reason == "unknown_activity"

    def test_it_is_the_same_for_whoever_folds_the_events(self) -> None:
        table = Table(rules())
        table.packet(100, 5)
        throw(table, "held")
        table.move(ResumeActivity)
        throw(table, "closed")
        assert replayed(table.world).records == table.world.records


def test_a_packets_story_says_that_it_is_held() -> None:
    table = Table(rules())
    packet = table.packet(100, 5)

    def state() -> str:
        told = history.packet(
            event for event in table.world.events
            if isinstance(event.data, SwitchFollowed) or getattr(event.data, "packet_id", "") == packet
        )  # fmt: skip
        assert told is not None
        return told.state

    throw(table, "held")
    assert state() == "held"
    throw(table, "open")
    assert state() == "open"
    throw(table, "closed")
    assert state() == "stopped"
