"""What the published forms of rules are made of."""

from typing import Any


def present(**fields: Any) -> dict[str, Any]:
    """The fields that say something: what is None is left out."""
    return {name: content for name, content in fields.items() if content is not None}
