"""All that happened at one activity, as events: for whoever recomputes it. Found by the entry point group
`fairground.histories`."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from fairground_contracts import topics
from fairground_contracts.cloudevent import parse_time_ms
from fairground_contracts.dead import CommandDead
from fairground_contracts.message import Message
from fairground_decider import Event
from fairground_record.database import Connection, connect
from fairground_record.sql import query

_TIMEOUT_S = 600
_PAGE = 2000


class Unreadable(Exception):
    """An event that this version of the code cannot read; `id` says which."""

    def __init__(self, id: str, why: str) -> None:
        super().__init__(why)
        self.id = id


class History:
    """Enter it to read. Raises OSError, asyncpg.PostgresError."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    async def __aenter__(self) -> "History":
        self._connection: Connection = await connect(self._url, _TIMEOUT_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def service_of(self, activity_id: str) -> str:
        """The service that the activity is of; empty: there is no such activity."""
        return await self._connection.fetchval(query("service_of_activity"), activity_id) or ""

    async def events(
        self, service: str, models: Mapping[str, type[Message]], activity_id: str
    ) -> AsyncIterator[Event[Any]]:
        """The activity's events that count, in order. `models`: its service's by their types. Raises Unreadable."""
        known: Mapping[str, Any] = {**models, CommandDead.type: CommandDead}
        async with self._connection.transaction():
            async for row in self._connection.cursor(
                query("history_of_activity"), topics.events(service).name, activity_id, prefetch=_PAGE
            ):
                yield _event(row, known)


def _event(row: Any, known: Mapping[str, Any]) -> Event[Any]:
    try:
        data = known[row["type"]].model_validate_json(row["value"])
        return Event(row["id"], row["time"], parse_time_ms(row["time"]), row["command_id"] or "", data)
    except (KeyError, ValueError) as error:
        raise Unreadable(row["id"] or "", " ".join(str(error).split())[:200]) from error
