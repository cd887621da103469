"""Connections to the record's database, and bringing its tables up to date."""

import hashlib
from importlib.resources import files
from typing import Any, TypeAlias

import asyncpg

from fairground_record.sources import Source
from fairground_record.sql import query
from fairground_runtime.protocol.ports import Stopped

Connection: TypeAlias = "asyncpg.Connection[Any]"

#: All of the record's tables stand in a schema of their own.
SCHEMA = "record"

_MIGRATION_S = 6 * 3600.0  # an index on a record of years takes its time, and may not be cut short again and again

_LOCK = 7_240_318_605_112  # any number that nobody else takes: one migration at a time


async def connect(url: str, timeout_s: float = 30.0) -> Connection:
    """A connection that sees the record's tables. Raises OSError, asyncpg.PostgresError."""
    settings = {"search_path": SCHEMA, "application_name": "fairground-record", "timezone": "UTC"}
    return await asyncpg.connect(url, timeout=timeout_s, command_timeout=timeout_s, server_settings=settings)


async def migrate(connection: Connection) -> list[str]:
    """Apply the migrations that are missing, in order; returns their names. Raises Stopped when one was changed."""
    await connection.execute(query("migrations_lock"), _LOCK, timeout=_MIGRATION_S)
    try:
        await connection.execute(query("migrations_prepare"))
        applied = {row["name"]: row["sha256"] for row in await connection.fetch(query("migrations_applied"))}
        wanted = _migrations()
        _check(applied, wanted)
        missing = [name for name in wanted if name not in applied]
        for name in missing:
            async with connection.transaction():
                await connection.execute(wanted[name], timeout=_MIGRATION_S)
                await connection.execute(query("migrations_add"), name, _sha256(wanted[name]))
    finally:
        await connection.execute(query("migrations_unlock"), _LOCK)
    return missing


def _migrations() -> dict[str, str]:
    folder = files("fairground_record").joinpath("migrations")
    found = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".sql")}
    return dict(sorted(found.items()))


def _check(applied: dict[str, str], wanted: dict[str, str]) -> None:
    for name, sha256 in applied.items():
        if name not in wanted:
            raise Stopped(
                f"the database has migration {name}, which this version of fairground-record does not know: "
                "run the newer version"
            )
        if sha256 != _sha256(wanted[name]):
            raise Stopped(
                f"migration {name} was changed after it had been applied to this database: "
                "undo the change and write a new migration instead"
            )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def register(connection: Connection, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The sources with the numbers by which rows name them."""
    ask = query("topic_register")
    return tuple([
        source._replace(id=await connection.fetchval(ask, source.name, source.kind, source.service))
        for source in sources
    ])  # fmt: skip
