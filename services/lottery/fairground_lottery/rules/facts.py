"""What a condition of a wheel or a score game may ask about: what the command carries, and what the activity knows."""

from typing import Any

from fairground_activities.files import SUPPLIED, Samples, members

#: Known to the wheel: the member's draws before this one, in all and on the day, and the command's risk level.
KNOWN: dict[str, tuple[int, int, int]] = {"draws": (0, 7, 1_000_000), "draws_today": (0, 2, 1_000), "risk": (0, 1, 4)}

#: Everything that any condition may name.
NAMES = (*SUPPLIED, *KNOWN)

#: Brought by a turn of those kinds of activities that have them: what the score game ended with.
BROUGHT: dict[str, tuple[int, int, int]] = {"score": (0, 640, 10**9)}


def facts_with(brought: tuple[str, ...] = ()) -> Samples:
    """All facts that a condition may name where a turn brings these."""
    return SUPPLIED | KNOWN | {name: BROUGHT[name] for name in brought}


def samples(brought: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Three members to try a condition on, with what their turns bring."""
    return members(facts_with(brought))
