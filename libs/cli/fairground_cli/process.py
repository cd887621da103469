"""One service as a child process: started, waited for, stopped or killed; its log outlives it."""

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_embedded import guard, release

#: The entry points that name every service's `main`. A new service is among them as soon as it is installed.
GROUP = "fairground.processes"

_LOOPBACK = "127.0.0.1"
_START_TIMEOUT_S = 120.0  # seconds on an idle machine; a busy one must not make it fail
_STOP_TIMEOUT_S = 15.0  # services promise 10


def services() -> list[str]:
    """The names of all installed services that run as processes."""
    return sorted(entry.name for entry in entry_points(group=GROUP))


def command_of(service: str) -> list[str]:
    """What starts a service with this interpreter, whether its script is on the path or not. Raises Trouble."""
    for entry in entry_points(group=GROUP, name=service):
        module, _, function = entry.value.partition(":")
        return [sys.executable, "-c", f"from {module} import {function}; {function}()"]
    raise Trouble(say("process-unknown", service=service, services=", ".join(services())), 2)


class ServiceProcess:
    """A service's process under a name of its own, so that several of one service can run side by side.

    It leads its own process group, so Ctrl-C in the terminal does not reach it (whoever started it ends it, in
    order), and it is killed when this process dies, however that happens. It is not tied to an event loop.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        """`directory` takes the log and the file with its health page's port; `environment` is all that it gets."""
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log_path = directory / "logs" / f"{name}.log"
        self.started_at = 0.0  # time.monotonic()
        self.status: int | None = None  # exit status of the last process that ended; minus the signal that ended it
        self._port_file = directory / "run" / f"{name}.port"
        self._process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    @property
    def running(self) -> bool:
        """Whether there is a process; a frozen one counts."""
        if self._process is None:
            return False
        if (status := self._process.poll()) is None:
            return True
        release(self._process.pid)
        self._process, self.status = None, status
        return False

    @property
    def pid(self) -> int:
        """The process's number. Raises Trouble when there is none."""
        if not self.running or self._process is None:
            raise Trouble(say("process-not-running", name=self.name))
        return self._process.pid

    @property
    def health_port(self) -> int | None:
        """Where its health page is, once it is there."""
        try:
            return int(self._port_file.read_text())
        except (OSError, ValueError):
            return None

    def start(self, **environment: str) -> None:
        """Start it, with these variables beside its own. Returns at once: see `ready`. Raises Trouble."""
        if self.running:
            return
        try:
            for parent in (self.log_path.parent, self._port_file.parent):
                parent.mkdir(parents=True, exist_ok=True)
            self._port_file.unlink(missing_ok=True)
            with self.log_path.open("ab") as log:
                self._said_before = log.tell()
                self._process = subprocess.Popen(
                    self.command, env={**self._environment(), **environment}, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
        except OSError as error:
            raise Trouble(say("process-not-started", name=self.name, why=error.strerror or error)) from error
        guard(self._process.pid)
        self.started_at = time.monotonic()

    async def ready(self, timeout_s: float = _START_TIMEOUT_S) -> None:
        """Wait until its health page says that it is ready. Raises Trouble: it ended, or it takes too long."""
        patience = time.monotonic() + timeout_s
        problems = [say("process-no-health-page")]
        while time.monotonic() < patience:
            if not self.running:
                why = self.last_words() or say("process-no-reason", status=self.status or 0)
                raise Trouble(say("process-ended", name=self.name, why=why, log=self.log_path))
            if (port := self.health_port) is not None:
                problems = await asyncio.to_thread(_problems, port)
                if not problems:
                    return
            await asyncio.sleep(0.05)
        raise Trouble(
            say("process-not-ready", name=self.name, seconds=f"{timeout_s:.0f}", why="; ".join(problems),
                log=self.log_path)
        )  # fmt: skip

    async def stop(self, timeout_s: float = _STOP_TIMEOUT_S) -> None:
        """SIGTERM, and SIGKILL when it is not gone by then."""
        if not self.running:
            return
        self.resume()
        os.kill(self.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(timeout_s):
                await self._gone()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it as a crash would: SIGKILL."""
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)
        await self._gone()

    async def _gone(self) -> None:
        while self.running:
            await asyncio.sleep(0.01)

    def pause(self) -> None:
        """Freeze it where it stands (SIGSTOP)."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on, as if no time had passed."""
        os.killpg(self.pid, signal.SIGCONT)

    def last_words(self) -> str:
        """The last error that it logged since its start, or the last line that it said; empty when it said nothing."""
        try:
            with self.log_path.open("rb") as log:
                log.seek(self._said_before)
                lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        except OSError:
            return ""
        errors = [said for line in lines if (said := _error_of(line))]
        return errors[-1] if errors else lines[-1].strip() if lines else ""

    def _environment(self) -> dict[str, str]:
        ours = {
            "FAIRGROUND_HEALTH_HOST": _LOOPBACK, "FAIRGROUND_HEALTH_PORT": "0",
            "FAIRGROUND_HEALTH_PORT_FILE": str(self._port_file), "FAIRGROUND_LOG_FORMAT": "json",
            "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        return {**ours, **self.environment, "FAIRGROUND_HEALTH_PORT_FILE": str(self._port_file)}


def _error_of(line: str) -> str:
    try:
        said = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(said, dict) or said.get("level") not in {"error", "critical"}:
        return ""
    return ": ".join(str(said[part]) for part in ("event", "why") if said.get(part))


def _problems(port: int) -> list[str]:
    connection = http.client.HTTPConnection(_LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/ready")
        answer = json.loads(connection.getresponse().read())
        return [str(problem) for problem in answer["problems"]]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return [f"{type(error).__name__}: {error}"]
    finally:
        connection.close()
