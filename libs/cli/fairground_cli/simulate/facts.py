"""What members of a simulation are like: facts that stand in their commands, as whoever publishes them would put in."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from fairground_cli.asking import fact_value
from fairground_cli.simulate.words import say
from fairground_cli.trouble import Trouble
from fairground_decider import Event, Translated
from fairground_decider.entropy import Mac, uniform
from fairground_decider.simulation import Players


class Fact(NamedTuple):
    """A fact, and how many members have which value."""

    name: str
    values: tuple[Any, ...]
    bounds: tuple[int, ...]  # the values' weights, summed up

    @classmethod
    def of(cls, text: str) -> "Fact":
        """`level=3`: all members; `level=0:80,1:15,2:5`: so many of a hundred each. Raises Trouble."""
        name, equals, said = text.partition("=")
        parts = [part.rpartition(":") for part in said.split(",")]
        values = [value for value, _, _ in parts] if len(parts) > 1 else [said]
        weights = [weight for _, _, weight in parts] if len(parts) > 1 else ["1"]
        weighed = all(weight.isdecimal() for weight in weights) and sum(map(int, weights)) > 0
        if not (name and equals and all(values) and weighed):
            raise Trouble(say("no-fact", text=text), 2)
        return cls(name, tuple(map(fact_value, values)), tuple(accumulate(map(int, weights))))


class Known(Players):
    """Members of whom something is known: the same member has the same facts in all that it asks."""

    def __init__(self, players: Players, facts: Sequence[Fact], seed: str) -> None:
        """`players`: who ask; `seed`: of who is what."""
        self._players = players
        self._facts = facts
        self._dice = Mac(seed.encode())
        self._members: dict[str, dict[str, Any]] = {}

    def came_by(self, member_id: str, time: str, time_ms: int) -> Iterator[Translated]:
        """What it asks, with its facts."""
        return self._with_facts(self._players.came_by(member_id, time, time_ms))

    def saw(self, events: Sequence[Event[Any]]) -> Iterator[Translated]:
        """What is asked next, with the facts."""
        return self._with_facts(self._players.saw(events))

    def _with_facts(self, asked: Iterable[Translated]) -> Iterator[Translated]:
        for command in asked:
            if "facts" in type(command.data).model_fields:
                member = command.data.__dict__["member_id"]
                known = command.data.model_copy(update={"facts": self._of(member)})
                yield Translated(command.key, command.id, command.time, known)
            else:
                yield command

    def _of(self, member: str) -> dict[str, Any]:
        known = self._members.get(member)
        if known is None:
            known = self._members[member] = {
                fact.name: fact.values[bisect_right(fact.bounds, self._number(fact, member))] for fact in self._facts
            }
        return known

    def _number(self, fact: Fact, member: str) -> int:
        return uniform(self._dice, f"{fact.name}|{member}", fact.bounds[-1]).number
