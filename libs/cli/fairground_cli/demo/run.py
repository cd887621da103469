"""One demo from beginning to end: servers, services, activities, the replay, the audit, the report, nothing left."""

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from fairground_cli import activityfile, places
from fairground_cli.demo import figures, laws, promise
from fairground_cli.demo.act import Act
from fairground_cli.demo.baskets import Baskets, load
from fairground_cli.demo.command import Options
from fairground_cli.demo.course import Course, day_before
from fairground_cli.demo.directory import fresh, remove
from fairground_cli.demo.figures import PromiseFigures
from fairground_cli.demo.packets import Packets
from fairground_cli.demo.played import Played
from fairground_cli.demo.progress import Progress
from fairground_cli.demo.show import SERVERS, next_steps, show, steps_when_kept
from fairground_cli.demo.signins import SignIns
from fairground_cli.demo.tally import WheelTally
from fairground_cli.demo.wheelplay import WheelPlay
from fairground_cli.demo.words import say
from fairground_cli.process import ServiceProcess
from fairground_cli.simulate.figures import Report as Simulated
from fairground_cli.supervisor import Supervisor
from fairground_cli.terminal import redrawn
from fairground_cli.trouble import Trouble
from fairground_embedded import cache_directory
from fairground_embedded.jars import fetch

#: The activity that is published only with KEEP=1, because it is open when the demo is over.
TODAY = "today.yaml"


Tell = Callable[[str], None]


class Stopwatch:
    """Seconds by phase, told as each ends."""

    def __init__(self, console: Console) -> None:
        """Nothing is measured yet."""
        self.seconds: dict[str, float] = dict.fromkeys(figures.Seconds.model_fields, 0.0)
        self._console = console

    @contextmanager
    def phase(self, name: str, title: str) -> Iterator[Tell]:
        """Measure one phase, which may consist of several parts. Gives what can be told, meanwhile, what is done."""
        began = time.monotonic()
        with _spinner(self._console, title) if redrawn(self._console) else _lines(self._console, title) as tell:
            yield tell
        took = time.monotonic() - began
        self.seconds[name] += took
        if redrawn(self._console):
            self._console.print(f"[green]✓[/] {escape(title)} [dim]{took:.1f} s[/]")


@contextmanager
def _spinner(console: Console, title: str) -> Iterator[Tell]:
    with console.status(escape(title)) as status:
        yield lambda said: status.update(f"{escape(title)} [dim]{escape(said)}[/]")


@contextmanager
def _lines(console: Console, title: str) -> Iterator[Tell]:
    console.print(escape(title))
    yield lambda said: console.print(escape(said))


async def perform(options: Options) -> int:
    """Run the demo. Returns the exit status. Raises Trouble, ServerError."""
    console, files = _console(), activity_files(options)
    check_report(options.report)
    watch = Stopwatch(console)
    with watch.phase("setup", say("phase-setup")) as tell:
        baskets = await _setup(options, tell)
    _calm_collector()
    directory = fresh(options.data)
    try:
        async with _stage(directory, watch, options) as supervisor:
            played = await _play(console, watch, supervisor, baskets, files, options)
            if options.keep:
                _tell(console, played, watch, options)
                steps_when_kept(console, options, played.course.published[-1])
                with suppress(asyncio.CancelledError):  # Ctrl-C is how this ends
                    await supervisor.keep_running(console.print)
        if not options.keep:
            _tell(console, played, watch, options)
            next_steps(console, options, files[0])
    except asyncio.CancelledError:
        remove(directory)
        raise
    except BaseException:
        console.print(say("logs", directory=directory / "logs"))
        raise
    if played.good:
        remove(directory)
    else:
        console.print(say("logs", directory=directory / "logs"))
    return 0 if played.good else 1


def _console() -> Console:
    """Standard output; where that is no terminal, wide enough for the tables."""
    terminal = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if terminal else 100)


async def _setup(options: Options, tell: Tell) -> Baskets:
    """What the first run downloads and groups, and later ones find in the user's cache."""
    baskets, _ = await asyncio.gather(asyncio.to_thread(load, cache_directory()), fetch(tell))
    return baskets.first(options.orders) if options.orders else baskets


@asynccontextmanager
async def _stage(directory: Path, watch: Stopwatch, options: Options) -> AsyncIterator[Supervisor]:
    """Servers and services, until the block ends."""
    supervisor = Supervisor(directory, environment=_environment(keep=options.keep))
    try:
        with watch.phase("start", say("phase-servers")):
            await supervisor.start_servers()
        with watch.phase("start", say("phase-services")):
            await supervisor.start_all()
        yield supervisor
    finally:
        with watch.phase("stop", say("phase-stop")):
            await supervisor.stop()


async def _play(
    console: Console, watch: Stopwatch, supervisor: Supervisor, baskets: Baskets, files: list[Path], options: Options
) -> Played:
    """Publish, replay, settle, audit."""
    origin_ms = baskets.times_ms[0]
    acts: list[Act] = [WheelPlay(origin_ms), SignIns(), Packets()]
    chosen = promise.first_to_end(files, WheelPlay.service, baskets)
    async with Course.on(supervisor.addresses.kafka, acts) as course:
        with watch.phase("start", say("phase-wheels", count=len(files))):
            await course.publish(files, day_before(origin_ms))
        began = time.monotonic()
        showing = asyncio.create_task(Progress(console, lambda: course.reading(len(baskets))).run())
        guarding = asyncio.create_task(_guard(supervisor))
        promising = asyncio.create_task(_promised(chosen, supervisor, options.seed))
        try:
            replaying = asyncio.create_task(course.run(baskets, options.seed))
            await asyncio.wait({replaying, guarding, showing}, return_when=asyncio.FIRST_COMPLETED)
            for task in (guarding, showing, replaying):
                if task.done():
                    task.result()
            answered_s = time.monotonic() - began
            promised = await promising
        finally:
            under_way: tuple[asyncio.Task[Any], ...] = (replaying, guarding, showing, promising)
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        watch.seconds["run"] += time.monotonic() - began
        with watch.phase("audit", say("phase-audit")):
            taken_in, found = await asyncio.gather(
                asyncio.gather(*(laws.taken_in(supervisor.addresses.kafka, service) for service in course.intakes)),
                laws.audited(_environment(keep=options.keep) | supervisor.addresses.environment()),
            )
            checked = [*taken_in, *laws.answered(course), *found]
            accounts = await laws.books(supervisor.addresses.database, course.activities_of(Packets))
            kept = await _kept(promised, course, supervisor) if promised else None
        if options.keep:
            await course.publish([options.examples / TODAY], int(time.time() * 1000))
    return Played(course, len(baskets), origin_ms, answered_s, tuple(checked), accounts, kept, options.seed)


async def _promised(chosen: Path | None, supervisor: Supervisor, seed: int) -> Simulated | None:
    """What the wheel that ends first is to cost: long known when it opens."""
    return await promise.forecast(chosen, seed, supervisor.directory / "forecast.json") if chosen else None


async def _kept(promised: Simulated, course: Course, supervisor: Supervisor) -> PromiseFigures:
    tally = course.act(WheelPlay).tally.wheels.get(promised.activity, WheelTally())
    return await promise.kept(promised, tally, supervisor.addresses.database)


async def _guard(supervisor: Supervisor) -> None:
    """Watch over servers and services. Raises Trouble as soon as one has ended."""
    while True:
        for process in supervisor.processes.values():
            if not process.running:
                raise Trouble(say("process-gone", name=process.name, why=_why(process), log=process.log_path))
        for server in supervisor.servers.embedded:
            if not server.running:
                raise Trouble(say("server-gone", name=server.title, log=server.log_path))
        await asyncio.sleep(0.3)


def _why(ended: ServiceProcess) -> str:
    if ended.status is not None and ended.status < 0:
        return say("killed", signal=signal.Signals(-ended.status).name)
    return ended.last_words() or str(ended.status)


def activity_files(options: Options) -> list[Path]:
    """The activity files that are published, each checked. Raises Trouble."""
    files = sorted(path for path in options.examples.glob("*.yaml") if path.name != TODAY)
    if not files:
        raise Trouble(say("no-examples", directory=options.examples), 2)
    for path in (*files, *([options.examples / TODAY] if options.keep else [])):
        text = activityfile.read(path)
        if found := activityfile.problems(activityfile.service_of(text, path), text):
            raise Trouble(say("bad-example", file=path, count=len(found)), 2)
    return files


def check_report(path: Path | None) -> None:
    """Whether the report can be written, before a minute has gone by. Raises Trouble."""
    if path is None:
        return
    if path.is_dir() or not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise Trouble(say("report-unwritable", file=path), 2)


def _tell(console: Console, played: Played, watch: Stopwatch, options: Options) -> None:
    report = played.report(watch.seconds)
    show(console, report, played.origin_ms, played.course.heard)
    if options.report:
        options.report.write_text(report.model_dump_json(indent=2) + "\n")
        console.print(say("report-written", file=options.report))


def _environment(*, keep: bool) -> dict[str, str]:
    """This process's, without servers that are meant for something else: the demo fills its own with made-up orders.

    Timers go by the streams' time: packets of a replayed year expire in that year. Nobody waits for single commands
    meanwhile, so idle fetches may take their time; nobody looks at activities' figures, unless all is kept (`keep`).
    """
    kept = {name: value for name, value in os.environ.items() if name not in {*SERVERS, *places.KAFKA}}
    return kept | {
        "FAIRGROUND_TIMER_CLOCK": "streams",
        "FAIRGROUND_FETCH_WAIT_MS": "500",
        "FAIRGROUND_FETCH_MIN_BYTES": "1048576",
        "FAIRGROUND_TALLY_MS": "20000" if keep else "3600000",
    }


def _calm_collector() -> None:
    """Millions of short-lived objects follow; what is here already need not be looked through again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
