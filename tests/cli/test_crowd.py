"""Who comes by in a simulation, how sure one may be of what it came to, and what one sees meanwhile."""

import io
import math
from itertools import pairwise
from random import Random

import pytest
from rich.console import Console

from fairground_cli.ordertable import Order
from fairground_cli.simulate import crowd, estimate
from fairground_cli.simulate.cautions import cautions
from fairground_cli.simulate.crowd import MadeUp
from fairground_cli.simulate.figures import CrowdFigures, report
from fairground_cli.simulate.progress import Progress, line, picture
from fairground_cli.simulate.runs import Limits, Runs, Setting
from fairground_cli.simulate.tally import BUDGET, Outcome
from fairground_cli.words import speak
from fairground_decider.simulation import Plan

_DAY_MS = 86_400_000


def test_orders_of_another_season_are_moved_by_weeks() -> None:
    plan = Plan("a", "甲", "A", "UTC", 0, 1000 * _DAY_MS, 1010 * _DAY_MS, None, ())
    orders = [Order(f"o{n}", "m", (700 + n) * _DAY_MS, 100, "paid") for n in range(5)]
    there = crowd.moved(orders, plan, None)
    assert there.days == 301  # 43 weeks: the first order falls on the window's second day
    assert [order.time_ms // _DAY_MS for order in there.orders] == [1001, 1002, 1003, 1004, 1005]


def test_made_up_members_come_and_buy_as_often_as_is_said() -> None:
    plan = Plan("a", "甲", "A", "UTC", 0, 0, 100 * _DAY_MS + 5, None, ())
    visits = list(MadeUp(200).visits(plan, "seed"))
    assert all(before.time_ms <= after.time_ms for before, after in pairwise(visits))
    assert 0 <= visits[0].time_ms <= visits[-1].time_ms < plan.ends_ms
    days = 200 * 100
    # Rates are exponential, and 1 is the most: on average 0.25 * (1 - exp(-4)) a day; they scatter by member.
    assert abs(len(visits) - days * 0.2454) < 4 * 100 * 0.25 * math.sqrt(200)
    bought = [visit.order.amount_fen for visit in visits if visit.order is not None]
    assert abs(len(bought) - 0.68 * len(visits)) < 4 * math.sqrt(0.22 * len(visits))
    below = sum(amount < 1750 for amount in bought)
    assert abs(below - len(bought) / 2) < 4 * math.sqrt(len(bought) / 4)
    assert visits != list(MadeUp(200).visits(plan, "another seed"))


def test_the_standard_error_is_that_of_the_quantile() -> None:
    """Over many samples of a known distribution the estimates scatter by what the standard error says."""
    samples = [sorted(_uniform(f"{sample}", 400)) for sample in range(300)]
    found = [estimate.spread(sample) for sample in samples]
    mean = sum(each.p95 for each in found) / len(found)
    scatter = math.sqrt(sum((each.p95 - mean) ** 2 for each in found) / (len(found) - 1))
    said = sum(each.p95_error or 0 for each in found) / len(found)
    assert abs(mean - 950_000) < 4 * scatter / math.sqrt(len(found)) + 3_000  # the nearest rank lies a little above
    assert 0.85 < said / scatter < 1.15


def _uniform(seed: str, count: int) -> list[int]:
    dice = Random(seed)
    return [dice.randrange(1_000_000) for _ in range(count)]


def test_too_few_values_have_no_standard_error_and_what_never_costs_anything_is_precise() -> None:
    assert estimate.spread(range(10)).p95_error is None
    assert estimate.spread([0] * 100).relative_error == 0
    assert estimate.spread([0] * 94 + [5] * 6).p95_error
    assert estimate.spread([0] * 95 + [5] * 5).relative_error == math.inf


def _outcome(cost_fen: int, **gone: int) -> Outcome:
    return Outcome(cost_fen, cost_fen, None, 1, {}, gone, {1: 1}, {}, {}, {}, {}, 0)


def test_the_answer_so_far_is_one_line() -> None:
    speak("en")
    assert line([_outcome(10_000)]) == "1 repetitions: cost P50 ¥100.00, P95 ¥100.00 ± (too few to tell)"
    assert line([_outcome(cost) for cost in range(9_901, 10_001)]).endswith("P95 ¥99.95 ± 0.03 %")


def test_the_answer_so_far_is_a_picture_in_a_terminal() -> None:
    speak("en")
    plan = Plan("a", "甲", "A", "UTC", 0, 0, _DAY_MS, 9_950, ())
    outcomes = [_outcome(cost, **({BUDGET: 5} if cost > 9_950 else {})) for cost in range(9_901, 10_001)]
    written = io.StringIO()
    Console(file=written, width=100).print(picture(plan, outcomes))
    for told in ("repetitions", "100", "¥99.50", "± 0.03 %", "█", "budget runs out", "50.0 %"):
        assert told in written.getvalue()


def test_a_terminal_is_redrawn_and_a_file_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan("a", "甲", "A", "UTC", 0, 0, _DAY_MS, None, ())
    runs = Runs(Setting("lottery", {}, MadeUp(1), 1), Limits(1, None), 1)
    runs.outcomes.append(_outcome(10_000))
    speak("en")
    for terminal, kind, drawn in ((True, "xterm", True), (True, "dumb", False), (False, "xterm", False)):
        monkeypatch.setenv("TERM", kind)
        written = io.StringIO()
        console = Console(file=written, width=100, force_terminal=terminal)
        with Progress(console, plan, runs, every_s=0) as progress:
            progress.told()
        assert "Simulating: A" in written.getvalue()
        assert "¥100.00" in written.getvalue()
        assert ("\x1b[" in written.getvalue()) == drawn


def test_few_repetitions_in_the_time_there_was_are_warned_of() -> None:
    plan = Plan("a", "甲", "A", "UTC", 0, 0, _DAY_MS, None, ())
    who = CrowdFigures(kind="members", members=1, orders=None, moved_days=0)
    for count, codes in ((4, ["too-few"]), (100, [])):
        outcomes = [_outcome(10_000)] * count
        found = list(cautions(report(plan, who, outcomes, 1, "seconds"), plan, outcomes, None))
        assert [warning.code for warning in found] == codes
