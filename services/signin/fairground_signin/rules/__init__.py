"""A sign-in file: what an operator may write, everything that is wrong with it, and its published form."""

from fairground_activities.files import ActivityFile, BadRules
from fairground_signin.rules.check import FACTS, read
from fairground_signin.rules.form import form
from fairground_signin.rules.model import (
    HIGHEST_LEVEL,
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
from fairground_signin.rules.promises import promises_kept
from fairground_signin.rules.proof import rules_of

__all__ = [
    "FACTS", "HIGHEST_LEVEL", "KIND", "KINDS", "SENTENCES", "BadRules", "Cycle", "FreezeRule", "Given", "Level",
    "MakeUpRule", "Plan", "RankRule", "Rules", "Special", "Tier", "check", "form", "load", "promises_kept", "read",
    "rules_of",
]  # fmt: skip


_FILE = ActivityFile[Rules](read, SENTENCES)

#: Everything that is wrong with a file; its rules. What both take and raise: fairground_activities.files.ActivityFile.
check, load = _FILE.check, _FILE.load
