"""Laws over what happened: what must be true of a service's events and rewards, whoever wrote them.

A law sees every event that counts, in the log's order within each partition, and every reward, in any order. It keeps
only what it needs, so that it can look at millions of them. The audit, the demo and the crash tests share the laws.
"""

from collections.abc import Iterable
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

    def see(self, event: Event[Any]) -> None:
        """The next event that counts."""

    def see_reward(self, reward: Granted | Outgoing) -> None:
        """A reward as it stands on its topic."""

    def verdict(self) -> Verdict:
        """What was found so far."""


class Findings:
    """What a law has checked and found; laws derive from it and say `name`, `zh` and `en`."""

    name = ""
    zh = ""
    en = ""

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


def judge(laws: Iterable[Law], events: Iterable[Event[Any]], rewards: Iterable[Granted | Outgoing]) -> list[Verdict]:
    """All laws over all events and rewards."""
    seeing = list(laws)
    for event in events:
        for law in seeing:
            law.see(event)
    for reward in rewards:
        for law in seeing:
            law.see_reward(reward)
    return [law.verdict() for law in seeing]
