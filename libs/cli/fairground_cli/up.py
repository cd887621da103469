"""`fairground up`: servers and services, until Ctrl-C."""

import asyncio
import signal
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from fairground_cli.places import DATA
from fairground_cli.supervisor import Supervisor
from fairground_cli.terminal import DataOption, err, out, run
from fairground_cli.words import say


def up(*, data: DataOption = DATA) -> int:
    """Start everything, say where it is, stay until Ctrl-C or SIGTERM, and end it in order."""
    return run(_up(data))


async def _up(data: Path) -> int:
    console = err()
    supervisor = Supervisor(data, progress=lambda said: console.print(f"[dim]{escape(said)}[/]"))
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.set)
    work = asyncio.create_task(_serve(supervisor, console))
    asked = asyncio.create_task(ending.wait())
    await asyncio.wait((work, asked), return_when=asyncio.FIRST_COMPLETED)
    try:
        if work.done():
            work.result()
        console.print(say("up-stopping"))
    finally:
        work.cancel()
        asked.cancel()
        await asyncio.gather(work, asked, return_exceptions=True)
        await supervisor.stop()
    console.print(say("up-stopped", directory=supervisor.directory))
    return 0


async def _serve(supervisor: Supervisor, console: Console) -> None:
    await supervisor.start_servers()
    console.print(say("up-services"))
    await supervisor.start_all()
    told = out()
    for name, address in supervisor.addresses.environment().items():
        told.print(f"{name}={escape(address)}")
    for name, process in supervisor.processes.items():
        told.print(escape(say("up-service", name=name, port=process.health_port, log=process.log_path)))
    told.print(escape(say("up-ready", env=supervisor.env_path)))
    await supervisor.keep_running(lambda sentence: console.print(f"[yellow]{escape(sentence)}[/]"))
