"""Ends this process's children when this process dies, however it dies.

A SIGKILL leaves no time to stop anything, so a second, tiny process watches: it holds the reading end of a pipe whose
only writing end is here. When the pipe closes, it kills what was entrusted to it and ends. (Linux's parent-death
signal would do without it, but follows the *thread* that started the child, and other systems lack it.)
"""

import atexit
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Watchdog:
    process: subprocess.Popen[bytes]
    owner: int  # the process that holds the pipe's other end; after a fork that is not this one


_current: _Watchdog | None = None


def guard(pid: int) -> None:
    """Have the child `pid` killed when this process dies; where it leads a process group, its whole group."""
    _tell(f"+{pid}\n")


def release(pid: int) -> None:
    """Take back `guard`: the child has ended and been waited for, so its number may soon be another's."""
    if _current is not None:
        _tell(f"-{pid}\n")


def _tell(line: str) -> None:
    watchdog = _running()
    assert watchdog.process.stdin is not None
    with suppress(BrokenPipeError):  # somebody killed the watchdog: the servers run on, unwatched
        watchdog.process.stdin.write(line.encode())
        watchdog.process.stdin.flush()


def _running() -> _Watchdog:
    global _current
    if _current is None or _current.owner != os.getpid():
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _current = _Watchdog(process, os.getpid())
        atexit.register(_dismiss, _current)
    return _current


def _dismiss(watchdog: _Watchdog) -> None:
    if watchdog.owner == os.getpid():
        with suppress(BrokenPipeError):
            watchdog.process.communicate()


def _watch() -> None:
    guarded: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        if line[0] == "+":
            guarded.add(pid)
        else:
            guarded.discard(pid)
    for pid in guarded:
        with suppress(ProcessLookupError):
            if os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _watch()
