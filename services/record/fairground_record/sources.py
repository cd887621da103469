"""Which topics are recorded: those of every service that is installed, and those that belong to no single one."""

from importlib.metadata import entry_points
from typing import Literal, NamedTuple

from fairground_contracts import topics
from fairground_contracts.topics import Topic

Kind = Literal["events", "rewards", "results", "dead", "orders", "members", "exposures"]


class Source(NamedTuple):
    """A topic that is recorded."""

    topic: Topic
    kind: Kind
    service: str = ""
    id: int = 0  # in the record's database

    @property
    def name(self) -> str:
        """The topic's name."""
        return self.topic.name

    @property
    def stamped(self) -> bool:
        """Whether its records count by their stamps."""
        return self.kind == "events"

    @property
    def owed(self) -> bool:
        """Whether only what events of activities owe may stand there, and all of it must."""
        return self.topic in (topics.REWARDS, topics.FUNDING, topics.TIMERS)

    @property
    def of_shop(self) -> bool:
        """Whether only facts of it are kept (fairground_record.shop), not its records."""
        return self.kind in ("orders", "members")

    @property
    def counted(self) -> bool:
        """Whether it is only counted (fairground_record.exposures), and nothing of it is kept."""
        return self.kind == "exposures"


def services() -> tuple[str, ...]:
    """The names of the activity services that are installed."""
    return tuple(sorted({entry.name for entry in entry_points(group="fairground.services")}))


def sources(names: tuple[str, ...]) -> tuple[Source, ...]:
    """Every topic to be recorded when these services are installed."""
    own = [source for name in names for source in _of_service(name)]
    return (
        *own,
        Source(topics.REWARDS, "rewards"),
        Source(topics.REWARD_RESULTS, "results"),
        Source(topics.FUNDING, "results"),
        Source(topics.FUNDING_RESULTS, "results"),
        Source(topics.dead(topics.ORDERS), "dead"),
        Source(topics.dead(topics.MEMBERS), "dead"),
        Source(topics.ORDERS, "orders"),
        Source(topics.MEMBERS, "members"),
        Source(topics.EXPOSURES, "exposures"),
        Source(topics.dead(topics.EXPOSURES), "dead"),
        Source(topics.dead(topics.REWARD_RESULTS), "dead"),
        Source(topics.dead(topics.FUNDING_RESULTS), "dead"),
        Source(topics.TIMERS, "results"),
        Source(topics.dead(topics.REWARDS), "dead"),
        Source(topics.dead(topics.TIMERS), "dead"),
    )


def _of_service(name: str) -> tuple[Source, ...]:
    return Source(topics.events(name), "events", name), Source(topics.dead(topics.commands(name)), "dead", name)
