"""Processes of services for tests: imports are paid once, so one starts in a tenth of a second."""

import multiprocessing
from collections.abc import Callable
from importlib.metadata import entry_points
from multiprocessing.process import BaseProcess
from typing import Any

from tests.services import GROUP

_FORKS = multiprocessing.get_context("forkserver")

#: For all of them at once: whoever starts the first process decides what the others need not import.
_IMPORTED = [
    "tests.crash.worker", "tests.record.process", "tests.timer.process",
    *(entry.module for entry in entry_points(group=GROUP)),
]  # fmt: skip


def forked(main: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A process of its own, started, that runs `main`, which one of `_IMPORTED` holds."""
    _FORKS.set_forkserver_preload(_IMPORTED)
    process = _FORKS.Process(target=main, args=arguments)
    process.start()
    return process
