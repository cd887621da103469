"""What was expected: a simulation's report from before the launch, or a short simulation now, of the rules as they were
published first."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from fairground_cli import installed
from fairground_cli.report.words import say
from fairground_cli.simulate.cautions import cautions
from fairground_cli.simulate.crowd import MadeUp
from fairground_cli.simulate.figures import CrowdFigures, Report
from fairground_cli.simulate.figures import report as figures_of
from fairground_cli.simulate.runs import Limits, Runs, Setting
from fairground_cli.trouble import Trouble, wrong_in

#: A short simulation: enough for a range, not for a precise P95.
REPETITIONS, SECONDS = 20, 20.0

_SEED = 1


class Forecast(NamedTuple):
    """A simulation's report, and when it was made."""

    report: Report
    made: Literal["before", "afterwards"]


def of_file(file: Path, activity_id: str) -> Forecast:
    """What `fairground simulate --report` wrote. Raises Trouble."""
    try:
        report = Report.model_validate_json(file.read_bytes())
    except OSError as error:
        raise Trouble(say("file-unreadable", file=file, why=error.strerror or error), 2) from error
    except ValidationError as error:
        raise Trouble(say("forecast-malformed", file=file, why=wrong_in(error)), 2) from error
    if report.activity != activity_id:
        raise Trouble(say("forecast-of-another", file=file, other=report.activity, activity=activity_id), 2)
    return Forecast(report, "before")


def simulated(service: str, form: Mapping[str, Any], members: int) -> Forecast | None:
    """A short simulation with so many made-up members; None where not one repetition was complete in time."""
    plan = installed.simulation(installed.activity(service)).plan(form)
    setting = Setting(service, form, MadeUp(members), _SEED)
    runs = Runs(setting, Limits(REPETITIONS, SECONDS), 1)
    runs.run(lambda: None)
    if not runs.outcomes:
        return None
    crowd = CrowdFigures(kind="members", members=members, orders=None, moved_days=0)
    bare = figures_of(plan, crowd, runs.outcomes, _SEED, runs.stopped_by)
    told = cautions(bare, plan, runs.outcomes, None)
    warnings = [each for each in told if each.code != "too-few"]  # that they are few is said with what they are
    return Forecast(bare.model_copy(update={"warnings": warnings}), "afterwards")
