"""A real year of baskets: grouped once, cached, true to the data set."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from fairground_cli.demo import baskets
from fairground_cli.demo.baskets import Baskets, group, load
from fairground_cli.trouble import Trouble


def lines(*rows: tuple[int, int, float, str]) -> pa.Table:
    """Lines of purchases: household, basket, value, local time."""
    households, ids, values, times = zip(*rows, strict=True)
    return pa.table(
        {
            "household_id": pa.array(households, pa.int64()),
            "basket_id": pa.array(ids, pa.int64()),
            "sales_value": pa.array(values, pa.float64()),
            "transaction_timestamp": pa.array([datetime.fromisoformat(time) for time in times], pa.timestamp("ns")),
        }
    )


def rows(found: Baskets) -> list[tuple[int, ...]]:
    return list(zip(*found.columns, strict=True))


def utc_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_lines_of_a_basket_are_one_order_whose_amount_is_their_sum_in_fen() -> None:
    found = group(
        lines(
            (7, 20, 0.1, "2017-03-01 10:00:00"),
            (5, 10, 1.0, "2017-03-01 09:00:00"),
            (7, 20, 0.2, "2017-03-01 10:00:00"),
        )
    )
    assert rows(found) == [
        (10, 5, 100, utc_ms("2017-03-01 01:00:00")),
        (20, 7, 30, utc_ms("2017-03-01 02:00:00")),
    ]


def test_sums_of_floats_are_rounded_not_cut() -> None:
    found = group(lines(*[(1, 1, 0.29, "2017-01-01 08:00:00")] * 100))
    assert found.amounts_fen[0] == 2900


def test_local_times_around_midnight_lie_on_the_day_before_in_utc() -> None:
    found = group(lines((1, 1, 0.0, "2017-01-01 00:00:01")))
    assert rows(found) == [(1, 1, 0, utc_ms("2016-12-31 16:00:01"))]


def test_the_year_is_complete_and_a_second_run_reads_what_the_first_one_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(tmp_path)
    assert len(first) == 155_848
    assert len(set(first.members)) == 2_469
    assert first.amounts_fen.count(0) == 478
    assert max(first.amounts_fen) == 96_149
    assert first.times_ms[0] == utc_ms("2017-01-01 03:53:26")
    assert sorted(first.times_ms) == list(first.times_ms)
    monkeypatch.setattr(baskets, "_transactions", lambda: pytest.fail("the data set was read again"))
    assert load(tmp_path) == first


def test_a_cache_that_was_cut_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baskets, "_transactions", lambda: lines((1, 2, 3.0, "2017-01-01 08:00:00")))
    made = load(tmp_path)
    (cached,) = tmp_path.iterdir()
    cached.write_bytes(cached.read_bytes()[:-3])
    assert load(tmp_path) == made


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baskets, "_transactions", lambda: lines((1, 2, 3.0, "2017-01-01 08:00:00")))
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="FAIRGROUND_CACHE"):
        load(tmp_path / "file")
