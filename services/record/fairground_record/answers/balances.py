"""The books of an activity: what lies on which kind of account, and on which accounts of one kind."""

from dataclasses import dataclass

from fairground_record.database import Connection
from fairground_record.sql import query

_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Balance:
    """An account, or all accounts of one kind."""

    account: str  # packet:<packet>; of all of a kind: packet
    accounts: int  # how many they are
    fen: int  # what is on it; below 0 where money came from
    entries: int  # how often something was moved on it


async def balances(connection: Connection, activity_id: str, kind: str = "", limit: int = 20) -> list[Balance]:
    """By kind of account; with `kind`, the accounts of that kind, the largest first. All kinds together come to 0."""
    if not kind:
        rows = await connection.fetch(query("ledger_kinds"), activity_id, timeout=_TIMEOUT_S)
        return [Balance(row["kind"], row["accounts"], row["fen"], row["entries"]) for row in rows]
    rows = await connection.fetch(query("ledger_accounts"), activity_id, kind, limit, timeout=_TIMEOUT_S)
    return [Balance(row["account"], 1, row["fen"], row["entries"]) for row in rows]
