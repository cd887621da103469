"""A sign-in file: what an operator may write, everything that is wrong with it, and its published form."""

from typing import Any

from fairground_activities.files import Problems, read_yaml
from fairground_contracts.activities import Problem
from fairground_signin.rules.changes import promises_kept
from fairground_signin.rules.check import FACTS, read
from fairground_signin.rules.form import form
from fairground_signin.rules.model import (
    KIND,
    KINDS,
    Cycle,
    FreezeRule,
    Given,
    Level,
    MakeUpRule,
    Plan,
    RankRule,
    Rules,
    Special,
    Tier,
)
from fairground_signin.rules.problems import SENTENCES
from fairground_signin.rules.proof import rules_of

__all__ = [
    "FACTS", "KIND", "KINDS", "SENTENCES", "BadRules", "Cycle", "FreezeRule", "Given", "Level", "MakeUpRule", "Plan",
    "RankRule", "Rules", "Special", "Tier", "check", "form", "load", "promises_kept", "read", "rules_of",
]  # fmt: skip


class BadRules(ValueError):
    """An activity file that cannot be published; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field or 'file'}: {problem.en}" for problem in problems))
        self.problems = problems


def check(source: str | bytes | dict[str, Any]) -> list[Problem]:
    """Everything that is wrong with an activity file (its text, or its content). Empty: it can be published."""
    return _read(source)[1]


def load(source: str | bytes | dict[str, Any]) -> Rules:
    """The rules that an activity file says, or a published form of any age. Raises BadRules with every problem."""
    rules, problems = _read(source, published=True)
    if rules is None:
        raise BadRules(problems)
    return rules


def _read(source: str | bytes | dict[str, Any], published: bool = False) -> tuple[Rules | None, list[Problem]]:
    problems = Problems(SENTENCES)
    content = source if isinstance(source, dict) else read_yaml(source, problems)
    if content is None and problems.found:
        return None, problems.found
    rules = read(content, problems, published)
    return rules, sorted(problems.found, key=lambda problem: problem.line)
