"""What a test may put between a worker and its ports."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fairground_runtime.protocol.ports import Payment, Ports, Record, Unavailable


class LosesReplies:
    """Stands before a port: what is asked is done (or not), and nobody is told, so many times."""

    def __init__(self, port: Any, method: str, times: int = 1, *, done: bool = True) -> None:
        self._port, self._method, self._times, self._done = port, method, times, done

    def __getattr__(self, name: str) -> Any:
        if name != self._method or not self._times:
            return getattr(self._port, name)
        self._times -= 1
        return self._lose

    async def _lose(self, *arguments: Any) -> None:
        if self._done:
            await getattr(self._port, self._method)(*arguments)
        raise Unavailable(f"the reply to {self._method} was lost")


class Asleep:
    """Stands before a port: the worker falls asleep before it calls the method, until somebody wakes it."""

    def __init__(self, port: Any, method: str) -> None:
        self._port, self._method = port, method
        self.sleeps = asyncio.Event()
        self.wake = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name) if name != self._method else self._sleep

    async def _sleep(self, *arguments: Any) -> Any:
        self.sleeps.set()
        await self.wake.wait()
        return await getattr(self._port, self._method)(*arguments)


class PaysOnly:
    """Stands before Payments: publishes only the first ones, once, and then does not answer."""

    def __init__(self, port: Any, first: int) -> None:
        self._port, self._first = port, first

    async def publish(self, payments: Sequence[Payment]) -> None:
        first, self._first = self._first, 10_000
        await self._port.publish(payments[:first])
        if first < len(payments):
            raise Unavailable("the connection was lost")


class Meeting:
    """So many workers wait for each other before they publish their first events, so that they do it at once."""

    def __init__(self, workers: int) -> None:
        self._barrier = asyncio.Barrier(workers)
        self._awaited = 0

    def begin(self) -> None:
        """Everybody is awaited once."""
        self._awaited = self._barrier.parties

    def in_front_of_the_log(self, ports: Ports) -> Ports:
        """Stands between a worker and its log."""
        return ports._replace(log=_Meets(ports.log, self))

    async def come(self) -> None:
        """Wait for the others, the first time."""
        if self._awaited:
            self._awaited -= 1
            await self._barrier.wait()


class _Meets:
    def __init__(self, port: Any, meeting: Meeting) -> None:
        self._port, self._meeting = port, meeting

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def append(self, records: Sequence[Record]) -> int:
        await self._meeting.come()
        offset: int = await self._port.append(records)
        return offset
