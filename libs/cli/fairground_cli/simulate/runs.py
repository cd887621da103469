"""Repetition after repetition on all cores, until the answer is precise, they are as many as asked for, or time is up.

Repetitions count in the order of their numbers, whichever process was quicker, so the same seed gives the same answer
on one core and on many.
"""

import gc
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import count
from multiprocessing import connection, get_context, parent_process
from typing import Any, Literal, NamedTuple

from fairground_cli import installed
from fairground_cli.simulate.crowd import Crowd
from fairground_cli.simulate.estimate import EVERY, FEWEST, WANTED, spread
from fairground_cli.simulate.facts import Fact
from fairground_cli.simulate.play import Scene, Stopping, repeat
from fairground_cli.simulate.tally import Outcome
from fairground_cli.words import Language, language, speak
from fairground_decider.simulation import Rules

StoppedBy = Literal["precision", "repetitions", "seconds"]

#: A threshold of the garbage collector: millions of short-lived objects without cycles need not be looked through.
FEW_CYCLES = 1_000_000

_LOOK_S = 0.1


class Setting(NamedTuple):
    """What a repetition follows from; every part of it can be sent to another process."""

    service: str  # its name
    rules: Rules
    crowd: Crowd
    seed: int
    facts: tuple[Fact, ...] = ()  # about the members

    def scene(self) -> Scene:
        """The same with the service's code."""
        activity = installed.activity(self.service)
        return Scene(
            self.service, installed.simulation(activity), activity.intake, self.rules, self.crowd, self.seed, self.facts
        )  # fmt: skip


class Limits(NamedTuple):
    """When to end."""

    repetitions: int | None  # exactly so many; None: until the answer is precise
    seconds: float | None  # whatever was reached by then counts; None: however long it takes


class Runs:
    """The outcomes so far."""

    def __init__(self, setting: Setting, limits: Limits, cores: int) -> None:
        """`cores`: so many repetitions at once."""
        self.outcomes: list[Outcome] = []
        self.stopped_by: StoppedBy = "precision"
        self._setting = setting
        self._limits = limits
        self._cores = min(cores, limits.repetitions or cores)

    def run(self, tell: Callable[[], None]) -> None:
        """Repeat; `tell` is called after each. Raises Trouble, and BrokenProcessPool when a process was killed."""
        deadline = None if self._limits.seconds is None else time.monotonic() + self._limits.seconds
        repeated = _on_one_core if self._cores == 1 else _on_cores
        for outcome in repeated(self._setting, self._limits.repetitions, self._cores, deadline):
            self.outcomes.append(outcome)
            tell()
            if len(self.outcomes) == self._limits.repetitions:
                self.stopped_by = "repetitions"
                return
            if self._limits.repetitions is None and precise(self.outcomes):
                return
        self.stopped_by = "seconds"


def precise(outcomes: list[Outcome]) -> bool:
    """Whether the P95 of what it costs, and of what it would cost without a budget, is known well enough."""
    if len(outcomes) < FEWEST or len(outcomes) % EVERY:
        return False
    figures = [[outcome.cost_fen for outcome in outcomes]]
    figures.append([outcome.demand_fen for outcome in outcomes if outcome.demand_fen is not None])
    errors = [spread(values).relative_error for values in figures if values]
    return all(error is not None and error < WANTED for error in errors)


def _on_one_core(setting: Setting, many: int | None, _cores: int, deadline: float | None) -> Iterator[Outcome]:
    """Repetitions in this process, until the deadline."""
    scene = setting.scene()
    with _calm_collector():
        for number in range(many) if many else count():
            try:
                yield repeat(scene, number, lambda: deadline is not None and time.monotonic() > deadline)
            except Stopping:
                return


def _on_cores(setting: Setting, many: int | None, cores: int, deadline: float | None) -> Iterator[Outcome]:
    """Repetitions in processes of their own, one a task, in the order of their numbers, until the deadline."""
    context = get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(
        cores, mp_context=context, initializer=_begin, initargs=(setting, stop, language())
    )  # fmt: skip
    numbers = iter(range(many) if many else count())
    waiting: deque[Future[Outcome | None]] = deque()
    try:
        while True:
            while len(waiting) < 2 * cores and (number := next(numbers, None)) is not None:
                with _deaf_children():
                    waiting.append(pool.submit(_repeat, number))
            if not waiting or (outcome := _awaited(waiting.popleft(), stop, deadline)) is None:
                return
            yield outcome
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _awaited(future: "Future[Outcome | None]", stop: Any, deadline: float | None) -> Outcome | None:
    """The repetition's outcome; None: time was up before it was complete."""
    while True:
        try:
            return future.result(_LOOK_S)
        except TimeoutError:
            if deadline is not None and time.monotonic() > deadline:
                stop.set()


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes that begin meanwhile never hear of Ctrl-C, which is their parent's business: they inherit the mask."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Here(NamedTuple):
    """What a process of repetitions works with."""

    scene: Scene
    stop: Any


_here: list[_Here] = []


def _begin(setting: Setting, stop: Any, chosen: Language) -> None:
    """The first thing in each process; it ends when its parent has died."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    speak(chosen)
    _here.append(_Here(setting.scene(), stop))
    gc.collect()
    gc.freeze()
    gc.set_threshold(FEW_CYCLES)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _repeat(number: int) -> Outcome | None:
    (here,) = _here
    try:
        return repeat(here.scene, number, here.stop.is_set)
    except Stopping:
        return None


@contextmanager
def _calm_collector() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(FEW_CYCLES)
    try:
        yield
    finally:
        gc.set_threshold(*before)
