"""The report as a person reads it in a terminal."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleRenderable, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fairground_cli.demo.charts import bar, columns
from fairground_cli.simulate.cautions import in_words, yuan
from fairground_cli.simulate.figures import MOST_WINS, CrowdFigures, GoneFigures, MoneyFigures, Report
from fairground_cli.simulate.words import say
from fairground_cli.words import language

_PICTURE = 14  # characters of a bar
_AXIS = 12  # characters before a picture
_MOST_COLUMNS = 60  # days beyond are shown several a column
_HEIGHT = 5


def show(console: Console, report: Report) -> None:
    """Print all of it: warnings first, because they are what it is for."""
    console.print(Text(say("heading", name=report.name, id=report.activity), style="bold"))
    console.print(Text(_crowd(report.crowd), style="dim"))
    for line in _repetitions(report):
        console.print(Text(line, style="dim"))
    console.print(Padding(Group(*_warnings(report)), (1, 0, 0, 0)))
    console.print(_costs(report))
    if len(report.costs) > 1:
        console.print(_distribution(report))
    if report.prizes:
        console.print(_prizes(report))
    if report.plays.mean:
        console.print(_members(report))
    if report.refusals:
        console.print(_refusals(report))
    if len(report.days) > 1:
        console.print(_days(report))


def _crowd(crowd: CrowdFigures) -> str:
    if crowd.kind == "members":
        return say("crowd-members", members=f"{crowd.members:,}")
    said = say("crowd-orders", orders=f"{crowd.orders:,}", members=f"{crowd.members:,}")
    return said + (say("crowd-moved", days=f"{crowd.moved_days:+,}") if crowd.moved_days else "")


def _repetitions(report: Report) -> Iterator[str]:
    """How many there were and why no more; cut off by time, how to get the same again."""
    count, error = f"{report.repetitions:,}", _error(report.cost)
    yield say(f"stopped-{report.stopped_by}", repetitions=count, error=error)
    if report.stopped_by == "seconds":
        yield say("again", repetitions=report.repetitions, seed=report.seed)


def _error(cost: MoneyFigures) -> str:
    if cost.p95_error_fen is None:
        return say("error-unknown")
    return f"{cost.p95_error_fen / cost.p95_fen * 100:.2f} %" if cost.p95_fen else yuan(cost.p95_error_fen)


def _warnings(report: Report) -> Iterator[Text]:
    for warning in report.warnings:
        yield Text(f"⚠ {getattr(warning, language())}", style="bold yellow")
    if not report.warnings:
        yield Text(f"✓ {say('nothing-to-warn')}", style="green")


def _costs(report: Report) -> ConsoleRenderable:
    table = _table(say("cost"))
    table.add_column("", ratio=1)
    for name in ("P50", "P95", "P99", say("mean")):
        table.add_column(name, justify="right", no_wrap=True)
    for name, money in _amounts(report):
        if money is not None:
            table.add_row(say(name), *map(yuan, (money.p50_fen, money.p95_fen, money.p99_fen, money.mean_fen)))
    if report.budget_fen is not None:
        table.add_row(say("budget"), yuan(report.budget_fen), "", "", "")
    if report.budget_gone is not None:
        table.add_row(say("budget-gone"), *_gone(report.budget_gone), "")
    return table


def _amounts(report: Report) -> Iterator[tuple[str, MoneyFigures | None]]:
    """What it costs; and, where rewards are taken back, what was granted."""
    yield ("cost-given" if report.granted is None else "cost-net"), report.cost
    yield "cost-granted", report.granted
    yield "cost-demand", report.demand


def _gone(gone: GoneFigures) -> tuple[str, str, str]:
    """How probable, by when in half of the runs, by when in nearly all."""
    half, most = (in_words(day).here if day else "" for day in (gone.by_half, gone.by_95_percent))
    return f"{gone.probability * 100:.1f} %", half and say("by-half", date=half), most and say("by-most", date=most)


def _distribution(report: Report) -> ConsoleRenderable:
    low, high = yuan(report.costs[0].from_fen), yuan(report.costs[-1].to_fen)
    axis = low + high.rjust(max(len(report.costs) - len(low), len(high) + 1))
    return _picture(say("chart-costs"), [each.repetitions for each in report.costs], axis, "blue")


def _picture(title: str, values: Sequence[float], axis: str, style: str) -> ConsoleRenderable:
    lines = Text()
    lines.append(title + "\n", style="bold")
    for number, row in enumerate(columns(values, _HEIGHT)):
        top = f"{max(values):,.0f}" if number == 0 else ""
        lines.append(f"{top:>{_AXIS - 2}} ┤", style="dim")
        lines.append(row + "\n", style=style)
    lines.append(" " * _AXIS + axis, style="dim")
    return Padding(lines, (1, 0, 0, 0))


def _prizes(report: Report) -> Table:
    table = _table(say("prizes"))
    table.add_column(say("prize"), ratio=1)
    for name in ("value", "stock", "wins", "gone"):
        table.add_column(say(name), justify="right", no_wrap=True)
    for name in ("gone-half", "gone-most"):
        table.add_column(say(name), justify="right")
    for prize in report.prizes:
        stock = "∞" if prize.stock is None else f"{prize.stock:,}"
        wins = say("between", p50=f"{prize.wins.p50:,}", p95=f"{prize.wins.p95:,}")
        gone = ("", "", "")
        if prize.gone is not None:
            half, most = (in_words(day).here if day else "" for day in (prize.gone.by_half, prize.gone.by_95_percent))
            gone = (f"{prize.gone.probability * 100:.1f} %", half, most)
        table.add_row(prize.name, yuan(prize.value_fen) if prize.value_fen else "", stock, wins, *gone)
    return table


def _members(report: Report) -> Table:
    title = say("members", players=f"{report.players.p50:,}", plays=f"{report.plays.p50:,}")
    table = _table(title)
    table.add_column(say("wins-each"), justify="right", no_wrap=True)
    table.add_column(say("share"), justify="right", no_wrap=True)
    table.add_column("", width=2 * _PICTURE, style="cyan", no_wrap=True)
    most = max(row.share for row in report.wins_per_member)
    for row in report.wins_per_member:
        wins = say("or-more", wins=row.wins) if row.wins == MOST_WINS else f"{row.wins}"
        table.add_row(wins, f"{row.share * 100:.2f} %", bar(row.share, most, 2 * _PICTURE))
    return table


def _refusals(report: Report) -> Table:
    table = _table(say("refusals"))
    table.add_column(say("reason"), no_wrap=True)
    table.add_column(say("meaning"), ratio=1)
    table.add_column(say("times"), justify="right", no_wrap=True)
    table.add_column("", style="yellow", width=_PICTURE, no_wrap=True)
    most = max(row.mean for row in report.refusals)
    for row in report.refusals:
        table.add_row(row.reason, getattr(row, language()), f"{row.mean:,.1f}", bar(row.mean, most, _PICTURE))
    return table


def _days(report: Report) -> ConsoleRenderable:
    """Plays by day, or by several days where there are many."""
    each = -(-len(report.days) // _MOST_COLUMNS)
    plays = [sum(day.plays for day in report.days[at : at + each]) for at in range(0, len(report.days), each)]
    title = say("chart-days") if each == 1 else say("chart-several-days", days=each)
    first, last = report.days[0].day, report.days[-1].day
    return _picture(title, plays, first + last.rjust(max(len(plays) - len(first), len(last) + 1)), "green")


def _table(title: str) -> Table:
    return Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False,
        padding=(0, 1),
    )  # fmt: skip
