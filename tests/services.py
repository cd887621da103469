"""The activity services that tests run by glob: every installed one, and the toy."""

import secrets
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from random import Random

from fairground_contracts.message import CommandMessage
from fairground_decider import Translated
from fairground_runtime.worker import Activity
from tests.toy import SetStock, TakeTicket, Toy

GROUP = "fairground.services"


def names() -> list[str]:
    """Every activity's name. A new service is among them as soon as it is installed."""
    return ["toy", *sorted(entry.name for entry in entry_points(group=GROUP))]


def activity(name: str) -> Activity:
    """One activity by its name; a name that begins with toy is the toy's under that name."""
    if is_toy(name):
        return Activity(name, lambda: named(name), lambda: named(name), lambda _text: [])
    (entry,) = entry_points(group=GROUP, name=name)
    found: Activity = entry.load()
    return found


def is_toy(name: str) -> bool:
    """Whether the name is one of the toy's."""
    return name.startswith("toy")


def fresh(name: str) -> str:
    """A name under which nothing has happened yet, for the toy; the others keep theirs."""
    return f"toy{secrets.token_hex(3)}" if name == "toy" else name


def named(name: str) -> Toy:
    """The toy under another name: with topics and keys of its own."""
    toy = Toy()
    toy.name = name
    return toy


def traffic(name: str, seed: int, count: int) -> list[Translated]:
    """Believable commands of a service, from its room `traffic`; the same seed gives the same commands."""
    if is_toy(name):
        return list(toy_traffic(seed, count))
    commands = import_module(f"fairground_{name}.traffic").commands
    return list(commands(seed, count))


def toy_traffic(seed: int, count: int) -> Iterator[Translated]:
    """Tickets of twenty activities for fifty members, far more than there are."""
    dice = Random(seed)
    for number in range(count):
        which = f"act-{dice.randrange(20)}"
        data: CommandMessage = TakeTicket(
            activity_id=which, member_id=f"m{dice.randrange(50)}", count=dice.randint(1, 3)
        )
        if dice.random() < 0.05:
            data = SetStock(activity_id=which, stock=dice.randrange(60))
        yield Translated(which, f"toy-{seed}-{number}", "2026-01-01T00:00:00Z", data)
