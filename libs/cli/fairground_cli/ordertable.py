"""A table of orders in a CSV or Parquet file, row by row: which column is what, and what each row says."""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, NamedTuple

from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_decider.days import UnknownZone, zone

Unit = Literal["yuan", "fen"]
Status = Literal["created", "paid", "cancelled", "refunded"]

#: Names under which shops export their columns, the first that is there counts; compared without case and signs.
_GUESSES: dict[str, tuple[str, ...]] = {
    "order-id": ("order_id", "order_no", "order_number", "order_sn", "basket_id", "trade_no", "订单号", "订单编号"),
    "member": (
        "member_id", "member", "user_id", "customer_id", "household_id", "buyer_id", "openid", "会员号", "会员编号",
        "用户id", "买家id",
    ),
    "time": (
        "paid_at", "pay_time", "order_time", "created_at", "time", "timestamp", "transaction_timestamp", "order_date",
        "date", "支付时间", "付款时间", "下单时间", "创建时间",
    ),
    "amount": (
        "amount", "paid_amount", "pay_amount", "total", "total_amount", "order_amount", "sales_value", "price",
        "实付金额", "支付金额", "订单金额", "金额",
    ),
    "status": ("status", "order_status", "state", "订单状态", "状态"),
    "status-time": (
        "refunded_at", "refund_time", "status_time", "status_at", "退款时间", "状态时间",
    ),
}  # fmt: skip
_STATUSES: dict[Status, tuple[str, ...]] = {
    "created": ("created", "placed", "pending", "unpaid", "new", "待付款", "未支付", "已下单"),
    "paid": (
        "paid", "completed", "complete", "finished", "shipped", "delivered", "success", "done", "已支付", "已付款",
        "已完成", "已发货", "交易成功",
    ),
    "cancelled": ("cancelled", "canceled", "closed", "已取消", "已关闭", "交易关闭"),
    "refunded": ("refunded", "refund", "returned", "已退款", "退款成功"),
}  # fmt: skip
_STATUS_OF = {word: status for status, words in _STATUSES.items() for word in words}
_CURRENCY = str.maketrans("", "", ",¥￥$ ")
_MAX_FEN = 10**13
_MAX_ID = 128
_MILLISECONDS_FROM = 10**11  # an epoch number from here on counts milliseconds, not seconds
_ROWS_AT_ONCE = 10_000
_HEAD = 65_536


class Order(NamedTuple):
    """What one row says."""

    order_id: str
    member_id: str
    time_ms: int
    amount_fen: int
    status: Status
    status_ms: int | None = None  # since when; None: nobody says so, so from the order's own time on


class Malformed(NamedTuple):
    """A row that says nothing usable, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the file is what; status is None where there is none, and every order is a paid one. Without a
    status's time, orders have it from their own time on."""

    order_id: str
    member: str
    time: str
    amount: str
    status: str | None
    status_time: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows are to be understood."""

    zone: str  # of times that name none
    unit: Unit  # of amounts


def columns(there: Sequence[str], asked: Mapping[str, str | None]) -> Columns:
    """The columns as asked for by option, the others guessed. Raises Trouble with all that is wrong at once."""
    by_name = {_plain(name): name for name in there}
    found: dict[str, str | None] = {}
    wrong = []
    for option, guesses in _GUESSES.items():
        name = asked.get(option)
        if name is not None and name not in there:
            wrong.append(say("orders-no-column", option=option, column=name))
        elif name is None:
            name = next((by_name[_plain(guess)] for guess in guesses if _plain(guess) in by_name), None)
            if name is None and option not in ("status", "status-time"):
                wrong.append(say("orders-which-column", option=option))
        found[option] = name
    if wrong:
        raise Trouble(say("orders-columns", wrong="; ".join(wrong), columns=", ".join(there)), 2)
    return Columns(*(found[option] for option in _GUESSES))  # type: ignore[arg-type]  # checked just above


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


class Table(NamedTuple):
    """An open file: its columns, how many steps reading it takes, and its rows with their lines and steps done."""

    columns: list[str]
    size: int
    rows: Iterator[tuple[int, int, Mapping[str, Any]]]


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """The file as a table: Parquet by its name or its first bytes, else CSV. Raises Trouble."""
    try:
        with path.open("rb") as file:
            is_parquet = path.suffix.lower() in {".parquet", ".pq"} or file.read(4) == b"PAR1"
        with _parquet(path) if is_parquet else _csv(path) as table:
            yield table
    except OSError as error:
        raise Trouble(say("file-unreadable", file=path, why=error.strerror or error), 2) from error
    except UnicodeDecodeError as error:
        raise Trouble(say("file-no-text", file=path), 2) from error


@contextmanager
def _csv(path: Path) -> Iterator[Table]:
    with path.open(encoding=_encoding(path), newline="") as file:
        head = file.read(_HEAD)
        file.seek(0)
        try:
            dialect: Any = csv.Sniffer().sniff(head, delimiters=",;\t|")
        except csv.Error:
            dialect = csv.excel
        reader = csv.DictReader(file, dialect=dialect)
        names = list(reader.fieldnames or [])
        if not names:
            raise Trouble(say("orders-empty", file=path), 2)
        yield Table(names, path.stat().st_size, _csv_rows(reader, file.buffer))


def _encoding(path: Path) -> str:
    """UTF-8, or what Chinese spreadsheets save when they are not asked."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _csv_rows(reader: "csv.DictReader[str]", raw: Any) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    try:
        for row in reader:
            yield reader.line_num, raw.tell(), row
    except csv.Error as error:
        raise Trouble(say("orders-no-csv", line=reader.line_num + 1, why=error), 2) from error


@contextmanager
def _parquet(path: Path) -> Iterator[Table]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise Trouble(say("orders-no-pyarrow", file=path)) from error
    try:
        with parquet.ParquetFile(path) as file:
            yield Table(list(file.schema_arrow.names), file.metadata.num_rows, _parquet_rows(file))
    except pyarrow.ArrowInvalid as error:
        raise Trouble(say("orders-no-parquet", file=path, why=str(error).partition("\n")[0]), 2) from error


def _parquet_rows(file: Any) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    number = 0
    for batch in file.iter_batches(_ROWS_AT_ONCE):
        for row in batch.to_pylist():
            number += 1
            yield number, number, row


def order(line: int, row: Mapping[str, Any], named: Columns, reading: Reading) -> Order | Malformed:
    """One row as an order, or why it is none."""
    try:
        return Order(
            _id(row.get(named.order_id), named.order_id),
            _id(row.get(named.member), named.member),
            _time_ms(row.get(named.time), named.time, reading.zone),
            _fen(row.get(named.amount), named.amount, reading.unit),
            _status(row.get(named.status), named.status) if named.status else "paid",
            _status_ms(row.get(named.status_time), named.status_time, reading.zone) if named.status_time else None,
        )
    except ValueError as error:
        return Malformed(line, str(error))


def _id(cell: Any, column: str) -> str:
    text = str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell if cell is not None else "").strip()
    if not 0 < len(text) <= _MAX_ID or "\0" in text:
        raise ValueError(say("orders-bad-id", column=column, cell=text[:40], limit=_MAX_ID))
    return text


def _time_ms(cell: Any, column: str, zone_name: str) -> int:
    """Epoch milliseconds of a date, a time with or without a zone, or an epoch number."""
    try:
        if isinstance(cell, str) and cell.strip().isdigit() and len(cell.strip()) >= 9:
            cell = int(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            milliseconds = round(cell if cell >= _MILLISECONDS_FROM else cell * 1000)
        else:
            milliseconds = _moment_ms(cell, zone_name)
        if 0 <= milliseconds < 253_370_764_800_000:  # 1970 to 9998: what a CloudEvents time may be
            return milliseconds
    except (ValueError, OverflowError):
        pass
    raise ValueError(say("orders-bad-time", column=column, cell=str(cell)[:40]))


def _moment_ms(cell: Any, zone_name: str) -> int:
    if isinstance(cell, str):
        text = cell.strip().replace("/", "-")
        cell = datetime.fromisoformat(text)
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - it gets the zone below
    if not isinstance(cell, datetime):
        raise ValueError
    moment: datetime = cell if cell.tzinfo else cell.replace(tzinfo=zone(zone_name))
    return round(moment.timestamp() * 1000)


def _fen(cell: Any, column: str, unit: Unit) -> int:
    try:
        amount = Decimal(str(cell).translate(_CURRENCY))
        fen = int((amount * (100 if unit == "yuan" else 1)).to_integral_value())
    except (InvalidOperation, OverflowError, ValueError):
        raise ValueError(say("orders-bad-amount", column=column, cell=str(cell)[:40])) from None
    if not 0 <= fen <= _MAX_FEN:
        raise ValueError(say("orders-bad-amount", column=column, cell=str(cell)[:40]))
    return fen


def _status(cell: Any, column: str) -> Status:
    word = str(cell if cell is not None else "").strip().lower()
    if status := _STATUS_OF.get(word):
        return status
    raise ValueError(say("orders-bad-status", column=column, cell=word[:40], known=", ".join(_STATUSES)))


def _status_ms(cell: Any, column: str, zone_name: str) -> int | None:
    """None: the cell is empty."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    return _time_ms(cell, column, zone_name)


def check_zone(name: str) -> None:
    """Raises Trouble when there is no such zone."""
    try:
        zone(name)
    except UnknownZone as error:
        raise Trouble(say("orders-bad-zone", zone=name), 2) from error
