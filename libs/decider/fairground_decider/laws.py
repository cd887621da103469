"""Laws over what happened: what must be true of a service's events and rewards, whoever wrote them.

A law sees every event that counts, in the log's order within each partition, and every reward of these events, in any
order. The audit may show different partitions to different instances, so a law must not compare partitions. It keeps
only what it needs, so that it can look at millions of events. The audit, the demo and the crash tests share the laws.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from fairground_contracts.message import Message
from fairground_decider.envelope import Event, Outgoing

#: A law that is broken a million times is shown by its first examples.
SHOWN = 20


class Verdict(NamedTuple):
    """What a law found."""

    name: str
    checked: int  # facts that were looked at
    broken: list[str]  # what breaks it, in words; a last line says how much more there is
    zh: str  # the law as a sentence
    en: str


class Granted(NamedTuple):
    """A reward as it stands on the rewards topic. (An Outgoing serves as well.)"""

    id: str
    data: Message


class Law(Protocol):
    """One law."""

    @property
    def name(self) -> str:
        """A short snake_case name."""

    @property
    def looks_at(self) -> frozenset[type[Message]] | None:
        """The kinds of events that it has to be shown; None: all."""

    def see(self, event: Event[Any]) -> None:
        """The next event that counts, of a kind that it looks at."""

    def see_reward(self, reward: Granted | Outgoing) -> None:
        """A reward as it stands on its topic."""

    def verdict(self) -> Verdict:
        """What was found so far."""


class Findings:
    """What a law has checked and found; laws derive from it and say `name`, `zh` and `en`."""

    name = ""
    zh = ""
    en = ""
    looks_at: frozenset[type[Message]] | None = None

    def __init__(self) -> None:
        self.checked = 0
        self.broken = 0
        self._examples: list[str] = []

    def check(self, holds: bool, example: str) -> None:
        """One fact: whether it holds, and how to say it if not."""
        self.checked += 1
        if not holds:
            self.note(example)

    def note(self, example: str) -> None:
        """Something that breaks the law, beside the facts that were counted."""
        self.broken += 1
        if len(self._examples) < SHOWN:
            self._examples.append(example)

    def see(self, event: Event[Any]) -> None:
        """Nothing, unless the law looks at events."""

    def see_reward(self, reward: Granted | Outgoing) -> None:
        """Nothing, unless the law looks at rewards."""

    def verdict(self) -> Verdict:
        """What was found so far."""
        more = self.broken - len(self._examples)
        shown = [*self._examples, f"... and {more} more"] if more else list(self._examples)
        return Verdict(self.name, self.checked, shown, self.zh, self.en)


def looked_at(laws: Iterable[Law], events: Sequence[Event[Any]]) -> Iterator[tuple[Law, Sequence[Event[Any]]]]:
    """Each law with those of the events that it has to be shown."""
    chosen: dict[frozenset[type[Message]] | None, Sequence[Event[Any]]] = {None: events}
    for law in laws:
        kinds = law.looks_at
        if kinds is not None and kinds not in chosen:
            chosen[kinds] = [event for event in events if type(event.data) in kinds]
        yield law, chosen[kinds]


def judge(laws: Iterable[Law], events: Iterable[Event[Any]], rewards: Iterable[Granted | Outgoing]) -> list[Verdict]:
    """All laws over all events and rewards."""
    judging, rewarded = list(laws), list(rewards)
    for law, seen in looked_at(judging, list(events)):
        for event in seen:
            law.see(event)
        for reward in rewarded:
            law.see_reward(reward)
    return [law.verdict() for law in judging]
