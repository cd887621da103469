"""docs/events.md: the page that a reader in another language needs, made from the topics, messages and goldens."""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from fairground_contracts import topics
from fairground_contracts.catalogue import Contract, messages_on, topics_of
from fairground_contracts.meanings import models_in, purpose
from fairground_contracts.message import Message
from fairground_contracts.schemas import schema_of
from fairground_contracts.topics import Topic

_JSON_WIDTH = 116
_KINDS = {"command": "Command", "event": "Event", "part": "Part of other messages"}


def reference(found: Sequence[Contract], root: Path) -> str:
    """The whole page. `root` is the folder that holds `examples/`; every golden has to be there."""
    page = files("fairground_contracts").joinpath("reference.md").read_text(encoding="utf-8")
    made = {
        "topics": _topics(found),
        "partitions": str(topics.PARTITIONS),
        "consumer": (root / "examples" / "consumers" / "rewards.py").read_text(encoding="utf-8").rstrip(),
        "producer": (root / "examples" / "producers" / "exposures.py").read_text(encoding="utf-8").rstrip(),
        "messages": "\n".join(line for contract in found for line in _contract(contract, found)).rstrip(),
    }
    for name, text in made.items():
        page = page.replace("{{" + name + "}}", text)
    return page


def _topics(found: Sequence[Contract]) -> str:
    rows = [("topic", "key", "partitions", "kept", "written by", "read by", "holds"), ("---",) * 7]
    for topic in topics_of(tuple(found)):
        kept = "the newest of each key" if topic.compacted else "for good"
        if not topic.compacted and topic.retention_ms >= 0:
            kept = f"{topic.retention_ms // 86_400_000} days"
        rows.append((
            f"`{topic.name}`", _key(topic, found), str(topic.partitions), kept, ", ".join(topic.producers),
            ", ".join(topic.consumers), f"{topic.holds}: {_links(messages_on(topic, tuple(found)))}",
        ))  # fmt: skip
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _key(topic: Topic, found: Sequence[Contract]) -> str:
    """A service's own words on what its commands are keyed by."""
    own = next((contract.key for contract in found if contract.service == topic.owner and contract.key), "")
    return own if own and topic == topics.commands(topic.owner) else topic.key


def _links(messages: Sequence[type[Message]]) -> str:
    return ", ".join(f"[{message.type}](#{_anchor(message)})" for message in messages)


def _anchor(message: type[Message]) -> str:
    """As GitHub makes it from a heading."""
    return (message.type or f"{message.__name__}").lower().replace(".", "").replace("`", "")


def _contract(contract: Contract, found: Sequence[Contract]) -> Iterator[str]:
    title = f"Messages of {contract.service}" if contract.service else "Messages that all share"
    yield f"## {title}\n"
    for message in contract.messages:
        carriers = [topic.name for topic in topics_of(tuple(found)) if message in messages_on(topic, tuple(found))]
        yield from _message(message, carriers)
        golden = json.loads(contract.golden(message).read_text(encoding="utf-8"))
        yield f"```json\n{_compact(golden)}\n```\n"
    for part in _parts(contract, found):
        yield from _message(part, [])


def _parts(contract: Contract, found: Sequence[Contract]) -> list[type[Message]]:
    """What this contract's messages contain and no contract before it has shown."""
    shown = {part for other in found[: found.index(contract)] for part in _contained(other)}
    return [part for part in _contained(contract) if part not in shown]


def _contained(contract: Contract) -> list[type[Message]]:
    contained = {part for message in contract.messages for part in models_in(message).values() if part.kind == "part"}
    return sorted(contained, key=lambda part: part.__name__)


def _message(message: type[Message], carriers: Sequence[str]) -> Iterator[str]:
    schema = schema_of(message)
    yield f"### {message.type or message.__name__}\n"
    where = f" on {', '.join(f'`{name}`' for name in carriers)}" if carriers else ""
    yield f"{purpose(message)}\n\n{_KINDS[message.kind]}{where}.\n"
    yield "| field | type | default | meaning |\n|---|---|---|---|"
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        default = "required" if name in required else f"`{json.dumps(field.get('default', {}), ensure_ascii=False)}`"
        meaning = field["description"].replace("|", "\\|")
        yield f"| `{name}` | {_type(field, schema.get('$defs', {}))} | {default} | {meaning} |"
    yield ""


def _type(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """A schema in a few words: string, 1 to 128 characters; one of `a`, `b`; list of Reward."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        target = definitions[name]
        return f"[{name}](#{name.lower()})" if target.get("type") == "object" else _type(target, definitions)
    if "anyOf" in schema:
        return " or ".join(_type(each, definitions) for each in schema["anyOf"])
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return "one of " + ", ".join(f"`{value}`" for value in values)
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return "list of exactly " + ", ".join(_type(each, definitions) for each in schema["prefixItems"])
        case "array":
            return f"list of {_type(schema.get('items', {}), definitions)}{_bounds(schema, 'Items', 'items')}"
        case "object":
            inner = schema.get("additionalProperties", True)
            held = f" of {_type(inner, definitions)}" if isinstance(inner, Mapping) else ""
            return f"object{held}{_bounds(schema, 'Properties', 'fields')}"
        case "string" if schema.get("format") == "date-time":
            return "RFC 3339 time"
        case "string":
            return f"string{_bounds(schema, 'Length', 'characters')}"
        case "integer" | "number" as kind:
            return f"{kind}{_bounds(schema, 'imum', '')}"
        case kind:
            return str(kind or "anything")


def _compact(document: Any, indent: str = "") -> str:
    """JSON whose lists and objects stand on one line where they fit, so that an example is seen at a glance."""
    line = json.dumps(document, ensure_ascii=False)
    if (len(indent) + len(line) <= _JSON_WIDTH and indent) or not isinstance(document, dict | list) or not document:
        return line
    inner = indent + "  "
    if isinstance(document, dict):
        rows = [f"{json.dumps(name, ensure_ascii=False)}: {_compact(each, inner)}" for name, each in document.items()]
    else:
        rows = [_compact(each, inner) for each in document]
    opening, closing = "{}" if isinstance(document, dict) else "[]"
    return opening + "\n" + ",\n".join(inner + row for row in rows) + "\n" + indent + closing


def _bounds(schema: Mapping[str, Any], suffix: str, unit: str) -> str:
    low, high = schema.get(f"min{suffix}"), schema.get(f"max{suffix}")
    if low is None and high is None:
        return ""
    between = f"{low or 0:,} to {high:,}" if high is not None else f"{low:,} or more"
    if low is None and suffix == "imum":
        between = f"{high:,} or less"
    return f", {between} {unit}".rstrip()
