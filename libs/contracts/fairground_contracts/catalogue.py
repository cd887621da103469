"""Every message there is, found instead of listed: in this package, and in the contract of each installed service.

A service says where its contract is in its pyproject.toml:

    [project.entry-points."fairground.contracts"]
    lottery = "fairground_lottery.contract"

and in the contract what its commands are keyed by, for the reference: KEY = "the wheel's activity id".
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import fairground_contracts
from fairground_contracts import topics
from fairground_contracts.message import Message
from fairground_contracts.topics import Topic

GROUP = "fairground.contracts"


class Contract(NamedTuple):
    """The messages that one package declares, and the folder in which their schemas and goldens are kept."""

    service: str  # empty for the messages that are shared
    key: str  # what the record key of its commands is, in words (KEY in the contract); empty for shared ones
    folder: Path
    messages: tuple[type[Message], ...]  # by kind and type

    def schema(self, message: type[Message]) -> Path:
        """Where the message's JSON Schema is kept."""
        return self.folder / "schemas" / f"{message.type}.json"

    def golden(self, message: type[Message]) -> Path:
        """Where the message's golden example is kept."""
        return self.folder / "goldens" / f"{message.type}.json"


def messages_of(module: ModuleType) -> tuple[type[Message], ...]:
    """The commands and events that a module, or a package with all its modules, declares: each class with a type."""
    return _of_kinds(module, "command", "event")


def parts_of(module: ModuleType) -> tuple[type[Message], ...]:
    """What stands inside other messages and never on a topic by itself."""
    return _of_kinds(module, "part")


def contract(service: str, module: ModuleType) -> Contract:
    """A module's messages with their folder, which is the one that holds its top package."""
    top = importlib.import_module(module.__name__.partition(".")[0])
    assert top.__file__ is not None, f"{top.__name__} is no package of this workspace"
    return Contract(service, getattr(module, "KEY", ""), Path(top.__file__).parent.parent, messages_of(module))


@cache
def contracts() -> tuple[Contract, ...]:
    """The shared messages, then those of each installed service by name."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    services = tuple(contract(entry.name, importlib.import_module(entry.value)) for entry in found)
    return contract("", fairground_contracts), *services


def by_type() -> dict[str, type[Message]]:
    """Every message by its CloudEvents type."""
    return {message.type: message for contract in contracts() for message in contract.messages}


def topics_of(found: tuple[Contract, ...]) -> tuple[Topic, ...]:
    """The shared topics, then those of each service, dead letters included."""
    services = (topic for contract in found if contract.service for topic in topics.of_service(contract.service))
    return (*topics.shared(), *services)


def messages_on(topic: Topic, found: tuple[Contract, ...]) -> tuple[type[Message], ...]:
    """The messages that a topic carries, by kind and type.

    A service's topics carry what its contract declares, and the shared messages that no topic names: the lifecycle
    of activities, which is the same for all of them.
    """
    shared = found[0].messages
    if topic.messages:
        return tuple(message for message in shared if message.type in topic.messages)
    named = {type for other in topics_of(found) for type in other.messages}
    kind = "command" if topic == topics.commands(topic.owner) else "event"
    own = tuple(message for contract in found if contract.service == topic.owner for message in contract.messages)
    common = tuple(message for message in shared if message.type not in named)
    return tuple(message for message in (*own, *common) if message.kind == kind)


def _of_kinds(module: ModuleType, *kinds: str) -> tuple[type[Message], ...]:
    found = {message for each in _modules(module) for message in _declared_in(each) if message.kind in kinds}
    return tuple(sorted(found, key=lambda message: (message.kind, message.type, message.__name__)))


def _modules(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    for found in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{module.__name__}."):
        yield importlib.import_module(found.name)


def _declared_in(module: ModuleType) -> Iterator[type[Message]]:
    for _, declared in inspect.getmembers(module, inspect.isclass):
        if issubclass(declared, Message) and declared.__module__ == module.__name__ and _is_concrete(declared):
            yield declared


def _is_concrete(message: type[Message]) -> bool:
    """Whether it has a type of its own, or is a part. What only others are derived from has neither."""
    return message.kind == "part" or bool(vars(message).get("type"))
