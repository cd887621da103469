"""The commands of the Makefile, where they can be tried without installing anything anew."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_CLOSED = "http://127.0.0.1:1/simple"  # nobody listens there


def make(directory: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run it as a person would, not as a part of the `make test` that may be running this."""
    ours = {name: text for name, text in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PIP_", "UV_"))}
    return subprocess.run(
        ["make", *arguments], cwd=directory, env={**ours, **environment}, capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What `make setup` needs, in a directory in which nothing is installed yet."""
    needed = ["Makefile", "pyproject.toml", "requirements.lock"]
    for members in ("libs", "services"):
        needed += [str(file.relative_to(ROOT)) for file in (ROOT / members).glob("*/pyproject.toml")]
    for name in needed:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_make_alone_lists_the_commands() -> None:
    listed = make(ROOT)
    assert listed.returncode == 0
    commands = re.findall(r"^  make ([a-z]+) +\S", listed.stdout, re.MULTILINE)
    assert {"setup", "demo", "up", "test", "bench", "lint"} <= set(commands)
    assert sorted(commands) == sorted(re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("has_uv", "sentence"),
    [
        (False, "uv could not be downloaded; is the Python package registry reachable from here?"),
        (True, "the dependencies could not be installed; is the Python package registry reachable from here?"),
    ],
    ids=["for_uv", "for_the_rest"],
)
def test_a_registry_that_cannot_be_reached_is_one_sentence(copy: Path, has_uv: bool, sentence: str) -> None:
    if has_uv:
        shutil.copytree(ROOT / ".tools", copy / ".tools", symlinks=True)
    ran = make(
        copy, "setup", PIP_INDEX_URL=_CLOSED, PIP_CONFIG_FILE=os.devnull, UV_DEFAULT_INDEX=_CLOSED,
        UV_CACHE_DIR=str(copy / "cache"), UV_HTTP_RETRIES="0", UV_NO_CONFIG="1",
    )  # fmt: skip
    said, *rest = ran.stderr.splitlines()
    assert said.startswith(sentence)
    assert all(line.startswith("make: ***") for line in rest), ran.stderr
    assert ran.returncode != 0


#: Stands for an interpreter that is new enough; `quick` says whether it was built with profile-guided optimisation.
_INTERPRETER = '#!/bin/sh\ncase "$2" in *sysconfig*) exit {status} ;; *) exit 0 ;; esac\n'


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ({"python3": True, "python3.13": True}, "python3"),
        ({"python3": False, "python3.13": True}, "python3.13"),
        ({"python3": False, "python3.12": False}, "python3"),
    ],
    ids=["the_first", "one_that_is_optimised", "the_first_where_none_is"],
)
def test_the_first_python_that_is_optimised_is_taken(tmp_path: Path, there: dict[str, bool], chosen: str) -> None:
    for name, quick in there.items():
        (tmp_path / name).write_text(_INTERPRETER.format(status=0 if quick else 1))
        (tmp_path / name).chmod(0o755)
    asks = tmp_path / "ask.mk"
    ours = (ROOT / "Makefile").read_text().replace("/usr/bin/python3", str(tmp_path / "no-system-python3"))
    asks.write_text(f"{ours}\nask:\n\t@echo $(PYTHON)\n")
    tools = f"{tmp_path}:{_without_python(tmp_path)}"
    asked = make(tmp_path, "-f", str(asks), "ask", PATH=tools)
    assert asked.stdout.strip() == chosen, asked.stderr


def _without_python(directory: Path) -> Path:
    """A place on the path with what make needs, and no interpreter."""
    tools = directory / "tools"
    tools.mkdir()
    for name in ("make", "sh", "echo"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    return tools
