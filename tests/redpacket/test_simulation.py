"""A rain before it falls: what it would cost, how many would get something; and packets that orders would bring."""

from pathlib import Path
from typing import Any

import pytest

from fairground_cli import main
from fairground_cli.simulate.crowd import MadeUp
from fairground_cli.simulate.play import repeat
from fairground_cli.simulate.runs import Setting
from tests.redpacket.test_gifts import gifts
from tests.redpacket.world import rain

_SESSION = {"id": "noon", "starts": "2017-06-01 12:00", "seconds": 60, "total_fen": 10_000, "count": 100}


def outcome(rules: dict[str, Any], members: int) -> Any:
    return repeat(Setting("redpacket", rules, MadeUp(members), 1).scene(), 0, lambda: False)


def day(**fields: Any) -> dict[str, Any]:
    """A rain on one day."""
    return rain(window={"starts": "2017-06-01 00:00", "ends": "2017-06-02 00:00"}) | fields


def test_a_rain_that_runs_out_costs_its_budget_and_says_what_was_asked_of_it() -> None:
    found = outcome(day(rain={"sessions": [_SESSION], "per_member": 2}, budget={"total_fen": 10_000}), 2_000)
    assert found.cost_fen == 10_000
    assert found.wins == {"noon": 100}
    assert max(found.members_by_wins) == 2, "what one member may catch"
    assert sum(times * members for times, members in found.members_by_wins.items()) == 100
    assert found.demand_fen > 2 * found.cost_fen
    assert found.refusals["sold_out"] > 100
    assert found.plays == 100 + found.refusals["sold_out"]
    assert 2 * found.members_by_wins[0] == found.refusals["sold_out"], "who came too late has played, and won nothing"
    assert "noon" in found.gone


def test_a_rain_that_is_larger_than_its_crowd_gives_everybody_what_one_may_have() -> None:
    session = _SESSION | {"count": 4_000, "total_fen": 400_000, "pools": 3}
    found = outcome(day(rain={"sessions": [session], "per_member": 2}, budget={"total_fen": 400_000}), 300)
    assert set(found.members_by_wins) == {2}
    assert found.cost_fen == pytest.approx(found.demand_fen, rel=0.2)
    assert found.refusals == {}


def test_the_same_seed_gives_the_same_rain() -> None:
    rules = day(rain={"sessions": [_SESSION], "per_member": 2}, budget={"total_fen": 10_000})
    assert outcome(rules, 500) == outcome(rules, 500)


def test_orders_bring_packets_whose_shares_are_all_grabbed() -> None:
    window = {"starts": "2017-06-01 00:00", "ends": "2017-06-08 00:00"}
    found = outcome(gifts(window=window, orders=gifts()["orders"] | {"min_order_fen": 2_000}), 300)
    assert found.cost_fen > 0
    assert found.plays == found.wins["share"]
    assert found.refusals.get("below_minimum", 0) > 0


def test_the_example_can_be_simulated(capfd: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).parents[2] / "examples" / "complete" / "double-eleven-rain.yaml"
    asked = ["--lang", "en", "simulate", str(example), "--members", "300", "--repetitions", "2", "--cores", "1"]
    assert main.run(asked) == 0
    assert "Double Eleven rain" in capfd.readouterr().out
