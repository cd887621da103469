"""Outcomes are measured and cut into record batches before any of them is final."""

from itertools import pairwise

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_contracts import cloudevent
from fairground_contracts.cloudevent import CloudEvent
from fairground_runtime.protocol.outcome import Outcome, size_of
from fairground_runtime.protocol.ports import Record
from fairground_runtime.protocol.reader import outcomes
from fairground_runtime.protocol.step import cut
from tests.toy import TicketRefused, Toy

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)
_LARGE = st.integers(0, 400_000)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(_TEXT, _LARGE, st.binary(max_size=128), st.booleans()), min_size=1, max_size=5),
    st.integers(0, 2**62),
)
def test_a_record_batch_is_never_larger_than_measured(events: list[tuple[str, int, bytes, bool]], stamp: int) -> None:
    built, measured = BatchBuilder(10_000_000, 0), 0
    empty = built.size()
    for subject, value, key, traced in events:
        event = CloudEvent(
            "service-1-2-3-4", "toy.ticket.refused.v1", "/fairground/service", "2026-11-22T10:00:00.000+08:00", subject,
            b"", subject, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" if traced else "", stamp,
        )  # fmt: skip
        record = Record(stamp, key, b"x" * value, cloudevent.headers(event))
        made = built.append(timestamp=2**45, key=record.key, value=record.value, headers=record.headers)
        assert made is not None
        measured += size_of(record)
    assert built.size() - empty <= measured


def outcome(offset: int, size: int, events: int = 1) -> Outcome:
    records = tuple(Record(index, b"", b"%d" % offset, ()) for index in range(events))
    return Outcome(offset, records, (), size, (), "")


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 4)), max_size=30), st.integers(1, 100))
def test_cut(sizes: list[tuple[int, int]], most: int) -> None:
    decided = [outcome(offset, size, events) for offset, (size, events) in enumerate(sizes)]
    batches = list(cut(decided, most))
    assert [record for batch in batches for record in batch] == [each for one in decided for each in one.records]
    of = [[int(record.value or b"") for record in batch] for batch in batches]
    for batch, following in pairwise(of):
        assert batch[-1] != following[0], "a command's events lie in two record batches"
        assert sum(sizes[offset][0] for offset in {*batch, following[0]}) > most, "it would have fitted"
    for batch in of:
        assert sum(sizes[offset][0] for offset in set(batch)) <= most or len(set(batch)) == 1


def test_nothing_is_cut_into_nothing() -> None:
    assert list(cut([], 10)) == []


# ---- reading them back ---------------------------------------------------------------------------------


def event(command: int, index: int, stands: int, stamped: int | None = None) -> Record:
    data = TicketRefused(activity_id="a", member_id="m", reason="sold_out")
    named = CloudEvent(
        f"toy-1-0-{command}-{index}", data.type, "/fairground/toy", "2026-11-22T10:00:00Z", "a", b"", f"c{command}", "",
        stands if stamped is None else stamped,
    )  # fmt: skip
    return Record(stands, b"a", data.model_dump_json().encode(), cloudevent.headers(named))


def found(records: list[Record]) -> list[tuple[int, int, int]]:
    return [(each.offset, len(each.events), each.end) for each in outcomes(Toy(), 1, records)]


def test_outcomes_among_void_records() -> None:
    log = [
        event(0, 0, 0), event(0, 1, 1), event(0, 0, 2, 0), event(0, 1, 3, 1), event(2, 0, 4), event(2, 0, 5, 4),
        event(3, 0, 6), event(3, 1, 7), event(3, 2, 8), event(4, 0, 9, 8),
    ]  # fmt: skip
    assert found(log) == [(0, 2, 2), (2, 1, 5), (3, 3, 9)]


@pytest.mark.parametrize("headers", [[], [("ce_stamp", b"")], [("ce_stamp", b"01")], [("ce_stamp", b"+1")]])
def test_a_record_without_a_proper_stamp_is_void(headers: list[tuple[str, bytes]]) -> None:
    assert found([Record(1, b"a", b"no event at all", headers)]) == []


def test_an_event_that_counts_must_be_readable() -> None:
    for changed in ({"ce_type": b"toy.ticket.eaten.v1"}, {"ce_id": b"7"}, {"ce_id": b"toy-2-0-0-0"}, {"ce_time": b"?"}):
        named = dict(event(0, 0, 0).headers) | changed
        record = event(0, 0, 0)._replace(headers=list(named.items()))
        with pytest.raises(Exception, match=r"event at offset 0 of toy cannot be read by this version"):
            found([record])
    with pytest.raises(Exception, match=r"event at offset 0 of toy cannot be read by this version"):
        found([event(0, 0, 0)._replace(value=b"{}")])
