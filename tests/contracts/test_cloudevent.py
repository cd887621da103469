"""CloudEvents on Kafka: what goes out comes back the same, and whatever a stranger sends ends in a sentence."""

import base64
import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fairground_contracts.cloudevent import (
    STAMP,
    CloudEvent,
    Malformed,
    claimed_id,
    format_time,
    headers,
    parse_time_ms,
    read,
    stated_type,
    structured,
)

LAST_MS = parse_time_ms("9998-12-31T23:59:59.999Z")

RFC_3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"

texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=80)
names = texts.filter(bool)
json_texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | json_texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(json_texts, inner, max_size=4),
    max_leaves=12,
)
moments = st.integers(0, LAST_MS)
cloud_events = st.builds(
    CloudEvent,
    id=names,
    type=names,
    source=names,
    time=moments.map(format_time),
    subject=texts,
    data=json_values.map(orjson.dumps),
    causation_id=texts,
    traceparent=texts,
    stamp=st.none() | st.integers(0, 2**63 - 1),
)

GOOD = CloudEvent(
    "lottery-1-3-42-0", "lottery.prize.won.v1", "/fairground/lottery", "2026-11-11T00:00:00.123Z", "w", b"{}"
)


def envelope(**changed: Any) -> bytes:
    """A structured CloudEvent with some attributes changed; None removes one."""
    whole = dict(structured(GOOD)) | changed
    return orjson.dumps({name: content for name, content in whole.items() if content is not None})


def having(field: str, text: str) -> CloudEvent:
    """The good event with one attribute changed."""
    changed: dict[str, Any] = {field: text}
    return GOOD._replace(**changed)


def refusal(found: list[tuple[str, Any]], value: bytes | None = b"{}") -> str:
    """The machine-readable cause with which a record is refused; its sentence must fit into a dead letter."""
    with pytest.raises(Malformed) as refused:
        read(found, value)
    assert 0 < len(refused.value.detail) < 300
    return refused.value.cause


def cause_of(call: Callable[[], object]) -> str:
    """Why a call was refused; empty when it was not. Any other exception goes through."""
    try:
        call()
    except Malformed as malformed:
        return malformed.cause
    return ""


STRUCTURED = [("content-type", b"application/cloudevents+json; charset=UTF-8")]


class TestRoundTrips:
    @given(cloud_events)
    def test_binary_mode(self, event: CloudEvent) -> None:
        assert read(headers(event), event.data) == event

    @given(cloud_events)
    def test_structured_mode(self, event: CloudEvent) -> None:
        """All but the stamp, which says where a record stands and is no part of the event."""
        assert read(STRUCTURED, orjson.dumps(structured(event))) == event._replace(stamp=None)

    @given(moments)
    def test_times(self, time_ms: int) -> None:
        assert parse_time_ms(format_time(time_ms)) == time_ms

    @given(cloud_events, st.randoms(use_true_random=False))
    def test_the_order_of_headers_means_nothing(self, event: CloudEvent, random: Any) -> None:
        shuffled = headers(event)
        random.shuffle(shuffled)
        assert read(tuple(shuffled), event.data) == event

    def test_what_a_record_looks_like(self) -> None:
        event = GOOD._replace(causation_id="r-1", traceparent="00-af-b7-01", stamp=42)
        assert headers(event) == [
            ("ce_specversion", b"1.0"),
            ("ce_id", b"lottery-1-3-42-0"),
            ("ce_type", b"lottery.prize.won.v1"),
            ("ce_source", b"/fairground/lottery"),
            ("ce_time", b"2026-11-11T00:00:00.123Z"),
            ("ce_subject", b"w"),
            ("content-type", b"application/json"),
            ("ce_causationid", b"r-1"),
            ("traceparent", b"00-af-b7-01"),
            ("ce_stamp", b"42"),
        ]


class TestHeaders:
    @pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"])
    def test_each_required_header(self, name: str) -> None:
        without = [header for header in headers(GOOD) if header[0] != name]
        assert refusal(without) == "missing_header"
        assert refusal([*without, (name, b"\xff\xfe")]) == "bad_header"
        assert refusal([*without, (name, None)]) == "bad_header"

    def test_no_headers_at_all(self) -> None:
        assert refusal([]) == "missing_header"
        assert refusal([], None) == "missing_header"

    def test_subject_and_content_type_may_be_absent(self) -> None:
        few = [header for header in headers(GOOD) if header[0] not in ("ce_subject", "content-type")]
        assert read(few, b"{}") == GOOD._replace(subject="")

    @pytest.mark.parametrize("name", ["ce_subject", "ce_causationid", "traceparent", "content-type", "ce_stamp"])
    def test_optional_headers_without_value_or_not_utf8(self, name: str) -> None:
        without = [header for header in headers(GOOD) if header[0] != name]
        if name == "content-type":
            assert read([*without, (name, None)], b"{}") == GOOD  # type: ignore[list-item]
        else:
            assert refusal([*without, (name, None)]) == "bad_header"
            assert refusal([*without, (name, b"\xc3\x28")]) == "bad_header"

    @pytest.mark.parametrize("name", ["ce_id", "ce_type", "ce_stamp", "content-type"])
    def test_a_repeated_header_is_refused_for_readers_disagree_on_which_one_counts(self, name: str) -> None:
        event = GOOD._replace(stamp=7)
        assert refusal([*headers(event), (name, dict(headers(event))[name])]) == "bad_header"

    def test_foreign_headers_may_be_there_and_even_repeat(self) -> None:
        foreign = [("x-shop", b"\xff"), ("x-shop", b"2"), ("", b"")]
        assert read([*foreign, *headers(GOOD)], b"{}") == GOOD

    @pytest.mark.parametrize("field", ["id", "type", "source", "subject", "causation_id", "traceparent"])
    def test_the_limit_is_one_kilobyte_an_attribute(self, field: str) -> None:
        at_limit = having(field, "x" * 1024)
        assert read(headers(at_limit), b"{}") == at_limit
        for long in ("x" * 1025, "x" * 10_000, "轮" * 342):  # 342 of three bytes each are 1026
            assert refusal(headers(having(field, long))) == "bad_header"

    def test_all_attributes_at_their_limit_together(self) -> None:
        """An event carries its command's id beside its own: what a command may have, its events must be able to."""
        event = GOOD._replace(id="i" * 1024, source="s" * 1024, subject="轮" * 341, causation_id="c" * 1024)
        assert read(headers(event), b"{}") == event

    @pytest.mark.parametrize("field", ["id", "type", "source"])
    def test_attributes_that_must_not_be_empty(self, field: str) -> None:
        assert refusal(headers(having(field, ""))) == "bad_header"

    @pytest.mark.parametrize("version", [b"", b"0.3", b"1", b"1.0.2", b"x" * 10_000])
    def test_other_versions(self, version: bytes) -> None:
        assert refusal([("ce_specversion", version), *headers(GOOD)[1:]]) == "bad_header"

    @pytest.mark.parametrize(
        "stamp",
        [b"", b"-1", b"+1", b" 1", b"1 ", b"1_0", b"007", b"1.0", b"0x1", b"9" * 20, b"9" * 10_000, "٣".encode()],
    )
    def test_a_stamp_is_one_offset_written_in_one_way(self, stamp: bytes) -> None:
        assert refusal([*headers(GOOD), (STAMP, stamp)]) == "bad_header"
        assert read([*headers(GOOD), (STAMP, b"0")], b"{}").stamp == 0

    def test_nul_characters_stop_here_for_no_database_takes_them(self) -> None:
        assert refusal(headers(GOOD._replace(id="a\0b"))) == "bad_header"
        assert refusal(headers(GOOD), rb'{"why": "a\u0000b"}') == "bad_data"
        assert refusal(headers(GOOD), rb'{"why": "a\\\u0000b"}') == "bad_data"
        assert refusal(STRUCTURED, envelope(data={"why": "a\0b"})) == "bad_data"
        assert refusal(STRUCTURED, envelope(id="a\0b")) == "bad_header"
        backslash_then_digits = rb'{"why": "a\\u0000b"}'
        assert read(headers(GOOD), backslash_then_digits).data == backslash_then_digits

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", STAMP, "content-type", "x"]
                ),
                st.none() | st.binary(max_size=30) | st.sampled_from([b"1.0", b"application/cloudevents+json"]),
            ),
            max_size=9,
        ),
        st.none() | st.binary(max_size=60) | json_values.map(orjson.dumps),
    )
    def test_nothing_but_an_event_or_malformed(self, found: list[tuple[str, Any]], value: bytes | None) -> None:
        assert cause_of(lambda: read(found, value)) in ("", "missing_header", "bad_header", "bad_json", "bad_data")


class TestClaimedIds:
    """The answer to a malformed command carries the id that it claims, and has to be readable itself."""

    @pytest.mark.parametrize(
        ("found", "value", "id"),
        [
            ([("ce_id", b"r-1")], None, "r-1"),
            ([], None, ""),
            ([("ce_id", None)], None, ""),
            ([("ce_id", b"")], b"{}", ""),
            ([("ce_id", b"a\0b")], None, "a\ufffdb"),
            ([("ce_id", b"\xff" * 10_000)], None, "\ufffd" * 341),
            (STRUCTURED, b'{"id": "r-2", "specversion": "0.3"}', "r-2"),
            (STRUCTURED, b'{"id": 7}', "7"),
            (STRUCTURED, b'{"id"', ""),
            (STRUCTURED, b"[1]", ""),
            (STRUCTURED, b"7", ""),
            ([("content-type", None)], b"7", ""),
        ],
    )
    def test_cut_and_cleaned(self, found: list[tuple[str, Any]], value: bytes | None, id: str) -> None:
        assert claimed_id(found, value) == id
        answer = GOOD._replace(causation_id=id)
        assert read(headers(answer), answer.data) == answer

    @given(st.binary(max_size=2000), st.binary(max_size=100))
    def test_whatever_it_is_the_answer_is_readable(self, claimed: bytes, value: bytes) -> None:
        for found in ([("ce_id", claimed)], STRUCTURED):
            answer = GOOD._replace(causation_id=claimed_id(found, value))
            assert read(headers(answer), answer.data) == answer


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "time_ms"),
        [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T08:00:00+08:00", 0),
            ("2017-11-30T10:11:12.345Z", 1512036672345),
            ("2017-11-30T18:11:12.345678901+08:00", 1512036672346),
            ("2017-11-30T10:11:12.3Z", 1512036672300),
            ("2100-01-01T00:00:00-00:00", 4102444800000),
            ("9998-12-31T23:59:59.999Z", 253370764799999),
        ],
    )
    def test_rfc_3339(self, text: str, time_ms: int) -> None:
        assert parse_time_ms(text) == time_ms

    @pytest.mark.parametrize(
        "text",
        [
            "", "Z", "now", "2017-11-30", "2017-11-30T10:11:12", "2017-11-30T10:11Z", "20171130T101112.1234567Z",
            "2017-W48-4T10:11:12.3456Z", "2017-11-30T10:11:12,345Z", "2017-11-30T10:11:12.Z",
            "2017-11-30T10:11:12+0800", "2017-11-30T10:11:12+08", "2017-11-30T10:11:12-08:00:30",
            "2017-02-29T10:11:12Z", "2017-11-30T24:00:00Z",
            "2017-11-30T10:11:60Z", "２017-11-30T10:11:12Z", "2017-11-30 10:11:12Z", "1512036672345", "x" * 10_000,
        ],
    )  # fmt: skip
    def test_another_form_or_no_zone(self, text: str) -> None:
        with pytest.raises(Malformed, match="RFC 3339") as refused:
            parse_time_ms(text)
        assert refused.value.cause == "bad_time"
        assert len(refused.value.detail) < 200

    @pytest.mark.parametrize("text", ["1969-12-31T23:59:59.999Z", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
    def test_years_that_nobody_can_count_with(self, text: str) -> None:
        with pytest.raises(Malformed, match="1970 to 9998") as refused:
            parse_time_ms(text)
        assert refused.value.cause == "bad_time"

    @given(st.text(max_size=40))
    @example("2017-11-30T10:11:12.345é")
    def test_whatever_the_text(self, text: str) -> None:
        assert cause_of(lambda: parse_time_ms(text)) in ("", "bad_time")

    @given(
        st.sampled_from(["2017-11-30T10:11:12Z", "2017-11-30T10:11:12.345Z", "2017-11-30T10:11:12.5+08:00"]),
        st.lists(st.tuples(st.integers(0, 27), st.sampled_from("0159-+:.,TZ WtzÉ٣")), max_size=3),
        st.sampled_from(["", "Z", "0", "+01:00", ":30", " "]),
    )
    def test_what_is_read_is_rfc_3339(self, text: str, typos: list[tuple[int, str]], behind: str) -> None:
        """Readers in other languages take nothing else, and they get the time as it was sent."""
        for place, typo in typos:
            text = text[:place] + typo + text[place + 1 :]
        if not cause_of(lambda: parse_time_ms(text + behind)):
            assert re.fullmatch(RFC_3339, text + behind, flags=re.ASCII)

    def test_the_time_stays_as_it_was_sent(self) -> None:
        sent = GOOD._replace(time="2017-11-30T18:11:12+08:00")
        assert read(headers(sent), b"{}").time == "2017-11-30T18:11:12+08:00"
        assert read(headers(sent), b"{}").time_ms == 1512036672000


class TestStatedType:
    @given(event=cloud_events)
    def test_it_is_the_one_that_is_read(self, event: CloudEvent) -> None:
        assert stated_type(headers(event)) == event.type
        assert stated_type([("content-type", b"text/plain"), *headers(event)]) == ""

    def test_whatever_else_is_wrong(self) -> None:
        assert stated_type([("ce_type", b"x")]) == "x"
        assert stated_type([("ce_type", b"x"), ("ce_id", b"\xff"), ("content-type", b"application/json")]) == "x"

    @pytest.mark.parametrize(
        "found",
        [
            [], [("ce_type", b"")], [("ce_type", None)], [("ce_type", b"\xff")], [("ce_type", b"x"), ("ce_type", b"x")],
            [*STRUCTURED, ("ce_type", b"x")], [("ce_type", b"x"), ("content-type", b"Application/CloudEvents+JSON")],
        ],
    )  # fmt: skip
    def test_only_reading_can_tell(self, found: list[tuple[str, Any]]) -> None:
        assert stated_type(found) == ""


class TestStructuredMode:
    @pytest.mark.parametrize("name", ["specversion", "id", "type", "source", "time"])
    def test_each_required_attribute(self, name: str) -> None:
        assert refusal(STRUCTURED, envelope(**{name: None})) == "missing_header"
        assert refusal(STRUCTURED, envelope(**{name: 1})) == "missing_header"

    def test_a_subject_may_be_null_but_no_number(self) -> None:
        assert read(STRUCTURED, envelope(subject=None)).subject == ""
        assert read(STRUCTURED, envelope().replace(b'"w"', b"null")).subject == ""
        for wrong in (b"0", b"false", b"[]", b"7"):
            assert refusal(STRUCTURED, envelope().replace(b'"w"', wrong)) == "bad_header"

    @pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"1", b'"x"', b"\xff", b'{"specversion": "\\ud800"}'])
    def test_no_json_object(self, value: bytes | None) -> None:
        assert refusal(STRUCTURED, value) == "bad_json"

    def test_data_come_as_json_or_in_base64(self) -> None:
        kept = {"data": None, "data_base64": base64.b64encode(b'{"draws": 3}').decode()}
        assert read(STRUCTURED, envelope(**kept)).data == b'{"draws": 3}'
        assert refusal(STRUCTURED, envelope(data=None)) == "bad_json"
        assert refusal(STRUCTURED, envelope(data_base64="e30=")) == "bad_json"
        for wrong in ("e30", "=", "e30=\n", 7, ["e30="], "轮"):
            assert refusal(STRUCTURED, envelope(data=None, data_base64=wrong)) == "bad_json"

    def test_data_nested_without_end(self) -> None:
        deep = b"[" * 300 + b"]" * 300
        assert refusal(STRUCTURED, envelope(data="X").replace(b'"X"', deep)) == "bad_json"
        assert refusal(STRUCTURED, b"[" * 100_000) == "bad_json"

    @pytest.mark.parametrize("other", [b"application/cloudevents+avro", b"application/cloudevents-batch+json"])
    def test_other_formats_are_named(self, other: bytes) -> None:
        assert refusal([("content-type", other)], envelope()) == "bad_header"

    def test_media_types_know_no_case(self) -> None:
        assert read([("content-type", b"Application/CloudEvents+JSON")], envelope()) == GOOD

    def test_headers_beside_it_are_ignored(self) -> None:
        assert read([*STRUCTURED, ("ce_id", b"other"), (STAMP, b"5")], envelope()) == GOOD
