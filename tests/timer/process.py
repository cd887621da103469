"""A timer process that may kill itself with SIGKILL, or freeze, when it passes a named point."""

import os
import signal
import sys

from fairground_runtime.lifetime import serve
from fairground_runtime.settings import ServerSettings
from fairground_timer.app import Timers
from fairground_timer.settings import TimerSettings


class Killer:
    """Implements Observer: the `hits`-th pass of `point` is met with the signal, which is SIGKILL or SIGSTOP."""

    def __init__(self, point: str, hits: int, number: int) -> None:
        self._point = point
        self._hits = hits
        self._number = number

    def reached(self, point: str, count: int = 0) -> None:
        """A pass that handled nothing does not count, for nothing could be lost in it."""
        if point == self._point and count:
            self._hits -= 1
            if self._hits == 0:
                os.kill(os.getpid(), self._number)


def main(environment: dict[str, str], log_path: str, point: str, hits: int, number: int = signal.SIGKILL) -> None:
    """Run an instance; with a point, until it passes that."""
    os.environ.update(environment)
    log_file = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log_file, sys.stderr.fileno())
    killer = Killer(point, hits, number)
    serve("timer", TimerSettings, lambda settings: Timers(ServerSettings(), settings, killer).run())
