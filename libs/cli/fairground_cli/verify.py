"""`fairground verify`: is every outcome of an activity what its disclosed seed and its rules make of it?

Whoever keeps the record brings a history of it under the entry point group `fairground.histories`; a service whose
draws can be recomputed brings `gather`, `verify`, `read` and `write` under `fairground.verifiers`. So the command line
depends on no service.
"""

import asyncio
import time
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import orjson
from cyclopts import Parameter
from rich.markup import escape

from fairground_cli import installed, places
from fairground_cli.places import DATA
from fairground_cli.terminal import ActivityArgument, DataOption, out, run
from fairground_cli.trouble import Trouble
from fairground_cli.words import say

HISTORIES = "fairground.histories"
VERIFIERS = "fairground.verifiers"

#: What has just ended is on its way to the record for a moment.
_PATIENCE_S = 3.0
_LOOK_S = 0.2


class NotDisclosed(Trouble):
    """The activity's seed is known to its workers only: it has not ended."""


class NotVerifiable(Trouble):
    """Outcomes of this kind of activity are not recomputed: none of them is drawn by lot."""


class Unreadable(Trouble):
    """An event in the record is none that this version of the code can read."""


def verify(
    activity: ActivityArgument = "",
    /,
    *,
    export: Annotated[Path | None, Parameter(help=say("verify-export-help"))] = None,
    file: Annotated[Path | None, Parameter(help=say("verify-file-help"))] = None,
    data: DataOption = DATA,
) -> int:
    """Recompute every outcome; 1 when one differs."""
    if bool(activity) == bool(file) or (file and export):
        raise Trouble(say("verify-what"), 2)
    if file:
        verifier, exported = _read(file)
        return _show(verifier.verify(exported))
    verifier, gathered = run(gather(activity, places.address("DATABASE_URL", data), _PATIENCE_S))
    report = verifier.verify(gathered.export, gathered.differences)
    if export:
        export.write_bytes(verifier.write(gathered.export))
        out().print(escape(say("verify-written", file=export, sha256=report.sha256)), soft_wrap=True)
    return _show(report)


def _read(file: Path) -> tuple[Any, Any]:
    """A file, and the verifier of the service that it names. Raises Trouble."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise Trouble(say("file-unreadable", file=file, why=error.strerror or error), 2) from error
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Trouble(say("verify-malformed", file=file, why=error)) from error
    verifier = _verifier(str(content.get("service", "?")) if isinstance(content, dict) else "?")
    try:
        return verifier, verifier.read(text)
    except verifier.Malformed as error:
        raise Trouble(say("verify-malformed", file=file, why=error)) from error


async def verdict(activity: str, database_url: str, patience_s: float = _PATIENCE_S) -> Any:
    """What recomputing every outcome has found. Raises what `gather` raises."""
    verifier, gathered = await gather(activity, database_url, patience_s)
    return await asyncio.to_thread(verifier.verify, gathered.export, gathered.differences)


async def gather(activity: str, database_url: str, patience_s: float) -> tuple[Any, Any]:
    """The verifier of its service; the activity's export, with what differs in the record already.

    `patience_s`: how long the end of the activity is waited for. Raises Trouble, and as kinds of it NotDisclosed,
    NotVerifiable, Unreadable.
    """
    histories = list(entry_points(group=HISTORIES))
    if not histories:
        raise Trouble(say("verify-none"))
    brought = histories[0].load()
    try:
        async with brought.History(database_url) as history:
            service = await history.service_of(activity)
            if not service:
                raise Trouble(say("verify-unknown", activity=activity))
            verifier = _verifier(service)
            models = installed.activity(service).reader().events
            patience = time.monotonic() + patience_s
            while True:
                events = [event async for event in history.events(service, models, activity)]
                try:
                    return verifier, verifier.gather(activity, events)
                except verifier.NotDisclosed:
                    if time.monotonic() > patience:
                        raise NotDisclosed(say("verify-not-ended", activity=activity)) from None
                await asyncio.sleep(_LOOK_S)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Trouble(say("verify-no-server", why=str(error).strip() or type(error).__name__)) from error
    except brought.Unreadable as error:
        raise Unreadable(say("verify-unreadable", id=error.id, why=error)) from error


def _verifier(service: str) -> Any:
    """How that service's outcomes are recomputed. Raises NotVerifiable."""
    able = {entry.name: entry for entry in entry_points(group=VERIFIERS)}
    if service not in able:
        raise NotVerifiable(say("verify-no-draws", service=service, able=", ".join(sorted(able)) or say("none")))
    return able[service].load()


def _show(report: Any) -> int:
    console = out()
    said = {"activity": report.activity_id, "outcomes": f"{report.outcomes:,}"}
    if report.holds:
        console.print(f"[green]✓[/] {escape(say('verify-holds', versions=report.versions, **said))}")
    else:
        figures = {"agreeing": f"{report.agreeing:,}", "differing": f"{report.differing:,}"}
        console.print(f"[red]✗[/] {escape(say('verify-differs', **figures, **said))}")
        for event_id, field, recorded, recomputed in report.differences:
            where = event_id or report.activity_id
            line = say("verify-difference", event=where, field=field, recorded=recorded, recomputed=recomputed)
            console.print(escape(line), soft_wrap=True)
        if more := report.differing - len(report.differences):
            console.print(say("verify-more", count=f"{more:,}"))
    hashes = {"seed_sha256": report.seed_sha256, "sha256": report.sha256}
    seeds = say("verify-seed" if report.seed_sha256 else "verify-seeds", **hashes)  # one, or one of each packet
    console.print(escape(seeds), soft_wrap=True)
    return 0 if report.holds else 1
