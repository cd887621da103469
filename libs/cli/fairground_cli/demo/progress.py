"""What one sees while the replay runs: bars and rates in a terminal, two lines every few seconds elsewhere."""

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
from fairground_cli.terminal import redrawn

_LOOK_S = 0.25
_LINES_S = 4.0
_WIDTH = 30  # of a bar or a sparkline, in columns; all of it fits into 80
_RATE_OVER = 8  # looks in a terminal, so that a rate can be read
_STYLES = {"orders": "blue", "draws": "cyan", "signed": "green", "shares": "red", "rewards": "magenta", "lag": "yellow"}


class Reading(NamedTuple):
    """Where the run stands."""

    now_ms: int  # simulated
    orders: int
    orders_total: int
    draws: int
    signed: int  # days that were signed
    shares: int  # of red packets
    rewards: int  # that all of these have brought
    lag: int  # commands without an answer yet


class Progress:
    """Shows readings until it is cancelled."""

    def __init__(
        self, console: Console, read: Callable[[], Reading], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`read` says where the run stands; `clock` gives seconds."""
        self._console = console
        self._read = read
        self._clock = clock
        self._began = clock()
        self._over = _RATE_OVER if redrawn(console) else 1
        self._seen: deque[tuple[float, Reading]] = deque(maxlen=_WIDTH + _RATE_OVER)

    async def run(self) -> None:
        """Show until cancelled; the last picture stays."""
        if redrawn(self._console):
            with Live(console=self._console, auto_refresh=False) as live:
                try:
                    while True:
                        live.update(self.picture(), refresh=True)
                        await asyncio.sleep(_LOOK_S)
                finally:
                    live.update(self.picture(ended=True), refresh=True)
        while True:
            self._console.print(self.lines(), soft_wrap=True)
            await asyncio.sleep(_LINES_S)

    def picture(self, *, ended: bool = False) -> Group:
        """Look, and draw: orders as a bar, the others by their course. `ended`: rates over all of the run."""
        reading, elapsed_s = self._look(), max(self._clock() - self._began, 1e-3)
        table = Table.grid(padding=(0, 2))
        for justify in ("left", "right", "right", "left"):
            table.add_column(justify=justify, no_wrap=True)
        for field in _STYLES:
            count = getattr(reading, field)
            rate = count / elapsed_s if ended else self._rate(field)
            table.add_row(say(f"progress-{field}"), _counted(field, reading), _told(field, rate), self._course(field))
        return Group(Text(_date(reading.now_ms), style="bold"), table)

    def lines(self) -> str:
        """Look, and say the same in two lines, which fit where a log is read."""
        reading = self._look()
        counts = {field: f"{getattr(reading, field):,}" for field in _STYLES}
        rates = {f"{field}_rate": _told(field, self._rate(field)) for field in _STYLES}
        return say(
            "progress-lines", date=_date(reading.now_ms), total=f"{reading.orders_total:,}", **counts, **rates
        )  # fmt: skip

    def _look(self) -> Reading:
        reading = self._read()
        self._seen.append((self._clock(), reading))
        return reading

    def _rate(self, field: str) -> float:
        """Per second, now."""
        return (self._rates(field) or [0.0])[-1]

    def _rates(self, field: str) -> list[float]:
        """Per second, over the last looks; the newest is the last."""
        seen = list(self._seen)
        rates = []
        for at in range(1, len(seen)):
            (then, before), (now, after) = seen[max(at - self._over, 0)], seen[at]
            rates.append((getattr(after, field) - getattr(before, field)) / max(now - then, 1e-3))
        return rates[-_WIDTH:]

    def _course(self, field: str) -> Table | Text:
        """How far the orders are; how fast the others came; how the lag rose and fell."""
        reading = self._seen[-1][1]
        if field == "orders":
            share = reading.orders / max(reading.orders_total, 1)
            bar = Table.grid(padding=(0, 1))
            bar.add_row(ProgressBar(total=1, completed=share, width=_WIDTH), f"{share:4.0%}")
            return bar
        course = [seen.lag for _, seen in self._seen][-_WIDTH:] if field == "lag" else self._rates(field)
        return Text(columns(course, 1)[0], style=_STYLES[field])


def _counted(field: str, reading: Reading) -> str:
    count = f"{getattr(reading, field):,}"
    return say("progress-of", count=count, total=f"{reading.orders_total:,}") if field == "orders" else count


def _told(field: str, rate: float) -> str:
    """A rate; the lag's with its sign, because it goes both ways."""
    return say("progress-rate", rate=f"{rate:+,.0f}" if field == "lag" and round(rate) else f"{rate:,.0f}")


def _date(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat() if time_ms else "····-··-··"
