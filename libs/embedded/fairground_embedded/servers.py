"""Kafka, Redis and PostgreSQL, as the environment names them, and of our own where it does not."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from fairground_embedded import kafka, postgres, valkey
from fairground_embedded.errors import ServerError
from fairground_embedded.kafka import Kafka
from fairground_embedded.postgres import Postgres
from fairground_embedded.server import Progress, Server, quiet
from fairground_embedded.valkey import Valkey


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the environment variables `KAFKA_BOOTSTRAP_SERVERS`, `REDIS_URL` and `DATABASE_URL` hold."""

    kafka: str
    redis: str
    database: str

    def environment(self) -> dict[str, str]:
        """The three environment variables, for a process that is to use these servers."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.kafka, "REDIS_URL": self.redis, "DATABASE_URL": self.database}


class Servers:
    """The three servers, with their data in `directory`; each can be stopped, killed and started on its own too.

    A server whose address stands in `environment` is used as it is, and is not ours to start or stop; `patience_s` is
    how long it may take to answer. `kafka_client` is how a connection to a named Kafka begins, with a user or TLS.

        async with Servers(Path("data")) as servers:
            connect(servers.addresses)
            await servers.kafka.kill()
            await servers.kafka.start()
    """

    def __init__(
        self,
        directory: Path,
        *,
        environment: Mapping[str, str] = os.environ,
        kafka_properties: Mapping[str, str | int] | None = None,
        valkey_settings: Mapping[str, str | int] | None = None,
        postgres_settings: Mapping[str, str | int] | None = None,
        kafka_client: Mapping[str, Any] | None = None,
        patience_s: float = 10,
        progress: Progress = quiet,
    ) -> None:
        self._patience_s = patience_s
        self._kafka_client = dict(kafka_client or {})
        named = {name: environment.get(name, "") for name in Addresses("", "", "").environment()}
        self._named = Addresses(*named.values())
        self._kafka: Kafka | None = None
        self._valkey: Valkey | None = None
        self._postgres: Postgres | None = None
        if not self._named.kafka:
            self._kafka = Kafka(directory / "kafka", properties=kafka_properties, progress=progress)
        if not self._named.redis:
            self._valkey = Valkey(directory / "valkey", settings=valkey_settings, progress=progress)
        if not self._named.database:
            self._postgres = Postgres(directory / "postgres", settings=postgres_settings, progress=progress)

    @property
    def kafka(self) -> Kafka:
        """The embedded broker. Raises ServerError when the environment named another."""
        return _ours(self._kafka, "KAFKA_BOOTSTRAP_SERVERS")

    @property
    def valkey(self) -> Valkey:
        """The embedded Valkey. Raises ServerError when the environment named another."""
        return _ours(self._valkey, "REDIS_URL")

    @property
    def postgres(self) -> Postgres:
        """The embedded PostgreSQL. Raises ServerError when the environment named another."""
        return _ours(self._postgres, "DATABASE_URL")

    @property
    def embedded(self) -> list[Server]:
        """Those of the three that are ours."""
        return [server for server in (self._kafka, self._valkey, self._postgres) if server is not None]

    @property
    def addresses(self) -> Addresses:
        """Where the three are; the same after every restart."""
        return Addresses(
            kafka=self._kafka.address if self._kafka else self._named.kafka,
            redis=self._valkey.address if self._valkey else self._named.redis,
            database=self._postgres.address if self._postgres else self._named.database,
        )

    async def start(self) -> None:
        """Start ours, all at once, and check that the others answer. Raises ServerError; then none is left running."""
        try:
            async with asyncio.TaskGroup() as group:
                for server in self.embedded:
                    group.create_task(server.start())
                group.create_task(self._reach("KAFKA_BOOTSTRAP_SERVERS", self._named.kafka, self._kafka_answers))
                group.create_task(self._reach("REDIS_URL", self._named.redis, valkey.answers))
                group.create_task(self._reach("DATABASE_URL", self._named.database, postgres.answers))
        except BaseException as error:
            await self.stop()
            if isinstance(error, ExceptionGroup):
                raise error.exceptions[0] from None
            raise

    async def stop(self) -> None:
        """Stop ours, all at once; their data stay."""
        await asyncio.gather(*(server.stop() for server in self.embedded))

    async def _kafka_answers(self, address: str) -> bool:
        return await kafka.answers(address, **self._kafka_client)

    async def _reach(self, variable: str, address: str, answers: Callable[[str], Awaitable[bool]]) -> None:
        if not address:
            return
        patience = time.monotonic() + self._patience_s
        while not await answers(address):
            if time.monotonic() > patience:
                shown = _without_password(address)
                raise ServerError(
                    f"nothing answers at {shown}, which {variable} names", f"{variable} 指向的 {shown} 没有应答"
                )
            await asyncio.sleep(0.1)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


_S = TypeVar("_S", bound=Server)


def _ours(server: _S | None, variable: str) -> _S:
    if server is None:
        raise ServerError(
            f"that server is the one {variable} names, so it is not ours to start or stop",
            f"这台服务器由 {variable} 指定，不归这里启动或停止",
        )
    return server


def _without_password(address: str) -> str:
    scheme, mark, rest = address.rpartition("://")
    return scheme + mark + rest.rpartition("@")[2]
