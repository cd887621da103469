"""The three servers from the images that docker-compose.yml names, for machines where a Docker engine answers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from testcontainers.core.container import DockerContainer

from fairground_embedded import Addresses
from fairground_embedded.jars import KAFKA_VERSION

_KAFKA_PORT = 19_092
_KAFKA = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
    "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{_KAFKA_PORT}",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_LOG_RETENTION_MS": "-1",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "500",
}


@contextmanager
def containers() -> Iterator[Addresses]:
    """Run the three, and say where they are; whoever uses them waits until they answer."""
    broker = DockerContainer(f"apache/kafka:{KAFKA_VERSION}").with_bind_ports(9092, _KAFKA_PORT)
    for name, value in _KAFKA.items():
        broker = broker.with_env(name, value)
    cache = DockerContainer("valkey/valkey:9.1").with_exposed_ports(6379)
    cache = cache.with_command("valkey-server --appendonly yes --maxmemory-policy noeviction")
    database = DockerContainer("postgres:18").with_exposed_ports(5432)
    for variable in ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"):
        database = database.with_env(variable, "fairground")
    with ExitStack() as stack:
        for container in (broker, cache, database):
            stack.enter_context(container)
        yield Addresses(
            kafka=f"127.0.0.1:{_KAFKA_PORT}",
            redis=f"redis://127.0.0.1:{cache.get_exposed_port(6379)}/0",
            database=f"postgresql://fairground:fairground@127.0.0.1:{database.get_exposed_port(5432)}/fairground",
        )
