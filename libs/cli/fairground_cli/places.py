"""Where a command finds the servers: by the environment, or else by what the last `up` wrote down."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_runtime.settings import BadSettings, ServerSettings

#: Where everything is kept when nothing else is said.
DATA = Path(".fairground")


def address(name: str, data: Path = DATA, environment: Mapping[str, str] = os.environ) -> str:
    """The server that is known under this name of an environment variable. Raises Trouble: none is, or no address."""
    if found := environment.get(name) or _written(data / "env").get(name):
        told: dict[str, Any] = {name.lower(): found}
        try:
            ServerSettings(**told)
        except BadSettings as error:
            raise Trouble(say("places-unusable", why=str(error))) from None
        return found
    raise Trouble(say("places-unknown", name=name))


def kafka(data: Path = DATA) -> str:
    """The bootstrap servers. Raises Trouble when nothing says which."""
    return address("KAFKA_BOOTSTRAP_SERVERS", data)


def servers(data: Path = DATA) -> ServerSettings:
    """All three servers. Raises Trouble when one of them is not known."""
    return ServerSettings(
        kafka_bootstrap_servers=kafka(data), redis_url=address("REDIS_URL", data),
        database_url=address("DATABASE_URL", data),
    )  # fmt: skip


def _written(env: Path) -> dict[str, str]:
    try:
        lines = env.read_text().splitlines()
    except OSError:
        return {}
    words = [word for line in lines for word in shlex.split(line)[1:]]
    return dict(word.split("=", 1) for word in words if "=" in word)
