"""Records whose header names are no UTF-8 are read like any other.

Kafka's protocol says that names of headers are UTF-8, and no broker checks it: a client in C can write what it likes.
aiokafka raises UnicodeDecodeError at such a record, again at each fetch, so that one record would stop its partition
for good. Here the bytes that are no UTF-8 become `\\xff` and the like, and whoever reads the record judges it.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


def read_any_header_name() -> None:
    """Let all consumers of this process read such records from now on."""
    fetcher.MemoryRecords = _Records


class _Records(_MemoryRecordsPy):  # type: ignore[misc]  # final, but there is no other way in
    """The record batches of a fetch."""

    def next_batch(self) -> Any:
        raw = self._next_slice
        batch = super().next_batch()
        return None if batch is None else _Batch(batch, raw)


class _Batch:
    """A record batch as aiokafka reads it, fast; one with a name that is no UTF-8 as a whole slowly."""

    __slots__ = ("_batch", "_raw")

    def __init__(self, batch: Any, raw: Any) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            again = iter(_DefaultRecordBatchPy(self._raw))  # iter decompresses
            again._buffer = _Patient(again._buffer)
            return iter(again)


class _Patient(bytearray):
    """Bytes whose slices decode without complaint."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Patient(found) if isinstance(found, bytearray) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
