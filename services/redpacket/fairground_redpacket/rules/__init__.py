"""An activity file: what an operator may write, everything that is wrong with it, and its published form."""

from typing import Any

from fairground_activities.files import Problems, read_yaml
from fairground_contracts.activities import Problem
from fairground_redpacket.rules.check import MAX_NAMES, read, who_of
from fairground_redpacket.rules.model import (
    KINDS,
    RAIN,
    RED_PACKET,
    GiftRule,
    PacketRule,
    RainRule,
    Range,
    Rules,
    Session,
    Who,
    form,
    who_form,
)
from fairground_redpacket.rules.problems import SENTENCES
from fairground_redpacket.rules.proof import fits, promises_kept, unchangeable
from fairground_redpacket.rules.rain import MAX_POOLS

__all__ = [
    "KINDS", "MAX_NAMES", "MAX_POOLS", "RAIN", "RED_PACKET", "SENTENCES", "BadRules", "GiftRule", "PacketRule",
    "Problem", "Problems", "RainRule", "Range", "Rules", "Session", "Who", "check", "fits", "form", "load",
    "promises_kept", "read", "unchangeable", "who_form", "who_of",
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
    """The rules that an activity file says, or a published form. Raises BadRules with every problem."""
    rules, problems = _read(source)
    if rules is None:
        raise BadRules(problems)
    return rules


def _read(source: str | bytes | dict[str, Any]) -> tuple[Rules | None, list[Problem]]:
    problems = Problems(SENTENCES)
    content = source if isinstance(source, dict) else read_yaml(source, problems)
    if content is None and problems.found:
        return None, problems.found
    rules = read(content, problems)
    return rules, sorted(problems.found, key=lambda problem: problem.line)
