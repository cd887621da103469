"""What one sees while repetitions go on: the answer so far, getting better."""

import time

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from fairground_cli.demo.charts import bar, columns
from fairground_cli.simulate.cautions import yuan
from fairground_cli.simulate.estimate import WANTED, Spread, spread
from fairground_cli.simulate.figures import bars
from fairground_cli.simulate.runs import Runs
from fairground_cli.simulate.tally import BUDGET, Outcome
from fairground_cli.simulate.words import Sentence, say
from fairground_cli.terminal import redrawn
from fairground_decider.simulation import Plan

_PICTURE_S = 0.25
_LINE_S = 4.0
_WIDTH = 24  # of the bar that says how precise it is


class Progress:
    """Shows a picture in a terminal, a line every few seconds elsewhere; `told` can be called as often as one likes."""

    def __init__(self, console: Console, plan: Plan, runs: Runs, every_s: float | None = None) -> None:
        """`runs`: whose outcomes are shown. `every_s`: not more often; None: as it suits the console."""
        self._console = console
        self._plan = plan
        self._runs = runs
        self._live = Live(console=console, auto_refresh=False, transient=True) if redrawn(console) else None
        self._every_s = (_PICTURE_S if self._live else _LINE_S) if every_s is None else every_s
        self._shown_s = time.monotonic()

    def __enter__(self) -> "Progress":
        """Begin to show."""
        self._console.print(say("begins", name=Sentence(self._plan.zh, self._plan.en)))
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """The report follows: the picture goes."""
        if self._live:
            self._live.stop()

    def told(self) -> None:
        """There is one outcome more."""
        now_s = time.monotonic()
        if now_s - self._shown_s < self._every_s:
            return
        self._shown_s = now_s
        if self._live:
            self._live.update(picture(self._plan, self._runs.outcomes), refresh=True)
        else:
            self._console.print(line(self._runs.outcomes), soft_wrap=True)


def line(outcomes: list[Outcome]) -> str:
    """The answer so far, in one line."""
    cost = spread(outcome.cost_fen for outcome in outcomes)
    return say(
        "progress-line", repetitions=f"{len(outcomes):,}", p50=yuan(cost.p50), p95=yuan(cost.p95), error=_error(cost)
    )


def picture(plan: Plan, outcomes: list[Outcome]) -> Table:
    """The answer so far, as a small table with the distribution of costs."""
    costs = [outcome.cost_fen for outcome in outcomes]
    cost = spread(costs)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    heights = columns([each.repetitions for each in bars(costs)], 1)[0]
    table.add_row(say("progress-repetitions"), f"{len(outcomes):,}", Text(heights, style="blue"))
    table.add_row("P50", yuan(cost.p50), "")
    table.add_row("P95", yuan(cost.p95), f"± {_error(cost)}")
    if cost.relative_error is not None:
        share = bar(WANTED / max(cost.relative_error, WANTED), 1, _WIDTH)
        table.add_row(say("progress-precision"), "", Text(share, style="green"))
    if plan.budget_fen is not None:
        gone = sum(BUDGET in outcome.gone for outcome in outcomes) / len(outcomes)
        table.add_row(say("progress-budget"), f"{gone * 100:.1f} %", "")
    return table


def _error(cost: Spread) -> str:
    if cost.p95_error is None:
        return say("error-unknown")
    return f"{cost.p95_error / cost.p95 * 100:.2f} %" if cost.p95 else yuan(round(cost.p95_error))
