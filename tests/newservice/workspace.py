"""A copy of this workspace in which a service is created, and stands as if it were installed."""

import os
import shutil
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from fairground_cli import main

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent

#: Compiled files are copied, too: they are as old as their sources, and save half of the time.
_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".tools", ".data", ".fairground", ".hypothesis", ".*_cache", "secrets", "reports"
)


class Workspace:
    """The copy, and what people do in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._before = self._files()

    @classmethod
    def copied(cls, to: Path) -> "Workspace":
        """Everything that belongs to the sources."""
        shutil.copytree(ROOT, to, ignore=_NOT_COPIED)
        return cls(to)

    def create(self, name: str) -> str:
        """`fairground new-service`; what it says."""
        with redirect_stdout(StringIO()) as said:
            assert main.run(["new-service", name, "--sources", str(self.root)]) == 0
        return said.getvalue()

    def compose(self, said: str, name: str) -> None:
        """Put what the command says has to stand there into docker-compose.yml."""
        entry = said[said.index(f"\n  {name}:\n") :].rstrip()
        file = self.root / "docker-compose.yml"
        file.write_text(file.read_text("utf-8").replace("\n  record:\n", f"{entry}\n\n  record:\n"), "utf-8")

    def install(self, name: str) -> None:
        """What `make setup` would do, without asking a registry: its entry points are found beside those there are."""
        project = tomllib.loads((self.root / "services" / name / "pyproject.toml").read_text("utf-8"))["project"]
        metadata = self.root / "installed" / f"fairground_{name}-{project['version']}.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
        with (metadata / "entry_points.txt").open("w") as file:
            for group, points in project["entry-points"].items():
                file.write(f"[{group}]\n" + "".join(f"{point} = {at}\n" for point, at in points.items()))

    def format(self, name: str) -> None:
        """`make format`, as far as it concerns the new files."""
        for arguments in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
            self.run(str(BIN / "ruff"), *arguments, f"services/{name}", f"tests/{name}")

    def run(self, *command: str, within: str | Path = "", **environment: str) -> str:
        """Run it in the copy, whose members come before those that are installed; what it says. It must succeed."""
        found = [path.parent for kind in ("libs", "services") for path in self.root.glob(f"{kind}/*/pyproject.toml")]
        told = {
            **{name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPATH": os.pathsep.join(map(str, [*found, self.root / "installed"])), "RUFF_NO_CACHE": "true",
        }  # fmt: skip
        done = subprocess.run(
            command, cwd=self.root / within, env=told | environment, capture_output=True, text=True, timeout=110,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def touched(self, name: str) -> set[str]:
        """The files that are others than they were, or new, beside the service's own folders."""
        own = (f"services/{name}/", f"tests/{name}/", "installed/")
        now = self._files()
        changed = {path for path in now.keys() | self._before.keys() if now.get(path) != self._before.get(path)}
        return {path for path in changed if not path.startswith(own)}

    def _files(self) -> dict[str, bytes]:
        """What every file holds, compiled ones aside."""
        found = [path for path in self.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in found}
