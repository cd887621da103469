"""What the models of messages promise beyond their schemas: money, full refunds, dead letters that are readable."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fairground_contracts import cloudevent
from fairground_contracts.activities import PublishActivity
from fairground_contracts.dead import KEPT_BYTES, CommandDead, RecordDead
from fairground_contracts.message import encoded
from fairground_contracts.orders import OrderPaid, OrderRefunded
from fairground_contracts.timers import TimerRequested

PAID = '{"order_id": "o-1", "member_id": "m-1", "amount_fen": %s}'


class TestMoney:
    @pytest.mark.parametrize("amount", ["0", "1", "19900", str(10**13)])
    def test_from_nothing_to_a_hundred_billion_yuan(self, amount: str) -> None:
        assert OrderPaid.model_validate_json(PAID % amount).amount_fen == int(amount)

    @pytest.mark.parametrize(
        "amount",
        ["-1", str(10**13 + 1), "1" * 5000, "1.0", "199.00", "1e3", '"19900"', "true", "null", "NaN", "[1]", "{}"],
    )
    def test_nothing_else_is_an_amount(self, amount: str) -> None:
        with pytest.raises(ValidationError):
            OrderPaid.model_validate_json(PAID % amount)

    @pytest.mark.parametrize("id", ["", "m" * 129, "m" * 10_000])
    def test_ids_have_a_length(self, id: str) -> None:
        with pytest.raises(ValidationError):
            OrderPaid(order_id="o-1", member_id=id, amount_fen=1)

    @pytest.mark.parametrize(
        ("amount", "total", "paid", "full"),
        [
            (500, 500, 1000, False),
            (500, 1000, 1000, True),
            (1000, 1000, 1000, True),
            (0, 0, 0, True),
            (1, 1001, 1000, True),
        ],
    )
    def test_a_refund_is_full_once_nothing_is_left_with_the_shop(
        self, amount: int, total: int, paid: int, full: bool
    ) -> None:
        refund = OrderRefunded(
            order_id="o-1", member_id="m-1", amount_fen=amount, refunded_total_fen=total, paid_fen=paid
        )
        assert refund.full == full


class TestWriting:
    @pytest.mark.parametrize("number", [2**63, 2**64, 10**40, -(2**63) - 1])
    def test_numbers_of_any_size(self, number: int) -> None:
        """In an operator's rules or a member's facts; orjson stops at 64 bits."""
        publish = PublishActivity(activity_id="a", rules={"large": number})
        assert encoded(publish) == publish.model_dump_json().encode()

    @pytest.mark.parametrize("zone", ["Z", "+00:00", "+08:00", "-03:30"])
    def test_times_in_any_zone(self, zone: str) -> None:
        said = f'{{"service":"s","timer_id":"t","revision":1,"due_at":"2026-11-11T02:03:04.5{zone}","key":"k"'
        asked = TimerRequested.model_validate_json(said + ',"command":"c","content":{}}')
        assert encoded(asked) == asked.model_dump_json().encode()

    def test_whatever_else_comes_in_is_as_its_own_serializer_has_it(self) -> None:
        """A set among the rules, or an object: what JSON has no word for."""
        publish = PublishActivity(activity_id="a", rules={"set": frozenset({"x"})})
        assert encoded(publish) == publish.model_dump_json().encode()


def letter(model: type[CommandDead | RecordDead] = CommandDead, **changed: Any) -> CommandDead | RecordDead:
    """A record as a dead letter."""
    record: dict[str, Any] = {
        "topic": "t", "partition": 1, "offset": 7, "key": b"k", "headers": [("ce_id", b"x")], "value": b"{}",
    }  # fmt: skip
    return model.of("bad_json", changed.pop("detail", "no JSON"), **(record | changed))


class TestDeadLetters:
    def test_it_holds_what_is_needed_to_find_and_mend_the_record(self) -> None:
        dead = letter(value=b'{"draws"', key="转盘".encode())
        assert (dead.cause, dead.detail, dead.topic, dead.partition, dead.offset) == ("bad_json", "no JSON", "t", 1, 7)
        assert base64.b64decode(dead.value) == b'{"draws"'
        assert base64.b64decode(dead.record_key) == "转盘".encode()
        assert [(name, base64.b64decode(content)) for name, content in dead.headers] == [("ce_id", b"x")]

    def test_of_a_large_record_it_holds_the_beginning_and_the_hash_of_all(self) -> None:
        value = bytes(range(256)) * 10_000
        dead = letter(value=value, key=b"k" * 10_000, headers=[("a", b"1" * 3000), ("b", b"2" * 3000)])
        assert base64.b64decode(dead.value) == value[:KEPT_BYTES]
        assert (dead.size, dead.sha256) == (len(value), hashlib.sha256(value).hexdigest())
        assert [name for name, _ in dead.headers] == ["a"]
        assert len(dead.model_dump_json()) < 2 * KEPT_BYTES

    def test_a_record_of_nothing(self) -> None:
        dead = letter(key=None, value=None, headers=[("a", None)])
        assert (dead.record_key, dead.value, dead.size, dead.headers) == ("", "", 0, (("a", ""),))

    @given(
        st.none() | st.binary(max_size=50),
        st.lists(st.tuples(st.text(max_size=9), st.none() | st.binary(max_size=9)), max_size=5),
        st.none() | st.binary(max_size=99),
        st.text(max_size=3000),
    )
    def test_whatever_the_record_its_letter_is_readable_and_the_same_each_time(
        self, key: bytes | None, headers: list[tuple[str, bytes | None]], value: bytes | None, detail: str
    ) -> None:
        """A letter that nobody can read back would stop the partition that it is the outcome of."""
        dead = letter(key=key, headers=headers, value=value, detail=detail)
        assert dead == letter(key=key, headers=headers, value=value, detail=detail)
        event = cloudevent.CloudEvent(
            "lottery-1-0-7-0",
            dead.type,
            "/fairground/lottery",
            "2026-11-11T00:00:00Z",
            "",
            dead.model_dump_json().encode(),
        )
        assert CommandDead.model_validate_json(cloudevent.read(cloudevent.headers(event), event.data).data) == dead
