"""What must be true of all that ever happened to red packets, whoever wrote it: pure, and seen as a stream."""

from typing import Any

from fairground_decider import Event
from fairground_decider.laws import Findings, Law
from fairground_redpacket.invariants.money import FundedOnce, LedgerBalances, PaidOnce, PayoutsOwed, ReturnedOnce
from fairground_redpacket.invariants.packets import (
    BillNumbers,
    ForWhomItIs,
    InTime,
    OverForGood,
    PacketConserved,
    SharesOfTheSeed,
)
from fairground_redpacket.invariants.persons import NothingWhileHeld, OneShareAPerson
from fairground_redpacket.invariants.sending import BudgetKept, OnceOnly, PacketsByRule, QuotasKept, VersionInForce


def laws() -> list[Law]:
    """All of them, fresh."""
    kinds: list[type[Findings]] = [
        OneOutcome, VersionInForce, PacketsByRule, BudgetKept, QuotasKept, OnceOnly, PacketConserved, SharesOfTheSeed,
        InTime, ForWhomItIs, OneShareAPerson, NothingWhileHeld, OverForGood, BillNumbers, LedgerBalances, PaidOnce,
        ReturnedOnce, FundedOnce, PayoutsOwed,
    ]  # fmt: skip
    return [kind() for kind in kinds]


class OneOutcome(Findings):
    """Coordinates only ever go up, by one index or to a later command, so no event stands there twice."""

    name = "one_outcome"
    zh = "每个命令恰好有一个完整的结果"
    en = "every command has exactly one outcome, whole, in order"

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, tuple[int, int]] = {}  # partition to offset and index

    def see(self, event: Event[Any]) -> None:
        """The next event must be the next one of its command, or the first of a later one."""
        partition, offset_said, index_said = event.id.rsplit("-", 2)
        at = (int(offset_said), int(index_said))
        before, last_index = self._last.get(partition, (-1, 0))
        holds = at[0] > before if at[1] == 0 else at == (before, last_index + 1)
        self.check(holds, f"{event.id} follows {before}-{last_index}")
        self._last[partition] = at
