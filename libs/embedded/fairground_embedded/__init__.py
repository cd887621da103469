"""Apache Kafka, Valkey and PostgreSQL as child processes: the real servers, from Python wheels, without Docker."""

from fairground_embedded.cache import cache_directory
from fairground_embedded.errors import ServerError
from fairground_embedded.kafka import Kafka
from fairground_embedded.postgres import Postgres
from fairground_embedded.server import Progress, Server
from fairground_embedded.servers import Addresses, Servers
from fairground_embedded.valkey import Valkey
from fairground_embedded.watchdog import guard, release

__all__ = [
    "Addresses",
    "Kafka",
    "Postgres",
    "Progress",
    "Server",
    "ServerError",
    "Servers",
    "Valkey",
    "cache_directory",
    "guard",
    "release",
]
