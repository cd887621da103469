"""`calendar`: a member's month at an activity that counts days, the streak, and what comes next."""

import re
import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from redis.asyncio import Redis
from rich.markup import escape

from fairground_cli import places
from fairground_cli.answers import asked, told
from fairground_cli.places import DATA
from fairground_cli.terminal import ActivityArgument, DataOption, MemberArgument, out, table
from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_decider.answers import Calendar
from fairground_decider.days import parse_iso

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_MARKS = {
    "signed": "✓", "made_up": "+", "frozen": "*", "revoked": "✗", "missed": "·", "today": "○", "future": "",
    "closed": "-", "forgotten": "?",
}  # fmt: skip


def calendar(
    activity: ActivityArgument, member: MemberArgument, /, *,
    month: Annotated[str, Parameter(name="--month", help=say("calendar-month-help"), show_default=False)] = "",
    data: DataOption = DATA,
) -> int:  # fmt: skip
    """A member's month: signed, made up, saved and missed days, streak, totals, and the next tier."""
    if month and not _MONTH.fullmatch(month):
        raise Trouble(say("calendar-no-month", text=month), 2)
    found = asked(data, lambda brought, connection: _calendar(brought, connection, (activity, member, month), data))
    if found is None:
        raise Trouble(say("calendar-none", activity=activity))
    _show(found)
    return 0


async def _calendar(brought: Any, connection: Any, what: tuple[str, str, str], data: Path) -> Any:
    redis: Redis = Redis.from_url(places.address("REDIS_URL", data))
    try:
        return await brought.calendar(connection, redis, *what, int(time.time() * 1000))
    finally:
        await redis.aclose()


def _show(found: Calendar) -> None:
    console = out()
    console.print(f"[bold]{escape(say('calendar-title', month=found.month, member=found.person_id))}[/]")
    console.print(table(say("calendar-weekdays").split("|"), list(_weeks(found))))
    console.print(escape(say("calendar-marks")))
    figures = {name: getattr(found, name) for name in ("streak", "longest", "total", "ever", "cards", "freezes")}
    console.print(escape(say("calendar-figures", today=found.today, **figures)))
    for reward in found.next:
        said = {"days": reward.days, "name": told(reward.name), "kind": reward.kind, "amount": reward.amount}
        console.print(escape(say(f"calendar-next-{reward.by}", **said)))


def _weeks(found: Calendar) -> list[tuple[str, ...]]:
    """The month by weeks from Monday on, each day with its mark."""
    first = parse_iso(found.days[0].day)
    cells = [""] * ((first + 3) % 7)  # 1970-01-01 was a Thursday
    cells += [f"{int(each.day[8:])} {_MARKS[each.what]}".rstrip() for each in found.days]
    cells += [""] * (-len(cells) % 7)
    return [tuple(cells[at : at + 7]) for at in range(0, len(cells), 7)]
