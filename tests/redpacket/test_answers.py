"""What people are told of packets: how one went, who got what, their own, and why it came out so."""

from typing import Any

import pytest

from fairground_decider import Event
from fairground_redpacket import explaining, history
from fairground_redpacket.contract import EVENTS, PacketForgotten
from fairground_redpacket.contract.refusals import SENTENCES, Reason
from fairground_redpacket.traffic import commands
from tests.redpacket.world import Table, friends, rules


def of_packet(table: Table, packet: str) -> list[Event[Any]]:
    return [event for event in table.world.events if getattr(event.data, "packet_id", "") == packet]


def test_a_packets_state_and_what_is_left() -> None:
    table = Table(rules())
    packet = table.packet(1_000, 3)
    (share,) = table.grab(packet, "ann-lee")
    story = history.packet(of_packet(table, packet))
    assert story is not None
    assert (story.state, story.total_fen, story.size, story.left_fen) == ("open", 1_000, 3, 1_000 - share.amount_fen)
    table.tick("2017-06-02 12:00")
    after = history.packet(of_packet(table, packet))
    assert after is not None
    assert (after.state, after.left_fen, after.back_fen) == ("expired", 0, 1_000 - share.amount_fen)


def test_who_got_what_is_masked_but_for_who_asks() -> None:
    table = Table(rules())
    packet = table.packet(1_000, 3)
    got = {member: table.grab(packet, member)[0].amount_fen for member in ("ann-lee", "bo", "cid-wang")}
    story = history.packet(of_packet(table, packet), "cid-wang")
    assert story is not None
    assert [share.member for share in story.shares] == ["a***e", "b*", "cid-wang"]
    assert [share.fen for share in story.shares] == list(got.values())
    assert story.mine_fen == got["cid-wang"]
    best = max(got.values())
    assert [share.fen for share in story.shares if share.best] == [best]


def test_what_became_of_a_share() -> None:
    table = Table(rules(second_bill=True))
    packet = table.packet(100, 1)
    table.grab(packet, "ann")
    for result, again, payout, bill in (
        ("waiting", "", "waiting", f"redpacket-{packet}-0"),
        ("rejected", "", "owed", f"redpacket-{packet}-0-2"),
        ("delivered", "-2", "delivered", f"redpacket-{packet}-0-2"),
    ):
        table.report(packet, 0, result, again=again)
        story = history.packet(of_packet(table, packet))
        assert story is not None
        assert [(share.payout, share.bill) for share in story.shares] == [(payout, bill)]


def test_what_a_member_has_sent_and_received() -> None:
    table = Table(friends())
    sent, refused = table.request(1_000, 3), table.request(500, 3)
    table.confirm(sent)
    table.refuse(refused)
    (share,) = table.grab(sent.packet_id, "sue")
    table.grab(sent.packet_id, "ann")
    mine = history.packets_of(table.world.events, "sue")
    assert (mine.sent, mine.received) == (((sent.packet_id, 1_000),), ((sent.packet_id, share.amount_fen),))
    assert history.packets_of(table.world.events, "ann").sent == ()


def test_there_was_no_such_packet() -> None:
    assert history.packet([]) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_every_event_can_be_explained_whatever_happened(seed: int) -> None:
    """A sentence for each of our own events beside plain refusals, in both languages; figures from the state."""
    table = Table()
    for asked in commands(seed, 800):
        for event in table.give(asked):
            touched = [event.data]
            told = explaining.sentences(event, None)
            assert told or hasattr(event.data, "reason") or event.data.type.startswith("fairground.")
            assert all(words.zh and words.en for words in told)
            figures = explaining.figures(table.world.load(touched), event)
            assert all(figure.value for figure in figures)
    assert PacketForgotten.type in EVENTS


def test_a_refusal_names_the_rule() -> None:
    table = Table(rules())
    table.create(20_001, 1)
    (told,) = explaining.sentences(table.world.events[-1], {"each_fen": {"most": 20_000}})
    assert told.en == "It follows from packets.total_fen, each_fen."
    packet = table.packet(100, 2)
    table.grab(packet, "ann")
    table.grab(packet, "ann")
    assert "The member has share 1" in explaining.sentences(table.world.events[-1], None)[0].en


def test_every_reason_has_its_sentences() -> None:
    assert set(SENTENCES) == set(Reason)
