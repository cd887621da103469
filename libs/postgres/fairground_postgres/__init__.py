"""What services that keep things in PostgreSQL share: migrations, and topics followed without gap or double."""

from fairground_postgres.database import AWAY, Connection, Database
from fairground_postgres.following import Consumer, Fenced, Follower, Part, Stands, digest
from fairground_postgres.queries import Query, queries
from fairground_postgres.subscribing import Reading, Subscription

__all__ = [
    "AWAY",
    "Connection",
    "Consumer",
    "Database",
    "Fenced",
    "Follower",
    "Part",
    "Query",
    "Reading",
    "Stands",
    "Subscription",
    "digest",
    "queries",
]
