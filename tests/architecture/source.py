"""The source code as the rules of this folder see it: members found by glob, modules parsed once."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

#: The rooms of an activity service; services of another kind have theirs under the same names.
ROOMS = ("contract", "rules", "domain", "intake", "invariants", "traffic", "app", "settings")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file."""

    root: Path
    path: Path

    @property
    def where(self) -> str:
        """Its path as people write it."""
        return self.path.relative_to(self.root).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @property
    def functions(self) -> Iterator[Function]:
        return (node for node in self.nodes if isinstance(node, Function))

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))

    @property
    def imports(self) -> Iterator[tuple[str, int]]:
        """What it imports, wherever in the file, with dots, and the line."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)

    @cached_property
    def docstrings(self) -> frozenset[int]:
        """The ids of the nodes that are docstrings."""
        owners = (node for node in self.nodes if isinstance(node, ast.Module | ast.ClassDef | Function))
        firsts = (owner.body[0] for owner in owners if owner.body)
        return frozenset(
            id(first.value) for first in firsts if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        )

    @property
    def strings(self) -> Iterator[tuple[str, int]]:
        """Strings that are not docstrings, and their lines; of f-strings the fixed parts."""
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in self.docstrings:
                yield node.value, node.lineno


@dataclass(frozen=True)
class Member:
    """A member of the workspace: a folder in libs or services that holds a pyproject.toml."""

    root: Path
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def where(self) -> str:
        return self.folder.relative_to(self.root).as_posix()

    @property
    def package(self) -> str:
        return f"fairground_{self.name}"

    @property
    def is_service(self) -> bool:
        return self.folder.parent.name == "services"

    @cached_property
    def project(self) -> dict[str, Any]:
        """What its pyproject.toml says."""
        return tomllib.loads((self.folder / "pyproject.toml").read_text("utf-8"))

    def entry_points(self, group: str) -> dict[str, str]:
        """Its entry points of a group."""
        found: dict[str, str] = self.project.get("project", {}).get("entry-points", {}).get(group, {})
        return found

    @property
    def is_activity(self) -> bool:
        return bool(self.entry_points("fairground.services"))

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        return tuple(Module(self.root, path) for path in sorted((self.folder / self.package).rglob("*.py")))

    def room(self, name: str) -> tuple[Module, ...]:
        """The modules of a room: `<name>.py`, or all of the package `<name>`."""
        place = self.folder / self.package / name
        return tuple(
            module for module in self.modules if module.path == place.with_suffix(".py") or place in module.path.parents
        )


class Source:
    """The whole workspace below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.members = tuple(
            Member(root, path.parent)
            for kind in ("libs", "services")
            for path in sorted(root.glob(f"{kind}/*/pyproject.toml"))
        )

    @property
    def services(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.is_service)

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """All of the members."""
        return tuple(module for member in self.members for module in member.modules)

    @cached_property
    def tests(self) -> tuple[Module, ...]:
        return tuple(Module(self.root, path) for path in sorted((self.root / "tests").rglob("*.py")))

    @cached_property
    def everything(self) -> tuple[Module, ...]:
        return self.modules + self.tests

    def lib(self, name: str) -> tuple[Module, ...]:
        """The modules of a library; none when there is no such library."""
        return next((member.modules for member in self.members if member.where == f"libs/{name}"), ())
