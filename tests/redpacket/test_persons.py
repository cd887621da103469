"""Members who are linked later: from the link on, what one of them has counts for all."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_activities.requests import request_of
from fairground_contracts.members import MemberIdentityLinked, MemberIdentityUnlinked
from fairground_contracts.timers import TimerRequested
from fairground_contracts.topics import EVERYWHERE
from fairground_decider import Translated
from fairground_redpacket.contract import (
    CommandForwarded,
    CreatePacket,
    Grab,
    GrabRefused,
    LinkDropped,
    LinkMember,
    LinkRefused,
    MemberLinked,
    PacketRefused,
    PacketRequested,
    ShareGrabbed,
)
from fairground_redpacket.contract.commands import MAX_IDENTITIES
from fairground_redpacket.domain.records import HERE
from tests.redpacket.world import ACTIVITY, Table, friends, rain, replayed, rules, utc

MAC, WRONG = "ab" * 32, "cd" * 32


def link(table: Table, member: str, person: str, now: str = "") -> list[Any]:
    """The shop says whose a member is; what the first partition makes of it comes first."""
    return table.hear(MemberIdentityLinked(member_id=member, person_id=person, link="phone"), now)


def unlink(table: Table, member: str, person: str, now: str = "") -> list[Any]:
    return table.hear(MemberIdentityUnlinked(member_id=member, person_id=person, link="phone"), now)


def grab(table: Table, packet: str, member: str, **fields: Any) -> Any:
    """What becomes of a grab in the end, however often it was asked again."""
    events = table.grab(packet, member, **fields)
    while isinstance(events[0], CommandForwarded):
        wanted = events[0].forwarded_id
        events = [event.data for event in table.world.events if event.command_id == wanted]
    return events[0]


def test_a_grab_behind_a_link_is_answered_with_the_first_share() -> None:
    table = Table(rules())
    packet = table.packet(100, 5)
    first = grab(table, packet, "m1")
    link(table, "m1", "ann")
    link(table, "m2", "ann")
    for name in ("m2", "ann", "m1"):
        again = grab(table, packet, name)
        assert (again.reason, again.index, again.amount_fen) == ("already_grabbed", 0, first.amount_fen), name
    assert len(table.paid()) == 1
    table.checked()


def test_who_says_the_person_is_joined_with_members_who_did_not() -> None:
    table = Table(rules())
    packet = table.packet(100, 5)
    grab(table, packet, "m1")
    link(table, "m1", "ann")
    assert grab(table, packet, "m2", person_id="ann").reason == "already_grabbed"
    assert grab(table, packet, "m3", person_id="bob").index == 1


@pytest.mark.parametrize(
    "links",
    [
        [("m1", "m2"), ("m2", "m3")], [("m2", "m3"), ("m1", "m2")], [("m1", "m2"), ("m3", "m2")],
        [("m1", "m2"), ("m2", "m3"), ("m3", "m1")],
    ],
)  # fmt: skip
@pytest.mark.parametrize("first", ["m1", "m2", "m3"])
def test_links_lead_on_from_one_to_the_next(links: list[tuple[str, str]], first: str) -> None:
    table = Table(rules())
    packet = table.packet(100, 5)
    grab(table, packet, first)
    for member, person in links:
        link(table, member, person)
    for name in ("m1", "m2", "m3"):
        assert grab(table, packet, name).reason == "already_grabbed", name
    assert grab(table, packet, "m4").index == 1
    table.checked()


def test_what_was_had_twice_before_the_link_stays() -> None:
    table = Table(rules())
    packet = table.packet(100, 5)
    for name in ("m1", "m2"):
        assert isinstance(grab(table, packet, name), ShareGrabbed)
    link(table, "m1", "ann")
    link(table, "m2", "ann")
    assert grab(table, packet, "m1").index == 0
    assert grab(table, packet, "m2").index == 1
    assert grab(table, packet, "ann").reason == "already_grabbed"
    assert len(table.paid()) == 2
    table.checked()


@pytest.mark.parametrize("at", range(3))
def test_a_link_counts_for_what_stands_behind_it_in_the_log(at: int) -> None:
    """In one batch with the grabs before and behind it: the link's place decides."""
    table = Table(rules())
    packet = table.packet(100, 5)
    asked: list[Any] = [Grab(activity_id=ACTIVITY, packet_id=packet, member_id=name) for name in ("m1", "m2")]
    asked.insert(at, LinkMember(place=EVERYWHERE[0], member_id="m2", person_id="m1"))
    key = table.world.service.key
    events = table.world.decide(
        [Translated(key(one), f"batch-{n}", utc(table.now), one) for n, one in enumerate(asked)]
    )
    table.world.decide(
        [
            Translated(effect.key, effect.id, utc(table.now), effect.data)
            for effect in table.world.effects
            if isinstance(effect.data, Grab)
        ]
    )
    assert sum(isinstance(event.data, MemberLinked) for event in events) == 1
    assert len(table.events(ShareGrabbed)) == (2 if at == 2 else 1)
    assert len(table.events(GrabRefused)) == (0 if at == 2 else 1)
    table.checked()


def test_a_command_that_comes_again_under_other_names_is_the_same_request() -> None:
    table = Table(rules())
    packet = table.packet(100, 5)
    link(table, "m1", "ann")
    (asked,) = table.grab(packet, "m1", request="mine")
    assert isinstance(asked, CommandForwarded)
    assert request_of(asked.forwarded_id) == "mine"
    assert [request_of(event.command_id) for event in table.world.events if isinstance(event.data, ShareGrabbed)] == [
        "mine"
    ]
    (share,) = table.events(ShareGrabbed)
    assert (share.member_id, share.person_id) == ("m1", "ann")


class TestTakenBack:
    def test_who_was_unlinked_counts_alone_again(self) -> None:
        table = Table(rules())
        packet = table.packet(100, 5)
        link(table, "m1", "ann")
        link(table, "m2", "ann")
        grab(table, packet, "m1")
        assert grab(table, packet, "m2").reason == "already_grabbed"
        unlink(table, "m2", "ann")
        assert grab(table, packet, "m2").index == 1
        assert grab(table, packet, "m2").reason == "already_grabbed"
        assert grab(table, packet, "m1").index == 0
        table.checked()

    def test_older_news_does_not_count(self) -> None:
        """The shop repeats itself, or its records overtake each other."""
        table = Table(rules())
        unlink(table, "m1", "ann", "2017-06-01 12:02")
        (refused, *_) = link(table, "m1", "ann", "2017-06-01 12:01")
        assert refused.reason == "too_old"
        assert link(table, "m1", "ann", "2017-06-01 12:03")[0].type == MemberLinked.type
        assert unlink(table, "m1", "ann", "2017-06-01 12:02")[0].reason == "too_old"
        assert link(table, "m1", "ann", "2017-06-01 12:03")[0].reason == "duplicate"

    def test_a_member_is_one_persons(self) -> None:
        table = Table(rules())
        link(table, "m1", "ann")
        assert link(table, "m1", "bob")[0].reason == "linked_otherwise"
        assert unlink(table, "m1", "bob")[0].reason == "linked_otherwise"
        unlink(table, "m1", "ann")
        assert link(table, "m1", "bob")[0].type == MemberLinked.type

    def test_it_is_forgotten_after_a_while(self) -> None:
        """Whoever is not linked, and was not lately, leaves nothing."""
        table = Table(rules())
        link(table, "m1", "ann")
        unlink(table, "m1", "ann")
        assert len([key for key in table.world.records if key[0] == HERE]) == 1
        due = [sent for _, sent in table.of(TimerRequested) if sent.command == "redpacket.link.drop.v1"]
        assert len(due) == 1  # of the one partition that this world is: what the other places say is a repetition
        table.tick("2017-06-30 12:00")
        assert table.events(LinkDropped) == []
        table.tick("2017-07-01 12:00")
        assert len(table.events(LinkDropped)) == 1
        assert [key for key in table.world.records if key[0] == HERE] == []

    def test_who_is_linked_again_is_not_forgotten(self) -> None:
        table = Table(rules())
        link(table, "m1", "ann")
        unlink(table, "m1", "ann")
        link(table, "m1", "ann", "2017-06-02 12:00")
        table.tick("2017-07-01 12:00")
        assert table.events(LinkDropped) == []
        assert table.events(LinkRefused)[-1].reason == "not_linked"


def test_only_who_is_linked_leaves_anything() -> None:
    table = Table(rules())
    packet = table.packet(100, 5)
    table.grabs(packet, 4)
    assert [key for key in table.world.records if key[0] == HERE] == []
    link(table, "m1", "ann")
    kept = {key: value for key, value in table.world.records.items() if key[0] == HERE}
    assert {field for _, field in kept} == {"l:m1", "l:ann"}
    assert all(len(value) < 40 for value in kept.values())


def test_no_more_members_are_linked_to_a_person_than_can_be_counted() -> None:
    table = Table(rules())
    for number in range(MAX_IDENTITIES):
        link(table, f"m{number}", "ann")
    assert link(table, "late", "ann")[0].reason == "too_many_linked"
    packet = table.packet(100, 5)
    grab(table, packet, "m0")
    assert grab(table, packet, f"m{MAX_IDENTITIES - 1}").reason == "already_grabbed"


def test_a_rains_cap_is_the_persons() -> None:
    table = Table(rain())
    noon = "p:packets.noon.0"
    assert grab(table, noon, "m1").index == 0
    link(table, "m1", "ann")
    link(table, "m2", "ann")
    assert grab(table, noon, "m2").index == 1
    for name in ("m1", "m2", "ann"):
        assert grab(table, noon, name).reason == "cap_reached", name
    table.checked()


def test_taps_of_all_members_are_the_persons() -> None:
    sessions = [{"id": "noon", "starts": "2017-06-01 12:00", "seconds": 60, "total_fen": 1_000, "count": 10}]
    table = Table(rain(rain={"per_member": 5, "tap_ms": 10_000, "sessions": sessions}))
    noon = "p:packets.noon.0"
    grab(table, noon, "m1", now="2017-06-01 12:00:01")
    link(table, "m2", "m1", "2017-06-01 12:00:02")
    assert grab(table, noon, "m2", now="2017-06-01 12:00:05").reason == "too_fast"
    assert grab(table, noon, "m1", now="2017-06-01 12:00:14").reason == "too_fast", "what m2 has tried counts"
    assert grab(table, noon, "m2", now="2017-06-01 12:00:24").index == 1


def test_a_tap_that_comes_again_after_the_unlink_has_no_second_share() -> None:
    sessions = [{"id": "noon", "starts": "2017-06-01 12:00", "seconds": 60, "total_fen": 1_000, "count": 10}]
    table = Table(rain(rain={"per_member": 5, "tap_ms": 10_000, "sessions": sessions}))
    noon = "p:packets.noon.0"
    link(table, "m2", "ann")
    assert grab(table, noon, "m2", request="mine", now="2017-06-01 12:00:05").index == 0
    unlink(table, "m2", "ann", "2017-06-01 12:00:06")
    assert grab(table, noon, "m2", request="mine", now="2017-06-01 12:00:05").reason == "duplicate"
    assert grab(table, noon, "m2", now="2017-06-01 12:00:07").reason == "too_fast", "the tap was the member's, too"
    assert grab(table, noon, "m2", now="2017-06-01 12:00:20").index == 1
    assert grab(table, noon, "ann", request="mine", now="2017-06-01 12:00:30").reason == "duplicate"
    assert replayed(table.world).records == table.world.records
    table.checked()


def test_a_share_of_an_older_log_is_known_as_it_was_then() -> None:
    """Of one that says nothing of it the person's record alone knows the request."""
    table = Table(rain())
    link(table, "m2", "ann")
    grab(table, "p:packets.noon.0", "m2")
    folded = replayed(table.world, known_apart=False)
    own, person = (
        folded.service.decode("m:", folded.records["p:packets.noon.0", f"m:{name}"]) for name in ("m2", "ann")
    )
    assert (own.requests, own.tapped_ms, len(own.shares)) == ((), 0, 1)
    assert len(person.requests) == 1


def test_wrong_guesses_are_the_persons() -> None:
    table = Table(rules(packets={"total_fen": {"least": 1, "most": 1_000}, "access": ["password"], "guesses": 3}))
    packet = table.packet(100, 5, access="password", password_mac=MAC)
    for name in ("m1", "m2"):
        assert grab(table, packet, name, password_mac=WRONG).guesses_left == 2
    link(table, "m1", "ann")
    link(table, "m2", "ann")
    assert grab(table, packet, "m1", password_mac=WRONG).guesses_left == 0
    assert grab(table, packet, "m2", password_mac=MAC).reason == "guesses_used"
    table.checked()


def test_who_may_not_grab_what_it_sent_may_not_by_another_name() -> None:
    said = {"funded_by": "member", "total_fen": {"least": 1, "most": 1_000}, "sender_grabs": False}
    table = Table(friends(packets=said))
    asked = table.request(sender="m1")
    table.confirm(asked)
    link(table, "m1", "ann")
    link(table, "m2", "ann")
    assert grab(table, asked.packet_id, "m2").reason == "sender_may_not"


@pytest.mark.parametrize(
    ("quotas", "reason"), [({"per_member_day": 2}, "quota_used_day"), ({"per_member_total": 2}, "quota_used_total")]
)
def test_a_senders_quotas_are_the_persons(quotas: dict[str, int], reason: str) -> None:
    table = Table(friends(quotas=quotas))
    for name in ("m1", "m2"):
        table.request(sender=name)
    link(table, "m1", "ann")
    link(table, "m2", "ann")
    table.send(CreatePacket(activity_id=ACTIVITY, member_id="m2", total_fen=100))
    (refused,) = table.events(PacketRefused)
    assert (refused.member_id, refused.reason) == ("m2", reason)
    table.send(CreatePacket(activity_id=ACTIVITY, member_id="m3", total_fen=100))
    assert len(table.events(PacketRequested)) == 3


def test_a_link_goes_to_every_partition_and_one_with_itself_to_none() -> None:
    table = Table(rules())
    link(table, "m1", "ann")
    told = [event.data.place for event in table.world.events if hasattr(event.data, "place")]
    assert told == list(EVERYWHERE)
    assert link(table, "ann", "ann") == []


_NAMES = st.sampled_from(["m1", "m2", "m3", "m4", "ann", "bob"])
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grab"), _NAMES, st.sampled_from(["", "", "ann", "bob"])),
        st.tuples(st.just("link"), _NAMES, _NAMES),
        st.tuples(st.just("unlink"), _NAMES, _NAMES),
    ),
    max_size=20,
)


@settings(deadline=None, max_examples=150)
@given(_STEPS)
def test_whatever_the_order_of_links_and_grabs_nobody_has_two_from_a_link_on(steps: list[tuple[str, str, str]]) -> None:
    table = Table(rules())
    packet = table.packet(1_000, 50)
    for number, (what, one, other) in enumerate(steps):
        now = f"2017-06-01 12:00:{number:02}"
        if what == "grab":
            table.grab(packet, one, now=now, person_id=other)
        elif one != other:
            (link if what == "link" else unlink)(table, one, other, now)
    table.checked()
    assert len(table.events(ShareGrabbed)) + len(table.events(GrabRefused)) == sum(step[0] == "grab" for step in steps)
    assert replayed(table.world).records == table.world.records
