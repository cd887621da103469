"""What the protocol's steps look like from outside: metrics, and what the log says."""

import time

from fairground_runtime import metrics

_TIMED = {"decoded", "loaded", "decided", "published", "paid", "applied", "committed"}


class StepObserver:
    """Implements ports.Observer for one partition: how long each step took, and when it last moved."""

    def __init__(self, service: str) -> None:
        """`service` is the metrics' label."""
        self._steps = {step: metrics.STEP_SECONDS.labels(service, step) for step in _TIMED}
        self._payments = metrics.PAYMENTS.labels(service)
        self.moved_at = self._before = time.monotonic()

    def reached(self, point: str, count: int = 0) -> None:
        """A step is done; `taken` begins a batch."""
        now = time.monotonic()
        if point in _TIMED:
            self._steps[point].observe(now - self._before)
        if point in {"paid", "align_paid"} and count:
            self._payments.inc(count)
        self.moved_at = self._before = now
