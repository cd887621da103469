"""Gives due commands: claim, publish, mark, in one transaction of PostgreSQL; then sleep until the next one is due.

What a shard's commands need to stay in order is that one instance at a time gives them. The claim is a lock on the
shard's row for as long as the transaction lasts, and nothing else: no lease that a clock ends, nothing to hand over,
and an instance that dies loses it with its connection (docs/decisions/0012-a-claim-lasts-one-transaction.md).
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import structlog

from fairground_postgres import AWAY, Connection
from fairground_runtime import metrics
from fairground_runtime.protocol.ports import Observer, Unavailable
from fairground_timer.clocks import Clock
from fairground_timer.commands import Due
from fairground_timer.publishing import Publisher, Refused
from fairground_timer.settings import TimerSettings
from fairground_timer.sql import query

log = structlog.get_logger(__name__)

_FIRST_WAIT_S = 0.1
_HELD_ELSEWHERE_S = 0.05  # something is due in shards that others hold: they are looked at again so soon
_MEASURE_S = 2.0
_UNPARK_S = 10.0
_COUNTED = 1_000
_BYTES = 4_000_000  # of commands in one batch


class Giver:
    """One instance's share of what is due. Any number of them share a database."""

    def __init__(
        self, clock: Clock, publisher: Publisher, observer: Observer, connect: Callable[[], Awaitable[Connection]],
        settings: TimerSettings,
    ) -> None:  # fmt: skip
        """`connect` opens a connection that this giver has for itself."""
        self.away = ""  # why a server is waited for
        self._clock = clock
        self._publisher = publisher
        self._observer = observer
        self._connect = connect
        self._settings = settings
        self._connection: Connection | None = None
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self._moved_at = time.monotonic()
        self._passed_over = 0  # how often something was due and could not be claimed
        self._measured_at = self._unparked_at = 0.0

    def tell(self) -> None:
        """Something was asked for, or the streams' clock moved: look again when the next command is due."""
        self._news.set()

    def stop(self) -> None:
        """The batch under way is the last one."""
        self._stopping.set()
        self._news.set()

    def stuck(self) -> list[str]:
        """What speaks against being alive: it has done nothing for long, not even looked, and waits for no server."""
        idle_s = time.monotonic() - self._moved_at
        stuck = idle_s > self._settings.stuck_ms / 1000 and not self.away
        return [f"due commands: nothing has been given or looked for in {idle_s:.0f} s"] if stuck else []

    async def run(self) -> None:
        """Give what is due until `stop`; servers that are away are waited for without end."""
        wait_s = _FIRST_WAIT_S
        while not self._stopping.is_set():
            try:
                pause_s = await self._round()
                self.away, wait_s = "", _FIRST_WAIT_S
            except Unavailable as error:
                pause_s, self.away = wait_s, str(error)
            except AWAY as error:
                pause_s, self.away = wait_s, f"PostgreSQL: {type(error).__name__}: {error}"
                self.hang_up()
            except Exception as error:  # a bug: what is due waits for a mended version, and nobody is left in the dark
                pause_s, self.away = wait_s, f"giving due commands has met a bug: {type(error).__name__}: {error}"
                log.exception("giving due commands has met a bug")
                self.hang_up()
            self._moved_at = time.monotonic()
            if self.away:
                log.warning("due commands wait for a server", why=self.away, wait_s=round(pause_s, 1))
                await self._rest(pause_s * random.uniform(0.5, 1), self._stopping)
                wait_s = min(wait_s * 2, self._settings.backoff_max_ms / 1000)
            else:
                await self._rest(pause_s, self._news)

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    def hang_up(self) -> None:
        """Wait for no answer of PostgreSQL's any more."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _rest(self, seconds: float, until: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await until.wait()

    async def _round(self) -> float:
        """Give one batch of what is due. Returns how long there is nothing to do, news apart."""
        if self._connection is None:
            self._connection = await self._connect()
        connection, began = self._connection, time.monotonic()
        self._news.clear()
        await self._now_and_then(connection)
        given = await self._give(connection)
        if given:
            await self._rest(given / self._settings.due_per_second - (time.monotonic() - began), self._stopping)
            return 0
        return await self._idle_s(connection)

    async def _idle_s(self, connection: Connection) -> float:
        look_s = self._settings.look_ms / 1000
        now_ms = await self._clock.now_ms(connection)
        due_ms: int | None = await connection.fetchval(query("next_due"))
        if due_ms is None:
            return look_s
        if due_ms <= now_ms:  # since it was looked for; or in shards that others hold
            self._passed_over += 1
            return 0 if self._passed_over == 1 else _HELD_ELSEWHERE_S
        self._passed_over = 0
        until_s = self._clock.seconds_until(due_ms, now_ms)
        return look_s if until_s is None else min(until_s, look_s)

    async def _give(self, connection: Connection) -> int:
        """Claim, publish, mark: all that was claimed or, when anything fails, nothing. Returns how many were done."""
        given: list[Due] = []
        async with connection.transaction():
            due = await self._claimed(connection)
            if not due or await self._unparked(connection, {each.service for each in due}):
                return 0  # somebody else was quicker, or there is something older to be given first
            self._observer.reached("claimed", len(due))
            now_ms = await self._clock.now_ms(connection)
            for service, commands in _by_service(due):
                if await self._give_one_service(connection, service, commands, now_ms):
                    given += commands
            self._observer.reached("marked", len(due))
        self._observer.reached("given", len(due))
        self._passed_over = 0
        _count(given)
        return len(due)

    async def _claimed(self, connection: Connection) -> list[Due]:
        settings, now_ms = self._settings, await self._clock.now_ms(connection)
        shards = [row[0] for row in await connection.fetch(query("claim"), now_ms, settings.shards_at_once)]
        if not shards:
            return []
        return [Due(*row) for row in await connection.fetch(query("due"), shards, now_ms, settings.batch_due, _BYTES)]

    async def _give_one_service(self, connection: Connection, service: str, due: Sequence[Due], now_ms: int) -> bool:
        timers = [service] * len(due), [each.timer_id for each in due]
        try:
            await self._publisher.publish(service, due, now_ms)
        except Refused as error:
            log.error("commands cannot be given, and are parked", service=service, number=len(due), why=str(error))
            metrics.TIMERS_PARKED.inc(len(due))
            await connection.execute(query("park"), *timers, str(error))
            return False
        self._observer.reached("published", len(due))
        await connection.execute(query("give"), *timers, now_ms)
        return True

    async def _unparked(self, connection: Connection, services: Collection[str]) -> bool:
        """Whether parked commands of these services wait again, now that there is somebody to give them to."""
        known = [service for service in services if await self._publisher.knows(service)]
        waiting = [service for (service,) in await connection.fetch(query("unpark"), known)]
        if waiting:
            log.info("parked commands wait again", services=sorted(set(waiting)), number=len(waiting))
        return bool(waiting)

    async def _now_and_then(self, connection: Connection) -> None:
        now = time.monotonic()
        if now - self._measured_at > _MEASURE_S:
            self._measured_at = now
            await self._measure(connection)
        if now - self._unparked_at > _UNPARK_S:
            self._unparked_at = now
            await self._unparked(connection, [service for (service,) in await connection.fetch(query("parked"))])

    async def _measure(self, connection: Connection) -> None:
        now_ms = await self._clock.now_ms(connection)
        found = await connection.fetchrow(query("overdue"), now_ms, _COUNTED)
        assert found is not None, "there is always a sum"
        number, oldest_ms = found
        metrics.TIMERS_DUE.set(number)
        metrics.TIMERS_LATE.set(0 if oldest_ms is None else (now_ms - oldest_ms) / 1000)


def _by_service(due: Sequence[Due]) -> Iterator[tuple[str, list[Due]]]:
    """Each service's commands in their order; services are apart, for each has a topic of its own."""
    service = attrgetter("service")
    for name, commands in groupby(sorted(due, key=service), key=service):
        yield name, list(commands)


def _count(given: Iterable[Due]) -> None:
    wall_ms = time.time() * 1000
    for each in given:
        metrics.TIMERS_GIVEN.labels(each.service).inc()
        metrics.TIMER_DRIFT.observe(max(wall_ms - each.due_ms, 0) / 1000)
