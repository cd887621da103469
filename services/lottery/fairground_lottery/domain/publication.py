"""The versions of wheels and score games, and the limits that are raised while one runs."""

from collections.abc import Iterator

from fairground_activities.files import Problems
from fairground_activities.lifecycle import Lifecycle, Versions
from fairground_activities.seeds import Seeds
from fairground_contracts.activities import ActivityPublished, ActivityRefused
from fairground_decider import Command, State
from fairground_lottery.contract import SERVICE, RaiseLimit
from fairground_lottery.domain.in_force import in_force_of_form
from fairground_lottery.domain.records import RULES, STANDING
from fairground_lottery.rules import SENTENCES, Rules, form, promises_kept, raised, read

LIFECYCLE = Lifecycle[Rules](
    Versions(
        service=SERVICE,
        problems=lambda: Problems(SENTENCES),
        read=read,
        form=form,
        in_force=in_force_of_form,
        promises_kept=promises_kept,
        standing_field=STANDING,
        rules_field=RULES,
    )
)


def decide_raise(
    seeds: Seeds, state: State, command: Command[RaiseLimit]
) -> Iterator[ActivityPublished | ActivityRefused]:
    """A version in which one limit is higher, or why it cannot be raised. The request's id makes it happen once."""
    asked = command.data
    return LIFECYCLE.decide_version(
        seeds, state, command, "raise",
        lambda rules, problems: raised(rules, asked.limit, asked.prize_id, asked.amount, asked.expected, problems),
    )  # fmt: skip
