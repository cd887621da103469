"""An activity file: what an operator may write, everything that is wrong with it, and its published form."""

from fairground_activities.files import ActivityFile, BadRules, Problems
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
from fairground_redpacket.rules.promises import promises_kept, unchangeable
from fairground_redpacket.rules.proof import fits
from fairground_redpacket.rules.rain import MAX_POOLS

__all__ = [
    "KINDS", "MAX_NAMES", "MAX_POOLS", "RAIN", "RED_PACKET", "SENTENCES", "BadRules", "GiftRule", "PacketRule",
    "Problem", "Problems", "RainRule", "Range", "Rules", "Session", "Who", "check", "fits", "form", "load",
    "promises_kept", "read", "unchangeable", "who_form", "who_of",
]  # fmt: skip


_FILE = ActivityFile[Rules](lambda content, problems, _published: read(content, problems), SENTENCES)

#: Everything that is wrong with a file; its rules. What both take and raise: fairground_activities.files.ActivityFile.
check, load = _FILE.check, _FILE.load
