"""The command line of `fairground demo`."""

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import uvloop
from cyclopts import Parameter, validators

from fairground_cli.demo.words import say
from fairground_cli.terminal import err

DATA = Path(".fairground/demo")


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for."""

    orders: int | None  # the first so many baskets; None: all
    keep: bool
    report: Path | None
    data: Path
    examples: Path
    seed: int


def demo(
    *,
    orders: Annotated[
        int | None, Parameter(env_var="ORDERS", help=say("orders-help"), validator=validators.Number(gte=1))
    ] = None,
    keep: Annotated[bool, Parameter(env_var="KEEP", help=say("keep-help"))] = False,
    report: Annotated[Path | None, Parameter(env_var="REPORT", help=say("report-help"))] = None,
    data: Annotated[Path, Parameter(help=say("data-help"))] = DATA,
    examples: Annotated[Path, Parameter(help=say("examples-help"))] = Path("examples"),
    seed: Annotated[int, Parameter(help=say("seed-help"), validator=validators.Number(gte=0, lt=2**32))] = 2017,
) -> int:
    """A year of real orders through everything there is; 1 when a law is broken or something is unaccounted for."""
    return uvloop.run(_until_asked_to_end(Options(orders, keep, report, data, examples, seed)))


async def _until_asked_to_end(options: Options) -> int:
    """Run the demo; Ctrl-C and SIGTERM end it in order, wherever it is."""
    from fairground_cli.demo.run import perform

    work = asyncio.create_task(perform(options))
    ending: list[int] = []

    def end(number: int) -> None:
        if not ending:
            err().print(say("ending"))
            work.cancel()
        ending.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    try:
        return await work
    except asyncio.CancelledError:
        err().print(say("ended"))
        return 128 + ending[0] if ending else 1
