"""What the store holds: small, versioned, and the same bytes for the same state."""

import msgspec
import pytest

from fairground_activities.lifecycle import Standing
from fairground_decider.folding import World
from fairground_lottery.domain import Lottery, orders
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.orders import Order
from fairground_lottery.domain.records import Entrant, Winner, decode, encode
from tests.lottery.world import THANKS, WHEEL, Fair, prize, utc

HASH_ENTRY_BYTES = 45  # Valkey's overhead for an entry of a big hash
DAY_MS = 86_400_000


def test_a_member_costs_at_most_100_bytes_beside_remembered_causes() -> None:
    fair = Fair(chances={"free_per_day": 5, "orders": {"rule": "cumulative", "every_fen": 10_000}})
    for day in ("2017-06-29", "2017-06-30", "2017-07-01"):
        fair.draw("member-00042", draws=3, now=f"{day} 12:00")
    fair.pay("o1", 9876, "member-00042", now="2017-07-01 13:00")
    entrant = msgspec.structs.replace(fair.entrant("member-00042"), orders=(), requests=())
    assert (len(entrant.days), len(entrant.months), entrant.carried_fen) == (9, 4, 9876)
    assert HASH_ENTRY_BYTES + len("m:member-00042") + len(encode(entrant)) <= 100


def test_remembered_causes_cost_8_bytes_a_request_and_16_an_order() -> None:
    fair = Fair(chances={"free_per_day": 5, "orders": {"rule": "per_order", "min_order_fen": 1}})
    sizes = []
    for number in range(4):
        fair.reason(request=f"r{number}", draws=90)
        sizes.append(len(fair.world.records[WHEEL, "m:ann"]))
    assert sizes[3] - sizes[2] == 8
    remembered: orders.Orders = ()
    for number in range(10):
        remembered = orders.with_order(remembered, f"o{number}", Order(10**13, 9, revoked=False), 0, 30)
    assert sum(len(entries) for _, entries in remembered) == 160


def test_records_name_their_kind_and_format() -> None:
    fair = Fair(prizes=[prize("gift")])
    fair.draw()
    tags = {field: msgspec.msgpack.decode(stored)[0] for (_, field), stored in fair.world.records.items()}
    assert tags == {"wheel": "w1", "rules": "r1", "m:ann": "e1"}
    for (_, field), stored in fair.world.records.items():
        assert encode(decode(field, stored)) == stored


def test_an_unknown_format_is_not_guessed() -> None:
    stored = msgspec.msgpack.encode(["e9", 1])
    with pytest.raises(msgspec.ValidationError):
        decode("m:ann", stored)


def test_a_version_is_compiled_once() -> None:
    fair = Fair(prizes=[prize("gift")])
    stored = fair.world.records[WHEEL, "rules"]
    in_force = decode("rules", stored)
    assert isinstance(in_force, InForce)
    assert decode("rules", bytes(bytearray(stored))) is in_force


def test_days_that_are_over_leave_the_store() -> None:
    fair = Fair(prizes=[prize("gift", value_fen=5)])
    for day in range(1, 9):
        fair.draw(now=f"2017-06-{day:02d} 12:00")
    days = {field.rpartition(":")[2] for _, field in fair.world.counters if field.count(":") == 2}
    assert days == {"2017-06-06", "2017-06-07", "2017-06-08"}
    assert len(fair.entrant().days) == 9
    assert len(fair.entrant().requests) == 2
    standing = decode("wheel", fair.world.records[WHEEL, "wheel"])
    assert isinstance(standing, Standing)
    assert len(standing.days) == 3


def test_a_reader_folds_without_the_secret_but_decides_nothing() -> None:
    fair = Fair(prizes=[prize("gift")])
    fair.draw()
    reader = World(Lottery())
    reader.fold(fair.world.events)
    assert (reader.records, reader.counters) == (fair.world.records, fair.world.counters)
    with pytest.raises(AssertionError):
        reader.decide([fair.command(fair.world.effects[0].data)])  # type: ignore[arg-type]


def test_orders_are_found_only_at_whole_entries() -> None:
    remembered = orders.with_order((), "o1", Order(5, 1, revoked=False), 0, 30)
    ((day, entries),) = remembered
    across = b"x" * 4 + entries[:8] + b"x" * 4  # the same 8 bytes, in the middle of another entry
    assert orders.find(remembered, "o1") == Order(5, 1, revoked=False)
    assert orders.find(((day, across),), "o1") is None
    assert orders.find(((day, across + entries),), "o1") == Order(5, 1, revoked=False)


def test_the_oldest_orders_go_with_their_window() -> None:
    remembered: orders.Orders = ()
    for day in range(50):
        remembered = orders.with_order(remembered, f"o{day}", Order(1, 1, revoked=False), day * DAY_MS, 30)
    assert [day for day, _ in remembered] == list(range(19, 50))
    assert orders.find(remembered, "o18") is None
    assert orders.too_old(remembered, 18 * DAY_MS, 30)
    assert not orders.too_old(remembered, 19 * DAY_MS, 30)


def test_an_empty_entrant_is_a_newcomer() -> None:
    assert decode("m:x", encode(Entrant())) == Entrant()
    assert utc("2017-06-01 12:00") == "2017-06-01T04:00:00.000Z"


def test_what_the_version_before_wrote_is_read() -> None:
    """A member of a wheel with pity, before rewards were followed; and one of a wheel with neither."""
    counted = ["e2", 3, [17318, 3, 0], [24209, 3], 0, 0, [], [], [], [], [], [["car", 3]], [], []]
    plain = ["e1", 3, [17318, 3, 0], [24209, 3], 0, 0, [], [], [], [], []]
    for written in (counted, plain):
        stored = msgspec.msgpack.encode(written)
        assert encode(decode("m:x", stored)) == stored


def test_only_who_has_a_followed_reward_has_a_record_of_them() -> None:
    fair = Fair(prizes=[prize("gift", on_rejected="nothing"), THANKS], chances={"free_per_day": 9})
    seen = {fair.draw(member)[0].prize_id: type(fair.entrant(member)) for member in "abcdefgh"}
    assert seen == {"gift": Winner, "thanks": Entrant}
    for member in "abcdefgh":
        before = fair.entrant(member)
        fair.draw(member, draws=5)
        after = fair.entrant(member)
        if isinstance(before, Winner):
            assert isinstance(after, Winner)
            assert after.rewards[: len(before.rewards)] == before.rewards
