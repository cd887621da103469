"""`fairground audit`: are the laws kept, by all that is recorded, in Kafka and in Redis?

Whoever keeps the record brings the audit, under the entry point group `fairground.audits`: a module with `audit`,
`installed` and `Silent`. So the command line depends on no service.
"""

from importlib.metadata import entry_points
from typing import Annotated, Any

import asyncpg
import orjson
from aiokafka.errors import KafkaError
from cyclopts import Parameter
from redis.exceptions import RedisError

from fairground_cli import places
from fairground_cli.places import DATA
from fairground_cli.terminal import DataOption, out, run
from fairground_cli.trouble import Trouble
from fairground_cli.words import language, say
from fairground_runtime.lifetime import calm_collector

GROUP = "fairground.audits"


def audit(
    *, json: Annotated[bool, Parameter(help=say("audit-json-help"), negative="")] = False, data: DataOption = DATA
) -> int:
    """Check all laws over everything there is; 1 when one is broken."""
    entries = list(entry_points(group=GROUP))
    if not entries:
        raise Trouble(say("audit-none"))
    brought = entries[0].load()
    settings = places.servers(data)
    calm_collector()
    try:
        report = run(brought.audit(brought.installed(), settings))
    except (OSError, RedisError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, brought.Silent) as error:
        raise Trouble(say("audit-no-server", why=str(error).strip() or type(error).__name__)) from error
    if json:
        print(orjson.dumps([_verdict(judged) for judged in report.judged], option=orjson.OPT_INDENT_2).decode())
    else:
        _show(report)
    return 0 if report.holds else 1


def _verdict(judged: Any) -> dict[str, Any]:
    verdict = judged.verdict
    return {
        "service": judged.service, "name": verdict.name, "zh": verdict.zh, "en": verdict.en,
        "checked": verdict.checked, "broken": judged.broken, "examples": list(verdict.broken),
    }  # fmt: skip


def _show(report: Any) -> None:
    console = out()
    console.print(report.render(language()))
    broken = sum(bool(judged.broken) for judged in report.judged)
    figures = {"laws": len(report.judged), "events": f"{report.events:,}", "rows": f"{report.rows:,}"}
    said = {"broken": broken, "seconds": f"{report.seconds:.1f}", **figures}
    console.print(say("audit-holds", **said) if report.holds else say("audit-broken", **said))
