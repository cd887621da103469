"""One set of real servers for the whole run, or, where several processes share it, for each of them.

Embedded ones by default; those that KAFKA_BOOTSTRAP_SERVERS, REDIS_URL and DATABASE_URL name, where these are set; with
FAIRGROUND_TEST_SERVERS=containers, containers. The header of the run says which.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from fairground_embedded import Addresses, Kafka, Postgres, Server, ServerError, Servers, Valkey
from tests.containers import containers
from tests.shares import Shares, long_ones_first, processes

_IN_CONTAINERS = os.environ.get("FAIRGROUND_TEST_SERVERS") == "containers"

# Tests lose workers and want their partitions back soon; members of a group may ask for less than Kafka's 6 s.
_KAFKA_PROPERTIES = {"group.min.session.timeout.ms": 500}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--sim-seed N`: which history of tests/simulation to tell step by step."""
    parser.addoption("--sim-seed", type=int, default=None, metavar="N", help="replay one simulated history")


def pytest_report_header() -> str:
    """Which servers the tests of this run speak to."""
    if _IN_CONTAINERS:
        return "servers: containers (FAIRGROUND_TEST_SERVERS)"
    named = [name for name in Addresses("", "", "").environment() if os.environ.get(name)]
    elsewhere = f", but not where named: {', '.join(named)}" if named else ""
    return f"servers: embedded Kafka, Valkey and PostgreSQL{elsewhere}"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes share this run."""
    return processes(config, dict(os.environ))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    """Who gets which tests."""
    return Shares(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order in which they are handed out."""
    long_ones_first(items)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The servers of this run, started; a test that stops one starts it again."""
    with tempfile.TemporaryDirectory(prefix="fairground-") as directory:
        if _IN_CONTAINERS:
            with containers() as addresses:
                named = {**os.environ, **addresses.environment()}
                yield from _started(Servers(Path(directory), environment=named, patience_s=60))
        else:
            yield from _started(Servers(Path(directory), kafka_properties=_KAFKA_PROPERTIES))


def _started(servers: Servers) -> Iterator[Servers]:
    try:
        asyncio.run(servers.start())
    except ServerError as error:
        pytest.fail(str(error), pytrace=False)
    yield servers
    asyncio.run(servers.stop())


@pytest.fixture(scope="session")
def addresses(servers: Servers) -> Addresses:
    """Where the servers of this run are."""
    return servers.addresses


@pytest.fixture
def kafka(servers: Servers) -> Iterator[Kafka]:
    """The broker, for tests that stop, kill or freeze it; it runs again afterwards."""
    yield from _unhurt(servers, Kafka)


@pytest.fixture
def valkey(servers: Servers) -> Iterator[Valkey]:
    """Valkey, for tests that stop, kill, freeze or roll it back; it runs again afterwards."""
    yield from _unhurt(servers, Valkey)


@pytest.fixture
def postgres(servers: Servers) -> Iterator[Postgres]:
    """PostgreSQL, for tests that stop, kill or freeze it; it runs again afterwards."""
    yield from _unhurt(servers, Postgres)


_S = TypeVar("_S", bound=Server)


def _unhurt(servers: Servers, kind: type[_S]) -> Iterator[_S]:
    ours = [server for server in servers.embedded if isinstance(server, kind)]
    if not ours:
        pytest.skip(f"this test kills {kind.title}, and the one in use is not ours to kill: unset its address")
    yield ours[0]
    if ours[0].running:
        ours[0].resume()
    asyncio.run(ours[0].start())
