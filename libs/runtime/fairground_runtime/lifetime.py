"""How a process begins and ends."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog
import uvloop

from fairground_runtime import logs
from fairground_runtime.kafka.refusal import DENIED, because
from fairground_runtime.protocol.ports import Stopped
from fairground_runtime.settings import ProcessSettings

log = structlog.get_logger(__name__)

_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 5.0
_LET_GO_S = 0.5

T = TypeVar("T")
S = TypeVar("S", bound=ProcessSettings)


def end_when_told() -> None:
    """SIGTERM and SIGINT end the start, too; once the subscribers run, FastStream ends them in order."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)


def calm_collector() -> None:
    """What is there when a process begins stays; what comes is short-lived and holds no cycles.

    Four batches at once hold 400,000 such objects: the default thresholds look through them hundreds of times a second.
    """
    gc.freeze()
    gc.set_threshold(1_000_000, 20, 20)


def end_within(timeout_s: float) -> None:
    """The orderly end of the current task takes no longer: clients wait for ever for a server that is away."""
    task = asyncio.current_task()
    assert task is not None

    def give_up() -> None:
        log.warning("a server that is away holds up the end: no longer waiting for it", after_s=timeout_s)
        task.cancel()

    asyncio.get_running_loop().call_later(timeout_s, give_up)


async def let_go(*closing: Awaitable[Any]) -> None:
    """Close connections, side by side; those to a server that is away are not waited for."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LET_GO_S):
            for error in await asyncio.gather(*closing, return_exceptions=True):
                if isinstance(error, Exception):
                    log.info("a connection was not closed in order", why=str(error))


async def patiently(server: str, attempt: Callable[[], Awaitable[T]]) -> T:
    """What the attempt returns, once the server is there; meanwhile the log tells. Stopped is not waited for."""
    wait_s = _FIRST_WAIT_S
    while True:
        try:
            return await attempt()
        except Stopped:
            raise
        except Exception as error:
            log.warning("waiting for a server", server=server, why=str(error), next_try_s=wait_s)
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)


def serve(process: str, told: type[S], make: Callable[[S], Coroutine[Any, Any, None]]) -> None:
    """Read a process's settings, then make and run its main coroutine.

    It ends with a sentence and status 1 when it cannot go on.
    """
    logs.configure(process)
    try:
        settings = told()
        logs.configure(process, settings.log_format, settings.log_level)
        uvloop.run(make(settings))
    except asyncio.CancelledError:
        log.info("stopped before it had begun, or before everything was closed in order")
    except (Stopped, *DENIED) as error:
        log.error("cannot run", why=because(error) if isinstance(error, DENIED) else str(error))
        raise SystemExit(1) from None
