"""`fairground timers`: what was asked for and is not given yet.

The timer service brings the answers, under the entry point group `fairground.timers`: the command line depends on no
service.
"""

import time
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import asyncpg
from cyclopts import Parameter

from fairground_cli import places
from fairground_cli.places import DATA
from fairground_cli.terminal import DataOption, out, run, table
from fairground_cli.terminal import app as group
from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_contracts.cloudevent import format_time

GROUP = "fairground.timers"

app = group("timers", say("timers-help"))


@app.command(name="list", help=say("timers-list-help"))
def list_(
    *,
    service: Annotated[str, Parameter(help=say("timers-service-help"), show_default=False)] = "",
    limit: Annotated[int, Parameter(help=say("timers-limit-help"))] = 50,
    data: DataOption = DATA,
) -> int:
    """What is due next, what is late, what is parked and why."""
    found = _asked(data, service, limit)
    if not found:
        out().print(say("timers-none"))
        return 0
    now_ms = int(time.time() * 1000)
    rows = [
        (f"{each.service}:{each.timer_id}", str(each.revision), format_time(each.due_ms), each.key, each.command,
         _standing(each, now_ms)) for each in found
    ]  # fmt: skip
    out().print(table(say("timers-columns").split("|"), rows))
    return 0


def _standing(each: Any, now_ms: int) -> str:
    if each.state == "parked":
        return say("timers-parked", why=each.problem)
    return say("timers-late") if each.due_ms < now_ms else say("timers-waits")


def _asked(data: Path, service: str, limit: int) -> Any:
    """Raises Trouble: no timer service is installed, PostgreSQL is away, or nothing is kept there."""
    entries = list(entry_points(group=GROUP))
    if not entries:
        raise Trouble(say("timers-not-installed"))
    try:
        return run(_ask(entries[0].load(), places.address("DATABASE_URL", data), service, limit))
    except asyncpg.UndefinedTableError as error:
        raise Trouble(say("timers-no-tables")) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Trouble(say("timers-no-server", why=str(error).strip() or type(error).__name__)) from error


async def _ask(brought: Any, database_url: str, service: str, limit: int) -> Any:
    connection = await brought.connect(database_url)
    try:
        return await brought.upcoming(connection, service, limit)
    finally:
        await connection.close()
