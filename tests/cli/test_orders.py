"""Anybody's orders: what is understood of a file, and what is published of it."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from fairground_cli import client, orders, ordertable
from fairground_cli.ordertable import Malformed, Order, Reading
from fairground_cli.trouble import Trouble
from fairground_contracts import cloudevent
from fairground_contracts.orders import OrderCreated, OrderPaid, OrderRefunded
from fairground_runtime.address import KafkaAddress
from tests.cli.conftest import Run, Up

_SHANGHAI = Reading("Asia/Shanghai", "yuan")


def _only(file: Path, reading: Reading = _SHANGHAI, **asked: str) -> Order | Malformed:
    with ordertable.opened(file) as table:
        named = ordertable.columns(table.columns, {name.replace("_", "-"): column for name, column in asked.items()})
        ((line, _, row),) = list(table.rows)
        return ordertable.order(line, row, named, reading)


def _csv(tmp_path: Path, row: str, head: str = "order_id,member_id,time,amount") -> Path:
    file = tmp_path / "orders.csv"
    file.write_text(f"{head}\n{row}\n", "utf-8")
    return file


@pytest.mark.parametrize(
    ("time", "time_ms"),
    [
        ("2026-11-01 10:00:00", 1793498400000),
        ("2026/11/01 10:00:00", 1793498400000),
        ("2026-11-01T10:00:00+08:00", 1793498400000),
        ("2026-11-01T02:00:00Z", 1793498400000),
        ("2026-11-01", 1793462400000),
        ("1793498400", 1793498400000),
        ("1793498400000", 1793498400000),
    ],
)
def test_times_as_shops_write_them(tmp_path: Path, time: str, time_ms: int) -> None:
    assert _only(_csv(tmp_path, f"1,m,{time},1")) == Order("1", "m", time_ms, 100, "paid")


@pytest.mark.parametrize(
    ("amount", "unit", "fen"),
    [
        ("12.5", "yuan", 1250), ("¥12.50", "yuan", 1250), ('"1,200.00"', "yuan", 120000), ("0", "yuan", 0),
        ("0.1", "yuan", 10), ("17.49999999", "yuan", 1750), ("1250", "fen", 1250),
    ],
)  # fmt: skip
def test_amounts_as_shops_write_them(tmp_path: Path, amount: str, unit: Any, fen: int) -> None:
    order = _only(_csv(tmp_path, f"1,m,2026-11-01,{amount}"), Reading("Asia/Shanghai", unit))
    assert isinstance(order, Order)
    assert order.amount_fen == fen


@pytest.mark.parametrize(
    "row",
    [
        ",m,2026-11-01,1", "1,,2026-11-01,1", "1,m,yesterday,1", "1,m,,1", "1,m,2026-13-01,1", "1,m,2026-11-01,-1",
        "1,m,2026-11-01,many", "1,m,2026-11-01,", "1,m,2026-11-01,nan", "1,m,2026-11-01,1e30",
        f"{'x' * 129},m,2026-11-01,1",
        "1,m,9999-12-31,1", "1,m",
    ],
)  # fmt: skip
def test_a_row_that_says_nothing_usable_is_malformed(tmp_path: Path, row: str) -> None:
    malformed = _only(_csv(tmp_path, row))
    assert isinstance(malformed, Malformed)
    assert malformed.line == 2


def test_chinese_columns_in_the_encoding_of_chinese_spreadsheets(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes("订单号;会员号;支付时间;实付金额;订单状态\n1;小明;2026-11-01;8;已退款\n".encode("gb18030"))
    assert _only(file) == Order("1", "小明", 1793462400000, 800, "refunded")


def test_named_columns_win_over_guesses(tmp_path: Path) -> None:
    file = _csv(tmp_path, "1,m,2026-11-01,5,9", "order_id,member_id,time,amount,really")
    order = _only(file, amount="really")
    assert isinstance(order, Order)
    assert order.amount_fen == 900


def test_all_wrong_columns_are_said_at_once(run: Run, tmp_path: Path) -> None:
    status, _, err = run("orders", "replay", _csv(tmp_path, "1,2", "a,b"), "--member", "c", "--time", "a")
    assert status == 2
    assert err == (
        "The columns are not clear: say with --order-id which one it is; --member names 'c', which is not there; "
        "say with --amount which one it is; the file has: a, b.\n"
    )


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from datetime import datetime

    from pyarrow import parquet

    file = tmp_path / "orders.parquet"
    moment = datetime(2026, 11, 1, 10)  # noqa: DTZ001 - a local time, as in such files
    parquet.write_table(
        pyarrow.table({"basket_id": [1], "household_id": [2], "transaction_timestamp": [moment], "sales_value": [1.5]}),
        file,
    )
    assert _only(file) == Order("1", "2", 1793498400000, 150, "paid")


def test_without_pyarrow_parquet_is_declined_in_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "orders.parquet"
    file.write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    status, _, err = run("orders", "replay", file)
    assert (status, "needs pyarrow: install it with `pip install pyarrow`" in err) == (1, True)


def test_what_is_no_parquet_is_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "orders.parquet"
    file.write_bytes(b"PAR1 and then nothing")
    assert "cannot be read as Parquet" in run("orders", "replay", file).err


def test_what_the_shop_would_have_said() -> None:
    def types(status: Any) -> list[str]:
        return [event.type for _, event in orders.happened(Order("1", "m", 0, 5, status))]

    assert types("created") == [OrderCreated.type]
    assert types("paid") == [OrderCreated.type, OrderPaid.type]
    assert types("refunded") == [OrderCreated.type, OrderPaid.type, OrderRefunded.type]
    assert types("cancelled") == [OrderCreated.type, "shop.order.cancelled.v1"]


def _on_topic(up: Up, order_id: str) -> list[tuple[str, str, str, bytes]]:
    async def read() -> list[tuple[str, str, str, bytes]]:
        async with client.consumer(KafkaAddress(up.addresses.kafka)) as reader:
            partitions = [TopicPartition("shop.orders", number) for number in range(4)]
            raws = [raw async for raw in client.everything(reader, partitions)]
        found = [(raw, cloudevent.read(raw.headers, raw.value)) for raw in raws]
        return [(event.id, event.type, event.time, raw.key) for raw, event in found if event.subject == order_id]

    return asyncio.run(read())


def test_orders_are_published_with_their_own_time_and_bad_lines_are_counted(ask: Run, up: Up, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    rows = ["order_id,member_id,time,amount", "r1,m1,2017-03-01 12:00:00,20", "r2,m2,never,1", "r1,m1,2017-03-01,20"]
    file.write_text("\n".join([*rows, "r3,m3,2017-03-02,0"]) + "\n")
    status, out, err = ask("orders", "replay", file)
    assert status == 1
    assert "2 orders replayed as 4 events on shop.orders." in out
    assert "2 lines were not replayed:" in err
    assert "line 3: time 'never' is no time" in err
    assert "line 4: order r1 stands on line 2 already" in err
    assert _on_topic(up, "r1") == [
        ("order-r1-created", "shop.order.created.v1", "2017-03-01T04:00:00.000Z", b"m1"),
        ("order-r1-paid", "shop.order.paid.v1", "2017-03-01T04:00:00.000Z", b"m1"),
    ]


def test_a_limit_ends_the_replay(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order_id,member_id,time,amount\n" + "".join(f"l{n},m,2017-03-01,1\n" for n in range(9)))
    assert "3 orders replayed as 6 events" in ask("orders", "replay", file, "--limit", "3").out


def test_a_zone_that_is_none_is_said(run: Run, tmp_path: Path) -> None:
    file = _csv(tmp_path, "1,m,2026-11-01,1")
    assert run("orders", "replay", file, "--zone", "Mars/Base").err == (
        "'Mars/Base' is no IANA time zone such as Asia/Shanghai.\n"
    )
    with pytest.raises(Trouble):
        ordertable.check_zone("")
