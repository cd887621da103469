"""The command line of `fairground simulate`."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from rich.console import Console
from rich.markup import escape

from fairground_cli import activityfile, installed
from fairground_cli.activities import told_problems
from fairground_cli.orders import GUESSED, Told, told_malformed
from fairground_cli.simulate.cautions import cautions
from fairground_cli.simulate.facts import Fact
from fairground_cli.simulate.figures import report as figures_of
from fairground_cli.simulate.past import Asked, Gathered, gathered
from fairground_cli.simulate.progress import Progress
from fairground_cli.simulate.runs import Limits, Runs, Setting
from fairground_cli.simulate.show import show
from fairground_cli.simulate.words import say
from fairground_cli.terminal import err
from fairground_cli.trouble import Trouble
from fairground_cli.words import say as say_shared
from fairground_decider.simulation import Plan

SECONDS = 60.0

_WIDTH = 100  # columns, where nobody says how many there are

_AtLeastOne = validators.Number(gte=1)


def simulate(
    file: Annotated[Path, Parameter(help=say_shared("file-argument"))],
    /,
    *,
    orders: Annotated[Path | None, Parameter(help=say("orders-help"))] = None,
    demo_orders: Annotated[bool, Parameter(help=say("demo-orders-help"))] = False,
    members: Annotated[int | None, Parameter(help=say("members-help"), validator=_AtLeastOne)] = None,
    fact: Annotated[list[str] | None, Parameter(help=say("fact-help"), negative="")] = None,
    seed: Annotated[int, Parameter(help=say("seed-help"), validator=validators.Number(gte=0, lt=2**63))] = 1,
    seconds: Annotated[float | None, Parameter(help=say("seconds-help"), validator=validators.Number(gt=0))] = None,
    repetitions: Annotated[int | None, Parameter(help=say("repetitions-help"), validator=_AtLeastOne)] = None,
    report: Annotated[Path | None, Parameter(help=say("report-help"))] = None,
    cores: Annotated[int | None, Parameter(help=say("cores-help"), validator=_AtLeastOne)] = None,
    shift_days: Annotated[int | None, Parameter(help=say("shift-help"))] = None,
    told: Told = GUESSED,
) -> int:
    """Play the activity again and again; 1 when the file or a line of the orders is wrong."""
    if (orders is not None) + demo_orders + (members is not None) != 1:
        raise Trouble(say("which-crowd"), 2)
    _check_report(report)
    facts = tuple(map(Fact.of, fact or ()))
    text = activityfile.read(file)
    if told_problems(file, text):
        return 1
    activity, rules = activityfile.service_of(text, file), activityfile.content(text)
    plan = installed.simulation(activity).plan(rules)
    crowd = gathered(Asked(orders, demo_orders, members, shift_days, told.columns, told.reading), plan)
    limits = Limits(repetitions, seconds or (None if repetitions else SECONDS))
    setting = Setting(activity.name, rules, crowd.crowd, seed, facts)
    _play(setting, limits, cores or _all_cores(), plan, crowd, report)
    return told_malformed(crowd.malformed)


def _play(setting: Setting, limits: Limits, cores: int, plan: Plan, crowd: Gathered, file: Path | None) -> None:
    runs = Runs(setting, limits, cores)
    with Progress(err(), plan, runs) as progress:
        runs.run(progress.told)
    if not runs.outcomes:
        raise Trouble(say("too-slow", seconds=f"{limits.seconds:g}"))
    bare = figures_of(plan, crowd.figures, runs.outcomes, setting.seed, runs.stopped_by)
    report = bare.model_copy(
        update={"warnings": list(cautions(bare, plan, runs.outcomes, crowd.orders, facts=bool(setting.facts)))}
    )
    show(console(), report)
    if file is not None:
        file.write_text(report.model_dump_json(indent=2) + "\n", "utf-8")
        err().print(escape(say("report-written", file=file)))


def console() -> Console:
    """Standard output; where that is no terminal, wide enough for the tables."""
    terminal = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if terminal else _WIDTH)


def _all_cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_report(path: Path | None) -> None:
    """Whether the report can be written, before a minute has gone by. Raises Trouble."""
    if path is not None and (
        path.is_dir() or not os.access(path if path.exists() else path.absolute().parent, os.W_OK)
    ):
        raise Trouble(say("report-unwritable", file=path), 2)
