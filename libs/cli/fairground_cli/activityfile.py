"""An activity file as text: of which kind it is, what its service finds wrong with it, and its content as data."""

import re
from pathlib import Path
from typing import Any

import yaml

from fairground_cli import installed
from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_contracts.activities import Problem
from fairground_runtime.worker.manifest import Activity

_KIND = re.compile(r"""^kind:\s*["']?([\w-]+)""", re.MULTILINE)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core schema: numbers, true, false and null; a time or a date stays the text that it is.

    Names of fields are text, also where they look like a number: JSON knows no others.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the name is PyYAML's

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping by the text of its names."""
        return {name.value: self.construct_object(content, deep) for name, content in node.value}


for _tag, _pattern in {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
}.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), None)
_Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: float(node.value))


def read(path: Path) -> str:
    """The file's text. Raises Trouble."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise Trouble(say("file-unreadable", file=path, why=error.strerror or error), 2) from error
    except UnicodeDecodeError as error:
        raise Trouble(say("file-no-text", file=path), 2) from error


def kind_of(text: str, path: Path) -> str:
    """Which kind of activity it is, by its line `kind: ...`. Raises Trouble."""
    kind = _KIND.search(text)
    if kind is None:
        raise Trouble(say("file-no-kind", file=path, kinds=", ".join(installed.kinds())))
    if kind[1] not in installed.kinds():
        raise Trouble(say("file-unknown-kind", file=path, kind=kind[1], kinds=", ".join(installed.kinds())))
    return kind[1]


def service_of(text: str, path: Path) -> Activity:
    """The service that the file is for. Raises Trouble."""
    return installed.kinds()[kind_of(text, path)]


def problems(activity: Activity, text: str) -> list[Problem]:
    """Everything that is wrong with the file, in the order of its lines."""
    return sorted(activity.check(text), key=lambda problem: problem.line)


def content(text: str) -> dict[str, Any]:
    """The content of a file in which nothing is wrong."""
    loaded = yaml.load(text, _Loader)
    assert isinstance(loaded, dict), "a file in which nothing is wrong is a mapping"
    return loaded
