"""What the store holds: small, versioned, the same bytes for the same state, and a closed activity leaves it."""

import msgspec
import pytest

from fairground_decider.days import iso, parse_iso
from fairground_signin.domain.days import bitmap_of, dense, sparse
from fairground_signin.domain.records import Followed, Linked, Member, More, Ranks, decode, encode
from fairground_signin.rules import load
from tests.signin.world import DAILY, Book, tier

#: The rules of an ordinary month: what is paid twice in it, once in it, once for all.
MONTH = {
    "cycle": {"every": "month", "shown": "crosses"},
    "first": {"reward": {"kind": "coupon", "amount": 1}},
    "streak": {"tiers": [tier(3, 15), tier(5, 25), tier(6, 70, paid="ever")], "after_last": "start_over"},
    "total": [tier(10, 50) | {"id": "t10"}, tier(20, 100) | {"id": "t20"}, tier(25, 200) | {"id": "t25"}],
    "make_up": {"days_back": 7, "per_cycle": 1, "cards": True},
    "freeze": {},
    "window": {"starts": "2016-01-01 00:00", "ends": "2019-01-01 00:00"},
}


def test_a_member_costs_at_most_160_bytes_after_two_years_with_tiers_paid_and_tokens() -> None:
    """Signed on six of seven days for two full years, a day made up every eight weeks, freezes and cards left."""
    book = Book(**MONTH)
    first = parse_iso("2016-01-01")
    for number in range(731):
        if number % 7 != 3:
            book.sign(iso(first + number))
        if number % 56 == 4:
            book.grant("make_up_card", 2, iso(first + number))
            book.make_up(iso(first + number - 1), iso(first + number))
    book.grant("freeze", 1, "2017-12-31")
    member = book.member()
    assert member.days.present.bit_count() > 600
    assert member.days.made_up.bit_count() >= 12
    assert member.rest.cards >= 12
    assert member.ever == ("first", "d6")
    lasting = msgspec.structs.replace(member, more=msgspec.structs.replace(member.rest, causes=()))
    size, remembered = len(encode(lasting)), len(encode(member)) - len(encode(lasting))
    assert size <= 160, f"{size} bytes"
    assert remembered <= 8 * 2 + 12, "causes are forgotten after a month"
    book.checked()


def test_a_member_of_one_month_costs_a_third_of_that() -> None:
    book = Book(**MONTH)
    book.sign_all("2017-06-01..30")
    assert len(encode(book.member())) <= 50


@pytest.mark.parametrize(
    ("field", "record"),
    [
        ("m:ann", Member(16801, dense(0b1011 << 100), sparse(0b100 << 300), ("first",), 17000, 3, (12, 4, 0, 0, 1, 2))),
        ("m:abe", Member(16801, last=(0, 12, 4, 0, 0, 0), decided_by=3, level=7, earlier=(16990, 2))),
        ("m:bob", Member(16801, more=More(cards=3, freezes=(17000, 17000), partitions=(2,)))),
        ("m:cid", Linked("ann", Member(16801))),
        ("ranks", Ranks((17000, 17001), ((17000, b"12345678"),))),
        ("followed", Followed("archived", 12, 3, None)),
    ],
)
def test_records_are_bytes_and_back(field: str, record: object) -> None:
    assert decode(field, encode(record)) == record
    assert encode(decode(field, encode(record))) == encode(record)


def test_bytes_that_are_stored_can_be_read_for_ever() -> None:
    """Records of the first version, as they stand in somebody's Redis; nothing tells what their `last` came to."""
    old = bytes.fromhex("99a26d31cd41a1c4020003c40091a5666972737400" + "01" + "960c010000" + "0000" + "c0")
    read = decode("m:ann", old)
    assert (read.first, read.ever, read.version, read.last) == (16801, ("first",), 1, (12, 1, 0, 0, 0, 0))
    assert read.days.signed == 0b11
    assert (read.newest, read.level) == (None, 0)
    assert encode(read) == b"\x9c" + old[1:] + bytes((0, 0, 0x90)), "what came later stands behind it"
    book = Book()
    book.world.records[DAILY, "m:ann"] = encode(msgspec.structs.replace(read, signed=dense(1 << 516)))
    assert book.sign("2017-05-31").first is None
    assert book.sign("2017-06-01").streak == 2
    assert book.sign("2017-06-01 20:00").first.streak == 2


def test_a_record_of_a_later_version_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode("m:ann", msgspec.msgpack.encode(["m9", 1, 2]))


def test_rules_that_are_followed_are_compiled_once() -> None:
    book = Book()
    stored = book.world.records[DAILY, "followed"]
    assert decode("followed", stored).in_force is decode("followed", stored).in_force
    assert decode("rules", book.world.records[DAILY, "rules"]).rules == load(decode("followed", stored).in_force.source)


def test_a_bitmap_is_no_longer_than_its_days() -> None:
    first = parse_iso("2016-01-01")
    assert len(dense(bitmap_of(first, range(first + 600, first + 630)))) == 5
    assert len(sparse(bitmap_of(first, range(first + 600, first + 730, 30)))) == 6
