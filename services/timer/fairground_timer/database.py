"""The timers' own schema in PostgreSQL."""

from fairground_postgres import Connection, Database

TIMERS = Database("timer")

migrate = TIMERS.migrate


async def connect(url: str, timeout_s: float = 30.0, claim_s: float = 30.0) -> Connection:
    """A connection that sees the timers' tables, and whose locks no frozen or vanished process holds for long.

    `claim_s`: a transaction that has been waiting for this process longer is ended by PostgreSQL. Raises OSError,
    PostgresError.
    """
    settings = {
        "idle_in_transaction_session_timeout": f"{int(claim_s * 1000)}",
        "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
    }  # fmt: skip
    return await TIMERS.connect(url, timeout_s, **settings)
