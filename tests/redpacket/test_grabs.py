"""Grabs: one share each, in the order of the log, by whoever the packet is for."""

import pytest

from fairground_contracts.rewards import RewardGranted
from fairground_redpacket.contract import Grab, GrabRefused, PacketEmptied, ShareGrabbed
from fairground_redpacket.contract.ids import pool_for
from tests.redpacket.world import ACTIVITY, Table, friends, rain, replayed, rules

MAC, WRONG = "ab" * 32, "cd" * 32


@pytest.fixture
def table() -> Table:
    access = ["open", "group", "designated", "password", "fission"]
    return Table(rules(packets={"total_fen": {"least": 1, "most": 100_000}, "access": access, "guesses": 2}))


def test_first_come_first_served_until_it_is_empty(table: Table) -> None:
    packet = table.packet(1_000, 4)
    assert sum(table.grabs(packet, 4)) == 1_000
    assert [share.index for share in table.events(ShareGrabbed)] == [0, 1, 2, 3]
    assert table.reason(packet, "late") == "sold_out"
    table.checked()


def test_the_state_is_the_next_index_and_not_the_amounts(table: Table) -> None:
    packet = table.packet(1_000, 100)
    table.grab(packet, "ann")
    course = table.course(packet)
    assert course.next == 1
    assert len(table.world.records[packet, "course"]) < 40
    assert len(table.world.records[packet, "packet"]) < 300


def test_a_second_grab_is_answered_with_the_first(table: Table) -> None:
    packet = table.packet(1_000, 3)
    (first,) = table.grab(packet, "ann")
    for request in ("another", "request 2"):
        (again,) = table.grab(packet, "ann", request)
        assert (again.reason, again.index, again.amount_fen) == ("already_grabbed", first.index, first.amount_fen)
    table.grabs(packet, 2)
    (after,) = table.grab(packet, "ann")
    assert (after.reason, after.amount_fen) == ("already_grabbed", first.amount_fen)
    assert len(table.paid()) == 3


def test_empty_says_how_long_it_lasted(table: Table) -> None:
    packet = table.packet(100, 2)
    table.grab(packet, "ann", now="2017-06-01 12:00:05")
    table.grab(packet, "bob", now="2017-06-01 12:00:37")
    (emptied,) = table.events(PacketEmptied)
    (refused,) = table.grab(packet, "cid", now="2017-06-01 12:05")
    assert (emptied.lasted_ms, refused.reason, refused.lasted_ms) == (37_000, "sold_out", 37_000)


def test_best_luck_is_known_when_it_is_empty(table: Table) -> None:
    packet = table.packet(1_000, 5)
    got = table.grabs(packet, 5)
    (emptied,) = table.events(PacketEmptied)
    best = got.index(max(got))
    assert (emptied.best_index, emptied.best_member_id, emptied.best_fen) == (best, f"m{best}", max(got))


def test_of_several_with_the_best_luck_it_is_the_first(table: Table) -> None:
    packet = table.packet(40, 4, split="equal")
    table.grabs(packet, 4)
    (emptied,) = table.events(PacketEmptied)
    assert (emptied.best_index, emptied.best_member_id) == (0, "m0")


def test_an_equal_packet_gives_the_fen_that_are_left_over_to_the_first(table: Table) -> None:
    assert table.grabs(table.packet(11, 4, split="equal"), 4) == [3, 3, 3, 2]


def test_a_share_is_owed_in_cash_under_its_bill_number(table: Table) -> None:
    packet = table.packet(100, 2)
    (share,) = table.grab(packet, "ann")
    ((bill, reward),) = table.of(RewardGranted)
    assert bill == share.reward_id == f"redpacket-{packet}-0"
    assert (reward.member_id, reward.reward.reward, reward.reward.amount) == ("ann", "cash", share.amount_fen)
    assert (reward.reward.ref, reward.reward.value_fen) == (packet, share.amount_fen)


def test_only_a_groups_members(table: Table) -> None:
    packet = table.packet(100, 2, access="group", group_id="family")
    assert table.reason(packet, "ann") == "not_in_group"
    assert table.reason(packet, "ann", groups=("work",)) == "not_in_group"
    assert table.grab(packet, "ann", groups=("work", "family"))[0].type == ShareGrabbed.type


def test_only_named_receivers(table: Table) -> None:
    packet = table.packet(100, 2, access="designated", receivers=("ann", "bob"))
    assert table.reason(packet, "cid") == "not_a_receiver"
    assert table.grabs(packet, 0) == []
    assert table.grab(packet, "bob")[0].index == 0
    assert table.grab(packet, "eve", person_id="ann")[0].index == 1
    table.checked()


def test_a_password_and_its_guesses(table: Table) -> None:
    packet = table.packet(100, 3, access="password", password_mac=MAC)
    (wrong,) = table.grab(packet, "ann", password_mac=WRONG)
    assert (wrong.reason, wrong.guesses_left) == ("wrong_password", 1)
    assert table.grab(packet, "bob", password_mac=MAC)[0].type == ShareGrabbed.type
    assert table.reason(packet, "ann") == "wrong_password"
    assert table.reason(packet, "ann", password_mac=MAC) == "guesses_used"


def test_a_guess_that_comes_again_is_counted_once(table: Table) -> None:
    packet = table.packet(100, 3, access="password", password_mac=MAC)
    assert table.reason(packet, "ann", "guess", password_mac=WRONG) == "wrong_password"
    assert table.reason(packet, "ann", "guess", password_mac=WRONG) == "duplicate"
    assert table.grab(packet, "ann", password_mac=MAC)[0].type == ShareGrabbed.type


def test_no_password_stands_in_any_message() -> None:
    """Only a keyed hash has room there."""
    assert Grab.model_fields["password_mac"].metadata
    with pytest.raises(ValueError, match="password_mac"):
        Grab(activity_id=ACTIVITY, packet_id="p:x", member_id="ann", password_mac="恭喜发财")


def test_whether_the_sender_may_is_said_when_it_is_sent() -> None:
    table = Table(friends())
    for asked, expected in ((None, ShareGrabbed), (False, GrabRefused)):
        packet = table.request(100, 2, sender_grabs=asked)
        table.confirm(packet)
        (event,) = table.grab(packet.packet_id, "sue")
        assert type(event) is expected
    assert table.events(GrabRefused)[-1].reason == "sender_may_not"
    table.checked()


def test_a_fission_packets_first_share_is_the_members_and_friends_share_the_rest(table: Table) -> None:
    packet = table.packet(100, 3, access="fission", first_for="ann")
    (first,) = table.events(ShareGrabbed)
    assert (first.member_id, first.index) == ("ann", 0)
    assert table.reason(packet, "ann") == "already_grabbed"
    assert [table.grab(packet, friend)[0].index for friend in ("bob", "cid")] == [1, 2]
    assert table.reason(packet, "dan") == "sold_out"
    table.checked()


def test_each_friends_share_depends_on_their_own_eligibility() -> None:
    said = rules(eligible="new_buyer", packets={"total_fen": {"least": 1, "most": 1_000}, "access": ["fission"]})
    table = Table(said)
    packet = table.packet(100, 3, access="fission", first_for="ann")
    assert table.reason(packet, "bob", facts={"new_buyer": False}) == "not_eligible"
    assert table.reason(packet, "cid") == "not_eligible"
    assert table.grab(packet, "dan", facts={"new_buyer": True})[0].index == 1
    table.checked()


@pytest.mark.parametrize(
    ("fields", "asked", "reason"),
    [
        ({"audience": {"never": ["ann"]}}, {}, "not_eligible"),
        ({"audience": {"only": ["bob"]}}, {}, "not_eligible"),
        ({"audience": {"holdout": "99.9999%"}}, {}, "holdout"),
        ({"refuse_risk": 3}, {"risk": 3}, "risk_denied"),
        ({"eligible": "level >= 2"}, {"facts": {"level": 1}}, "not_eligible"),
    ],
)
def test_who_may_take_part(fields: dict[str, object], asked: dict[str, object], reason: str) -> None:
    table = Table(rules(**fields))
    packet = table.packet(100, 2)
    assert table.reason(packet, "ann", **asked) == reason
    table.checked()


def test_a_packet_keeps_the_terms_that_it_was_sent_with(table: Table) -> None:
    packet = table.packet(100, 2)
    later = rules(packets={"total_fen": {"least": 1, "most": 100_000}}, audience={"never": ["ann"]})
    assert table.publish(later)[0].version == 2
    assert table.grab(packet, "ann")[0].version == 1
    assert table.reason(table.packet(100, 2), "ann") == "not_eligible"
    table.checked()


def test_one_share_for_a_person_however_the_members_are_called(table: Table) -> None:
    packet = table.packet(100, 5)
    (first,) = table.grab(packet, "phone", person_id="ann")
    assert table.reason(packet, "wechat", person_id="ann") == "already_grabbed"
    assert table.reason(packet, "phone") == "already_grabbed"
    assert table.reason(packet, "ann") == "already_grabbed"
    assert table.paid() == [(first.reward_id, "phone", first.amount_fen)]
    table.checked()


def test_a_grab_that_is_named_later_counts_as_well(table: Table) -> None:
    packet = table.packet(100, 5)
    table.grab(packet, "phone")
    assert table.reason(packet, "phone", person_id="ann") == "already_grabbed"


def test_what_there_is_not(table: Table) -> None:
    assert table.reason("p:none", "ann") == "unknown_packet"
    packet = table.packet(100, 2)
    (event,) = table.send(Grab(activity_id="another", packet_id=packet, member_id="ann"))
    assert event.reason == "unknown_packet"


def test_a_worker_with_another_secret_gives_nothing(table: Table) -> None:
    packet = table.packet(100, 2)
    other = Table(secret=b"another one, of 32 bytes........")
    other.world.fold(table.world.events)
    assert other.reason(packet, "ann") == "seed_unavailable"
    assert table.grab(packet, "ann")[0].type == ShareGrabbed.type


def test_whoever_folds_the_events_has_the_same_state(table: Table) -> None:
    packet = table.packet(100, 3, access="password", password_mac=MAC)
    table.grab(packet, "ann", password_mac=WRONG)
    table.grab(packet, "phone", person_id="bob", password_mac=MAC)
    other = replayed(table.world)
    assert (other.records, other.counters) == (table.world.records, table.world.counters)


class TestRain:
    def test_it_begins_and_ends_by_the_clock(self) -> None:
        table = Table(rain())
        assert table.reason("p:packets.noon.0", "ann", now="2017-06-01 11:59:59") == "not_started"
        assert table.grab("p:packets.noon.0", "ann", now="2017-06-01 12:00")[0].type == ShareGrabbed.type
        assert table.reason("p:packets.noon.0", "bob", now="2017-06-01 12:01") == "expired"
        table.checked()

    def test_a_member_has_a_cap_for_each_session(self) -> None:
        sessions = [
            {"id": name, "starts": f"2017-06-01 {hour}:00", "seconds": 60, "total_fen": 1_000, "count": 10}
            for name, hour in (("noon", 12), ("evening", 20))
        ]
        table = Table(rain(rain={"per_member": 2, "sessions": sessions}))
        for session, now in (("noon", "2017-06-01 12:00:10"), ("evening", "2017-06-01 20:00:10")):
            packet = f"p:packets.{session}.0"
            assert [event.index for event in (table.grab(packet, "ann", now=now)[0] for _ in range(2))] == [0, 1]
            assert table.reason(packet, "ann", now=now) == "cap_reached"
        table.checked()

    def test_a_tap_that_comes_again_is_the_same_tap(self) -> None:
        table = Table(rain())
        assert table.grab("p:packets.noon.0", "ann", "tap")[0].type == ShareGrabbed.type
        assert table.reason("p:packets.noon.0", "ann", "tap") == "duplicate"

    def test_taps_are_limited_in_rate(self) -> None:
        table = Table(rain(rain=rain()["rain"] | {"tap_ms": 500}))
        assert table.grab("p:packets.noon.0", "ann", now="2017-06-01 12:00:01")[0].type == ShareGrabbed.type
        assert table.reason("p:packets.noon.0", "ann", now="2017-06-01 12:00:01.4") == "too_fast"
        assert table.reason("p:packets.noon.0", "ann", now="2017-06-01 12:00:01.8") == "too_fast", "an attempt counts"
        assert table.grab("p:packets.noon.0", "ann", now="2017-06-01 12:00:02.3")[0].type == ShareGrabbed.type
        table.checked()

    def test_who_taps_at_the_rate_of_the_rules_is_never_too_fast(self) -> None:
        table = Table(rain(rain=rain()["rain"] | {"tap_ms": 500, "per_member": 4}))
        times = [f"2017-06-01 12:00:0{tap / 2:.1f}" for tap in range(1, 5)]
        taps = [table.grab("p:packets.noon.0", "ann", now=now)[0] for now in times]
        assert [tap.type for tap in taps] == [ShareGrabbed.type] * 4

    def test_a_sessions_pools_share_its_budget_and_its_members(self) -> None:
        session = {
            "id": "noon",
            "starts": "2017-06-01 12:00",
            "seconds": 60,
            "total_fen": 1_001,
            "count": 11,
            "pools": 4,
        }
        table = Table(rain(rain={"per_member": 1, "sessions": [session]}))
        totals = [table.terms(f"p:packets.noon.{pool}").total_fen for pool in range(4)]
        counts = [table.terms(f"p:packets.noon.{pool}").count for pool in range(4)]
        assert (totals, counts) == ([251, 250, 250, 250], [3, 3, 3, 2])
        for number in range(40):
            member = f"m{number}"
            mine = pool_for(member, ACTIVITY, "noon", 4)
            wrong = (mine + 1) % 4
            (refused,) = table.grab(f"p:packets.noon.{wrong}", member)
            assert refused.reason in ("other_pool", "sold_out")
            if refused.reason == "other_pool":
                assert refused.pool == mine
            table.grab(f"p:packets.noon.{mine}", member)
        assert sum(fen for _, _, fen in table.paid()) <= 1_001
        table.checked()

    def test_what_a_session_leaves_is_in_the_budget_again(self) -> None:
        table = Table(rain())
        assert table.counter("budget") == 1_000
        (share,) = table.grab("p:packets.noon.0", "ann")
        table.tick("2017-06-01 12:01")
        assert table.counter("budget") == share.amount_fen
        table.checked()
