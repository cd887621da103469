"""Where a command finds the servers: by the environment, or else by what the last `up` wrote down."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_runtime.address import KafkaAddress
from fairground_runtime.settings import BadSettings, ServerSettings

#: Where everything is kept when nothing else is said.
DATA = Path(".fairground")


#: What says where Kafka is, and as whom one connects: whoever says the one says the other.
KAFKA = tuple(name.upper() for name in ServerSettings.model_fields if name.startswith("kafka_"))


def address(name: str, data: Path = DATA, environment: Mapping[str, str] = os.environ) -> str:
    """The server that is known under this name of an environment variable. Raises Trouble: none is, or no address."""
    if found := environment.get(name) or _written(data / "env").get(name):
        _settings({name: found}, alone=True)
        return found
    raise Trouble(say("places-unknown", name=name))


def kafka(data: Path = DATA, environment: Mapping[str, str] = os.environ) -> KafkaAddress:
    """Kafka, and as whom to connect. Raises Trouble when nothing says which, or it cannot be used."""
    told = {"KAFKA_BOOTSTRAP_SERVERS": address("KAFKA_BOOTSTRAP_SERVERS", data, environment)}
    return _settings(told | security(environment, data)).kafka


def security(environment: Mapping[str, str], data: Path | None = None) -> dict[str, str]:
    """The variables on Kafka's user and certificates, from where its address stands; none of another Kafka."""
    named = environment if environment.get(KAFKA[0]) else _written(data / "env") if data else {}
    return {name: named[name] for name in KAFKA[1:] if named.get(name)}


def servers(data: Path = DATA) -> ServerSettings:
    """All three servers. Raises Trouble when one of them is not known."""
    told = {name: address(name, data) for name in ("KAFKA_BOOTSTRAP_SERVERS", "REDIS_URL", "DATABASE_URL")}
    return _settings(told | security(os.environ, data))


def _settings(told: Mapping[str, str], alone: bool = False) -> ServerSettings:
    """What these variables say, whatever the environment says beside them.

    `alone`: they are one address. Raises Trouble.
    """
    fields = ServerSettings.model_fields
    values: dict[str, Any] = {name: told.get(name.upper(), field.default) for name, field in fields.items()}
    try:
        return ServerSettings(**values)
    except BadSettings as error:
        raise Trouble(say("places-unusable" if alone else "places-contradictory", why=str(error))) from None


def _written(env: Path) -> dict[str, str]:
    try:
        lines = env.read_text().splitlines()
    except OSError:
        return {}
    words = [word for line in lines for word in shlex.split(line)[1:]]
    return dict(word.split("=", 1) for word in words if "=" in word)
