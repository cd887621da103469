"""Queries stand in a package of .sql files, one each; the first line of a file says what it answers."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

#: The text of `<name>.sql`.
Query = Callable[[str], str]


def queries(package: str) -> Query:
    """How the queries of a package are named."""

    @cache
    def query(name: str) -> str:
        return files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")

    return query
