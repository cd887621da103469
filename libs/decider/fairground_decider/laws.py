"""Laws over what happened: what must be true of a service's events and rewards, whoever wrote them.

A law sees every event that counts, in the log's order within each partition, and every reward of these events, in any
order. The audit may show different partitions to different instances, so a law must not compare partitions. It keeps
only what it needs, so that it can look at millions of events. The audit, the demo and the crash tests share the laws.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

from fairground_contracts.message import Message
from fairground_contracts.rewards import RewardGranted
from fairground_decider.causes import DAY_MS
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


class OneOutcome(Findings):
    """Coordinates only ever go up, by one index or to a later command, so no event stands there twice."""

    name = "one_outcome"
    zh = "每个命令恰好有一个完整的结果"
    en = "every command has exactly one outcome, whole, in order"

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, tuple[int, int, int]] = {}  # partition to (offset, index, events that must follow)

    def see(self, event: Event[Any]) -> None:
        """The next event must be the next one of its command, or the first of a later one."""
        partition, offset_said, index_said = event.id.rsplit("-", 2)
        offset, index = int(offset_said), int(index_said)
        before, last_index, missing = self._last.get(partition, (-1, 0, 0))
        holds = offset > before and not missing if index == 0 else (offset, index) == (before, last_index + 1)
        self.check(holds, f"{event.id} follows {before}-{last_index}, behind which {missing} had to follow")
        self._last[partition] = (offset, index, self.to_follow(event.data, index))

    def to_follow(self, said: Any, index: int) -> int:
        """How many more events of its command must follow. 0, unless a law knows better."""
        return 0


class Once(Findings):
    """What happens once only, however often it is asked for.

    A repeated one says the same time, so the day it belongs to is enough to look at.
    """

    _KEPT_DAYS = 3  # UTC days of an activity of which everything is held

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, dict[int, set[bytes]]] = defaultdict(dict)

    def once(self, event: Event[Any], activity: str, what: str) -> None:
        """This must not have happened before."""
        days, day = self._seen[activity], event.time_ms // DAY_MS
        seen = days.setdefault(day, set())
        digest = blake2b(what.encode(), digest_size=8).digest()
        self.check(digest not in seen, f"{event.id}: {what} again at {activity}")
        seen.add(digest)
        if len(days) > self._KEPT_DAYS:
            del days[min(days)]


class Owed(Findings):
    """What stands on the rewards topic is what a service's events owe, no more, no less, and the same each time."""

    service = ""

    def __init__(self) -> None:
        super().__init__()
        self._owed: dict[str, bytes] = {}
        self._given: dict[str, bytes] = {}

    def effects(self, event: Event[Any]) -> Iterable[Outgoing]:
        """What the event sends elsewhere. Nothing, unless the law says."""
        return ()

    def see(self, event: Event[Any]) -> None:
        """Whatever it grants is owed."""
        for effect in self.effects(event):
            if isinstance(effect.data, RewardGranted):
                self._owed[effect.id] = _content(effect.data)

    def see_reward(self, reward: Granted | Outgoing) -> None:
        """A repeated reward is the same reward."""
        if not isinstance(reward.data, RewardGranted) or reward.data.service != self.service:
            return
        content = _content(reward.data)
        if self._given.setdefault(reward.id, content) != content:
            self.note(f"{reward.id} twice with different content")

    def verdict(self) -> Verdict:
        """Compares what is owed with what was given; can be asked again when more was seen."""
        seen = self.broken, list(self._examples)
        for reward_id, content in self._owed.items():
            if self._given.get(reward_id) != content:
                given = "is another one" if reward_id in self._given else "is not there"
                self.note(f"{reward_id} is owed, but {given}")
        for reward_id in self._given.keys() - self._owed.keys():
            self.note(f"{reward_id} was given, but nothing owes it")
        self.checked = len(self._owed)
        verdict = super().verdict()
        self.broken, self._examples = seen
        return verdict


def _content(reward: RewardGranted) -> bytes:
    return blake2b(reward.model_dump_json().encode(), digest_size=8).digest()


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
