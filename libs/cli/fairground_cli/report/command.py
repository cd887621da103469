"""The command line of `fairground report`."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from rich.markup import escape

from fairground_cli import places
from fairground_cli.answers import asked
from fairground_cli.places import DATA
from fairground_cli.report import forecast as forecasts
from fairground_cli.report.forecast import Forecast
from fairground_cli.report.gathering import Asked, ask
from fairground_cli.report.gathering import report as gathered
from fairground_cli.report.page import page
from fairground_cli.report.show import show
from fairground_cli.report.verification import verified
from fairground_cli.report.words import say
from fairground_cli.simulate.command import console
from fairground_cli.terminal import ActivityArgument, DataOption, err, run
from fairground_cli.trouble import Trouble
from fairground_cli.words import say as say_shared


def report(
    activity: ActivityArgument,
    /,
    *,
    html: Annotated[Path | None, Parameter(help=say("html-help"))] = None,
    json: Annotated[Path | None, Parameter(help=say("json-help"))] = None,
    forecast: Annotated[Path | None, Parameter(help=say("forecast-help"))] = None,
    members: Annotated[
        int | None, Parameter(help=say("members-help"), validator=validators.Number(gte=0), show_default=False)
    ] = None,
    verify: Annotated[bool, Parameter(help=say("verify-help"))] = True,
    data: DataOption = DATA,
) -> int:
    """Forecast, what happened, what it brought and what it cost, side by side."""
    if forecast is not None and members is not None:
        raise Trouble(say("which-forecast"), 2)
    expected = None if forecast is None else forecasts.of_file(forecast, activity)
    found = asked(data, lambda answers, connection: ask(answers, connection, activity))
    if found is None:
        raise Trouble(say_shared("answers-no-activity", activity=activity))
    seed_sha256, database_url = found.first.seed_sha256, places.address("DATABASE_URL", data)
    verdict = run(verified(activity, database_url, seed_sha256, verify))
    made = gathered(activity, found, expected or _simulated(found, members), verdict, int(time.time() * 1000))
    show(console(), made)
    if html is not None:
        _write(html, page(made))
    if json is not None:
        _write(json, made.model_dump_json(indent=2) + "\n")
    return 0


def _simulated(found: Asked, members: int | None) -> Forecast | None:
    """With as many members as it met, unless asked otherwise; None with nobody, or where it takes too long."""
    many = found.statistics.met if members is None else members
    if not many:
        return None
    err().print(escape(say("simulating", members=f"{many:,}", seconds=f"{forecasts.SECONDS:g}")))
    made = forecasts.simulated(found.first.service, found.first.form, many)
    if made is None:
        err().print(escape(say("forecast-too-slow")))
    return made


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise Trouble(say("not-written", file=file, why=error.strerror or error)) from error
    err().print(escape(say("written", file=file)))
