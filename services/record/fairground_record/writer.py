"""Writes records to PostgreSQL: rows and positions in one transaction, fenced by the positions."""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from fairground_postgres import Connection, Fenced, digest
from fairground_record import books, exposures, shop
from fairground_record.exposures import Exposure
from fairground_record.rows import COLUMNS, lines
from fairground_record.sources import Source
from fairground_record.sql import query


class Part(NamedTuple):
    """Records of one partition that continue what is recorded."""

    source: Source
    partition: int
    expected: int  # where the partition's position has to stand
    records: Sequence[Any]  # aiokafka's, in order, none below `expected`

    @property
    def next(self) -> int:
        """The position behind them."""
        return int(self.records[-1].offset) + 1

    @property
    def last(self) -> bytes | None:
        """A hash of the last of them, where it is not kept itself."""
        return digest(self.records[-1]) if self.source.of_shop or self.source.counted else None


async def write(connection: Connection, parts: Sequence[Part], seen: Sequence[Exposure] = ()) -> None:
    """All or nothing. Raises Fenced, and whatever the connection raises: then it is not known whether it was written.

    `seen`: what the parts that are only counted say.

    COPY is safe here although it knows no conflicts: the positions are moved first, which keeps everybody else out
    until the transaction ends, and below a position every row is there already.
    """
    kept = [each for each in parts if not (each.source.of_shop or each.source.counted)]
    rows = b"".join(lines(each.source, each.partition, each.records) for each in kept)
    facts = b"".join(shop.lines(each.source, each.partition, each.records) for each in parts if each.source.of_shop)
    moved_fen = b"".join(books.lines(each.source, each.partition, each.records) for each in parts)
    asked = [(part.source.id, part.partition, part.expected, part.next, part.last) for part in parts]
    async with connection.transaction():
        moved = await connection.fetch(query("position_advance"), *map(list, zip(*asked, strict=True)))
        if len(moved) != len(parts):
            raise Fenced
        for table, columns, text in (
            ("records", COLUMNS, rows),
            ("shop_facts", shop.COLUMNS, facts),
            ("ledger_entries", books.COLUMNS, moved_fen),
        ):
            if text:
                await connection.copy_to_table(table, source=io.BytesIO(text), columns=columns, format="text", null="")
        await exposures.count(connection, seen)
