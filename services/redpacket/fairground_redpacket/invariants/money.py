"""Laws of money: books that balance, payouts that happen once, and returns that are counted once."""

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from fairground_contracts.message import Message
from fairground_decider import Event, Outgoing
from fairground_decider.laws import Findings, Owed
from fairground_redpacket.contract import (
    SERVICE,
    BudgetReturned,
    FundingReturned,
    PacketCancelled,
    PacketClosed,
    PacketCreated,
    PacketEmptied,
    PacketOpened,
    PacketRequested,
    PayoutReported,
    PayoutRetried,
    PayoutReturned,
    ShareGrabbed,
)
from fairground_redpacket.contract.ids import bill_of, parsed
from fairground_redpacket.domain.effects import effects_of
from fairground_redpacket.ledger import packet, payable, postings

_BOOKED: frozenset[type[Message]] = frozenset(
    {PacketCreated, PacketOpened, ShareGrabbed, PacketEmptied, PacketClosed, PayoutReported, PayoutReturned,
     BudgetReturned}
)  # fmt: skip


class LedgerBalances(Findings):
    """Double entry: what one account loses another gains, and none gives what it does not have."""

    name = "ledger_balances"
    zh = "账目平衡：每个事件的分录合计为零；红包和应付账户从不为负，红包结束后为零"
    en = "each event's postings come to zero; no packet or payable account falls below it; an ended packet is at zero"
    looks_at = _BOOKED

    def __init__(self) -> None:
        super().__init__()
        self._balances: Counter[str] = Counter()

    def see(self, event: Event[Any]) -> None:
        """Post what the event moves."""
        said = event.data
        entries = postings(event)
        self.check(sum(entry.fen for entry in entries) == 0, f"{event.id}: {entries}")
        for account, fen in entries:
            self._balances[account] += fen
            if account.startswith(("packet:", "payable:")):
                self.check(self._balances[account] >= 0, f"{event.id}: {account} at {self._balances[account]} fen")
        if isinstance(said, PacketEmptied | PacketClosed):
            left = self._balances.pop(packet(said.packet_id), 0)
            self.check(left == 0, f"{event.id}: {said.packet_id} ends with {left} fen")
        elif isinstance(said, PayoutReported | PayoutReturned) and not self._balances[payable(said.member_id)]:
            del self._balances[payable(said.member_id)]


class PaidOnce(Findings):
    """A share has one payout: settled or returned once, under a second number only after the first has failed."""

    name = "paid_once"
    zh = "每一份只付一次：确认失败后才换单号，到账或退回只发生一次"
    en = "a share is paid under one number at a time, and settled or returned once"
    looks_at = frozenset({ShareGrabbed, PayoutReported, PayoutRetried, PayoutReturned})

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[str, int] = {}  # bill number: fen

    def see(self, event: Event[Any]) -> None:
        """What is owed, and what became of it."""
        said = event.data
        if isinstance(said, ShareGrabbed):
            self.check(said.reward_id not in self._open, f"{event.id}: {said.reward_id} is owed twice")
            self._open[said.reward_id] = said.amount_fen
            return
        owed = self._open.get(said.reward_id)
        self.check(owed == said.amount_fen, f"{event.id}: {said.reward_id} of {said.amount_fen} is not open")
        if isinstance(said, PayoutRetried):
            bill = parsed(said.reward_id)
            second = bill is not None and bill.number == 1 and said.next_id == bill_of(bill.packet_id, bill.share, 2)
            self.check(second, f"{event.id}: {said.next_id} after {said.reward_id}")
            self._open[said.next_id] = said.amount_fen
        if not isinstance(said, PayoutReported) or said.result == "delivered":
            self._open.pop(said.reward_id, None)


class ReturnedOnce(Findings):
    """What goes back of a packet is counted from its sums, each fen once."""

    name = "returned_once"
    zh = "退回预算的金额按红包累计，只计一次，不超过红包总额"
    en = "what comes back to the budget is counted once, and is never more than was in the packet"
    looks_at = frozenset({PacketCreated, BudgetReturned})

    def __init__(self) -> None:
        super().__init__()
        self._created: dict[str, int] = {}
        self._returned: Counter[str] = Counter()

    def see(self, event: Event[Any]) -> None:
        """The sum goes up by what came back, and not beyond what was paid in."""
        said = event.data
        if isinstance(said, PacketCreated):
            self.check(said.packet_id not in self._created, f"{event.id}: {said.packet_id} is created twice")
            self._created[said.packet_id] = said.packet.total_fen
            return
        self._returned[said.packet_id] += said.amount_fen
        total_fen = self._created.get(said.packet_id, 0)
        holds = said.amount_fen > 0 and self._returned[said.packet_id] == said.returned_fen <= total_fen
        self.check(holds, f"{event.id}: {said.returned_fen} of {total_fen} came back of {said.packet_id}")


class FundedOnce(Findings):
    """A member's money opens a packet, or goes back, or was never taken: one of these, once."""

    name = "funded_once"
    zh = "会员付的钱要么开了红包，要么退回，只发生一次"
    en = "a member's money opens its packet or goes back, once"
    looks_at = frozenset({PacketRequested, PacketCreated, PacketCancelled, FundingReturned})

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[str, tuple[str, int]] = {}  # funding: packet, fen
        self._kept: set[bytes] = set()

    def see(self, event: Event[Any]) -> None:
        """A funding is asked for, and answered."""
        said = event.data
        if isinstance(said, PacketRequested):
            funding = said.packet.funding_id
            self.check(funding not in self._waiting, f"{event.id}: {funding} is asked for twice")
            self._waiting[funding] = said.packet_id, said.packet.total_fen
        elif isinstance(said, PacketCreated):
            if said.packet.funds == "member":
                asked = self._waiting.pop(said.packet.funding_id, None)
                holds = asked == (said.packet_id, said.packet.total_fen) and self._keep(said.packet.funding_id)
                self.check(holds, f"{event.id}: {said.packet_id} is not what {said.packet.funding_id} had asked for")
        elif isinstance(said, PacketCancelled):
            self.check(self._waiting.pop(said.funding_id, None) is not None, f"{event.id}: {said.funding_id}")
        else:
            self._waiting.pop(said.funding_id, None)
            forgetful = said.version == 0  # no such activity: what it gives back twice has the same id
            self.check(self._keep(said.funding_id) or forgetful, f"{event.id}: {said.funding_id} goes back twice")

    def _keep(self, funding_id: str) -> bool:
        """Whether it was not accounted for before."""
        digest = blake2b(funding_id.encode(), digest_size=8).digest()
        if digest in self._kept:
            return False
        self._kept.add(digest)
        return True


class PayoutsOwed(Owed):
    """Each share is paid out, and so is one that gets a second number."""

    name = "payouts_owed"
    zh = "每一份恰好有一笔付款，内容相同；没有多余的付款"
    en = "each share has its payout, with its content, and nothing else has one"
    looks_at = frozenset({ShareGrabbed, PayoutRetried})
    service = SERVICE

    def effects(self, event: Event[Any]) -> Iterable[Outgoing]:
        """What a share sends, or a second number."""
        return effects_of(event)
