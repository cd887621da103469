"""An activity file: what an operator may write, everything that is wrong with it, and its published form."""

from fairground_activities.files import (
    MAX_BYTES,
    MAX_PROBLEMS,
    ActivityFile,
    Audience,
    BadRules,
    Condition,
    Problems,
    bucket,
    compiled,
)
from fairground_contracts.activities import Problem
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
from fairground_lottery.rules.promises import promises_kept
from fairground_lottery.rules.proof import chain_of

__all__ = [
    "KINDS", "LOWEST", "MAX_BYTES", "MAX_PRIZES", "MAX_PROBLEMS", "MAX_WEIGHT", "POINTS", "REFUSE", "SCORE_GAME",
    "SENTENCES", "SOURCES", "WHEEL", "Audience", "BadRules", "Condition", "Fulfilment", "OrderRule", "Pacing", "Pity",
    "PlayRule", "Prize", "Problem", "Problems", "Rules", "Source", "Tier", "Unlock", "bucket", "chain_of", "check",
    "compiled", "form", "load", "promises_kept", "raised", "read",
]  # fmt: skip


_FILE = ActivityFile[Rules](read, SENTENCES)

#: Everything that is wrong with a file; its rules. What both take and raise: fairground_activities.files.ActivityFile.
check, load = _FILE.check, _FILE.load
