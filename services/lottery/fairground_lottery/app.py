"""The lottery as a process: what the runtime is told of it."""

from fairground_contracts import topics
from fairground_lottery.domain import Lottery
from fairground_lottery.intake import ONLY_WITH, UNDERSTOOD, concerns, translate
from fairground_lottery.rules import KINDS, check
from fairground_lottery.settings import LotterySettings
from fairground_runtime.worker import Activity, Intake, run

MANIFEST = Activity(
    name="lottery",
    service=lambda: Lottery(LotterySettings().seeds()),
    reader=Lottery,
    check=check,
    kinds=KINDS,
    intake=Intake(
        topics=(topics.ORDERS, topics.MEMBERS, topics.REWARDS, topics.REWARD_RESULTS, topics.FUNDING_RESULTS),
        messages={model.type: model for model in UNDERSTOOD},
        translate=translate,
        concerns=concerns,
        only_with=ONLY_WITH,
    ),
)


def main() -> None:
    """Serve until SIGTERM."""
    run(MANIFEST)
