"""The project's own audit over what a crash test left: recorded by a process of its own, in a database of its own."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from fairground_embedded import Addresses
from fairground_record.audit import Audited, Report, audit
from fairground_record.database import connect, migrate
from fairground_runtime.settings import ServerSettings
from tests.forks import forked
from tests.record import process
from tests.services import activity, is_toy


async def audited(addresses: Addresses, name: str, log: Path, **record: str) -> Report:
    """What the audit says of one service, with the laws of its room `invariants`; `record`: what the record is told."""
    room = f"fairground_{name}.invariants"
    laws = import_module(room).laws if not is_toy(name) and find_spec(room) else tuple
    async with _recorded(addresses, name, log, record) as database:
        servers = ServerSettings(
            kafka_bootstrap_servers=addresses.kafka, redis_url=addresses.redis, database_url=database
        )
        return await audit({name: Audited(activity(name).reader(), laws)}, servers, strangers=False, patience_s=30)


@asynccontextmanager
async def _recorded(addresses: Addresses, name: str, log: Path, record: Mapping[str, str]) -> AsyncIterator[str]:
    database = f"{name}_{secrets.token_hex(4)}"
    await _administer(addresses, f"CREATE DATABASE {database}")
    url = f"{addresses.database.rpartition('/')[0]}/{database}"
    connection = await connect(url, timeout_s=30)
    await migrate(connection)
    await connection.close()
    environment = addresses.environment() | {
        "DATABASE_URL": url, "FAIRGROUND_GROUP": database, "FAIRGROUND_HEALTH_HOST": "127.0.0.1",
        "FAIRGROUND_FETCH_MIN_BYTES": "1", **record,
    }  # fmt: skip
    recorder = forked(process.main, name, environment, str(log))
    try:
        yield url
    finally:
        recorder.kill()
        recorder.join()
        await _administer(addresses, f"DROP DATABASE {database} WITH (FORCE)")


async def _administer(addresses: Addresses, statement: str) -> None:
    connection = await asyncpg.connect(addresses.database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
