"""How code is written."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import Module, Source

FUNCTION_LINES = 50
FILE_LINES = 400

_EMPTY_WORDS = re.compile(r"(Manager|Helpers?|Utils?|Utility|Common|Base|Impl)(?=[A-Z_]|$)")
_EMPTY_FILES = {"util", "utils", "helper", "helpers", "common", "base", "misc", "manager", "impl", "shared", "stuff"}
_EMPTY_PREFIX = re.compile(r"_*(get|handle|process)_")
_SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX|VIEW|FUNCTION|DATABASE|SCHEMA)|"
    r"ALTER\s+TABLE|DROP\s+(TABLE|VIEW|INDEX)|WITH\s+\w+\s+AS|TRUNCATE\s|SELECT\s+\w+\(|COPY\s+\w+\s*(\(|FROM|TO))",
    re.DOTALL,
)
_LUA = re.compile(r"redis\.(p?call|error_reply|status_reply)\b")
_METRICS_FILE = "fairground_runtime/metrics.py"
_METRICS = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
_MACHINE = re.compile(r"(?<![\w.:/$}])/(home|root|Users|work|mnt|media|tmp)/[\w.]")
_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b")
_TEXTS = {
    ".py", ".md", ".toml", ".yml", ".yaml", ".sql", ".lua", ".cfg", ".ini", ".txt", ".sh", ".properties", ".json",
    ".svg", ".lock", "",
}  # fmt: skip
_NOT_OURS = {
    ".git", ".venv", ".tools", ".data", ".fairground", ".hypothesis", "__pycache__", "node_modules", "reports",
    "secrets",
}  # fmt: skip


def functions_of_one_screen(source: Source) -> Iterator[str]:
    """A function that does not fit on a screen is read in parts, and believed in parts."""
    for module in source.everything:
        for function in module.functions:
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{module.where}:{function.lineno} {function.name} has {lines} lines, {FUNCTION_LINES} at most"


def files_of_one_sitting(source: Source) -> Iterator[str]:
    """The systems that this one learnt from all had one file of thousands of lines that nobody dared to change."""
    for module in source.everything:
        lines = module.text.count("\n")
        if lines > FILE_LINES:
            yield f"{module.where} has {lines} lines, {FILE_LINES} at most"


def names_that_say_something(source: Source) -> Iterator[str]:
    """`Manager` manages, `Base` is below, `get_` returns: such words stand where a name was not found yet. What nobody
    could name grows into the place where everything goes."""
    for module in source.everything:
        if module.path.stem in _EMPTY_FILES:
            yield f"{module.where}: a file of this name collects what belongs elsewhere"
        for named in module.classes:
            if _EMPTY_WORDS.search(named.name):
                yield f"{module.where}:{named.lineno} class {named.name}"
        for function in module.functions:
            if _EMPTY_PREFIX.match(function.name):
                yield f"{module.where}:{function.lineno} {function.name}: a plain verb says it"


def no_error_in_silence(source: Source) -> Iterator[str]:
    """FastStream swallows what a handler raises, aiokafka what a rebalance listener raises, and a record is gone that
    nobody will miss for weeks. What is caught without knowing what it is must be told, kept or raised."""
    for module in source.modules:
        for node in module.nodes:
            if isinstance(node, ast.ExceptHandler) and _catches_all(node.type) and not _speaks(node):
                yield f"{module.where}:{node.lineno} catches everything and says nothing"
            if isinstance(node, ast.Call) and _suppresses_all(node):
                yield f"{module.where}:{node.lineno} suppresses everything"


def queries_in_their_rooms(source: Source) -> Iterator[str]:
    """SQL and Lua stand in .sql and .lua files, where editors, linters and database people can read them as what they
    are; in a string of Python nobody reviews them."""
    for module in source.modules:
        for text, line in module.strings:
            if _SQL.match(text):
                yield f"{module.where}:{line} is SQL: {text[:40]!r}"
            if _LUA.search(text):
                yield f"{module.where}:{line} is Lua: {text[:40]!r}"


def metrics_in_one_place(source: Source) -> Iterator[str]:
    """Every metric is declared once, in the runtime's `metrics`, with its meaning. A dashboard on a name that two
    processes use differently shows a wrong number without an error."""
    names: set[str] = set()
    for module in source.modules:
        for node in _metrics_made(module):
            name, means, *_ = [*(ast.unparse(argument).strip("'") for argument in node.args), "", ""]
            if not module.where.endswith(_METRICS_FILE):
                yield f"{module.where}:{node.lineno} declares {name}: that is done in {_METRICS_FILE}"
            if name in names:
                yield f"{module.where}:{node.lineno} declares {name} again"
            if not means:
                yield f"{module.where}:{node.lineno} does not say what {name} means"
            names.add(name)


def metrics_in_use(source: Source) -> Iterator[str]:
    """A metric that nobody sets stays at 0, which on a dashboard is good news."""
    used: set[str] = set()
    for module in source.modules:
        if not module.where.endswith(_METRICS_FILE):
            used |= {node.attr for node in module.nodes if isinstance(node, ast.Attribute)}
            used |= {name.rpartition(".")[2] for name, _ in module.imports}
    for module in source.modules:
        made = _metrics_made(module)
        for node in module.tree.body:
            if isinstance(node, ast.Assign) and node.value in made:
                name = ast.unparse(node.targets[0])
                if name not in used:
                    yield f"{module.where}:{node.lineno}: nobody sets {name}"


def no_place_of_one_machine(source: Source) -> Iterator[str]:
    """A path that exists on one machine works on one machine, and tells strangers about it."""
    for path in _texts(source.root):
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            if found := _MACHINE.search(line):
                yield f"{path.relative_to(source.root)}:{number} names {found.group()}..."


def nothing_unfinished(source: Source) -> Iterator[str]:
    """A note about work to be done is found by nobody who could do it. Either it is done, or an issue tells of it."""
    for module in source.everything:
        for number, line in enumerate(module.text.splitlines(), 1):
            if module.path.parent.name != "architecture" and (found := _UNFINISHED.search(line)):
                yield f"{module.where}:{number} says {found.group()}"


def lock_without_hosts(source: Source) -> Iterator[str]:
    """The lock pins hashes, not hosts: it must install from whatever index, mirror or proxy the reader has
    (docs/decisions/0002-a-lock-without-hosts.md)."""
    for number, line in enumerate((source.root / "requirements.lock").read_text().splitlines(), 1):
        if "://" in line or line.startswith(("-i ", "--index", "--extra-index", "--find-links", "-f ")):
            yield f"requirements.lock:{number} names a place: {line.strip()[:60]}"


def _catches_all(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or ast.unparse(name) in {"Exception", "BaseException"} for name in names)


def _suppresses_all(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith("suppress") and any(_catches_all(argument) for argument in call.args)


def _speaks(handler: ast.ExceptHandler) -> bool:
    """Whether the handler raises, or does something with what it caught."""
    inside = [node for statement in handler.body for node in ast.walk(statement)]
    return any(
        isinstance(node, ast.Raise) or (isinstance(node, ast.Name) and node.id == handler.name) for node in inside
    )


def _metrics_made(module: Module) -> list[ast.Call]:
    clients = {name.rpartition(".")[2] for name, _ in module.imports if name.startswith("prometheus_client.")}
    return [
        node
        for node in module.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in clients & _METRICS
    ]


def _texts(root: Path) -> Iterator[Path]:
    for path in sorted(root.iterdir()):
        if path.name in _NOT_OURS or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _texts(path)
        elif path.suffix in _TEXTS and path.name != ".git":
            yield path
