"""What one sees while the replay runs: bars and rates in a terminal, a line every few seconds elsewhere."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from fairground_cli.demo.charts import columns
from fairground_cli.demo.words import say

_LOOK_S = 0.25
_LINE_S = 4.0
_REMEMBERED = 32  # rates that a sparkline shows
_RATE_OVER = 8  # looks in a terminal, so that a rate can be read


class Reading(NamedTuple):
    """Where the run stands."""

    now_ms: int  # simulated
    orders: int
    orders_total: int
    draws: int
    rewards: int
    lag: int  # commands without an answer yet


class Progress:
    """Shows readings until it is cancelled."""

    def __init__(self, console: Console, read: Callable[[], Reading]) -> None:
        """`read` says where the run stands."""
        self._console = console
        self._read = read
        self._began = time.monotonic()
        self._over = _RATE_OVER if console.is_terminal else 1
        self._seen: deque[tuple[float, Reading]] = deque(maxlen=_REMEMBERED + _RATE_OVER)

    async def run(self) -> None:
        """Show until cancelled; the last picture stays."""
        if self._console.is_terminal:
            with Live(console=self._console, auto_refresh=False) as live:
                try:
                    while True:
                        live.update(self._picture(), refresh=True)
                        await asyncio.sleep(_LOOK_S)
                finally:
                    live.update(self._picture(ended=True), refresh=True)
        while True:
            self._look()
            self._console.print(self._line(), soft_wrap=True)
            await asyncio.sleep(_LINE_S)

    def _look(self) -> Reading:
        reading = self._read()
        self._seen.append((time.monotonic(), reading))
        return reading

    def _rates(self, field: str) -> list[float]:
        """Per second, over the last looks; the newest is the last."""
        seen = list(self._seen)
        rates = []
        for at in range(1, len(seen)):
            (then, before), (now, after) = seen[max(at - self._over, 0)], seen[at]
            rates.append((getattr(after, field) - getattr(before, field)) / max(now - then, 1e-3))
        return rates[-_REMEMBERED:]

    def _picture(self, *, ended: bool = False) -> Group:
        """`ended`: rates over all of the run, as nothing happens any more."""
        reading, elapsed_s = self._look(), max(time.monotonic() - self._began, 1e-3)
        top = Table.grid(padding=(0, 2))
        share = reading.orders / max(reading.orders_total, 1)
        top.add_row(
            Text(_date(reading.now_ms), style="bold"), ProgressBar(total=1, completed=share, width=60),
            Text(f"{share:4.0%}"),
        )  # fmt: skip
        table = Table.grid(padding=(0, 2))
        for justify in ("left", "right", "right", "left"):
            table.add_column(justify=justify)
        for field, of, style in (
            ("orders", reading.orders_total, "blue"),
            ("draws", 0, "cyan"),
            ("rewards", 0, "green"),
        ):
            count, rates = getattr(reading, field), self._rates(field)
            counted = say("progress-of", count=f"{count:,}", total=f"{of:,}") if of else f"{count:,}"
            rate = count / elapsed_s if ended else rates[-1] if rates else 0
            per_second = f"{rate:,.0f}/s"
            table.add_row(say(f"progress-{field}"), counted, per_second, Text(columns(rates, 1)[0], style=style))
        lags = [seen.lag for _, seen in self._seen][-_REMEMBERED:]
        table.add_row(say("progress-lag"), f"{reading.lag:,}", "", Text(columns(lags, 1)[0], style="yellow"))
        return Group(top, table)

    def _line(self) -> str:
        reading = self._seen[-1][1]
        rates = {field: (self._rates(field) or [0.0])[-1] for field in ("orders", "draws", "rewards")}
        return say(
            "progress-line", date=_date(reading.now_ms), orders=f"{reading.orders:,}",
            total=f"{reading.orders_total:,}", orders_rate=f"{rates['orders']:,.0f}", draws=f"{reading.draws:,}",
            draws_rate=f"{rates['draws']:,.0f}", rewards=f"{reading.rewards:,}",
            rewards_rate=f"{rates['rewards']:,.0f}", lag=f"{reading.lag:,}",
        )  # fmt: skip


def _date(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat() if time_ms else "····-··-··"
