"""Sign-in as a process: what the runtime is told of it."""

from fairground_contracts import topics
from fairground_runtime.worker import Activity, Intake, run
from fairground_signin.domain import SignIns
from fairground_signin.intake import ONLY_WITH, UNDERSTOOD, concerns, translate
from fairground_signin.rules import KINDS, check

MANIFEST = Activity(
    name="signin",
    service=SignIns,
    reader=SignIns,
    check=check,
    kinds=KINDS,
    intake=Intake(
        topics=(topics.MEMBERS, topics.REWARDS, topics.REWARD_RESULTS, topics.FUNDING_RESULTS),
        messages={model.type: model for model in UNDERSTOOD},
        translate=translate,
        concerns=concerns,
        only_with=ONLY_WITH,
    ),
)


def main() -> None:
    """Serve until SIGTERM."""
    run(MANIFEST)
