"""Activity files: read with the line of every field, everything that is wrong with them noted at once."""

from fairground_activities.files.audience import (
    EVERYBODY,
    Audience,
    Gate,
    audience_form,
    audience_of,
    bucket,
    condition_of,
    gate_of,
    percent,
    prove_condition,
)
from fairground_activities.files.conditions import Condition, compiled
from fairground_activities.files.facts import SUPPLIED, Samples, members, supplied
from fairground_activities.files.forms import present
from fairground_activities.files.heading import HEADING, UNNAMED, Heading, heading_of, moment_of, names_of
from fairground_activities.files.problems import MAX_PROBLEMS, SENTENCES, Problems, shown
from fairground_activities.files.reading import MAX_IDS, Section, did_you_mean
from fairground_activities.files.rewards import MAX_FEN, REWARD_KINDS, prove_rewards, reward_in, reward_of
from fairground_activities.files.whole import ActivityFile, BadRules, Source
from fairground_activities.files.yamlfile import MAX_BYTES, read_yaml

__all__ = [
    "EVERYBODY", "HEADING", "MAX_BYTES", "MAX_FEN", "MAX_IDS", "MAX_PROBLEMS", "REWARD_KINDS", "SENTENCES",
    "SUPPLIED", "UNNAMED", "ActivityFile", "Audience", "BadRules", "Condition", "Gate", "Heading", "Problems",
    "Samples", "Section", "Source", "audience_form", "audience_of", "bucket", "compiled", "condition_of",
    "did_you_mean", "gate_of", "heading_of", "members", "moment_of", "names_of", "percent", "present",
    "prove_condition", "prove_rewards", "read_yaml", "reward_in", "reward_of", "shown", "supplied",
]  # fmt: skip
