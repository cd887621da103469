"""Conditions in CEL (the Common Expression Language): the one place that knows which library evaluates them.

CEL has no loops, no clock and no side effects: an expression over given facts always comes to the same answer, and
does so quickly. It is parsed once per version; one evaluation takes some ten microseconds.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

#: Longer ones are programs, and nested deeply enough they would exhaust the parser's stack.
MAX_CONDITION = 500

#: Beside operators, what a condition may call: only what CEL specifies, so that any library can replace this one.
FUNCTIONS = frozenset({
    "size", "contains", "startsWith", "endsWith", "matches", "string", "int", "double", "timestamp", "duration",
    "getFullYear", "getMonth", "getDate", "getDayOfWeek", "getHours",
})  # fmt: skip

_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*(\w*)")
_MAX_LOOPS = 2  # each goes over a list: two of them are quick on any facts, five would never end on some
_PARSER_SAYS = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.*)")


class NotCondition(ValueError):
    """A text that is no condition; says where and why."""


class Answer(NamedTuple):
    """What a condition comes to for one member."""

    holds: bool
    failed: str  # why it has no answer, such as a fact that was not supplied; empty when it has one


class Condition:
    """A condition that was parsed."""

    __slots__ = ("_program", "facts", "functions", "loops", "text")

    def __init__(self, text: str) -> None:
        """Raises NotCondition."""
        import cel  # loads a terminal library for its command line: half a second that only wheels with conditions pay

        try:
            self._program = cel.compile(text)
            called, named = self._program.functions(), self._program.variables()
        except Exception as error:
            raise NotCondition(_shortened(str(error))) from None
        self.text = text
        variables = _LOOP.findall(text)
        self.loops = len(variables)
        self.facts = frozenset(named) - frozenset(variables)
        self.functions = frozenset(name for name in called if name[0].isalpha())

    def value(self, facts: Mapping[str, Any]) -> Any:
        """What it comes to. Raises whatever the library raises for these facts."""
        return self._program.execute(dict(facts))

    def answer(self, facts: Mapping[str, Any]) -> Answer:
        """Whether it holds. What cannot be answered does not hold; nothing is ever raised."""
        try:
            value = self.value(facts)
        except Exception as error:
            missing = sorted(self.facts - facts.keys())
            return Answer(False, ", ".join(missing) if missing else type(error).__name__)
        return Answer(value is True, "" if isinstance(value, bool) else "no yes or no")

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it has the answer yes."""
        return self.answer(facts).holds


@lru_cache(maxsize=1024)
def compiled(text: str) -> Condition:
    """The condition of a text, parsed once. Raises NotCondition."""
    return Condition(text)


def too_many_loops(condition: Condition) -> bool:
    """Whether it could take long."""
    return condition.loops > _MAX_LOOPS


def _shortened(said: str) -> str:
    """What the parser says, without its drawing of the place."""
    found = _PARSER_SAYS.search(said)
    text = f"line {found[1]}, column {found[2]}: {found[3]}" if found else said.split("\n", 1)[0]
    return text.split(" expecting {", 1)[0].replace("<EOF>", "the end")[:160]
