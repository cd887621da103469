"""The record's queries, one file each; the first line says what it answers."""

from fairground_postgres import queries

query = queries(__name__)
