"""The report as a person reads it in a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console, ConsoleRenderable
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fairground_cli.demo.charts import columns
from fairground_cli.report import sentences
from fairground_cli.report.figures import Report
from fairground_cli.report.words import say
from fairground_cli.simulate.cautions import yuan
from fairground_cli.words import language

_HEIGHT = 5
_MOST_COLUMNS = 60  # days beyond are shown several a column


def show(console: Console, report: Report) -> None:
    """Print all of it, in the order of the page."""
    named = {name: getattr(report, name) for name in ("starts", "ends", "zone", "version", "made_at")}
    console.print(Text(say("heading", name=sentences.name(report), activity=report.activity), style="bold"))
    console.print(Text(say("subtitle", **named), style="dim"))
    if sentences.unfair(report):
        console.print(Text(f"✗ {sentences.verification(report)}", style="bold red"))
    lines = list(sentences.compared(report))
    console.print(_table("side-by-side", "side-columns", lines))
    if sentences.any_above(lines):
        console.print(Text(say("above"), style="dim"))
    console.print(Text(sentences.forecast(report), style="dim"))
    if report.forecast is not None:
        for warning in report.forecast.warnings:
            console.print(Text(f"⚠ {getattr(warning, language())}", style="yellow"))
    console.print(_table("happened", "funnel-columns", list(sentences.funnel(report))))
    for note in sentences.funnel_notes(report):
        console.print(Text(note, style="dim"))
    if len(report.days) > 1:
        console.print(_days(report))
    if report.prizes:
        console.print(_table("prizes", "prize-columns", list(sentences.prizes(report))))
    if report.kinds:
        console.print(_table("kinds", "kind-columns", list(sentences.kinds(report))))
    if report.refusals:
        refusals = [(each.reason, f"{each.times:,}") for each in report.refusals]
        console.print(_table("refusals", "refusal-columns", refusals))
    _show_verification(console, report)
    _show_uplift(console, report)
    costs = [*sentences.cost_lines(report), (say("cost-total"), "", yuan(report.cost.cost_fen))]
    console.print(_table("cost-title", "cost-columns", costs))
    console.print(Text(say("cost-how"), style="dim"))
    console.print(_title("value-title"))
    for title, formula in sentences.value(report):
        console.print(Text(f"{title}: ", style="dim").append(Text(formula, style="default")))


def _show_verification(console: Console, report: Report) -> None:
    console.print(_title("verified"))
    console.print(Text(sentences.verification(report), style="red" if sentences.unfair(report) else "default"))
    if lines := list(sentences.forged(report)):
        console.print(_table(None, "forged-columns", lines))


def _show_uplift(console: Console, report: Report) -> None:
    console.print(_title("uplift"))
    for sentence in sentences.uplift(report):
        console.print(Text(sentence))
    if report.uplift is not None:
        console.print(_table(None, "group-columns", list(sentences.groups(report.uplift))))
        for sentence in sentences.how_measured(report.uplift):
            console.print(Text(sentence, style="dim"))


def _title(key: str) -> ConsoleRenderable:
    return Padding(Text(say(key), style="bold"), (1, 0, 0, 0))


def _table(title: str | None, columns: str, lines: Sequence[tuple[str, ...]]) -> ConsoleRenderable:
    """Every column but the first is of numbers."""
    names = say(columns).split("|")
    table = Table(
        title=say(title) if title else None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        header_style="dim", pad_edge=False, padding=(0, 1),
    )  # fmt: skip
    for at, name in enumerate(names):
        table.add_column(name, justify="right" if at else "left")
    for line in lines:
        table.add_row(*map(escape, line))
    return Padding(table, (1, 0, 0, 0))


def _days(report: Report) -> ConsoleRenderable:
    """Plays by day, or by several days where there are many."""
    each = -(-len(report.days) // _MOST_COLUMNS)
    plays = [sum(day.plays for day in report.days[at : at + each]) for at in range(0, len(report.days), each)]
    lines = Text(say("days") + "\n", style="bold")
    for number, row in enumerate(columns(plays, _HEIGHT)):
        lines.append(f"{f'{max(plays):,}' if number == 0 else '':>10} ┤", style="not bold dim")
        lines.append(row + "\n", style="not bold green")
    first, last = report.days[0].day, report.days[-1].day
    axis = first + last.rjust(max(len(plays) - len(first), len(last) + 1))
    lines.append(" " * 12 + axis, style="not bold dim")
    return Padding(lines, (1, 0, 0, 0))
