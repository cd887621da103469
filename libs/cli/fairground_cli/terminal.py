"""What every command shares: the options for where things are, the two consoles, running a coroutine."""

import asyncio
import sys
from collections.abc import Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from cyclopts import App, Group, Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from fairground_cli.words import say

_FILE_COLUMNS = 240  # of output that goes to a file or another program: lines are not broken there

T = TypeVar("T")

ActivityArgument = Annotated[str, Parameter(help=say("activity-argument"))]
MemberArgument = Annotated[str, Parameter(help=say("member-argument"))]
DataOption = Annotated[Path, Parameter(name="--data", help=say("data-help"))]


def out() -> Console:
    """For what was asked. Made anew each time, so that it writes where standard output goes now."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_COLUMNS)


def err() -> Console:
    """For what goes on beside it."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _FILE_COLUMNS)


def redrawn(console: Console) -> bool:
    """Whether a picture can stand in one place and change; whoever cannot move the cursor (TERM=dumb) gets lines."""
    return console.is_terminal and not console.is_dumb_terminal


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of plain texts; what names a row, in the first column, is never cut, so that it can be copied."""
    made = Table(
        *[Column(column, no_wrap=number == 0) for number, column in enumerate(columns)], box=None, pad_edge=False
    )
    for row in rows:
        made.add_row(*map(escape, row))
    return made


def app(name: str, help: str) -> App:
    """A group of commands."""
    return App(
        name=name, help=help, help_format="plaintext", group_commands=Group(say("main-commands"), sort_key=0),
        group_parameters=Group(say("main-options")), group_arguments=Group(say("main-arguments")),
    )  # fmt: skip


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it to its end."""
    return asyncio.run(work)
