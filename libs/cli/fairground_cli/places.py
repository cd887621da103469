"""Where a command finds the servers: by the environment, or else by what the last `up` wrote down."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from fairground_cli.supervisor import DATA
from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_embedded import Addresses
from fairground_runtime.settings import ServerSettings

_NAMES = tuple(Addresses("", "", "").environment())


def addresses(data: Path = DATA, environment: Mapping[str, str] = os.environ) -> Addresses:
    """The three servers; empty where nothing says which one. What the environment says wins."""
    said = {**_written(data / "env"), **{name: environment[name] for name in _NAMES if environment.get(name)}}
    return Addresses(*(said.get(name, "") for name in _NAMES))


def kafka(data: Path = DATA, environment: Mapping[str, str] = os.environ) -> str:
    """The bootstrap servers. Raises Trouble when nothing says which."""
    if found := addresses(data, environment).kafka:
        return found
    raise Trouble(say("places-unknown", name="KAFKA_BOOTSTRAP_SERVERS"))


def servers(data: Path = DATA, environment: Mapping[str, str] = os.environ) -> ServerSettings:
    """All three servers. Raises Trouble when one of them is not known."""
    found = addresses(data, environment)
    for name, address in found.environment().items():
        if not address:
            raise Trouble(say("places-unknown", name=name))
    return ServerSettings(kafka_bootstrap_servers=found.kafka, redis_url=found.redis, database_url=found.database)


def _written(env: Path) -> dict[str, str]:
    try:
        lines = env.read_text().splitlines()
    except OSError:
        return {}
    words = [word for line in lines for word in shlex.split(line)[1:]]
    return dict(word.split("=", 1) for word in words if "=" in word)
