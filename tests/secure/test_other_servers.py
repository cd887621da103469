"""Redis and PostgreSQL over TLS, as REDIS_URL and DATABASE_URL ask for it: real servers, TLS before them."""

import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fairground_embedded import Addresses
from tests.crash.arena import Arena, until
from tests.secure.keys import WITHOUT_OPENSSL, Keys
from tests.secure.tls import with_tls
from tests.services import fresh, toy_traffic
from tests.timer.world import World

pytestmark = pytest.mark.skipif(WITHOUT_OPENSSL, reason="only openssl writes the servers' key as PEM")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


def _elsewhere(url: str, scheme: str, port: int, query: str) -> str:
    """The same server by another port and in another way."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return f"{scheme}://{login + '@' if login else ''}{parts.hostname}:{port}{parts.path}?{query}"


async def test_a_worker_reaches_redis_over_tls(addresses: Addresses, keys: Keys, tmp_path: Path) -> None:
    redis = urlsplit(addresses.redis).port
    assert redis is not None
    async with Arena(addresses, fresh("toy"), tmp_path) as arena, with_tls(redis, keys.pem()) as port:
        strange = arena.start("strange", REDIS_URL=_elsewhere(addresses.redis, "rediss", port, ""))
        await until(lambda: "certificate verify failed" in arena.log("strange"), 30, "it believes every certificate")
        await arena.kill(strange)
        url = _elsewhere(addresses.redis, "rediss", port, f"ssl_ca_certs={keys.authority}")
        worker = arena.start(REDIS_URL=url)
        await arena.publish(toy_traffic(81, 100))
        await arena.drained()
        await arena.stop(worker)
        await arena.check()


async def test_the_timer_service_reaches_postgresql_over_tls(addresses: Addresses, keys: Keys, tmp_path: Path) -> None:
    database = urlsplit(addresses.database).port
    assert database is not None
    async with World(addresses, tmp_path) as world, with_tls(database, keys.pem(), asked_for=True) as port:
        url = _elsewhere(world.url, "postgresql", port, f"sslmode=verify-full&sslrootcert={keys.authority}")
        strange = world.start("strange", DATABASE_URL=url.replace("127.0.0.1", "localhost"))
        await until(lambda: "certificate verify failed" in world.log("strange"), 30, "it believes it of every host")
        await world.kill(strange)
        instance = world.start("one", DATABASE_URL=url)
        await world.ask(world.request("soon", int(time.time() * 1000)))
        await world.settled({"soon": "given"})
        await world.stop(instance)
