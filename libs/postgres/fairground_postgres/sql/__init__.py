"""The queries that migrations are applied with."""

from fairground_postgres.queries import queries

query = queries(__name__)
