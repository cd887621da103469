"""The servers and services of one data directory, as child processes of this one."""

import asyncio
import fcntl
import os
import secrets
import shlex
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol, Self

from fairground_cli import places
from fairground_cli.process import ServiceProcess, command_of, services
from fairground_cli.trouble import Trouble
from fairground_cli.words import language, say
from fairground_embedded import Addresses, Progress, ServerError, Servers
from fairground_runtime.kafka.refusal import refusal

_LOOK_S = 0.2
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_STEADY_S = 60.0  # whatever has run for so long begins with short waits again


class Supervisor:
    """Starts servers, then services; ends services, then servers. Their data, logs and addresses outlive them.

        async with Supervisor(Path("data")) as up:             # servers run, services do not yet
            await up.start("lottery")                          # started and ready
            await up.start("lottery", name="lottery-2")        # another worker of the same service
            await up.processes["lottery"].kill()
            await up.start("lottery", FAIRGROUND_BATCH_COMMANDS="1")

    Nothing is started again by itself, unless `keep_running` runs beside.
    """

    def __init__(
        self, directory: Path, *, environment: Mapping[str, str] = os.environ, servers: Servers | None = None,
        progress: Progress = lambda _: None,
    ) -> None:  # fmt: skip
        """`servers`: those that run already, started and ended by whoever made them. Raises ServerError."""
        self.directory = directory.resolve()
        self.processes: dict[str, ServiceProcess] = {}
        self._environment = dict(environment)
        self._given = servers is not None
        self._progress = progress
        self._lock: IO[str] | None = None
        self._servers = servers

    @property
    def servers(self) -> Servers:
        """The three servers; each can be stopped, killed and started on its own."""
        assert self._servers is not None, "servers are known from `start_servers` on"
        return self._servers

    @property
    def addresses(self) -> Addresses:
        """Where the servers are."""
        return self.servers.addresses

    @property
    def env_path(self) -> Path:
        """The file with the addresses that a shell can source."""
        return self.directory / "env"

    async def start_servers(self) -> None:
        """Start the servers that the environment does not name, and write the addresses down. Raises Trouble,
        ServerError."""
        self._take_directory()
        self._progress(say("up-servers", directory=self.directory))
        try:
            if self._servers is None:
                self._servers = Servers(
                    self.directory, environment=self._environment, progress=self._progress,
                    kafka_client=await self._kafka_client(),
                )  # fmt: skip
            if not self._given:
                await self._servers.start()
            self._write_env()
        except BaseException:
            self._leave_directory()
            raise

    async def start(self, service: str, name: str | None = None, **environment: str) -> ServiceProcess:
        """Start one process of a service and wait until it is ready; `environment` wins. Raises Trouble."""
        process = self.launch(service, name, **environment)
        await process.ready()
        return process

    def launch(self, service: str, name: str | None = None, **environment: str) -> ServiceProcess:
        """The same without waiting. `name` tells several processes of one service apart."""
        name = name or service
        if name in self.processes and self.processes[name].running:
            raise Trouble(say("process-runs-already", name=name))
        process = ServiceProcess(name, command_of(service), self.environment_of(name) | environment, self.directory)
        self.processes[name] = process
        process.start()
        return process

    def environment_of(self, name: str) -> dict[str, str]:
        """All variables of a process that is called `name`: the servers, its place in the group, the secret."""
        others = {name: value for name, value in self._environment.items() if name not in places.KAFKA}
        environment = {**others, **self._servers_environment(), "FAIRGROUND_INSTANCE": name}
        if not {"FAIRGROUND_SECRET", "FAIRGROUND_SECRET_FILE"} & set(self._environment):
            environment["FAIRGROUND_SECRET_FILE"] = str(self._secret())
        return environment

    async def start_all(self) -> None:
        """Start every installed service, all at once, and wait until all are ready. Raises Trouble."""
        started = [self.launch(service) for service in services()]
        try:
            async with asyncio.TaskGroup() as group:
                for process in started:
                    group.create_task(process.ready())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def keep_running(self, tell: Callable[[str], None]) -> None:
        """Start again whatever ends by itself, servers too, until this is cancelled. `tell` is given sentences."""
        async with asyncio.TaskGroup() as group:
            for server in () if self._given else self.servers.embedded:
                group.create_task(_keep(server.title, server, server.start, tell))
            for process in self.processes.values():
                group.create_task(_keep(process.name, process, partial(_started, process), tell))

    async def stop(self) -> None:
        """End services, then servers. What was given runs on."""
        await asyncio.gather(*(process.stop() for process in self.processes.values()))
        if self._servers is not None and not self._given:
            await self._servers.stop()
        self._leave_directory()

    async def __aenter__(self) -> Self:
        await self.start_servers()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _write_env(self) -> None:
        """The addresses, readable by their owner only: there are passwords among them."""
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in self._servers_environment().items()]
        _write_private(self.env_path, "".join(lines))

    def _servers_environment(self) -> dict[str, str]:
        """Where the servers are, and as whom to connect to a Kafka that is not ours: ours asks for no user."""
        named = self._environment.get("KAFKA_BOOTSTRAP_SERVERS") == self.addresses.kafka
        return self.addresses.environment() | (places.security(self._environment) if named else {})

    async def _kafka_client(self) -> dict[str, Any]:
        """How a connection to the Kafka that the environment names begins. Raises Trouble: it does not want us."""
        if not self._environment.get("KAFKA_BOOTSTRAP_SERVERS"):
            return {}
        kafka = places.kafka(self.directory, self._environment)
        if why := await refusal(kafka):
            raise Trouble(say("client-refused", why=why))
        return kafka.credentials()

    def _secret(self) -> Path:
        """The file with the secret that draws are derived from; made once, and never again."""
        path = self.directory / "secret"
        if not path.exists():
            _write_private(path, secrets.token_hex(32) + "\n")
        return path

    def _take_directory(self) -> None:
        """One at a time: two would start the same servers. Raises Trouble."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            lock = (self.directory / "lock").open("a+")
        except OSError as error:
            raise Trouble(say("up-no-directory", directory=self.directory, why=error.strerror or error)) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "?"
            lock.close()
            raise Trouble(say("up-runs-already", directory=self.directory, pid=holder)) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def _leave_directory(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


class _Runs(Protocol):
    @property
    def running(self) -> bool: ...


async def _keep(name: str, kept: _Runs, start: Callable[[], Awaitable[None]], tell: Callable[[str], None]) -> None:
    wait_s = _FIRST_WAIT_S
    while True:
        began = time.monotonic()
        while kept.running:
            await asyncio.sleep(_LOOK_S)
        if time.monotonic() - began > _STEADY_S:
            wait_s = _FIRST_WAIT_S
        tell(say("up-ended", name=name, why=_why(kept), seconds=f"{wait_s:g}"))
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
        try:
            await start()
        except Trouble as error:
            tell(str(error))
        except ServerError as error:
            tell(error.zh if language() == "zh" else str(error))
        else:
            tell(say("up-runs-again", name=name))


def _why(ended: _Runs) -> str:
    """What a process said at last; servers say it in their logs."""
    if not isinstance(ended, ServiceProcess):
        return say("process-see-log")
    if ended.status is not None and ended.status < 0:
        return say("process-signal", signal=signal.Signals(-ended.status).name)
    return ended.last_words() or say("process-no-reason", status=ended.status or 0)


async def _started(process: ServiceProcess) -> None:
    process.start()
    await process.ready()


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)
