"""Red packets as a process: what the runtime is told of them."""

from fairground_contracts import topics
from fairground_redpacket.domain import RedPacket
from fairground_redpacket.intake import ONLY_WITH, UNDERSTOOD, concerns, translate
from fairground_redpacket.rules import KINDS, check
from fairground_redpacket.settings import RedPacketSettings
from fairground_runtime.worker import Activity, Intake, run

MANIFEST = Activity(
    name="redpacket",
    service=lambda: RedPacket(RedPacketSettings().seeds()),
    reader=RedPacket,
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
