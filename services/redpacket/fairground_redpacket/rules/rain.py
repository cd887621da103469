"""Reads what an activity file says of a rain's sessions."""

from typing import Any

from fairground_activities.files import MAX_FEN, UNNAMED, Problems, Section, moment_of
from fairground_redpacket.contract.packet import MAX_COUNT
from fairground_redpacket.rules.model import RainRule, Session

#: Of all sessions together: their packets are created by the one command that publishes them.
MAX_POOLS = 200

_MAX_SESSIONS = 100
_SESSION = ("id", "starts", "seconds", "total_fen", "count", "pools")


def rain_of(activity: Section, zone: str) -> RainRule | None:
    """When it rains, and how much a member may catch."""
    if not activity.needed("rain"):
        return None
    section = activity.section("rain", ("per_member", "tap_ms", "sessions"))
    return RainRule(
        sessions=tuple(
            _session(activity.problems, item, path, zone) for path, item in section.items("sessions", _MAX_SESSIONS)
        ),
        per_member=section.integer("per_member", 1, 100) or 1,
        tap_ms=section.integer("tap_ms", 0, 60_000) or 0,
    )


def _session(problems: Problems, content: Any, path: str, zone: str) -> Session:
    section = Section(problems, content, path, _SESSION)
    starts, starts_ms = moment_of(section, "starts", zone)
    for name in ("seconds", "total_fen", "count"):
        section.needed(name)
    return Session(
        id=section.id("id", 24) or UNNAMED,
        starts=starts,
        starts_ms=starts_ms or 0,
        seconds=section.integer("seconds", 1, 86_400) or 1,
        total_fen=section.integer("total_fen", 1, MAX_FEN) or 1,
        count=section.integer("count", 1, MAX_COUNT * MAX_POOLS) or 1,
        pools=section.integer("pools", 1, MAX_POOLS) or 1,
    )
