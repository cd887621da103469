"""The JSON Schema of a message, as it is committed and published."""

from typing import Any

from fairground_contracts.meanings import meaning, models_in, purpose
from fairground_contracts.message import Message

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(message: type[Message]) -> dict[str, Any]:
    """What a reader must take as the message's data, with the meaning of each field."""
    made = message.model_json_schema(mode="validation")
    definitions = {name: _untitled(each) for name, each in sorted(made.pop("$defs", {}).items())}
    whole: dict[str, Any] = {
        "$schema": DIALECT, "title": message.type, "description": purpose(message), "x-kind": message.kind,
    }  # fmt: skip
    whole |= _untitled({keyword: told for keyword, told in made.items() if keyword != "description"})
    for name, model in models_in(message).items():
        described = whole if model is message else definitions[name]
        for field, schema in described.get("properties", {}).items():
            described["properties"][field] = {"description": meaning(model, field)} | schema
    return {**whole, "$defs": definitions} if definitions else whole


def _untitled(schema: Any) -> Any:
    """Without the titles that repeat the fields' names. A field that is called `title` stays: its value is a schema."""
    if isinstance(schema, list):
        return [_untitled(each) for each in schema]
    if isinstance(schema, dict):
        return {
            keyword: _untitled(told)
            for keyword, told in schema.items()
            if not (keyword == "title" and isinstance(told, str))
        }
    return schema
