"""What `fairground new-service` writes is a service: as clean as the others, and every test by glob finds it right."""

import inspect
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from fairground_cli import main, words
from tests.architecture import rules_of_form, rules_of_places
from tests.architecture.source import Source
from tests.newservice.workspace import BIN, ROOT, Workspace

NAME = "harvest"  # its imports come before those that they follow in the template

#: Tests that run over services by glob, as far as they need no server: crash points, behaviour and audit do.
BY_GLOB = (
    f"tests/{NAME}", "tests/architecture/test_docs.py", "tests/contracts/test_catalogue.py",
    "tests/contracts/test_goldens.py", "tests/simulation/test_histories.py", "tests/lottery/test_lean.py",
    "tests/cli/test_compose.py", "tests/activities/test_promises.py",
)  # fmt: skip
_CHOSEN = f"({NAME} or schemas_goldens or nothing_lies or explained_that_is_gone or every_process) and not healthy"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """With the service, and everything done that the command says comes next."""
    copied = Workspace.copied(tmp_path_factory.mktemp("sources") / "fairground")
    copied.compose(copied.create(NAME), NAME)
    copied.install(NAME)
    copied.format(NAME)
    copied.run(sys.executable, "-m", "fairground_contracts.generate")
    return copied


def test_nothing_else_had_to_be_touched(workspace: Workspace) -> None:
    assert workspace.touched(NAME) == {"docker-compose.yml", "docs/events.md"}


@pytest.mark.slow
def test_every_test_by_glob_finds_it_right(workspace: Workspace) -> None:
    said = workspace.run(sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-k", _CHOSEN, *BY_GLOB)
    assert int(re.findall(r"(\d+) passed", said)[-1]) > 100


RULES = {
    name: rule
    for module in (rules_of_places, rules_of_form)
    for name, rule in inspect.getmembers(module, inspect.isfunction)
    if rule.__module__ == module.__name__ and not name.startswith("_")
}


def test_it_has_its_rooms_and_keeps_the_rules(workspace: Workspace, tmp_path: Path) -> None:
    for folder in ("services", "tests"):
        shutil.copytree(workspace.root / folder / NAME, tmp_path / folder / NAME)
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    alone = Source(tmp_path)
    assert [service.name for service in alone.services if service.is_activity] == [NAME]
    assert [broken for rule in RULES.values() for broken in rule(alone)] == []


@pytest.mark.slow
def test_it_is_linted(workspace: Workspace) -> None:
    ours = f"services/{NAME}", f"tests/{NAME}"
    workspace.run(str(BIN / "ruff"), "check", *ours)
    workspace.run(str(BIN / "ruff"), "format", "--check", *ours)
    workspace.run(str(BIN / "deptry"), "--no-ansi", ".", within=ours[0])
    members = [
        str(path.parent) for kind in ("libs", "services") for path in sorted(ROOT.glob(f"{kind}/*/pyproject.toml"))
    ]
    places = [*members, str(workspace.root / ours[0]), str(workspace.root)]
    new = [str(workspace.root / folder) for folder in ours]
    workspace.run(str(BIN / "mypy"), *new, within=ROOT, MYPYPATH=os.pathsep.join(places))


@pytest.mark.parametrize("name", ["ab", "z" * 20])
def test_names_of_any_length_are_as_clean(name: str, tmp_path: Path) -> None:
    (tmp_path / "libs" / "contracts").mkdir(parents=True)
    (tmp_path / "services").mkdir()
    for file in ("pyproject.toml", "libs/contracts/pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    made = Workspace(tmp_path)
    made.create(name)
    made.format(name)
    made.run(str(BIN / "ruff"), "check", "services", "tests")
    for path in tmp_path.rglob("*"):
        assert "{{" not in path.name
        assert not path.is_file() or path.suffix == ".toml" or "{{name}}" not in path.read_text("utf-8").lower()


def refused(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """What is said of a service that cannot be created."""
    assert main.run(["new-service", *arguments]) == 2
    return capfd.readouterr().err


@pytest.mark.parametrize("name", ["a", "Harvest", "har_vest", "har-vest", "h4rvest", "../harvest", "收获", "h" * 21])
def test_what_cannot_be_a_name(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert "take 2 to 20 lower-case letters" in refused([name, "--sources", str(ROOT)], capfd)


@pytest.mark.parametrize("name", ["shop", "toy", "cli", "contracts", "none"])
def test_names_of_something_else(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert "is the name of something else here" in refused([name, "--sources", str(ROOT)], capfd)


@pytest.mark.parametrize(("name", "folder"), [("lottery", "services"), ("behaviour", "tests")])
def test_what_is_there_stays_as_it_is(name: str, folder: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert f"{ROOT / folder / name} is there already" in refused([name, "--sources", str(ROOT)], capfd)


def test_where_there_are_no_sources(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert f"There are no sources of Fairground in {tmp_path}" in refused([NAME, "--sources", str(tmp_path)], capfd)
    assert list(tmp_path.iterdir()) == []


def test_what_comes_next_is_said_in_chinese_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "libs" / "contracts").mkdir(parents=True)
    (tmp_path / "services").mkdir()
    (tmp_path / "libs" / "contracts" / "pyproject.toml").touch()
    try:
        assert main.run(["--lang", "zh", "new-service", NAME, "--sources", str(tmp_path)]) == 0
    finally:
        words.speak("en")
    said = capfd.readouterr().out
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert f"已写入 {len(written) - 1} 个文件" in said
    assert "接下来：\n  make setup" in said
    assert f"SERVICE: {NAME} }} }}" in said
