"""What the audit found, and how it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from fairground_decider.laws import Findings, Law, Verdict
from fairground_record.audit.totals import Total

_TITLES = {
    "zh": ("规则", "检查", "违反", "违反的事实"),
    "en": ("law", "checked", "broken", "what breaks it"),
}


class Finding(Findings):
    """One of the audit's own laws while it is being checked."""

    def __init__(self, name: str, zh: str, en: str) -> None:
        """`name` is snake_case; the sentences say what must hold."""
        super().__init__()
        self.name = name
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Judged:
    """A law's verdict over one service; `service` is empty where it is over what all of them share."""

    service: str
    verdict: Verdict
    broken: int  # facts that break it; the verdict names the first of them

    @classmethod
    def of(cls, service: str, law: Law) -> "Judged":
        """The law's verdict."""
        verdict = law.verdict()
        return cls(service, verdict, max(len(verdict.broken), getattr(law, "broken", 0)))


def merged(judged: Iterable[Judged]) -> list[Judged]:
    """One verdict for each service and law, of those that were found over different partitions."""
    found: dict[tuple[str, str], Judged] = {}
    for each in judged:
        at = each.service, each.verdict.name
        found[at] = each if at not in found else _both(found[at], each)
    return list(found.values())


def _both(one: Judged, other: Judged) -> Judged:
    verdict, more = one.verdict, other.verdict
    both = verdict._replace(checked=verdict.checked + more.checked, broken=[*verdict.broken, *more.broken])
    return Judged(one.service, both, one.broken + other.broken)


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts."""

    judged: tuple[Judged, ...]
    events: int  # that count
    rows: int  # compared with their topics
    seconds: float
    totals: tuple[Total, ...] = ()  # what each activity granted, and what became of it

    @property
    def holds(self) -> bool:
        """Whether no law is broken."""
        return not any(each.broken for each in self.judged)

    def as_json(self) -> list[dict[str, Any]]:
        """The verdicts as the demo's report shows them."""
        return [
            {"service": each.service, "name": each.verdict.name, "checked": each.verdict.checked,
             "broken": each.broken, "examples": each.verdict.broken}
            for each in self.judged
        ]  # fmt: skip

    def render(self, language: Literal["en", "zh"] = "en") -> RenderableType:
        """A table of all laws, and below it the first facts that break one."""
        law, checked, broken, what = _TITLES[language]
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("", justify="left")
        table.add_column(law, overflow="fold")
        table.add_column(checked, justify="right")
        table.add_column(broken, justify="right")
        for each in self.judged:
            verdict = each.verdict
            said = escape(getattr(verdict, language))
            owner = f"[dim]{escape(each.service)}[/] " if each.service else ""
            mark, colour = ("[green]✓[/]", "dim") if not each.broken else ("[red]✗[/]", "red bold")
            table.add_row(mark, owner + said, f"{verdict.checked:,}", f"[{colour}]{each.broken:,}[/]")
        examples = [
            f"[red]{escape(each.verdict.name)}[/]: {escape(example)}"
            for each in self.judged
            for example in each.verdict.broken
        ]
        return Group(table, *([f"\n[bold]{what}[/]", *examples] if examples else []))


def short(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
