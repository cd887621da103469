"""A service's own schema in PostgreSQL: connections to it, and bringing its tables up to date."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeAlias

import asyncpg

from fairground_postgres.sql import query
from fairground_runtime.protocol.ports import Stopped

Connection: TypeAlias = "asyncpg.Connection[Any]"

#: What says that PostgreSQL did not do, or did not say whether it did. Whatever it is: work waits, none is dropped.
#: (InternalClientError: the driver was in the middle of something when the server died.)
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError)

_MIGRATION_S = 6 * 3600.0  # an index over years of rows takes its time, and may not be cut short again and again

_LOCK = 7_240_318_605_112  # any number that nobody else takes: one migration at a time


@dataclass(frozen=True, slots=True)
class Database:
    """The tables of one service. All of them stand in a schema that is called like it."""

    service: str

    @property
    def program(self) -> str:
        """What PostgreSQL's own views call the service's processes."""
        return f"fairground-{self.service}"

    async def connect(self, url: str, timeout_s: float = 30.0, **settings: str) -> Connection:
        """A connection that sees the service's tables; `settings` are PostgreSQL's. Raises OSError, PostgresError."""
        fixed = {"search_path": self.service, "application_name": self.program, "timezone": "UTC"}
        return await asyncpg.connect(
            url, timeout=timeout_s, command_timeout=timeout_s, server_settings={**fixed, **settings}
        )

    async def migrate(self, connection: Connection) -> list[str]:
        """Apply the migrations that are missing, in order; returns their names. Raises Stopped when one was changed."""
        await connection.execute(query("migrations_lock"), _LOCK, timeout=_MIGRATION_S)
        try:
            await connection.execute(query("migrations_prepare").replace("{schema}", self.service))
            applied = {row["name"]: row["sha256"] for row in await connection.fetch(query("migrations_applied"))}
            wanted = self._migrations()
            self._check(applied, wanted)
            missing = [name for name in wanted if name not in applied]
            for name in missing:
                async with connection.transaction():
                    await connection.execute(wanted[name], timeout=_MIGRATION_S)
                    await connection.execute(query("migrations_add"), name, _sha256(wanted[name]))
        finally:
            await connection.execute(query("migrations_unlock"), _LOCK)
        return missing

    def _migrations(self) -> dict[str, str]:
        folder = files(f"fairground_{self.service}").joinpath("migrations")
        found = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".sql")}
        return dict(sorted(found.items()))

    def _check(self, applied: dict[str, str], wanted: dict[str, str]) -> None:
        for name, sha256 in applied.items():
            if name not in wanted:
                raise Stopped(
                    f"the database has migration {name}, which this version of {self.program} does not know: "
                    "run the newer version"
                )
            if sha256 != _sha256(wanted[name]):
                raise Stopped(
                    f"migration {name} was changed after it had been applied to this database: "
                    "undo the change and write a new migration instead"
                )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
