"""What a service tells the runtime of itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fairground_contracts import topics
from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.message import Message
from fairground_contracts.topics import Topic
from fairground_decider import Service, Translated

#: Pure: a record of a shared stream, and the published activities by id, to commands.
Translate = Callable[[CloudEvent, Message, Mapping[str, ActivityListed]], Iterable[Translated]]


#: Pure: whether messages of this kind can mean anything to these activities.
Concerns = Callable[[type[Message], Mapping[str, ActivityListed]], bool]


def _whatever_comes(_kind: type[Message], _activities: Mapping[str, ActivityListed]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Intake:
    """Which shared streams a service listens to, and what it makes of them."""

    topics: tuple[Topic, ...]
    messages: Mapping[str, type[Message]]
    translate: Translate
    concerns: Concerns = _whatever_comes  # what no activity asks for is not even parsed: a shop says much
    only_with: Mapping[type[Message], bytes] = field(default_factory=dict)  # ASCII letters that its data must contain


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity service: its pure domain and its intake. Found by the entry point `fairground.services`."""

    name: str
    service: Callable[[], Service]  # with its secrets, for a worker
    reader: Callable[[], Service]  # evolve, effects and encode only: what audit and restore need, without secrets
    check: Callable[[str], list[Any]]  # an activity file's text to all its problems
    intake: Intake | None = None
    kinds: tuple[str, ...] = ()  # of activity files that are for it; none: those that are called like the service

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics that it owns."""
        return topics.of_service(self.name)

    @property
    def used(self) -> tuple[Topic, ...]:
        """Those without which it cannot run: its own, the activities' table, and what its intake hears."""
        heard = self.intake.topics if self.intake else ()
        return (*self.topics, topics.ACTIVITIES, *heard, *map(topics.dead, heard))
