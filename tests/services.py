"""The activity services that tests run by glob: every installed one, and the toy."""

from importlib.metadata import entry_points

from fairground_runtime.worker import Activity
from toy import Toy

_GROUP = "fairground.services"


def names() -> list[str]:
    """Every activity's name. A new service is among them as soon as it is installed."""
    return ["toy", *sorted(entry.name for entry in entry_points(group=_GROUP))]


def activity(name: str) -> Activity:
    """One activity by its name."""
    if name == "toy":
        return Activity("toy", Toy, Toy, lambda _text: [])
    (entry,) = entry_points(group=_GROUP, name=name)
    found: Activity = entry.load()
    return found
