"""`fairground new-service`: the rooms of another activity service, complete, small and tested, to be changed then.

What is written is a template of this package: whole files in which nothing but the name is left open, so that reading
the template is reading the service. It stands beside the sources of this workspace, for a service is code.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from fairground_cli.terminal import out
from fairground_cli.trouble import Trouble
from fairground_cli.words import say

#: Types of messages, topics and packages are called like the service: what all of them take is letters.
_NAME = re.compile(r"[a-z]{2,20}")

#: Whose messages, containers or test doubles have these names, or what no class can be called.
_TAKEN = frozenset({"fairground", "shop", "toy", "kafka", "valkey", "postgres", "none", "true", "false"})

_SUFFIX = ".template"
_COMPOSE = f"docker-compose.yml{_SUFFIX}"


def new_service(
    name: Annotated[str, Parameter(help=say("newservice-name"))],
    /,
    *,
    sources: Annotated[Path, Parameter(help=say("newservice-sources"))] = Path(),
) -> None:
    """Write it, and say what comes next."""
    _check(name, sources)
    template = files("fairground_cli") / "template"
    written = list[Path]()
    for part in ("services", "tests"):
        written += _write(template / part, sources / part, name)
    console = out()
    console.print(say("newservice-written", name=name, files=len(written)), markup=False, soft_wrap=True)
    console.print(say("newservice-next", name=name), markup=False, soft_wrap=True)
    console.print(_named((template / _COMPOSE).read_text("utf-8"), name), markup=False, soft_wrap=True)


def _check(name: str, sources: Path) -> None:
    """Raises Trouble when there can be no such service here."""
    if not (sources / "services").is_dir() or not (sources / "libs" / "contracts" / "pyproject.toml").is_file():
        raise Trouble(say("newservice-no-sources", directory=sources.absolute()), 2)
    if not _NAME.fullmatch(name):
        raise Trouble(say("newservice-bad-name", name=name), 2)
    if name in _TAKEN or (sources / "libs" / name).exists():
        raise Trouble(say("newservice-taken", name=name), 2)
    for folder in (sources / "services" / name, sources / "tests" / name):
        if folder.exists():
            raise Trouble(say("newservice-exists", folder=folder), 2)


def _write(source: Traversable, target: Path, name: str) -> Iterator[Path]:
    """Everything below a folder of the template, under its own name."""
    for each in source.iterdir():
        path = target / _named(each.name.removesuffix(_SUFFIX), name)
        if each.is_dir():
            yield from _write(each, path, name)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_named(each.read_text("utf-8"), name), "utf-8")
        yield path


def _named(text: str, name: str) -> str:
    """A text of the template with the name filled in."""
    return text.replace("{{name}}", name).replace("{{Name}}", name.capitalize())
