"""Whatever stands in the command topic, its outcome can be published, and read back by every align after it."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fairground_contracts.dead import CommandDead
from fairground_decider import State, touched
from fairground_runtime.protocol.decode import Decoder
from fairground_runtime.protocol.outcome import Outcomes, payments, size_of
from fairground_runtime.protocol.ports import Record
from fairground_runtime.protocol.reader import outcomes
from tests.simulation.scenes import command
from tests.toy import TakeTicket, Toy

MAX_BATCH_BYTES = 200_000  # the least that a worker can be told

_GOOD = command(TakeTicket(activity_id="a", member_id="m"), "c", 7)
_NAMES = st.sampled_from(
    [name for name, _ in _GOOD.headers] + ["ce_subject", "traceparent", "ce_stamp", "\0", "é" * 50]
)
_VALUES = st.one_of(
    st.none(),
    st.binary(max_size=20),
    st.sampled_from([b"", b"\0", b"\xff" * 1500, b"x" * 5000, "\ud7ff".encode() * 700]),
)
_HEADERS = st.lists(st.tuples(_NAMES, _VALUES), max_size=4)


def decided(record: Record) -> CommandDead | None:
    """Decides one command as a worker does, and reads its outcome as an align does."""
    service = Toy()
    decoder = Decoder(service, "fairground.toy.commands", 1, 0, lambda key: 0)
    each = decoder.decode(record)
    fields = touched(service, [each.command.data] if each.command else [])
    state = State({(of, name): None for of, names in fields.items() for name in names}, {}, fields)
    outcome = Outcomes(service, decoder, state, 30, MAX_BATCH_BYTES).decide(each)
    assert outcome.size <= MAX_BATCH_BYTES
    (found,) = outcomes(service, 1, outcome.records)
    assert (found.offset, found.end) == (record.offset, 30 + len(outcome.records))
    owed = [payment for event, at in found.events for payment in payments(service, event, at, decoder.topic)]
    assert owed == list(outcome.payments)
    for payment in owed:
        assert size_of(Record(0, payment.key, payment.value, payment.headers)) <= MAX_BATCH_BYTES
    dead = found.events[0][0].data
    return dead if isinstance(dead, CommandDead) else None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    _HEADERS, st.booleans(), st.one_of(st.none(), st.binary(max_size=30), st.just(b'{"activity_id":"a\\u0000"}')),
    st.one_of(st.none(), st.binary(max_size=10)), st.sampled_from([-1, 0, 1_800_000_000_000, 2**63 - 1]),
)  # fmt: skip
@example([("ce_id", b"\0")], True, b"", b"a", 0)
@example([("ce_id", b"\xff" * 1500)], True, b"", b"a", 0)
@example([("ce_id", None)], True, b"", b"a", 0)
@example([("x\0", b"")], True, b"", b"a", -1)
def test_anything_has_an_outcome_that_can_be_read(
    headers: list[tuple[str, bytes | None]], beside: bool, value: bytes | None, key: bytes | None, timestamp: int
) -> None:
    kept = [header for header in _GOOD.headers if header[0] not in dict(headers)] if beside else []
    hostile: list[tuple[str, bytes]] = [*kept, *headers]  # type: ignore[list-item]  # aiokafka gives None for no value
    decided(Record(7, key, value, hostile, timestamp))


def test_a_key_as_large_as_a_record_may_be() -> None:
    dead = decided(_GOOD._replace(key=b"k" * 1_000_000))
    assert dead is not None
    assert dead.cause == "misrouted"


def test_a_value_as_large_as_a_record_may_be() -> None:
    dead = decided(_GOOD._replace(value=b'"' + b"\\" * 1_000_000))
    assert dead is not None
    assert (dead.cause, dead.size) == ("bad_json", 1_000_001)


def test_headers_as_large_as_a_record_may_be() -> None:
    dead = decided(_GOOD._replace(headers=[*_GOOD.headers, ("ce_x" * 10_000, b"y" * 500_000), ("ce_time", b"z")]))
    assert dead is not None
    assert dead.cause == "bad_header"
