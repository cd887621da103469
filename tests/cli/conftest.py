"""A house for all tests of the command: the real `fairground up` with its servers and services, once a run."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from fairground_cli import main
from fairground_embedded import Addresses
from fairground_embedded.watchdog import guard, release

COMMAND = str(Path(sys.executable).with_name("fairground"))
WHEEL = Path(__file__).with_name("wheel.yaml")
_START_S = 150.0


class Ran(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str


class Up:
    """`fairground up` as a process of its own."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self._environment = {**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "", **environment}
        self.said: list[str] = []

    def start(self) -> None:
        self.said.clear()
        self.process = subprocess.Popen(
            [COMMAND, "up", "--data", str(self.data)], env=self._environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        guard(self.process.pid)  # Ctrl-C ends the tests' processes before they can end it in order
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())

    def wait_until_it_says(self, words: str, timeout_s: float = _START_S) -> str:
        """The first line with these words."""
        patience = time.monotonic() + timeout_s
        while time.monotonic() < patience:
            for line in list(self.said):
                if words in line:
                    return line
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.said}"
            time.sleep(0.05)
        raise AssertionError(f"it never said {words!r}, but: {self.said}")

    def end(self) -> int:
        """SIGTERM, and its exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(40)
        release(self.process.pid)
        return status

    def service(self, name: str) -> psutil.Process:
        """One service's process."""
        for child in psutil.Process(self.process.pid).children():
            if any(f"fairground_{name}.app" in word for word in child.cmdline()):
                return child
        raise AssertionError(f"{name} is not running")

    @property
    def addresses(self) -> Addresses:
        """The servers, as the file for shells has them."""
        lines = (self.data / "env").read_text().splitlines()
        told = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        return Addresses(*(told[name].strip("'") for name in Addresses("", "", "").environment()))


_HOUSE = pytest.StashKey[Up]()


def _is_here(item: pytest.Item) -> bool:
    return item.path.is_relative_to(Path(__file__).parent)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whichever test comes first starts the house, and that can take a while on a busy machine."""
    for item in filter(_is_here, items):
        item.add_marker(pytest.mark.timeout(240))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """The house ends after the last test here: idle it would take a sixth of a core from all that follow."""
    yield
    up = item.config.stash.get(_HOUSE, None)
    if up and up.process.poll() is None and not (nextitem and _is_here(nextitem)):
        up.end()


@pytest.fixture(scope="session")
def up(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Everything up, with a wheel named spring that is open today."""
    up = pytestconfig.stash[_HOUSE] = Up(tmp_path_factory.mktemp("house") / "data")
    up.start()
    try:
        up.wait_until_it_says("Ready.")
        status = main.run(["activities", "publish", str(WHEEL), "--data", str(up.data)])
        assert status == 0, "the wheel could not be published"
        yield up
    finally:
        if up.process.poll() is None:
            up.end()


Run = Callable[..., Ran]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command within this process (it starts in no time), in English, in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Ran:
        capfd.readouterr()
        status = main.run(["--lang", "en", *map(str, arguments)])
        return Ran(status, *capfd.readouterr())

    return run


@pytest.fixture
def ask(run: Run, up: Up) -> Run:
    """The same, with the servers of the house."""
    return lambda *arguments: run(*arguments, "--data", up.data)


def process(*arguments: str | Path, **environment: str) -> Ran:
    """The command as a process of its own."""
    ran = subprocess.run(
        [COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=100,
        env={**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "", **environment}, check=False,
    )  # fmt: skip
    return Ran(ran.returncode, ran.stdout, ran.stderr)
