"""What a new version changes: every field of the published form that differs."""

from collections.abc import Iterator
from typing import Any

from fairground_contracts.activities import RuleChange


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[RuleChange, ...]:
    """The fields that differ between two published forms, in order; items with an id are told apart by it."""
    old, new = dict(_fields(before)), dict(_fields(after))
    return tuple(
        RuleChange(field=path, before=old.get(path), after=new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )


def _fields(content: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The values of nested mappings by their path: prizes.cash.weight."""
    if isinstance(content, list) and all(isinstance(item, dict) and "id" in item for item in content):
        content = {item["id"]: {name: value for name, value in item.items() if name != "id"} for item in content}
    if not isinstance(content, dict):
        yield path, content
        return
    for name, value in content.items():
        yield from _fields(value, f"{path}.{name}" if path else name)
