"""What activities granted, and what became of it: counted by the audit on its way, apart from every query."""

from dataclasses import dataclass
from typing import Any

from fairground_contracts.message import Message
from fairground_contracts.reward_results import (
    RewardDelivered,
    RewardExpired,
    RewardFailed,
    RewardRejected,
    RewardReturned,
)
from fairground_contracts.rewards import RewardGranted, RewardRevoked
from fairground_record.audit.lines import Row

_FAILED = (RewardRejected, RewardFailed, RewardExpired, RewardReturned)
_MODELS: dict[bytes, type[Message]] = {
    model.type.encode(): model for model in (RewardGranted, RewardRevoked, RewardDelivered, *_FAILED)
}


@dataclass(frozen=True, slots=True)
class Total:
    """Rewards of one activity, each counted once in each figure."""

    activity_id: str
    granted: int = 0
    granted_fen: int = 0
    revoked: int = 0
    revoked_fen: int = 0
    delivered: int = 0
    delivered_fen: int = 0
    failed: int = 0  # rejected, returned, expired or gone wrong, and never delivered
    failed_fen: int = 0


class Totals:
    """Rewards by their ids while rows are looked at, in any order of topics."""

    def __init__(self) -> None:
        self._granted: dict[str, tuple[str, int]] = {}  # reward id: activity, value
        self._said: dict[str, set[str]] = {"revoked": set(), "delivered": set(), "failed": set()}

    def see(self, row: Row) -> None:
        """A row of the rewards topic or of the results topic."""
        model = _MODELS.get(row.type)
        if model is None or row.valid != b"t":
            return
        try:
            self._take(row.id.decode(), model.model_validate_json(row.value))
        except ValueError:  # not what its event owes, which is a law's business
            return

    def _take(self, row_id: str, said: Any) -> None:
        if isinstance(said, RewardGranted):
            self._granted.setdefault(row_id, (said.activity_id, said.reward.value_fen))
            return
        what = "revoked" if isinstance(said, RewardRevoked) else "delivered"
        self._said[what if isinstance(said, RewardRevoked | RewardDelivered) else "failed"].add(said.reward_id)

    def close(self) -> tuple[Total, ...]:
        """Everything was seen; by activity."""
        self._said["failed"] -= self._said["delivered"]
        found: dict[str, dict[str, int]] = {}
        for reward_id, (activity, value_fen) in self._granted.items():
            figures = found.setdefault(activity, {})
            for what in ("granted", *(what for what, ids in self._said.items() if reward_id in ids)):
                figures[what] = figures.get(what, 0) + 1
                figures[f"{what}_fen"] = figures.get(f"{what}_fen", 0) + value_fen
        return tuple(Total(activity, **found[activity]) for activity in sorted(found))
