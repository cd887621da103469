"""`fairground activities`: check and publish activity files, pause, resume, stop, end, archive and list activities."""

from collections.abc import Sequence
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.markup import escape

from fairground_cli import activityfile, asking, client, installed, outcome, places
from fairground_cli.asking import NOW, Request
from fairground_cli.places import DATA
from fairground_cli.terminal import ActivityArgument, DataOption, err, out, run, table
from fairground_cli.terminal import app as group
from fairground_cli.trouble import Trouble
from fairground_cli.words import language, say
from fairground_contracts.activities import ActivityListed
from fairground_decider.days import UnknownZone, zone
from fairground_runtime.address import KafkaAddress

app = group("activities", say("activities-help"))

FileArgument = Annotated[Path, Parameter(help=say("file-argument"))]
WhyOption = Annotated[str, Parameter(help=say("why-help"))]
ByOption = Annotated[str, Parameter(help=say("by-help"))]


@app.command(help=say("check-help"))
def check(file: FileArgument, /, *more: FileArgument) -> int:
    """All problems of all files at once; 1 when there is one."""
    return 0 if sum([_check(path) for path in (file, *more)]) == 0 else 1


def _check(path: Path) -> int:
    text = activityfile.read(path)
    problems = told_problems(path, text)
    if not problems:
        kind = activityfile.kind_of(text, path)
        out().print(f"[green]✓[/] {escape(say('check-good', file=path, kind=kind))}")
    return problems


def told_problems(path: Path, text: str) -> int:
    """Say everything that is wrong with the file. Returns how much that is."""
    try:
        found = activityfile.problems(activityfile.service_of(text, path), text)
    except Trouble as trouble:
        err().print(f"[red]✗[/] {escape(str(trouble))}")
        return 1
    if found:
        err().print(f"[red]✗[/] {escape(say('check-problems', file=path, count=len(found)))}")
        for problem in found:
            err().print(f"  {escape(outcome.problem_line(problem))}")
    return len(found)


@app.command(help=say("publish-help"))
def publish(
    file: FileArgument, /, *, why: WhyOption = "", by: ByOption = "", request: Request = NOW, data: DataOption = DATA
) -> int:
    """Check the file, publish it, show what its service answered."""
    if _check(file):
        return 1
    text = activityfile.read(file)
    activity = activityfile.service_of(text, file)
    rules = activityfile.content(text)
    fields = {"activity_id": rules["id"], "rules": rules, "why": why, "by": by or getuser()}
    command = asking.made(installed.commands(activity.reader())["publish"], fields)
    return run(asking.send(places.kafka(data), activity, command, request))


def _move(verb: str, packets_are: str = "") -> Any:
    """The command of a move; `packets_are`: what red packets that are out are switched to, where --packets asks so."""

    def move(
        activity: ActivityArgument,
        /,
        *,
        packets: Annotated[bool, Parameter(help=say("packets-help"), negative="", parse=packets_are != "")] = False,
        why: WhyOption,
        by: ByOption = "",
        request: Request = NOW,
        data: DataOption = DATA,
    ) -> int:
        asked, more = ("switch", {"to": packets_are}) if packets else (verb, {})
        fields = {"activity_id": activity, "why": why, "by": by or getuser(), **more}
        return run(_ask_to_move(places.kafka(data), activity, asked, fields, request))

    return move


async def _ask_to_move(kafka: KafkaAddress, activity: str, verb: str, fields: dict[str, Any], request: Request) -> int:
    rows = await client.table(kafka)
    if activity not in rows:
        raise Trouble(say("asking-no-activity", activity=activity, activities=", ".join(rows) or say("none")))
    service = installed.activity(rows[activity].service)
    able = installed.commands(service.reader())
    if verb not in able:
        raise Trouble(say("activities-cannot", service=service.name, verb=verb))
    command = asking.made(able[verb], fields)
    return await asking.send(kafka, service, command, request)


for _verb, _made in (
    ("pause", _move("pause", "held")),
    ("resume", _move("resume")),
    ("stop", _move("stop", "closed")),
    ("end", _move("end")),
    ("archive", _move("archive")),
):
    app.command(_made, name=_verb, help=say(f"{_verb}-help"))


@app.command(name="raise", help=say("raise-help"))
def raise_(
    activity: ActivityArgument,
    limit: Annotated[str, Parameter(help=say("raise-limit-argument"))],
    amount: Annotated[int, Parameter(help=say("raise-amount-argument"))],
    /,
    *,
    prize: Annotated[str, Parameter(help=say("raise-prize-help"))] = "",
    expected: Annotated[int | None, Parameter(help=say("raise-expected-help"))] = None,
    why: WhyOption,
    by: ByOption = "",
    request: Request = NOW,
    data: DataOption = DATA,
) -> int:
    """More stock, or more budget, as a new version; the same request raises it once."""
    fields = {
        "activity_id": activity, "why": why, "by": by or getuser(), "limit": limit, "prize_id": prize,
        "amount": amount, "expected": expected,
    }  # fmt: skip
    return run(_ask_to_move(places.kafka(data), activity, "raise", fields, request))


@app.command(name="list", help=say("list-help"))
def list_(*, data: DataOption = DATA) -> int:
    """The activities' table as it is now."""
    rows = sorted(run(client.table(places.kafka(data))).values(), key=lambda row: row.activity_id)
    if not rows:
        out().print(say("list-empty"))
        return 0
    out().print(table(say("list-columns").split("|"), [_cells(row, datetime.now(UTC)) for row in rows]))
    return 0


def _cells(row: ActivityListed, now: datetime) -> Sequence[str]:
    named = row.rules.get("name")
    name = named.get(language(), "") if isinstance(named, dict) else str(named or "")
    window = row.rules.get("window")
    starts, ends = (str(window.get(edge, "")) for edge in ("starts", "ends")) if isinstance(window, dict) else ("", "")
    when = f"{starts} - {ends} {row.rules.get('zone', '')}" if starts else ""
    return row.activity_id, name, row.service, str(row.version), _state(row, starts, ends, now), when


def _state(row: ActivityListed, starts: str, ends: str, now: datetime) -> str:
    """The status of the last move, and for a running one whether its window is open."""
    if row.status != "running":
        return say(f"status-{row.status}")
    try:
        here = zone(str(row.rules.get("zone", "UTC")))
        begin, end = (datetime.fromisoformat(text).replace(tzinfo=here) for text in (starts, ends))
    except (UnknownZone, ValueError):
        return say("status-running")
    return say("status-scheduled" if now < begin else "status-over" if now >= end else "status-running")
