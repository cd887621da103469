"""What must be true of all that ever happened to red packets, whoever wrote it: pure, and seen as a stream."""

from fairground_decider.laws import Findings, Law, OneOutcome
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
