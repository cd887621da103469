"""Each golden example is read, understood and written back as it stands, in both modes, and its schema takes it."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
from pydantic import ValidationError

from fairground_contracts.catalogue import by_type, contracts
from fairground_contracts.cloudevent import CloudEvent, headers, parse_time_ms, read, structured
from fairground_contracts.generate import to_json
from fairground_contracts.message import encoded

PATHS = {
    contract.golden(message): contract.schema(message) for contract in contracts() for message in contract.messages
}
GOLDENS = sorted(PATHS)


ODD_VALUES: list[Any] = [
    None, True, 0, -1, 1, 101, 10**12, 10**13, 10**13 + 1, 10**18, 1.5, -0.5, "", " ", "轮", "x" * 128, "x" * 129,
    "轮" * 128, "x" * 5000, "2026-11-11T02:03:04Z", "running", "draw_chances", [], [1], [[]], [["a", "b"]], {},
    {"a": 1}, {"a": None}, {"a": {"b": []}}, {str(number): 1 for number in range(65)}, {"reward": "cash", "amount": 1},
]  # fmt: skip


def golden(path: Path) -> CloudEvent:
    """The golden as a reader gets it in structured mode."""
    return read([("content-type", b"application/cloudevents+json")], path.read_bytes())


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
class TestEach:
    def test_it_comes_back_as_it_stands(self, path: Path) -> None:
        event = golden(path)
        assert to_json(structured(event)) == path.read_text(encoding="utf-8")

    def test_binary_mode_says_the_same(self, path: Path) -> None:
        event = golden(path)
        assert read(headers(event), event.data) == event

    def test_its_data_are_the_message_and_all_of_it(self, path: Path) -> None:
        event = golden(path)
        assert event.type == path.stem
        message = by_type()[event.type].model_validate_json(event.data)
        assert orjson.loads(message.model_dump_json()) == orjson.loads(event.data)

    def test_it_is_written_as_its_own_serializer_writes_it(self, path: Path) -> None:
        message = by_type()[path.stem].model_validate_json(golden(path).data)
        assert encoded(message) == message.model_dump_json().encode()

    def test_its_schema_takes_it(self, path: Path) -> None:
        """Judged by a validator that has never heard of our models, as a reader in another language would."""
        schema = orjson.loads(PATHS[path].read_bytes())
        jsonschema_rs.meta.validate(schema)
        jsonschema_rs.validator_for(schema).validate(orjson.loads(golden(path).data))

    def test_its_schema_refuses_it_without_a_field_that_is_required(self, path: Path) -> None:
        schema, data = orjson.loads(PATHS[path].read_bytes()), orjson.loads(golden(path).data)
        for name in schema.get("required", ()):
            assert not jsonschema_rs.is_valid(schema, {field: data[field] for field in data if field != name})

    def test_what_its_schema_takes_its_model_takes(self, path: Path) -> None:
        """Whoever writes by the schema alone is never refused: the model has no rule that the schema hides."""
        takes = jsonschema_rs.validator_for(orjson.loads(PATHS[path].read_bytes()), validate_formats=True)
        data = orjson.loads(golden(path).data)
        model = by_type()[path.stem]
        for changed in (data | {name: value} for name in data for value in ODD_VALUES):
            if takes.is_valid(changed):
                model.model_validate_json(orjson.dumps(changed))

    def test_what_its_schema_refuses_its_model_refuses(self, path: Path) -> None:
        """Numbers written as texts and the like aside, which the models forgive where no money is meant."""
        takes = jsonschema_rs.validator_for(orjson.loads(PATHS[path].read_bytes()), validate_formats=True)
        data = orjson.loads(golden(path).data)
        model = by_type()[path.stem]
        for changed in (
            data | {name: value} for name in data for value in ODD_VALUES if type(value) is type(data[name])
        ):
            if not takes.is_valid(changed):
                with pytest.raises(ValidationError):
                    model.model_validate_json(orjson.dumps(changed))

    def test_it_is_believable(self, path: Path) -> None:
        event = golden(path)
        assert parse_time_ms(event.time) > 0
        answers = event.type.partition(".")[0] != "shop" and by_type()[event.type].kind == "event"
        assert event.causation_id or not answers
        drafts = [name for name, value in json.loads(event.data).items() if value == name]
        assert drafts == [], "a draft's value, which is only the field's name, was never polished"


def test_a_golden_lists_what_may_be_left_out_too() -> None:
    """Otherwise the page would hide optional fields. Records of dead letters aside, every list has something in it."""
    for path in GOLDENS:
        schema, data = orjson.loads(PATHS[path].read_bytes()), orjson.loads(golden(path).data)
        assert set(data) == set(schema["properties"]), path.name
