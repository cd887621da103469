"""`ask`: any command of any installed service; `draw`, `grant`, `play`: what is asked most, by activity.

A service brings nothing for this but its contract: what may be asked, and with which fields, follows from its models.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter
from pydantic import BeforeValidator, ValidationError
from uuid_utils import uuid7

from fairground_cli import client, installed, outcome, places
from fairground_cli.places import DATA
from fairground_cli.terminal import ActivityArgument, DataOption, MemberArgument, out, run
from fairground_cli.terminal import app as group
from fairground_cli.trouble import Trouble, wrong_in
from fairground_cli.words import say
from fairground_contracts import cloudevent
from fairground_contracts.message import CommandMessage
from fairground_runtime.address import KafkaAddress
from fairground_runtime.worker.manifest import Activity

FactOption = Annotated[list[str] | None, Parameter(help=say("fact-help"), negative="")]
RiskOption = Annotated[int, Parameter(help=say("risk-help"))]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Request:
    """What every command carries beside its fields."""

    id: Annotated[str, Parameter(name="--id", help=say("id-help"), show_default=False)] = ""
    at: Annotated[str, Parameter(name="--at", help=say("at-help"), show_default=False)] = ""

    @property
    def at_ms(self) -> int | None:
        """The command's own time in milliseconds since 1970; None: now. Raises Trouble."""
        if not self.at:
            return None
        try:
            return cloudevent.parse_time_ms(self.at)
        except cloudevent.Malformed:
            raise Trouble(say("asking-no-time", text=self.at), 2) from None


NOW = Request()


def draw(
    activity: ActivityArgument,
    member: MemberArgument,
    /,
    *,
    draws: Annotated[int, Parameter(help=say("draws-help"))] = 1,
    fact: FactOption = None,
    risk: RiskOption = 0,
    request: Request = NOW,
    data: DataOption = DATA,
) -> int:
    """Draw for a member, and show what came of it."""
    facts = dict(_fact(text) for text in fact or [])
    fields = {"activity_id": activity, "member_id": member, "draws": draws, "facts": facts, "risk": risk}
    return run(_ask_activity(places.kafka(data), activity, "draw", fields, request))


def grant(
    activity: ActivityArgument,
    member: MemberArgument,
    chances: Annotated[int | None, Parameter(help=say("chances-argument"), show_default=False)] = None,
    /,
    *,
    cause: Annotated[str, Parameter(help=say("cause-help"))],
    source: Annotated[str, Parameter(help=say("source-help"), show_default=False)] = "",
    why: Annotated[str, Parameter(help=say("why-help"))] = "",
    request: Request = NOW,
    data: DataOption = DATA,
) -> int:
    """Give a member chances; the same cause gives only once."""
    fields = {
        "activity_id": activity, "member_id": member, "chances": chances, "cause": cause, "source": source, "why": why,
    }  # fmt: skip
    return run(_ask_activity(places.kafka(data), activity, "grant", fields, request))


def play(
    activity: ActivityArgument,
    member: MemberArgument,
    score: Annotated[int, Parameter(help=say("score-argument"))],
    /,
    *,
    seconds: Annotated[int | None, Parameter(help=say("seconds-help"), show_default=False)] = None,
    fact: FactOption = None,
    risk: RiskOption = 0,
    request: Request = NOW,
    data: DataOption = DATA,
) -> int:
    """Play a score game for a member, and show what came of it."""
    facts = dict(_fact(text) for text in fact or [])
    fields = {"activity_id": activity, "member_id": member, "facts": facts, "risk": risk}
    return run(_play(places.kafka(data), activity, fields, score, seconds, request))


async def _play(
    kafka: KafkaAddress, activity: str, fields: dict[str, Any], score: int, seconds: int | None, request: Request
) -> int:
    """Begin a play and end it; it began so many seconds ago, by default as many as the rules ask for at least."""
    chosen, rules = await _able(kafka, activity, "finish")
    if seconds is None:
        seconds = int(rules.get("play", {}).get("min_seconds", 0))
    commands = installed.commands(chosen.reader())
    ended_ms = int(time.time() * 1000) if request.at_ms is None else request.at_ms
    play_id = request.id or str(uuid7())
    finish = made(commands["finish"], {**fields, "play_id": play_id, "score": score})
    for command, id, at_ms in (
        (made(commands["start"], fields), play_id, ended_ms - seconds * 1000),
        (finish, f"{play_id}-end", ended_ms),
    ):
        events = await client.ask(kafka, chosen.reader(), command, id=id, at_ms=at_ms)
        if not outcome.show(events, out()):
            return 1
    return 0


async def _ask_activity(kafka: KafkaAddress, activity: str, verb: str, fields: dict[str, Any], request: Request) -> int:
    chosen, _ = await _able(kafka, activity, verb)
    return await send(kafka, chosen, made(installed.commands(chosen.reader())[verb], fields), request)


async def _able(kafka: KafkaAddress, activity: str, verb: str) -> tuple[Activity, Mapping[str, Any]]:
    """The service of that activity, which has to know such a command, and the activity's rules. Raises Trouble."""
    rows = await client.table(kafka)
    able = {name: found for name, found in installed.activities().items() if verb in installed.commands(found.reader())}
    row = rows.get(activity)
    if row is not None and row.service not in able:
        raise Trouble(say("asking-not-able", service=row.service, verb=verb, able=", ".join(able)))
    if row is None and len(able) != 1:  # with only one it can be asked, and says itself that there is no such activity
        raise Trouble(say("asking-no-activity", activity=activity, activities=", ".join(rows) or say("none")))
    return (able[row.service], row.rules) if row else (next(iter(able.values())), {})


def made(model: type[CommandMessage], fields: dict[str, Any]) -> CommandMessage:
    """The command, checked as its service will check it. Raises Trouble with everything that is wrong."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise Trouble(say("asking-invalid", command=model.type, why=wrong_in(error)), 2) from None


async def send(kafka: KafkaAddress, activity: Activity, command: CommandMessage, request: Request) -> int:
    """Ask, and show the outcome; 1 when it was refused."""
    events = await client.ask(kafka, activity.reader(), command, id=request.id, at_ms=request.at_ms)
    return 0 if outcome.show(events, out()) else 1


def _number(given: Any) -> Any:
    """A whole number as one; what is none stays what it is."""
    try:
        return int(given) if isinstance(given, str) else given
    except ValueError:
        return given


def _fact(text: str) -> tuple[str, Any]:
    name, equals, content = text.partition("=")
    if not (name and equals):
        raise Trouble(say("asking-no-fact", text=text), 2)
    return name, fact_value(content)


def fact_value(content: str) -> Any:
    """A fact as it is written on a command line: true or false, a number, or else a text."""
    words: dict[str, Any] = {"true": True, "false": False}
    if content.lower() in words:
        return words[content.lower()]
    for number in (int, float):
        try:
            return number(content)
        except ValueError:
            continue
    return content


def _command(activity: Activity, model: Any) -> Callable[..., int]:
    def numbered(given: Any) -> Any:
        """Arguments are texts, and a message takes money as a number only."""
        whole = {name for name, field in model.model_fields.items() if field.annotation is int}
        return {name: _number(text) if name in whole else text for name, text in given.items()}

    read = Annotated[model, BeforeValidator(numbered), Parameter(name="*")]

    def ask(command: read, *, request: Request = NOW, data: DataOption = DATA) -> int:
        return run(send(places.kafka(data), activity, command, request))

    return ask


app = group("ask", say("ask-help"))
for _name, _activity in installed.activities().items():
    for _verb, _model in installed.commands(_activity.reader()).items():
        _help = (_model.__doc__ or "").partition("\n")[0]
        app.command(_command(_activity, _model), name=f"{_name}.{_verb}", help=_help)
