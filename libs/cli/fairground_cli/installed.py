"""The activity services that are installed, found by entry point: nothing lists them."""

from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

from fairground_cli.trouble import Trouble
from fairground_cli.words import say
from fairground_contracts.message import CommandMessage
from fairground_decider import Service
from fairground_decider.simulation import Simulated
from fairground_runtime.worker.manifest import Activity

GROUP = "fairground.services"


@lru_cache
def activities() -> dict[str, Activity]:
    """Every installed activity service by its name."""
    return {entry.name: entry.load() for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def kinds() -> dict[str, Activity]:
    """The services by the kinds of activity files that are for them."""
    return {kind: found for name, found in activities().items() for kind in found.kinds or (name,)}


def activity(name: str) -> Activity:
    """One of them. Raises Trouble."""
    if found := activities().get(name):
        return found
    raise Trouble(say("installed-unknown", service=name, services=", ".join(activities())), 2)


def simulation(activity: Activity) -> Simulated:
    """What a service brings to be simulated, in its room of that name. Raises Trouble when it brings nothing."""
    room = f"fairground_{activity.name}.simulation"
    if find_spec(room) is None:
        raise Trouble(say("installed-not-simulated", service=activity.name))
    found: Simulated = import_module(room).SIMULATION
    return found


def verb(command: type[CommandMessage]) -> str:
    """What a command asks for in one word: `lottery.wheel.draw.v1` is `draw`."""
    return command.type.split(".")[-2]


def commands(service: Service) -> dict[str, type[CommandMessage]]:
    """A service's commands by their verbs; by their types where two share a verb."""
    by_verb: dict[str, list[type[CommandMessage]]] = {}
    for command in service.commands.values():
        by_verb.setdefault(verb(command), []).append(command)
    named: dict[str, Any] = {}
    for word, found in by_verb.items():
        named |= {word: found[0]} if len(found) == 1 else {command.type: command for command in found}
    return named
