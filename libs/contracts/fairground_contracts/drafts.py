"""First drafts of golden examples, made from a message's schema. People polish them; what is committed is the truth."""

import re
from collections.abc import Mapping
from typing import Any

from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import Message
from fairground_contracts.schemas import schema_of

_TIME = "2026-11-11T02:03:04.567Z"
_NAMES: Mapping[str, Any] = {
    "activity_id": "wheel-double-eleven", "member_id": "m-10086", "order_id": "202611110000042", "amount_fen": 19_900,
    "version": 1, "service": "lottery", "by": "li.na", "why": "", "prize_id": "coupon-20", "ref": "tpl-100-20",
    "cause": "order:202611110000042", "name": "满100减20优惠券", "sku": "SKU-8801", "day": "2026-11-11",
    "reward_id": "lottery-1-2-4711-0-r", "shop_id": "sh-nanjing-road", "channel": "mini_program",
    "packet_id": "p:8f14e45fceea167a5a36dedd4bea2543", "password_mac": "9f86d081884c7d65" * 4, "total_fen": 10_000,
    "prize": "coupon-20", "rejected": "template_sold_out", "address_ref": "addr-7731", "viewer_id": "m-10086",
}  # fmt: skip


def draft_of(message: type[Message], service: str) -> CloudEvent:
    """A CloudEvent that the message's model takes, with every field filled in."""
    schema = schema_of(message)
    made = message.model_validate(_value("", schema, schema.get("$defs", {})))
    domain = message.type.partition(".")[0]
    ids = {"command": "0198c0de-4a5b-7c6d-8e9f-101112131415", "event": f"{service or domain}-1-2-4711-0"}
    answers = message.kind == "event" and domain != "shop"
    return CloudEvent(
        id=ids[message.kind],
        type=message.type,
        source=f"/fairground/{service or domain}",
        time=_TIME,
        subject=_NAMES["activity_id"] if answers else "",
        data=made.model_dump_json().encode(),
        causation_id=ids["command"] if answers else "",
    )


def _value(name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """A value for a field: by its name where that says enough, else by its schema."""
    if "$ref" in schema:
        return _value(name, definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0], definitions)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {field: _value(field, each, definitions) for field, each in fields.items()}
        case "array":
            return [_value(name, each, definitions) for each in schema.get("prefixItems", [schema.get("items", {})])]
        case "string":
            return _TIME if schema.get("format") == "date-time" else _text(name, schema)
        case "integer" | "number":
            return _NAMES.get(name, max(1, schema.get("minimum", 1)))
        case _:
            return True


def _text(name: str, schema: Mapping[str, Any]) -> str:
    """By its name; where that is nothing that the schema takes, another name's."""
    texts = (str(text)[: schema.get("maxLength")] for text in (_NAMES.get(name, name), *_NAMES.values()))
    return next(text for text in texts if re.search(schema.get("pattern", ""), text))
