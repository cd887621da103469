"""A whole activity file: everything that is wrong with it, or the rules that it says."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from fairground_activities.files.problems import Problems
from fairground_activities.files.yamlfile import read_yaml
from fairground_contracts.activities import Problem

R = TypeVar("R")

#: A file's text, or its content.
Source = str | bytes | dict[str, Any]


class BadRules(ValueError):
    """An activity file that cannot be published; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field or 'file'}: {problem.en}" for problem in problems))
        self.problems = problems


class ActivityFile(Generic[R]):
    """Files of one service."""

    def __init__(
        self, read: Callable[[Any, Problems, bool], R | None], sentences: Mapping[str, tuple[str, str]]
    ) -> None:
        """`read`: a content as rules, None when there is any problem; the last argument says whether it was published
        before, and is held only to what it was held to then. `sentences`: the service's problems, and the shared ones.
        """
        self._read = read
        self._sentences = sentences

    def check(self, source: Source) -> list[Problem]:
        """Everything that is wrong with an activity file. Empty: it can be published."""
        return self._rules(source, published=False)[1]

    def load(self, source: Source) -> R:
        """The rules that an activity file says, or a published form of any age. Raises BadRules with every problem."""
        rules, problems = self._rules(source, published=True)
        if rules is None:
            raise BadRules(problems)
        return rules

    def _rules(self, source: Source, published: bool) -> tuple[R | None, list[Problem]]:
        problems = Problems(self._sentences)
        content = source if isinstance(source, dict) else read_yaml(source, problems)
        if content is None and problems.found:
            return None, problems.found
        rules = self._read(content, problems, published)
        return rules, sorted(problems.found, key=lambda problem: problem.line)
