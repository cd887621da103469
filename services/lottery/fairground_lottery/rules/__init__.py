"""An activity file: what an operator may write, everything that is wrong with it, and its published form."""

from typing import Any

from fairground_activities.files import (
    MAX_BYTES,
    MAX_PROBLEMS,
    Audience,
    Condition,
    Problems,
    bucket,
    compiled,
    read_yaml,
)
from fairground_contracts.activities import Problem
from fairground_lottery.rules.changes import promises_kept
from fairground_lottery.rules.check import MAX_PRIZES, read
from fairground_lottery.rules.limits import raised
from fairground_lottery.rules.model import (
    KINDS,
    LOWEST,
    POINTS,
    REFUSE,
    SCORE_GAME,
    SOURCES,
    WHEEL,
    Fulfilment,
    OrderRule,
    Pacing,
    Pity,
    PlayRule,
    Prize,
    Rules,
    Source,
    Tier,
    Unlock,
    form,
)
from fairground_lottery.rules.odds import MAX_WEIGHT
from fairground_lottery.rules.problems import SENTENCES
from fairground_lottery.rules.proof import chain_of

__all__ = [
    "KINDS", "LOWEST", "MAX_BYTES", "MAX_PRIZES", "MAX_PROBLEMS", "MAX_WEIGHT", "POINTS", "REFUSE", "SCORE_GAME",
    "SENTENCES", "SOURCES", "WHEEL", "Audience", "BadRules", "Condition", "Fulfilment", "OrderRule", "Pacing", "Pity",
    "PlayRule", "Prize", "Problem", "Problems", "Rules", "Source", "Tier", "Unlock", "bucket", "chain_of", "check",
    "compiled", "form", "load", "promises_kept", "raised", "read",
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
