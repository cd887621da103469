"""The report as a person reads it in a terminal."""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from rich import box
from rich.console import Console, ConsoleRenderable, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fairground_cli.demo.charts import against, bar, columns
from fairground_cli.demo.command import Options
from fairground_cli.demo.figures import (
    LawFigures,
    PacketFigures,
    PrizeFigures,
    PromiseFigures,
    Report,
    SignInFigures,
    WheelFigures,
)
from fairground_cli.demo.heard import Heard, Sentence
from fairground_cli.demo.words import say
from fairground_cli.words import language
from fairground_embedded import Addresses

#: Variables that name servers: commands obey them, the demo has servers of its own.
SERVERS = tuple(Addresses("", "", "").environment())

_PICTURE = 14  # characters
_NARROW = 96  # columns: below, pictures are half as wide
_FAIRGROUND = ".venv/bin/fairground"
_MEMBER = "household-900"  # who shopped first that year
_WEEKS_TO_DRAW = 4  # fewer columns are no picture
_WEEK_S = 7 * 86_400
_AXIS_WIDTH = 8


def show(console: Console, report: Report, origin_ms: int, heard: Heard) -> None:
    """Print all of it. `origin_ms`: when the first week begins; `heard` knows what reasons of refusal mean."""
    picture = _PICTURE if console.width >= _NARROW else _PICTURE // 2
    of_wheels = {wheel_id: list(group) for wheel_id, group in groupby(report.prizes, key=lambda prize: prize.wheel)}
    for wheel in report.wheels:
        title = say("wheel", title=wheel.name, id=wheel.id, draws=f"{wheel.draws:,}")
        if wheel.draws:
            console.print(_wheel(title, of_wheels[wheel.id], picture, _odds_moved(wheel)))
        else:
            console.print(Padding(Text(title, style="dim"), (0, 0, 1, 0)))
    if report.promise:
        console.print(_promise(report.promise))
    console.print(_signins(report.sign_in, picture))
    for part in _packets(report.red_packets, picture):
        console.print(part)
    console.print(_rewards(report))
    console.print(_refusals(report, heard.sentences, picture))
    if len(report.weeks) >= _WEEKS_TO_DRAW:
        console.print(_year(report, origin_ms))
    console.print(_speed(report))
    console.print(_laws(report.laws))
    console.print(_verdict(report))


def _odds_moved(wheel: WheelFigures) -> str:
    """What decided its draws beside the weights that the table shows."""
    counts = {f"pity-{name}": count for name, count in wheel.pity.items()}
    counts |= {f"withheld-{name}": count for name, count in wheel.withheld.items()}
    tables = [say("by-table", table=table, count=f"{count:,}") for table, count in wheel.tables.items()]
    return say("and").join([*tables, *(say(name, count=f"{count:,}") for name, count in counts.items())])


def _wheel(title: str, prizes: list[PrizeFigures], picture: int, caption: str) -> ConsoleRenderable:
    table = _table(title)
    if caption:
        table.caption, table.caption_style, table.caption_justify = caption, "dim", "left"
    table.add_column(say("prize"), ratio=1)
    for name in ("odds", "expected", "won"):
        table.add_column(say(name), justify="right", no_wrap=True)
    heading = say("picture")
    table.add_column(heading if len(heading) <= picture else "", no_wrap=True, style="cyan", width=picture)
    table.add_column(say("left"), justify="right", no_wrap=True)
    table.add_column(say("value"), justify="right", no_wrap=True)
    for prize in prizes:
        table.add_row(
            prize.name, _percent(prize.odds), f"{prize.expected:,.1f}", f"{prize.won:,}",
            against(prize.won, prize.expected, picture), _left(prize),
            _yuan(prize.value_fen) if prize.value_fen else "",
        )  # fmt: skip
    table.add_row("", "", "", "", "", "", Text(_yuan(sum(prize.value_fen for prize in prizes)), style="bold"))
    return table


def _left(prize: PrizeFigures) -> Text:
    if prize.left is None:
        return Text("∞", style="dim")
    if not prize.left:
        return Text(say("sold-out"), style="bold yellow")
    return Text(f"{prize.left:,}")


def _promise(promise: PromiseFigures) -> ConsoleRenderable:
    """The forecast beside what happened, and the verdict over its draws."""
    title = say("promise", title=promise.name, id=promise.activity, repetitions=promise.repetitions)
    table = _table("")
    table.add_column("", no_wrap=True)
    for name in ("promise-forecast", "promise-p95", "promise-happened"):
        table.add_column(say(name), justify="right", no_wrap=True)
    cost, draws = promise.forecast_fen, promise.forecast_draws
    table.add_row(say("promise-cost"), _yuan(cost.mean_fen), _yuan(cost.p95_fen), _yuan(promise.value_fen))
    table.add_row(say("promise-draws"), f"{draws.mean:,.0f}", f"{draws.p95:,}", f"{promise.draws:,}")
    for prize in promise.prizes:
        table.add_row(prize.name, f"{prize.forecast.mean:,.1f}", f"{prize.forecast.p95:,}", f"{prize.won:,}")
    outcomes = f"{promise.recomputed:,}"
    if promise.differing:
        verdict = say("promise-differs", outcomes=outcomes, differing=f"{promise.differing:,}")
    else:
        verdict = say("promise-recomputed", outcomes=outcomes, sha256=promise.seed_sha256[:12])
    return _titled(title, table, verdict)


def _signins(signed: SignInFigures, picture: int) -> ConsoleRenderable:
    days = f"{signed.signed + signed.made_up:,}"
    title = say("signins", signed=days, members=f"{signed.members:,}", longest=signed.longest_streak)
    table = _table("")
    table.add_column(say("signin-rule"), no_wrap=True)
    table.add_column(say("signin-times"), justify="right", no_wrap=True)
    table.add_column("", style="green", width=picture, no_wrap=True)
    most = max(signed.rewards.values(), default=0)
    for rule, times in signed.rewards.items():
        table.add_row(rule, f"{times:,}", bar(times, most, picture))
    return _titled(title, table)


def _packets(packets: PacketFigures, picture: int) -> Iterator[ConsoleRenderable]:
    """Rains by session, what became of packets, and the books."""
    title = say(
        "packets", shares=f"{packets.shares:,}", yuan=_yuan(packets.amount_fen), members=f"{packets.members:,}",
        best=_yuan(packets.best_fen),
    )  # fmt: skip
    table = _table("")
    life = say(
        "packets-life", opened=f"{packets.opened:,}", emptied=f"{packets.emptied:,}", closed=f"{packets.closed:,}",
        returned=_yuan(packets.returned_fen),
    )  # fmt: skip
    table.add_column(say("rain-session"), no_wrap=True)
    for name in ("rain-grabs", "rain-shares"):
        table.add_column(say(name), justify="right", no_wrap=True)
    table.add_column("", style="red", width=picture, no_wrap=True)
    for session in packets.sessions:
        pictured = bar(session.shares, max(session.grabs, 1), picture)
        table.add_row(session.session, f"{session.grabs:,}", f"{session.shares:,}", pictured)
    yield _titled(title, table, life)
    books = _table("")
    books.add_column(say("account"), no_wrap=True)
    books.add_column(say("balance"), justify="right", no_wrap=True)
    for account, fen in packets.accounts.items():
        books.add_row(account, _yuan(fen))
    yield _titled(say("books", total=_yuan(sum(packets.accounts.values()))), books)


def _titled(title: str, table: Table, below: str = "") -> ConsoleRenderable:
    """A table narrower than its title."""
    parts: list[RenderableType] = [Text(title, style="bold")]
    if table.row_count:
        parts.append(table)
    if below:
        parts.append(Text(below, style="dim"))
    return Padding(Group(*parts), (0, 0, 1, 0))


def _rewards(report: Report) -> Table:
    table = _table(say("rewards", count=f"{report.rewards:,}"))
    table.add_column(say("kind"), no_wrap=True)
    for name in ("rewards-count", "amount", "value"):
        table.add_column(say(name), justify="right", no_wrap=True)
    for kind in report.rewards_by_kind:
        table.add_row(say(f"kind-{kind.kind}"), f"{kind.rewards:,}", f"{kind.amount:,}", _yuan(kind.value_fen))
    return table


def _refusals(report: Report, sentences: Mapping[str, Sentence], picture: int) -> Table:
    table = _table(say("refusals", count=f"{sum(report.refusals.values()):,}"))
    table.add_column(say("reason"), no_wrap=True)
    table.add_column(say("meaning"), ratio=1)
    table.add_column(say("refusals-count"), justify="right", no_wrap=True)
    table.add_column("", style="yellow", width=picture, no_wrap=True)
    most = max(report.refusals.values(), default=0)
    for reason, count in report.refusals.items():
        table.add_row(reason, getattr(sentences[reason], language()), f"{count:,}", bar(count, most, picture))
    return table


def _year(report: Report, origin_ms: int) -> ConsoleRenderable:
    draws, wins = [week.draws for week in report.weeks], [week.wins for week in report.weeks]
    lines = Text()
    for name, values, height, style in (("draws", draws, 6, "blue"), ("wins", wins, 3, "green")):
        lines.append(say(f"chart-{name}", most=f"{max(values, default=0):,}") + "\n", style="bold")
        for number, row in enumerate(columns(values, height)):
            top = f"{max(values, default=0):,}" if number == 0 else ""
            lines.append(f"{top:>{_AXIS_WIDTH - 2}} ┤", style="dim")
            lines.append(row + "\n", style=style)
    lines.append(" " * _AXIS_WIDTH + _months(len(draws), origin_ms), style="dim")
    return Padding(lines, (1, 0, 0, 0))


def _months(weeks: int, origin_ms: int) -> str:
    """The months' names below their first whole week."""
    line, last = [" "] * (weeks + 4), ""
    for week in range(weeks):
        month = datetime.fromtimestamp(origin_ms / 1000 + (week + 1) * _WEEK_S - 1, UTC).strftime("%m")
        if month != last:
            line[week : week + 2] = f"{int(month):<2}"
            last = month
    return "".join(line).rstrip()


def _speed(report: Report) -> ConsoleRenderable:
    text = Text()
    text.append(say("speed-title") + "\n", style="bold")
    text.append(
        say(
            "speed", commands=f"{report.commands:,}", events=f"{report.events:,}",
            rate=f"{report.commands_per_second:,.0f}", p50=f"{report.latency_ms.p50:,.0f}",
            p99=f"{report.latency_ms.p99:,.0f}",
        )
    )  # fmt: skip
    seconds = report.seconds
    text.append(
        "\n" + say("seconds", **{name: f"{value:.1f}" for name, value in seconds.model_dump().items()}), style="dim"
    )
    return Padding(text, (1, 0, 0, 0))


def _laws(laws: Sequence[LawFigures]) -> ConsoleRenderable:
    table = _table(say("laws"))
    table.add_column("", width=1, no_wrap=True)
    table.add_column(say("law"), ratio=1)
    table.add_column(say("checked"), justify="right", no_wrap=True)
    table.add_column(say("broken"), justify="right", no_wrap=True)
    for law in laws:
        mark = Text("✗", style="bold red") if law.broken else Text("✓", style="green")
        broken = Text(f"{law.broken:,}", style="bold red" if law.broken else "dim")
        table.add_row(mark, law.meaning, f"{law.checked:,}", broken)
        for example in law.examples if law.broken else []:
            table.add_row("", Text(example, style="red"), "", "")
    return table


def _verdict(report: Report) -> ConsoleRenderable:
    return Padding(Group(*_verdict_lines(report)), (1, 0, 0, 0))


def _verdict_lines(report: Report) -> Iterator[Text]:
    broken = sum(1 for law in report.laws if law.broken)
    if broken:
        yield Text(say("verdict-broken", broken=broken), style="bold red")
    else:
        yield Text(
            say("verdict-good", laws=len(report.laws), facts=f"{sum(law.checked for law in report.laws):,}"),
            style="bold green",
        )
    if report.unaccounted:
        yield Text(say("verdict-unaccounted", count=f"{report.unaccounted:,}"), style="bold red")
    made_up = report.order_events
    yield Text(
        say("synthetic", orders=f"{report.orders:,}", cancelled=f"{made_up.cancelled:,}",
            refunded=f"{made_up.refunded:,}", repeated=f"{made_up.repeated:,}", seed=report.seed),
        style="dim",
    )  # fmt: skip


def next_steps(console: Console, options: Options, file: Path) -> None:
    """What to try after a demo that has ended."""
    changed = f"ORDERS={options.orders} " if options.orders else ""
    steps = {
        f"{changed}KEEP=1 make demo": "next-kept",
        f"{_FAIRGROUND} activities check {file}": "next-check",
        f"{_FAIRGROUND} --help": "next-help",
        "make up": "next-up",
    }
    _steps(console, say("next-title"), steps)


def steps_when_kept(console: Console, options: Options, wheel: str) -> None:
    """What to try while everything is up, as it can be typed."""
    data = f"--data {shlex.quote(str(options.data))}"
    named = [name for name in SERVERS if os.environ.get(name)]
    steps = {f"unset {' '.join(named)}": "next-unset"} if named else {}
    steps |= {
        f"{_FAIRGROUND} activities list {data}": "next-list",
        f"{_FAIRGROUND} draw {wheel} {_MEMBER} {data}": "next-draw",
        f"{_FAIRGROUND} grant {wheel} {_MEMBER} 3 --cause hello-1 {data}": "next-grant",
        f"{_FAIRGROUND} draw {wheel} {_MEMBER} --draws 3 {data}": "next-draw-three",
        f"{_FAIRGROUND} activities pause {wheel} --why 'to see the kill switch' {data}": "next-pause",
        f"{_FAIRGROUND} activities resume {wheel} --why 'seen' {data}": "next-resume",
        f"{_FAIRGROUND} audit {data}": "next-audit",
    }
    _steps(console, say("next-keep"), steps)
    console.print(Text(say("next-end"), style="bold"))


def _steps(console: Console, title: str, steps: Mapping[str, str]) -> None:
    console.print(Padding(Text(title, style="bold"), (1, 0, 0, 0)))
    for command, meaning in steps.items():
        console.print(Text(f"  {say(meaning)}", style="dim"))
        console.print(Text(f"    {command}"), soft_wrap=True)


def _table(title: str) -> Table:
    return Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False,
        padding=(0, 1),
    )  # fmt: skip


def _percent(share: float) -> str:
    return f"{share * 100:.4f}".rstrip("0").rstrip(".") + " %"


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}¥{abs(fen) / 100:,.2f}"
