"""The services' own laws, judged in a process of their own: half of all the work, for the other core.

The child reads the record only, which another part of the audit compares with the topics.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

from fairground_contracts.message import Message
from fairground_decider import Event
from fairground_decider.laws import Law
from fairground_record.audit import lines, reading
from fairground_record.audit.report import Judged, short
from fairground_record.database import Connection, connect
from fairground_record.sources import Source

_WINDOW = 5_000  # rows at a time
_TIMEOUT_S = 600


class Task(NamedTuple):
    """All that the child has to know; every part of it can be sent to another process."""

    database_url: str
    models: Mapping[str, Mapping[str, type[Message]]]  # of each service's events
    laws: Mapping[str, Callable[[], Iterable[Law]]]  # of each service
    windows: Sequence[tuple[Source, int, int]]  # topic, partition, end


class Verdicts(NamedTuple):
    """What the child found."""

    judged: list[Judged]
    failed: list[str]  # laws that could not judge something, in words


async def judge(task: Task) -> Verdicts:
    """The verdicts of all laws, found in another process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, _judge, task)


def _judge(task: Task) -> Verdicts:
    return asyncio.run(_Judging(task).run())


class _Judging:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._laws = {name: list(laws()) for name, laws in task.laws.items()}
        self._failed: list[str] = []

    async def run(self) -> Verdicts:
        """Events first, then rewards."""
        connection = await connect(self._task.database_url, _TIMEOUT_S)
        try:
            for source, partition, end in self._task.windows:
                if source.stamped:
                    async for text in _windows(connection, source, partition, end):
                        self._events(source.service, text)
            await self._rewards(connection)
        finally:
            await connection.close()
        return Verdicts([Judged.of(name, law) for name, laws in self._laws.items() for law in laws], self._failed)

    def _events(self, name: str, text: bytes) -> None:
        found = [event for _, event, _ in reading.events(self._task.models[name], text, _left_out)]
        for law in self._laws[name]:  # a law at a time: much faster than each event through all of them
            self._show(law, law.see, found)

    async def _rewards(self, connection: Connection) -> None:
        """Each reward once, however often it was published."""
        seen = set[bytes]()
        for source, partition, end in self._task.windows:
            if source.kind == "rewards":
                async for text in _windows(connection, source, partition, end):
                    for row in lines.rows(text):
                        laws = self._laws.get(reading.service_of(row))
                        if laws and row.id not in seen and (granted := reading.reward(row)):
                            seen.add(row.id)
                            for law in laws:
                                self._show(law, law.see_reward, [granted])

    def _show(self, law: Law, see: Callable[[Any], None], shown: Sequence[Event[Any] | Any]) -> None:
        for each in shown:
            try:
                see(each)
            except Exception as error:  # it expected something else than what stands there
                self._failed.append(f"law {law.name} cannot judge {each.id}: {short(error)}")


def _left_out(_row: lines.Row, _error: Exception) -> None:
    """An event that cannot be read: that is told where the record is compared."""


async def _windows(connection: Connection, source: Source, partition: int, end: int) -> AsyncIterator[bytes]:
    for begin in range(0, end, _WINDOW):
        yield await lines.read(connection, source, partition, begin, min(begin + _WINDOW, end))
