"""What a condition may ask about: facts on the member that whoever publishes a command puts into it.

Each comes with samples, on which a condition is tried when its file is checked: those of somebody new, of an ordinary
member, and of one beyond all bounds. What an activity knows itself it adds to them.
"""

from collections.abc import Mapping
from typing import Any

#: Facts by name, each with three samples.
Samples = Mapping[str, tuple[Any, Any, Any]]

#: Supplied with the command.
SUPPLIED: dict[str, tuple[Any, Any, Any]] = {
    "level": (0, 3, 99),
    "tags": ([], ["vip", "newsletter"], ["vip", "employee", "blocked"]),
    "registered_at": ("2030-01-01T00:00:00Z", "2017-03-01T08:30:00Z", "1999-12-31T16:00:00Z"),
    "registered_days": (0, 200, 9_999),
    "new_buyer": (True, False, False),
    "orders": (0, 12, 99_999),
    "spend_fen": (0, 86_000, 10**13),
    "spend_30d_fen": (0, 9_900, 10**12),
    "city": ("", "上海", "Ürümqi"),
    "channel": ("app", "mini_program", "store"),
}


def supplied(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A command's facts as conditions read them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}


def members(facts: Samples) -> list[dict[str, Any]]:
    """Three members to try a condition on."""
    return [{name: values[member] for name, values in facts.items()} for member in range(3)]
