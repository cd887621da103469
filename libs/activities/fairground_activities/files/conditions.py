"""Conditions in CEL (the Common Expression Language): the one place that knows which library evaluates them.

CEL has no loops, no clock and no side effects: an expression over given facts always comes to the same answer, and
does so quickly. It is parsed once per version; one evaluation takes some ten microseconds.
"""

import re
from collections.abc import Mapping, Sequence
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
_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|&&|\|\||.""", re.DOTALL)
_UNCLEAR = re.compile(r"\\|//|'{3}|\"{3}")  # texts within texts and comments: only the parser can tell them apart
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


class Mistyped(NamedTuple):
    """A part of a condition that compares what cannot be compared."""

    facts: Mapping[str, Any]  # of the member for whom it was found
    said: str  # by the library; empty: it comes to something else than yes or no
    value: Any = None  # what it comes to


def mistyped(text: str, samples: Sequence[Mapping[str, Any]]) -> Mistyped | None:
    """The first part of a condition that no kind of member has an answer to, though `&&` or `||` may hide it.

    The library knows types only by trying, and does not try what comes behind a no. So each part is tried by itself;
    errors that another part may guard against, such as a division by zero, are none.
    """
    for clause in _clauses(text):
        try:
            condition = Condition(clause)
        except NotCondition:
            continue
        for sample in samples:
            asked = {fact: sample[fact] for fact in sorted(condition.facts & sample.keys())}
            try:
                value = condition.value(sample)
            except TypeError as error:
                return Mistyped(asked, str(error))
            except (ArithmeticError, LookupError, RuntimeError, ValueError):  # another part may guard against it
                continue
            if not isinstance(value, bool):
                return Mistyped(asked, "", value)
    return None


def _clauses(text: str) -> list[str]:
    """What `&&` and `||` join, within brackets, too."""
    found = list[str]()
    waiting = [] if _UNCLEAR.search(text) else [text]
    while waiting:
        parts = _joined(waiting.pop())
        if len(parts) > 1:
            waiting.extend(parts)
        elif (inner := _enclosed(parts[0])) is not None:
            waiting.append(inner)
        else:
            found.append(parts[0])
    return found


def _joined(text: str) -> list[str]:
    """The parts outside of all brackets; one where there is a choice (`x ? a : b`), which binds less than they do."""
    parts, depth = [""], 0
    for token in _TOKEN.findall(text):
        depth += (token in "([{") - (token in ")]}")
        if depth == 0 and token == "?":
            return [text]
        if depth == 0 and token in ("&&", "||"):
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _enclosed(text: str) -> str | None:
    """What stands between the brackets around all of it."""
    text = text.strip().removeprefix("!").strip()
    depth = 0
    for at, token in ((found.start(), found.group()) for found in _TOKEN.finditer(text)):
        depth += (token in "([{") - (token in ")]}")
        if depth == 0:
            return text[1:-1] if text[0] == "(" and at == len(text) - 1 else None
    return None


def _shortened(said: str) -> str:
    """What the parser says, without its drawing of the place."""
    found = _PARSER_SAYS.search(said)
    text = f"line {found[1]}, column {found[2]}: {found[3]}" if found else said.split("\n", 1)[0]
    return text.split(" expecting {", 1)[0].replace("<EOF>", "the end")[:160]
