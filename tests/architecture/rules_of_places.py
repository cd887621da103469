"""Where things are, and who may know whom."""

import ast
import sys
from collections.abc import Iterable, Iterator

from tests.architecture.source import ROOMS, Module, Source

#: Standard library that only computes: no clock, no random, no I/O, no process, no log.
PURE = frozenset({
    "abc", "base64", "binascii", "bisect", "collections", "contextlib", "dataclasses", "datetime", "decimal", "difflib",
    "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "itertools", "json", "math", "numbers", "operator",
    "re", "statistics", "string", "struct", "textwrap", "types", "typing", "unicodedata", "zoneinfo",
})  # fmt: skip

#: What rooms of these names are called here, so that who knows one service knows all.
SYNONYMS = {
    "config": "settings", "conf": "settings", "configuration": "settings", "main": "app", "server": "app",
    "messages": "contract", "schema": "contract", "schemas": "contract", "events": "contract", "logic": "domain",
    "decider": "domain", "model": "domain", "models": "domain", "handlers": "app", "laws": "invariants",
    "checks": "invariants", "generator": "traffic", "consumers": "intake",
}  # fmt: skip

_DATA = ("pydantic", "msgspec", "orjson", "fairground_contracts", "fairground_decider", "fairground_activities")
_PURE_ROOMS: dict[str, tuple[str, ...]] = {  # room: packages, and own rooms, that it may know
    "contract": ("pydantic", "fairground_contracts", ".contract"),
    "rules": (*_DATA, ".contract", ".rules"),
    "domain": (*_DATA, ".contract", ".rules", ".domain"),
    "intake": (*_DATA, ".contract", ".rules", ".domain", ".intake"),
    "ledger": (*_DATA, ".contract", ".ledger"),
    "invariants": (*_DATA, ".contract", ".rules", ".domain", ".ledger", ".invariants"),
    "traffic": (*_DATA, "random", ".contract", ".rules", ".traffic"),
    "simulation": (*_DATA, ".contract", ".rules", ".domain", ".simulation"),
    "odds": (*_DATA, ".odds"),
    "stock": (*_DATA, ".domain", ".stock"),
    "history": (*_DATA, ".contract", ".history"),
    "experiment": (*_DATA, ".rules", ".experiment"),
    "explaining": (*_DATA, ".contract", ".domain", ".explaining"),
    "calendar": (*_DATA, ".domain", ".rules", ".calendar"),
    # only where something is drawn: whoever verifies has the file, no clock, no server, and must not need one
    "verification": (*_DATA, ".contract", ".rules", ".domain", ".verification"),
}
_OF_ACTIVITIES = frozenset({"ledger"})  # the record has a room of this name, too: it keeps the books that others write
_CLOCKS = frozenset({"now", "utcnow", "today"})
_WORLD = frozenset({"open", "input", "print", "exec", "eval", "breakpoint", "__import__"})


def rooms_of_an_activity(source: Source) -> Iterator[str]:
    """Every activity has every room. The demo, the crash tests, the audit and the simulation find them by name and
    run them for each service: a service without one of them would silently not be tested by that."""
    for service in source.services:
        if service.is_activity:
            for room in ROOMS:
                if not service.room(room):
                    yield f"{service.where} has no room {room}"
    for service in source.services:
        if not (service.folder / "README.md").is_file():
            yield f"{service.where} has no README.md"


def names_of_rooms(source: Source) -> Iterator[str]:
    """A room has one name in all services. Two words for one thing make every service a house to be learnt anew."""
    for service in source.services:
        for module in service.modules:
            place = module.path.relative_to(service.folder / service.package).parts[0].removesuffix(".py")
            if wanted := SYNONYMS.get(place):
                yield f"{module.where}: this room is called {wanted!r} here"


def one_package_a_member(source: Source) -> Iterator[str]:
    """A member's package is `fairground_<folder>`, typed, with an entry that starts it where it is a service.
    Types of a package without `py.typed` are ignored by whoever uses it, and nothing says so."""
    for member in source.members:
        if not (member.folder / member.package / "__init__.py").is_file():
            yield f"{member.where} has no package {member.package}"
        elif not (member.folder / member.package / "py.typed").is_file():
            yield f"{member.where}/{member.package} has no py.typed"
        if member.is_service and member.name not in member.entry_points("fairground.processes"):
            yield f"{member.where} names no entry point fairground.processes: nothing would start it"


def pure_rooms(source: Source) -> Iterator[str]:
    """What decides must come to the same result for ever: after a crash the state is folded again from the log, and a
    clock, a random number, a lookup or a log line's side effect in between would make another state of it. So these
    rooms may know what is listed, instead of not knowing what somebody thought of forbidding."""
    for service in source.services:
        for room, known in _PURE_ROOMS.items():
            if room in _OF_ACTIVITIES and not service.is_activity:
                continue
            allowed = {f"{service.package}{name}" if name.startswith(".") else name for name in known}
            yield from _strangers(service.room(room), allowed | PURE, f"{room} of {service.name}")


def clocks_and_worlds(source: Source) -> Iterator[str]:
    """`datetime.now()` needs no forbidden import, and neither does `open`: time and facts come in with the command."""
    rooms = [module for service in source.services for room in _PURE_ROOMS for module in service.room(room)]
    for module in (*rooms, *source.lib("decider"), *source.lib("activities"), *_protocol(source)):
        for name, line in _calls(module):
            if name.rpartition(".")[2] in _CLOCKS or name in _WORLD:
                yield f"{module.where}:{line} calls {name}"


def contracts_for_everybody(source: Source) -> Iterator[str]:
    """Other systems install the contracts alone: what they drag in must be pydantic and orjson, nothing else."""
    yield from _foreign(source.lib("contracts"), {"pydantic", "orjson", "fairground_contracts"}, "contracts")


def vocabulary_of_domains(source: Source) -> Iterator[str]:
    """Domains are as pure as what they are written against: a clock or a log in here would be one in all of them."""
    allowed = {"fairground_contracts", "fairground_decider", "pydantic", "msgspec"} | PURE
    yield from _strangers(source.lib("decider"), allowed, "libs/decider")


def what_activities_share(source: Source) -> Iterator[str]:
    """What rules and decisions of all activities are made of is as pure as they are; files are read as text only."""
    allowed = {*_DATA, "yaml", "cel"} | PURE
    yield from _strangers(source.lib("activities"), allowed, "libs/activities")


def protocol_without_servers(source: Source) -> Iterator[str]:
    """The simulation runs thousands of histories through these very functions, without a server or an event loop.
    A client's type among them would end that, and the proof with it."""
    ours = {"fairground_contracts", "fairground_decider", "fairground_runtime.protocol"}
    yield from _strangers(_protocol(source), ours | {"msgspec", "pydantic"} | PURE, "the protocol")


def services_apart(source: Source) -> Iterator[str]:
    """Services meet on topics. One that imports another cannot be deployed, or fail, without it."""
    packages = {service.package for service in source.services}
    for service in source.services:
        for module in service.modules:
            for name, line in module.imports:
                top = name.partition(".")[0]
                if top in packages and top != service.package:
                    yield f"{module.where}:{line} imports {top}"


def libraries_below_services(source: Source) -> Iterator[str]:
    """A library that knows a service must be edited for the next one: services are found by entry points.
    The command line's demo shows the services of this repository, so it may know their contracts' words."""
    names = {service.name for service in source.services if service.is_activity}
    packages = {service.package for service in source.services}
    for member in source.members:
        if member.is_service:
            continue
        for module in member.modules:
            yield from (
                f"{module.where}:{line} imports {name}"
                for name, line in module.imports
                if name.partition(".")[0] in packages
            )
            if member.name in {"runtime", "decider", "activities", "embedded"}:
                yield from (
                    f"{module.where}:{line} names the service {text!r}"
                    for text, line in module.strings
                    if text in names
                )


def libraries_in_one_direction(source: Source) -> Iterator[str]:
    """Two libraries that import each other are one library in two folders."""
    knows: dict[str, set[str]] = {}
    for member in source.members:
        tops = {name.partition(".")[0] for module in member.modules for name, _ in module.imports}
        knows[member.package] = (tops & {other.package for other in source.members}) - {member.package}
    for package, known in knows.items():
        for other in sorted(known):
            if package in knows[other] and package < other:
                yield f"{package} and {other} import each other"


def _protocol(source: Source) -> tuple[Module, ...]:
    return tuple(module for module in source.lib("runtime") if "protocol" in module.path.parent.parts)


def _strangers(modules: Iterable[Module], allowed: set[str] | frozenset[str], who: str) -> Iterator[str]:
    for module in modules:
        for name, line in module.imports:
            if not _within(name, allowed) and name != "__future__.annotations":
                yield f"{module.where}:{line}: {who} imports {name}"


def _foreign(modules: Iterable[Module], allowed: set[str], who: str) -> Iterator[str]:
    """As strangers, but all of the standard library is welcome."""
    yield from _strangers(modules, allowed | sys.stdlib_module_names, who)


def _within(name: str, allowed: Iterable[str]) -> bool:
    return any(name == known or name.startswith(f"{known}.") for known in allowed)


def _calls(module: Module) -> Iterator[tuple[str, int]]:
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield ast.unparse(node.func), node.lineno
