"""A worker process that kills itself with SIGKILL when it passes a named point of the protocol.

    python worker.py SERVICE [POINT HITS]

HITS: at which pass, 1 is the first. Without a point it is an ordinary worker.
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import uvloop
from services import activity

from fairground_runtime import logs
from fairground_runtime.settings import ServerSettings, WorkerSettings
from fairground_runtime.worker import Worker


class Killer:
    """Implements ports.Observer; shared by all partitions of the worker."""

    def __init__(self, point: str, hits: int) -> None:
        self._point = point
        self._hits = hits

    def reached(self, point: str, count: int = 0) -> None:
        if point != self._point or not count and point != "aligned":
            return
        self._hits -= 1
        if self._hits == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    name, *at = sys.argv[1:]
    settings = WorkerSettings()
    logs.configure(name, "json", settings.log_level)
    killer = Killer(at[0], int(at[1])) if at else None
    worker = Worker(
        activity(name), ServerSettings(), settings, static="instance" in settings.model_fields_set,
        observe=(lambda _partition: killer) if killer else None,
    )  # fmt: skip
    uvloop.run(worker.run())


if __name__ == "__main__":
    main()
