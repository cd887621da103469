"""The tables of docs/operations.md that follow from the code: settings and metrics.

`python -m tests.cli.operations` writes them anew; a test compares.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase
from pydantic_settings import BaseSettings

import fairground_runtime.settings as shared
from fairground_cli.process import services
from fairground_runtime import metrics

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def tables() -> dict[str, str]:
    """Each table by the name of its marker."""
    return {"settings": "\n".join(_settings()), "metrics": "\n".join(_metrics())}


def page(text: str) -> str:
    """The page with its tables as they have to be."""
    for name, table in tables().items():
        text = re.sub(
            rf"(<!-- {name}: [^\n]*\n).*?(<!-- /{name} -->)",
            lambda found, table=table: f"{found[1]}{table}\n{found[2]}",  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
    return text


def _settings() -> Iterator[str]:
    """A table for what all processes share, for workers, and for each service that has settings of its own."""
    known: dict[str, tuple[object, ...]] = {}
    parts: list[tuple[str, type[BaseSettings]]] = [
        ("All services: the servers", shared.ServerSettings),
        ("All services", shared.ConsumerSettings),
        ("Workers of activities (the lottery)", shared.WorkerSettings),
    ]
    for service in services():
        if find_spec(room := f"fairground_{service}.settings"):
            found = [each for each in vars(import_module(room)).values() if _is_settings(each, room)]
            parts += [(f"`{service}`", each) for each in found]
    for title, kind in parts:
        rows = [row for row in _rows(kind) if known.get(row[0]) != row]
        known |= {row[0]: row for row in rows}
        if rows:
            yield f"**{title}**\n\n| variable | default | meaning |\n|---|---|---|"
            yield from ("| " + " | ".join(row) + " |" for row in rows)
            yield ""


def _is_settings(each: object, module: str) -> bool:
    return isinstance(each, type) and issubclass(each, BaseSettings) and each.__module__ == module


def _rows(kind: type[BaseSettings]) -> Iterator[tuple[str, str, str]]:
    prefix = str(kind.model_config.get("env_prefix", ""))
    for name, field in kind.model_fields.items():
        default = "host name and process id" if field.default_factory else _shown(field.default)
        yield f"`{(prefix + name).upper()}`", default, field.description or ""


def _shown(default: object) -> str:
    return f"`{default}`" if default not in (None, "") else ""


def _metrics() -> Iterator[str]:
    yield "| name | kind | labels | meaning |\n|---|---|---|---|"
    declared = [each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase)]
    for metric in sorted(declared, key=lambda metric: metric._name):
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        yield f"| `{metric._name}` | {metric._type} | {labels} | {metric._documentation} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
