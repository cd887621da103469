"""What people ask: `winners`, `member`, `stock`, `packet`, `ledger`, `odds`, `statistics`, `explain`, `reconcile`.

Whoever keeps the record brings the answers, under the entry point group `fairground.answers`, in both languages where
they are sentences. So the command line depends on no service.
"""

import csv
import time
from collections.abc import Awaitable, Callable, Sequence
from fractions import Fraction
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import asyncpg
from cyclopts import Parameter
from redis.asyncio import Redis
from redis.exceptions import RedisError
from rich.markup import escape
from rich.table import Table

from fairground_cli import places
from fairground_cli.places import DATA
from fairground_cli.terminal import ActivityArgument, DataOption, MemberArgument, out, run, table
from fairground_cli.trouble import Trouble
from fairground_cli.words import language, say

GROUP = "fairground.answers"

_EXACT_DIGITS = 6

#: Of an activity's statistics, the numbers, in the order of the page.
_FIGURES = (
    "exposed", "visitors", "met", "took_part", "won", "used", "users", "ordered", "drew", "rewards", "revoked",
)  # fmt: skip

ActivityOption = Annotated[str, Parameter(name="--activity", help=say("answers-activity-help"), show_default=False)]


def winners(
    activity: ActivityArgument, /, *, limit: Annotated[int, Parameter(help=say("winners-limit-help"))] = 20,
    data: DataOption = DATA,
) -> int:  # fmt: skip
    """Who won lately, names masked; only what was granted and not taken back."""
    found = asked(data, lambda brought, connection: brought.winners(connection, activity, limit))
    if not found:
        out().print(escape(say("winners-none", activity=activity)))
        return 0
    rows = [(each.member, each.prize, each.prize_id, each.time) for each in found]
    out().print(table(say("winners-columns").split("|"), rows))
    return 0


def member(member: MemberArgument, /, *, activity: ActivityOption = "", data: DataOption = DATA) -> int:
    """A member's prizes and what became of them, chances and their history, refusals with reasons."""
    now_ms = int(time.time() * 1000)
    account = asked(data, lambda brought, connection: brought.member(connection, member, now_ms, activity or None))
    console = out()
    console.print(f"[bold]{escape(say('member-prizes', count=len(account.prizes)))}[/]")
    if account.prizes:
        rows = [
            (each.time, each.activity_id, each.name, yuan(each.value_fen), say(f"reward-status-{each.status}"),
             each.reason, each.reward_id) for each in account.prizes
        ]  # fmt: skip
        console.print(table(say("member-prize-columns").split("|"), rows))
    for name in sorted({*account.chances, *account.outcomes}):
        _show_chances(name, account.chances.get(name), account.outcomes.get(name, 0))
        if others := account.identities.get(name):
            console.print(escape(say("member-identities", others=", ".join(others))))
    console.print(f"\n[bold]{escape(say('member-refused', count=len(account.refused)))}[/]")
    if account.refused:
        refusals = [
            (each.time, each.activity_id, each.reason, told(each.why), told(each.help), each.command_id)
            for each in account.refused
        ]
        console.print(table(say("member-refused-columns").split("|"), refusals))
    if not account.complete:
        console.print(escape(say("member-more", member=member)))
    return 0


def _show_chances(activity: str, chances: Any, outcomes: int) -> None:
    console = out()
    console.print(f"\n[bold]{escape(say('member-activity', activity=activity, draws=outcomes))}[/]")
    if chances is None:
        return
    named = {name: getattr(chances, name) for name in ("granted", "used", "revoked", "expired", "left", "owed")}
    console.print(escape(say("member-chances", free=chances.free_used, **named)))
    for source in chances.sources:
        console.print(escape(say("member-source", **source._asdict())))
    if chances.held:
        console.print(escape(say("member-held", held=chances.held)))
    if chances.changes:
        rows = [
            (each.time, say(f"chance-{each.what}"), str(each.chances), each.source, each.cause, each.expires, each.why)
            for each in chances.changes
        ]
        console.print(table(say("member-chance-columns").split("|"), rows))


def stock(activity: ActivityArgument, /, *, data: DataOption = DATA) -> int:
    """What is left of each prize at this moment."""
    found = asked(data, lambda brought, connection: _stock(brought, connection, activity, data))
    if found is None:
        raise Trouble(say("answers-no-activity", activity=activity))
    rows = [(each.id, told(each.name), str(each.given), _many(each.left), _many(each.left_today)) for each in found]
    out().print(table(say("stock-columns").split("|"), rows))
    return 0


async def _stock(brought: Any, connection: Any, activity: str, data: Path) -> Any:
    redis: Redis = Redis.from_url(places.address("REDIS_URL", data))
    try:
        return await brought.stock(connection, redis, activity, int(time.time() * 1000))
    finally:
        await redis.aclose()


def packet(
    activity: ActivityArgument, packet: Annotated[str, Parameter(help=say("packet-argument"))], /, *,
    member: Annotated[str, Parameter(help=say("packet-member-help"), show_default=False)] = "",
    data: DataOption = DATA,
) -> int:  # fmt: skip
    """How a red packet went: what is left, who got what with names masked, and what became of each payout."""
    told = asked(data, lambda brought, connection: brought.packet(connection, activity, packet, member))
    if told is None:
        raise Trouble(say("packet-none", activity=activity, packet=packet))
    sums = {"total": yuan(told.total_fen), "left": yuan(told.left_fen), "back": yuan(told.back_fen)}
    state = say(f"packet-{told.state}")
    out().print(escape(say("packet-sums", state=state, had=f"{len(told.shares):,}", size=f"{told.size:,}", **sums)))
    if member:
        out().print(escape(say("packet-mine", member=member, mine=yuan(told.mine_fen))))
    rows = [
        (f"{each.number + 1:,}", each.member, yuan(each.fen), say("packet-best") if each.best else "",
         say(f"reward-status-{each.payout}"), each.time, each.bill) for each in told.shares
    ]  # fmt: skip
    out().print(table(say("packet-columns").split("|"), rows))
    return 0


def ledger(
    activity: ActivityArgument, /, *,
    kind: Annotated[str, Parameter(help=say("ledger-kind-help"))] = "",
    limit: Annotated[int, Parameter(help=say("ledger-limit-help"))] = 20,
    data: DataOption = DATA,
) -> int:  # fmt: skip
    """Where an activity's money lies, by kind of account or the accounts of one; 1 when the books do not balance."""
    found = asked(data, lambda brought, connection: brought.balances(connection, activity, kind, limit))
    if not found:
        out().print(escape(say("ledger-none", activity=activity)))
        return 0
    rows = [(each.account, f"{each.accounts:,}", f"{each.entries:,}", yuan(each.fen)) for each in found]
    out().print(table(say("ledger-columns").split("|"), rows))
    if kind:
        return 0
    total = sum(each.fen for each in found)
    out().print(escape(say("ledger-balances" if total == 0 else "ledger-unbalanced", total=yuan(total))))
    return 0 if total == 0 else 1


def odds(
    activity: ActivityArgument, /, *,
    version: Annotated[int | None, Parameter(help=say("odds-version-help"), show_default=False)] = None,
    data: DataOption = DATA,
) -> int:  # fmt: skip
    """The odds page of a version: prizes, conditions, method, quantity, probability, claim."""
    found = asked(data, lambda brought, connection: _odds(brought, connection, activity, version, data))
    if found is None:
        raise Trouble(say("answers-no-activity", activity=activity))
    rules, page = found
    console = out()
    said = {"name": told(page.name), "version": rules.version, "time": rules.time, "starts": page.starts}
    console.print(f"[bold]{escape(say('odds-title', ends=page.ends, zone=page.zone, **said))}[/]")
    rows = [
        (told(each.name), f"{each.weight:,}", percent(each.probability), _nearly(each.long_run), _nearly(each.now),
         _many(each.quantity), _many(each.quantity_per_day), _many(each.per_member), yuan(each.value_fen), each.after,
         told(each.claim)) for each in page.prizes
    ]  # fmt: skip
    console.print(_without_empty(say("odds-columns", total=f"{page.total:,}").split("|"), rows))
    for title in ("conditions", "method", "changes", "fates"):
        if not getattr(page, title):
            continue
        console.print(f"\n[bold]{escape(say(f'odds-{title}'))}[/]")
        for line in getattr(page, title):
            console.print(f"- {escape(told(line))}")
    if rules.seed_sha256:
        console.print(escape(say("odds-seed", sha256=rules.seed_sha256)))
    return 0


async def _odds(brought: Any, connection: Any, activity: str, version: int | None, data: Path) -> Any:
    redis: Redis = Redis.from_url(places.address("REDIS_URL", data))
    try:
        return await brought.odds(connection, activity, version, redis, int(time.time() * 1000))
    finally:
        await redis.aclose()


def statistics(
    activity: ActivityArgument, /, *, days: Annotated[int, Parameter(help=say("statistics-days-help"))] = 14,
    data: DataOption = DATA,
) -> int:  # fmt: skip
    """What came of an activity: who took part, drew, won, what it cost, what was refused and why, by day."""
    found, customers = asked(data, lambda brought, connection: _statistics(brought, connection, activity, days))
    console = out()
    for name in _FIGURES:
        figure = getattr(found, name)
        told = say(f"statistics-{name}-unknown") if figure is None else f"{figure:,}"
        console.print(f"{escape(say(f'statistics-{name}'))}: {escape(told)}")
    for name in ("granted_fen", "revoked_fen", "cost_fen"):
        console.print(f"{escape(say(f'statistics-{name}'))}: {yuan(getattr(found, name))}")
    for name in ("bought", "bought_again", "orders", "brought"):
        console.print(f"{escape(say(f'statistics-{name}'))}: {getattr(customers, name):,}")
    for name, fen in (("sales_fen", customers.sales_fen), ("concern_fen", customers.going_concern.total_fen)):
        console.print(f"{escape(say(f'statistics-{name}'))}: {yuan(fen)}")
    _show_statistics(found)
    return 0


def _show_statistics(found: Any) -> None:
    """The tables: prizes, kinds of rewards, refusals, days."""
    console = out()
    prizes = [(prize, f"{times:,}") for prize, times in found.by_prize.items()]
    kinds = [
        (kind, f"{rewards:,}", yuan(fen), "" if found.used is None else f"{found.used_by_kind.get(kind, 0):,}")
        for kind, (rewards, fen) in found.by_kind.items()
    ]
    refused = [(reason, f"{times:,}") for reason, times in found.refused.items()]
    by_day = [
        (each.day.isoformat(), f"{each.exposed:,}", f"{each.drew:,}", f"{each.won:,}", f"{each.refused:,}",
         yuan(each.granted_fen), yuan(each.revoked_fen)) for each in found.days
    ]  # fmt: skip
    for name, rows in (("prizes", prizes), ("kinds", kinds), ("reasons", refused), ("by-day", by_day)):
        if rows:
            console.print()
            console.print(table(say(f"statistics-{name}-columns").split("|"), rows))


async def _statistics(brought: Any, connection: Any, activity: str, days: int) -> Any:
    await brought.bring_up_to_date(connection)
    return await brought.statistics(connection, activity, days), await brought.customers(connection, activity)


def explain(
    command: Annotated[str, Parameter(help=say("explain-command-argument"), show_default=False)] = "", /, *,
    member: Annotated[str, Parameter(name="--member", help=say("explain-member-help"), show_default=False)] = "",
    order: Annotated[str, Parameter(name="--order", help=say("explain-order-help"), show_default=False)] = "",
    activity: ActivityOption = "",
    data: DataOption = DATA,
) -> int:  # fmt: skip
    """What happened, by which rule and version, with which figures before and after."""
    if [bool(command), bool(member), bool(order)].count(True) != 1 or (activity and not member):
        raise Trouble(say("explain-which"), 2)
    if command:
        found = asked(data, lambda brought, connection: brought.explain(connection, command))
        if found is None:
            raise Trouble(say("explain-unknown", command=command))
        _explain(found)
        return 0
    if order:
        many = asked(data, lambda brought, connection: brought.explain_order(connection, order))
    else:
        many = asked(data, lambda brought, connection: brought.explain_member(connection, member, activity or None))
    if not many:
        raise Trouble(say("explain-no-order", order=order) if order else say("explain-no-member", member=member))
    for each in many:
        _explain(each)
    return 0


def _explain(found: Any) -> None:
    console = out()
    title = say("explain-title", command=found.command_id, activity=found.activity_id, member=found.member_id or "-")
    console.print(f"[bold]{escape(title)}[/]")
    for event in found.told:
        mark = "[green]✓[/]" if event.granted else "[yellow]✗[/]"
        version = say("explain-version", version=event.version) if event.version else ""
        console.print(f"{mark} {escape(' '.join(filter(None, (event.time, event.type, version))))}")
        for sentence in event.sentences:
            console.print(f"  {escape(told(sentence))}")
        if told(event.help):
            console.print(f"  {escape(say('explain-would-help', help=told(event.help)))}")
        if event.before:
            rows = [
                (told(before.name), before.value, after.value)
                for before, after in zip(event.before, event.after, strict=True)
            ]
            console.print(table(say("explain-columns").split("|"), rows))
    if found.without:
        missing = say("explain-too-many") if found.without == "too_many" else say("explain-unfolded", why=found.without)
        console.print(escape(missing))


def reconcile(
    activity: ActivityArgument, /, *,
    to: Annotated[Path, Parameter(name="--csv", help=say("reconcile-csv-help"))],
    data: DataOption = DATA,
) -> int:  # fmt: skip
    """Granted, revoked, delivered and failed by business day, with values in fen, as CSV."""
    columns, days = asked(data, lambda brought, connection: _reconcile(brought, connection, activity))
    try:
        with to.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows((columns, *(day.cells() for day in days)))
    except OSError as error:
        raise Trouble(say("reconcile-not-written", file=to, why=error.strerror or error)) from error
    sums = {column: sum(getattr(day, column) for day in days) for column in columns[1:]}
    counts = {what: f"{sums[what]:,}" for what in ("granted", "revoked", "delivered", "failed")}
    values = {f"{what}_yuan": yuan(sums[f"{what}_fen"]) for what in ("granted", "revoked", "delivered", "failed")}
    out().print(escape(say("reconcile-done", file=to, days=len(days), **counts, **values)))
    return 0


async def _reconcile(brought: Any, connection: Any, activity: str) -> tuple[Any, Any]:
    return brought.COLUMNS, await brought.reconcile(connection, activity)


# ---- what they share -------------------------------------------------------------------------------------


def asked(data: Path, question: Callable[[Any, Any], Awaitable[Any]]) -> Any:
    """The answer. Raises Trouble: nobody brings answers, a server is away, or nothing is recorded."""
    entries = list(entry_points(group=GROUP))
    if not entries:
        raise Trouble(say("answers-none"))
    brought = entries[0].load()
    try:
        return run(_ask(brought, places.address("DATABASE_URL", data), question))
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedFunctionError) as error:
        raise Trouble(say("answers-no-tables")) from error
    except (OSError, RedisError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Trouble(say("answers-no-server", why=str(error).strip() or type(error).__name__)) from error


async def _ask(brought: Any, database_url: str, question: Callable[[Any, Any], Awaitable[Any]]) -> Any:
    connection = await brought.connect(database_url)
    try:
        return await question(brought, connection)
    finally:
        await connection.close()


def told(words: Any) -> str:
    """What is said in both languages, in the chosen one."""
    return str(getattr(words, language()))


def yuan(amount_fen: int) -> str:
    """1234567 fen as 12,345.67."""
    return f"{amount_fen / 100:,.2f}"


def percent(probability: Fraction) -> str:
    """Exactly where six digits behind the point are enough; else nearly, with the fraction itself."""
    scaled = probability * 100 * 10**_EXACT_DIGITS
    digits = f"{float(probability * 100):.{_EXACT_DIGITS}f}".rstrip("0").rstrip(".")
    if scaled.denominator == 1:
        return f"{digits} %"
    return f"≈ {digits} % ({probability.numerator}/{probability.denominator})"


def _nearly(probability: Fraction | None) -> str:
    """The same where the fraction would be too long to be read; nothing where there is none."""
    return "" if probability is None else percent(probability).partition(" (")[0]


def _without_empty(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table of those columns that say something in any row."""
    said = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    return table([columns[place] for place in said], [[row[place] for place in said] for row in rows])


def _many(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
