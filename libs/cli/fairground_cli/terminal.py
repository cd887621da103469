"""What every command shares: the options for where things are, the two consoles, running a coroutine."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

from cyclopts import App, Group, Parameter
from rich.console import Console

from fairground_cli.words import say

T = TypeVar("T")

DataOption = Annotated[Path, Parameter(name="--data", help=say("data-help"))]


def out() -> Console:
    """For what was asked. Made anew each time, so that it writes where standard output goes now."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def err() -> Console:
    """For what goes on beside it."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def app(name: str, help: str) -> App:
    """A group of commands."""
    return App(
        name=name, help=help, help_format="plaintext", group_commands=Group(say("main-commands"), sort_key=0),
        group_parameters=Group(say("main-options")), group_arguments=Group(say("main-arguments")),
    )  # fmt: skip


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it to its end."""
    return asyncio.run(work)
