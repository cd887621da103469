"""What the protocol's steps look like from outside: metrics, and signs of life."""

import time
from collections.abc import Callable

from fairground_runtime import metrics
from fairground_runtime.protocol.ports import Observer

_TIMED = {"decoded", "loaded", "decided", "published", "paid", "applied", "committed"}


class StepObserver:
    """Implements ports.Observer for one partition: how long each step took."""

    def __init__(self, service: str) -> None:
        """`service` is the metrics' label."""
        self._steps = {step: metrics.STEP_SECONDS.labels(service, step) for step in _TIMED}
        self._payments = metrics.PAYMENTS.labels(service)
        self._before = time.monotonic()

    def reached(self, point: str, count: int = 0) -> None:
        """A step is done; `taken` begins a batch."""
        now = time.monotonic()
        if point in _TIMED:
            self._steps[point].observe(now - self._before)
        if point in {"paid", "align_paid"} and count:
            self._payments.inc(count)
        self._before = now


class SignsOfLife:
    """Implements ports.Observer around another one: each step that is passed shows that the partition moves."""

    def __init__(self, observer: Observer, moved: Callable[[], None]) -> None:
        """`moved` is called at each step."""
        self._observer = observer
        self._moved = moved

    def reached(self, point: str, count: int = 0) -> None:
        """Pass it on."""
        self._moved()
        self._observer.reached(point, count)
