"""What a condition may ask about: facts on the member that the command carries, and what the wheel knows itself.

Whoever publishes a command supplies the facts. Each comes with samples, on which a condition is tried when its file is
checked: those of somebody new, of an ordinary member, and of one beyond all bounds.
"""

from typing import Any

#: Supplied with the command: name to samples.
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

#: Known to the wheel: the member's draws before this one, in all and on the day, and the command's risk level.
KNOWN: dict[str, tuple[int, int, int]] = {"draws": (0, 7, 1_000_000), "draws_today": (0, 2, 1_000), "risk": (0, 1, 4)}

#: Everything that any condition may name.
NAMES = (*SUPPLIED, *KNOWN)

#: Brought by a turn of those kinds of activities that have them: what the score game ended with.
BROUGHT: dict[str, tuple[int, int, int]] = {"score": (0, 640, 10**9)}


def samples(brought: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Three members to try a condition on, with what their turns bring."""
    told = SUPPLIED | KNOWN | {name: BROUGHT[name] for name in brought}
    return [{name: values[member] for name, values in told.items()} for member in range(3)]
