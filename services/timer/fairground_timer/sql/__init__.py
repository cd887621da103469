"""The timers' queries, one file each; the first line says what it does."""

from fairground_postgres import queries

query = queries(__name__)
