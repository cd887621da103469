"""`fairground simulate` with orders that are refunded: what they take back is not paid for, and is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from fairground_cli import orders
from fairground_cli.demo import baskets
from fairground_cli.demo.shop import CANCELLED, REFUNDED, refunds
from fairground_cli.ordertable import Order
from fairground_cli.simulate import crowd
from fairground_decider.simulation import Plan
from fairground_embedded import cache_directory
from tests.cli.conftest import Run
from tests.cli.test_simulate import GIFT, THANKS, _file, _simulated

_DAY_MS = 86_400_000
VALUE_FEN = 10_000


def _orders(directory: Path, refunded_at: list[str]) -> Path:
    """An order at noon of each day of March 2026; an empty text: it is never refunded."""
    rows = [f"o{n},m{n},2026-03-{n + 1:02d} 12:00:00,20,{'refunded' if at else 'paid'},{'' if at == 'x' else at}"
            for n, at in enumerate(refunded_at)]  # fmt: skip
    file = directory / "orders.csv"
    file.write_text("\n".join(["order_id,member_id,time,amount,status,refunded_at", *rows]) + "\n")
    return file


def _wheel(directory: Path, **rule: Any) -> Path:
    return _file(directory, prizes=[{**GIFT, **rule}, THANKS])


#: Two that stay, one refunded within the window, one long after it has closed.
MIXED = ["", "2026-03-05 12:00:00", "2026-04-10 12:00:00", ""]


def test_what_refunds_take_back_is_not_paid_for(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each order draws once and wins; the rule takes two of four rewards back."""
    monkeypatch.setenv("COLUMNS", "140")
    file, there = _wheel(tmp_path, on_refund="reverse"), _orders(tmp_path, MIXED)
    found = _simulated(run, file, "--orders", there, "--repetitions", "3")
    assert (found["cost"]["p50_fen"], found["granted"]["p50_fen"]) == (2 * VALUE_FEN, 4 * VALUE_FEN)
    assert (found["plays"]["p50"], found["prizes"][0]["wins"]["p50"]) == (4, 4), "they were drawn and won before"
    out = run("simulate", file, "--orders", there, "--repetitions", "1", "--cores", "1").out
    assert "value of all rewards, without those that refunds take back" in " ".join(out.split())
    assert "status status (refunded_at)" in run("simulate", file, "--orders", there, "--repetitions", "1").err


@pytest.mark.parametrize(("rule", "after"), [("keep", MIXED), ("reverse", ["", "2027-03-05 12:00:00", "", ""])])
def test_what_stays_is_paid_for_and_gross_is_not_told_apart(
    run: Run, tmp_path: Path, rule: str, after: list[str]
) -> None:
    """By the rule `keep`, and a year later, when nobody looks at refunds any more."""
    found = _simulated(
        run, _wheel(tmp_path, on_refund=rule), "--orders", _orders(tmp_path, after), "--repetitions", "2"
    )
    assert (found["cost"]["p50_fen"], found["granted"]) == (4 * VALUE_FEN, None)


def test_unused_chances_are_taken_back_and_without_a_time_at_once(run: Run, tmp_path: Path) -> None:
    """Who is refunded at the moment of paying never draws."""
    found = _simulated(run, _wheel(tmp_path), "--orders", _orders(tmp_path, ["", "x", "x", ""]), "--repetitions", "2")
    assert (found["plays"]["p50"], found["cost"]["p50_fen"], found["granted"]) == (2, 2 * VALUE_FEN, None)


def test_by_the_rule_restock_a_piece_can_be_won_again(run: Run, tmp_path: Path) -> None:
    """One piece for two members: the second one wins what the first one gives back, and the budget pays for it."""
    there = _orders(tmp_path, ["2026-03-01 18:00:00", "", ""])
    rules = {"on_refund": "reverse", "stock": 1}
    budget = {"total_fen": VALUE_FEN}
    prizes = [{**GIFT, **rules, "restock": True}, THANKS]
    again = _simulated(run, _file(tmp_path, prizes=prizes, budget=budget), "--orders", there, "--repetitions", "2")
    assert (again["prizes"][0]["wins"]["p50"], again["cost"]["p50_fen"]) == (2, VALUE_FEN)
    assert again["granted"]["p50_fen"] == 2 * VALUE_FEN
    assert again["prizes"][0]["gone"]["by_half"] == "2026-03-01", "it was gone then, for a while"
    prizes = [{**GIFT, **rules}, THANKS]
    gone = _simulated(run, _file(tmp_path, prizes=prizes, budget=budget), "--orders", there, "--repetitions", "2")
    assert (gone["prizes"][0]["wins"]["p50"], gone["cost"]["p50_fen"]) == (1, 0)


def test_the_same_seed_gives_the_same_report_with_refunds(run: Run, tmp_path: Path) -> None:
    file, there = _wheel(tmp_path, on_refund="reverse", stock=3), _orders(tmp_path, MIXED * 5)
    first = _simulated(run, file, "--orders", there, "--repetitions", "4", "--seed", "5")
    assert _simulated(run, file, "--orders", there, "--repetitions", "4", "--seed", "5") == first


def test_visits_and_refunds_come_in_their_order_and_move_together() -> None:
    plan = Plan("a", "甲", "A", "UTC", 0, 0, 10 * _DAY_MS, None, ())
    there = [
        Order("o1", "m1", 1 * _DAY_MS, 100, "refunded", 3 * _DAY_MS), Order("o2", "m2", 2 * _DAY_MS, 100, "paid"),
        Order("o3", "m3", 4 * _DAY_MS, 100, "refunded", 1),
        Order("o4", "m4", 9 * _DAY_MS, 100, "refunded", 99 * _DAY_MS),
    ]  # fmt: skip
    moved = crowd.moved(there, plan, 0)
    visits = list(crowd.Past(moved.orders).visits(plan, ""))
    assert [(visit.member_id, visit.time_ms // _DAY_MS, visit.refund) for visit in visits] == [
        ("m1", 1, False), ("m2", 2, False), ("m1", 3, True), ("m3", 4, False), ("m3", 4, True), ("m4", 9, False),
        ("m4", 99, True),
    ]  # fmt: skip
    assert [visit.order.status for visit in visits if visit.order and not visit.refund] == ["paid"] * 4
    later = crowd.moved(there, plan, 7)
    assert [(order.time_ms, order.status_ms) for order in later.orders][:1] == [(8 * _DAY_MS, 10 * _DAY_MS)]


def test_a_replayed_refund_has_the_time_of_the_refund() -> None:
    order = Order("o1", "m1", 5, 100, "refunded", 7)
    assert [orders.time_of(order, status) for status in ("created", "paid", "refunded")] == [5, 5, 7]
    assert orders.time_of(order._replace(status_ms=None), "refunded") == 5
    assert orders.time_of(order._replace(status_ms=3), "refunded") == 5, "nothing is refunded before it is paid"


def test_a_status_time_that_is_none_is_said_with_its_line(run: Run, tmp_path: Path) -> None:
    there = _orders(tmp_path, ["", "soon"])
    ran = run("simulate", _wheel(tmp_path), "--orders", there, "--repetitions", "1", "--cores", "1")
    assert (ran.status, "line 3: refunded_at 'soon' is no time" in ran.err) == (1, True)


def test_as_many_of_the_demos_orders_are_refunded_as_its_shop_refunds() -> None:
    there = baskets.load(cache_directory())
    found = refunds(there, 1)
    share = CANCELLED + REFUNDED * 0.8
    assert abs(len(found) / len(there) - share) < 0.002
    assert all(since_ms > there.times_ms[row] for row, since_ms in found.items())
    assert json.dumps(found) == json.dumps(refunds(there, 1))
