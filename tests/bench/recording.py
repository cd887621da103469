"""The record service: how fast it writes alone, beside the worker, and against PostgreSQL's own COPY."""

import io
import time
from pathlib import Path
from typing import NamedTuple

import asyncpg

from fairground_record.rows import COLUMNS
from tests.bench.stage import EVENTS, REWARDS, Failed, Process, Speed, Stage, follow, reach
from tests.bench.throughput import drained
from tests.bench.traffic import Scene

_SQL = Path(__file__).parent


class Beside(NamedTuple):
    """The worker with the record on the same cores."""

    worker: Speed
    record: Speed


class Recording:
    """The record's tables, seen from outside."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def __aenter__(self) -> "Recording":
        self._connection = await asyncpg.connect(self._stage.addresses.database)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def recorded(self) -> int:
        """How many rows of events and rewards there are; 0 while there is no table."""
        try:
            return int(await self._connection.fetchval(_query("recorded"), [EVENTS, REWARDS]))
        except asyncpg.UndefinedTableError:
            return 0

    async def due(self) -> int:
        """How many there will be."""
        return sum([sum((await self._stage.ends(topic)).values()) for topic in (EVENTS, REWARDS)])

    async def caught_up(self) -> None:
        """Let the record write all that is there; it makes its tables first."""
        async with self._stage.record() as record:
            await reach(record, self.recorded, await self.due())

    async def alone(self) -> Speed:
        """The record writes what a worker has left behind."""
        async with self._stage.record() as record:
            return await follow(record, self.recorded, await self.due())

    async def beside(self, worker: Process, scene: Scene, number: int) -> Beside:
        """Worker and record at once, on the same cores; the record has to be in step before."""
        await self._stage.backlog(scene, number)
        async with self._stage.record() as record:
            before, began_s, began_cpu_s = await self.recorded(), time.monotonic(), record.cpu_s
            worker.resume()
            speed = await drained(self._stage, worker, number)
            worker.pause()
            seen = await self.recorded() - before
            kept_pace = Speed(seen, time.monotonic() - began_s, record.cpu_s - began_cpu_s)
            await reach(record, self.recorded, await self.due())
        return Beside(speed, kept_pace)

    async def bare_copy(self, rows: int) -> Speed:
        """COPY of as many of the recorded rows as they are, into a table of the same form with the same indexes."""
        kept = io.BytesIO()
        found = await self._connection.copy_from_query(_query("newest_rows"), rows, output=kept, format="text")
        if found != f"COPY {rows}":
            raise Failed(f"there are not {rows} rows to copy: {found}")
        await self._connection.execute(_query("copy_prepare"))
        kept.seek(0)
        began_s = time.monotonic()
        await self._connection.copy_to_table(
            "records", schema_name="bench", source=kept, columns=COLUMNS, format="text"
        )
        seconds = time.monotonic() - began_s
        await self._connection.execute(_query("copy_clear"))
        return Speed(rows, seconds, 0.0)


def _query(name: str) -> str:
    return _SQL.joinpath(f"{name}.sql").read_text(encoding="utf-8")
