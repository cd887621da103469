"""The winners' list: only rewards that were granted and not taken back, and nobody's whole name."""

from dataclasses import dataclass

from fairground_contracts.rewards import RewardGranted
from fairground_record.database import Connection
from fairground_record.sql import query

#: So many are shown unless asked otherwise.
LIMIT = 20


@dataclass(frozen=True, slots=True)
class Winner:
    """One line of the list."""

    member: str  # masked
    prize_id: str
    prize: str  # as the member sees it; the prize's id where it has no name
    time: str  # of the draw, RFC 3339


async def winners(connection: Connection, activity_id: str, limit: int = LIMIT) -> list[Winner]:
    """An activity's newest winners, in the order in which Kafka took their rewards."""
    return [_winner(row) for row in await connection.fetch(query("winners"), activity_id, limit)]


def _winner(row: object) -> Winner:
    found: dict[str, str] = dict(row)  # type: ignore[call-overload]
    try:
        name = RewardGranted.model_validate_json(found["value"]).reward.name
    except ValueError:  # not what a service of ours sends
        name = ""
    prize_id = found["prize_id"] or ""
    return Winner(masked(found["member_id"]), prize_id, name or prize_id, found["time"])


def masked(member_id: str) -> str:
    """Enough for a member to recognise themselves, and for nobody else: first and last character, the length hidden."""
    if len(member_id) < 3:
        return f"{member_id[:1]}***" if len(member_id) == 2 else "***"
    return f"{member_id[0]}***{member_id[-1]}"
