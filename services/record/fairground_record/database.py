"""The record's own schema in PostgreSQL, and its topics in there."""

from fairground_postgres import Connection, Database
from fairground_record.sources import Source
from fairground_record.sql import query

__all__ = ["RECORD", "Connection", "connect", "migrate", "register"]

RECORD = Database("record")

connect = RECORD.connect
migrate = RECORD.migrate


async def register(connection: Connection, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The sources with the numbers by which rows name them."""
    ask = query("topic_register")
    return tuple([
        source._replace(id=await connection.fetchval(ask, source.name, source.kind, source.service))
        for source in sources
    ])  # fmt: skip
