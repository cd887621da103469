"""The life of one embedded server: start, stop, kill, freeze; its data outlive it."""

import asyncio
import errno
import fcntl
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import psutil

from fairground_embedded.errors import PortTaken, ServerError
from fairground_embedded.ports import HOST, free, is_free, remembered, write_down
from fairground_embedded.tool import complaint, refusal
from fairground_embedded.watchdog import guard, release

Progress = Callable[[str], None]
"""Is told, in a few words, what is being done, when that takes seconds."""


_ORDERLY = frozenset({0, 128 + signal.SIGTERM})


def quiet(_: str) -> None:
    """Progress for which nobody waits."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a server's process is started."""

    arguments: Sequence[str | Path]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Server(ABC):
    """A real server as a child process of this one.

    Everything it keeps lies in `directory`, its address too, so the same directory gives the same server again. It is
    not tied to an event loop: it may be started in one and stopped in another. Ctrl-C in the terminal does not reach
    it (whoever started it stops it, in order), and it dies with this process, even when that is killed.

    The address holds from the first answer on. Before it, nobody knows it: where somebody else takes the port between
    finding it free and listening there, the server moves to another one. A `port` that was named is never exchanged.
    """

    title: ClassVar[str]
    ports: ClassVar[int] = 1
    ports_tried: ClassVar[int] = 5
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    lock_timeout_s: ClassVar[float] = 5
    start_timeout_s: ClassVar[float] = 120
    stop_timeout_s: ClassVar[float] = 30

    def __init__(self, directory: Path, *, port: int | None = None, progress: Progress = quiet) -> None:
        self.directory = directory.resolve()
        self.progress = progress
        self._named_port, self._port_file = port, self.directory / "port"
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_in_order = False
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.port = port or remembered(self._port_file) or free(self.ports)
        except OSError as error:
            why = refusal(error, self.directory)
            raise ServerError(
                f"{self.title} cannot keep its data in {self.directory}: {why.en}",
                f"{self.title} 无法把数据放在 {self.directory}：{why.zh}",
            ) from error

    @property
    @abstractmethod
    def address(self) -> str:
        """What clients are given to connect, in the form that the environment variable for it holds."""

    @abstractmethod
    async def _prepare(self) -> Command:
        """Lay out the data directory where that is missing, and say how to start the server."""

    @abstractmethod
    async def _answers(self) -> bool:
        """Whether this server does its work: an open port does not mean that it does, nor that it is this one's."""

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def log_path(self) -> Path:
        """Where everything goes that the server says; appended to on each start."""
        return self.directory / "log"

    @property
    def running(self) -> bool:
        """Whether there is a process; a frozen one counts."""
        if self._process is None:
            return False
        if (status := self._process.poll()) is not None:
            self._ended_in_order = status in _ORDERLY
            release(self._process.pid)
            self._process = None
            return False
        return True

    @property
    def pid(self) -> int:
        """The process's number. Raises ServerError when there is none."""
        if not self.running or self._process is None:
            raise ServerError(f"{self.title} is not running", f"{self.title} 没有运行")
        return self._process.pid

    async def start(self) -> None:
        """Start the server with the data it had, if it does not run, and return when it answers. Raises ServerError."""
        if self.running:  # it may have been frozen: a broker that was takes nothing until its controller hears of it
            return await self._wait_until_it_answers(self._said())
        for _ in range(self.ports_tried):
            try:
                return await self._start_here()
            except PortTaken:
                if not self._may_move:
                    raise
                self.port = free(self.ports)
        raise PortTaken(
            f"{self.title} found a free port on {HOST} {self.ports_tried} times, and each was taken before it listened "
            "there: end the program that takes ports, or wait until it is done, and start again",
            f"{self.title} {self.ports_tried} 次在 {HOST} 上找到空闲端口，但每次都在监听之前被占用："
            "请结束占用端口的程序，或等它结束后重新启动",
        )

    @property
    def _may_move(self) -> bool:
        return self._named_port is None and remembered(self._port_file) is None

    async def _start_here(self) -> None:
        said_before = self._said()
        try:
            with await self._lock() as lock:
                self.port = self._named_port or remembered(self._port_file) or self.port
                command = await self._prepare()
                self._check_ports()
                self._spawn(command, lock.fileno())
            await self._wait_until_it_answers(said_before)
            if self._may_move:
                write_down(self.port, self._port_file)
        except OSError as error:
            await self.kill()
            why = refusal(error, self.directory)
            raise ServerError(
                f"{self.title} cannot be started: {why.en}", f"{self.title} 无法启动：{why.zh}"
            ) from error
        except BaseException:
            await self.kill()
            raise

    def _said(self) -> int:
        """How much it has said so far, in bytes."""
        return self.log_path.stat().st_size if self.log_path.exists() else 0

    async def stop(self) -> None:
        """End the server in order; after `stop_timeout_s` seconds, not in order."""
        if not self.running:
            return
        self.resume()
        os.kill(self.pid, self.stop_signal)
        try:
            async with asyncio.timeout(self.stop_timeout_s):
                await self._gone()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the server as a crash would: SIGKILL, to all its processes."""
        if not self.running:
            return
        self._signal(signal.SIGKILL)
        await self._gone()

    def pause(self) -> None:
        """Freeze the server where it stands (SIGSTOP): it keeps its connections, and answers nobody."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on, as if no time had passed."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        server = psutil.Process(self.pid)
        for process in [server, *server.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    async def _gone(self) -> None:
        while self.running:
            await asyncio.sleep(0.01)

    async def _lock(self) -> "_Lock":
        """The right to serve this directory; the server's processes inherit it and give it back by ending."""
        lock = _Lock(self.directory / "lock")
        patience = time.monotonic() + self.lock_timeout_s  # processes of a killed server may be on their way out
        while not lock.taken():
            if time.monotonic() > patience:
                lock.close()
                raise ServerError(
                    f"{self.title} already runs with the data in {self.directory}: end that one first",
                    f"{self.title} 已经在使用 {self.directory} 的数据运行：请先结束它",
                )
            await asyncio.sleep(0.02)
        return lock

    def _check_ports(self) -> None:
        for port in range(self.port, self.port + self.ports):
            if not is_free(port):
                raise self._taken(port)

    def _taken(self, port: int) -> PortTaken:
        en, zh = "choose another port", "换一个端口"
        if self._named_port is None:
            en, zh = f"delete {self._port_file}, and another port is found", f"删除 {self._port_file}，让它另找端口"
        return PortTaken(
            f"{self.title} needs port {port} on {HOST}, and another program listens there: end that program, or {en}",
            f"{self.title} 需要 {HOST} 的端口 {port}，但另一个程序占用了它：请结束那个程序，或{zh}",
        )

    def _spawn(self, command: Command, lock: int) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command.arguments,
                cwd=command.directory,
                env=command.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
            )
        guard(self._process.pid)

    async def _wait_until_it_answers(self, said_before: int) -> None:
        patience = time.monotonic() + self.start_timeout_s
        while not await self._answers():
            if not self.running:
                raise self._ended(said_before)
            if time.monotonic() > patience:
                raise ServerError(
                    f"{self.title} does not answer on {HOST}:{self.port} after {self.start_timeout_s:.0f} s; "
                    f"what it says is in {self.log_path}",
                    f"{self.title} 在 {self.start_timeout_s:.0f} 秒后仍未在 {HOST}:{self.port} 应答；"
                    f"日志在 {self.log_path}",
                )
            await asyncio.sleep(0.02)

    def _ended(self, said_before: int) -> ServerError:
        """Why there is no process any more. That an address is in use may be said in whatever language the system
        speaks, so the ports are looked at, too.
        """
        with self.log_path.open("rb") as log:
            log.seek(said_before)
            text = log.read().decode(errors="replace")
        taken = [port for port in range(self.port, self.port + self.ports) if not is_free(port)]
        if taken or os.strerror(errno.EADDRINUSE) in text:
            return self._taken(taken[0] if taken else self.port)
        why = complaint(text, self.directory)
        return ServerError(
            f"{self.title} ended while it started: {why.en} (all it said: {self.log_path})",
            f"{self.title} 启动时退出了：{why.zh}（全部日志：{self.log_path}）",
        )


class _Lock:
    """An advisory lock on a file that child processes can inherit."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w")

    def taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "_Lock":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
