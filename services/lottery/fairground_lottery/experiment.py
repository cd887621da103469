"""A wheel or a score game as an experiment: whom it is for, and who of them is held out."""

from collections.abc import Mapping, Sequence
from typing import Any

from fairground_activities.experiments import experiment_of
from fairground_decider.answers import Experiment
from fairground_lottery.rules import load


def experiment(forms: Sequence[Mapping[str, Any]], published_ms: Sequence[int]) -> Experiment | None:
    """What was tried on whom. `forms`: of all versions, oldest first, and when; None where nobody was ever held out."""
    return experiment_of([load(dict(form)) for form in forms], published_ms)
