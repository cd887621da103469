"""A worker process that may kill itself with SIGKILL when it passes a named point of the protocol."""

import os
import signal
import sys

from fairground_runtime import logs
from fairground_runtime.lifetime import serve
from fairground_runtime.settings import ServerSettings, WorkerSettings
from fairground_runtime.worker import Worker
from tests.services import activity


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


def main(name: str, environment: dict[str, str], log_path: str, point: str = "", hits: int = 1) -> None:
    """Run a worker of the activity `name`; with a point, until it passes that."""
    os.environ.update(environment)
    log_file = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log_file, sys.stderr.fileno())
    settings = WorkerSettings()
    logs.configure(name, "json", settings.log_level)
    killer = Killer(point, hits) if point else None
    observe = (lambda _partition: killer) if killer else None
    serve(lambda: Worker(activity(name), ServerSettings(), settings, observe).run())
