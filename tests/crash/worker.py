"""A worker process that may kill itself with SIGKILL when it passes a named point of the protocol.

On SIGUSR1 its consumer reads no more of partition 1 and tells nobody, as if its fetcher hung.
"""

import asyncio
import os
import signal
import sys

from fairground_runtime.lifetime import serve
from fairground_runtime.settings import ServerSettings, WorkerSettings
from fairground_runtime.worker import Worker
from tests.services import activity
from tests.worker.orders import with_intake


class Killer:
    """Implements ports.Observer for all partitions of a worker: the `hits`-th pass of `point` is the last."""

    def __init__(self, point: str, hits: int) -> None:
        self._point = point
        self._hits = hits

    def reached(self, point: str, count: int = 0) -> None:
        """A pass that handled nothing does not count, for nothing could be lost in it."""
        if point != self._point or count == 0:
            return
        self._hits -= 1
        if self._hits == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Freezable(Worker):
    """A worker that can be told to hang."""

    async def run(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._hang)
        await super().run()

    def _hang(self) -> None:
        consumer = self._consumer
        consumer.pause(*(tp for tp in consumer.assignment() if tp.partition == 1))


def main(name: str, environment: dict[str, str], log_path: str, point: str = "", hits: int = 1) -> None:
    """Run a worker of the activity `name`; with a point, until it passes that."""
    os.environ.update(environment)
    log_file = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log_file, sys.stderr.fileno())
    killer = Killer(point, hits) if point else None
    observe = (lambda _partition: killer) if killer else None
    made = activity(name)
    if version := os.environ.get("TOY_INTAKE"):
        made = with_intake(made, version)
    serve(name, WorkerSettings, lambda settings: Freezable(made, ServerSettings(), settings, observe).run())
