"""Laws of packets: what is in one is claimed or goes back, in time, by whom it is for, as its seed says."""

from hashlib import sha256
from typing import Any

from fairground_activities.requests import request_of
from fairground_decider import Event
from fairground_decider.entropy import Mac
from fairground_decider.laws import Findings
from fairground_redpacket.contract import (
    Packet,
    PacketClosed,
    PacketEmptied,
    PacketForgotten,
    PacketHeld,
    PacketOpened,
    ShareGrabbed,
)
from fairground_redpacket.contract.ids import bill_of, pool_for
from fairground_redpacket.domain.split import shares_of
from fairground_redpacket.domain.terms import ms
from fairground_redpacket.rules import Who, who_of


class _OfPackets(Findings):
    """A law that looks at packets from their opening to their end."""

    looks_at = frozenset({PacketOpened, ShareGrabbed, PacketEmptied, PacketClosed})

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[str, PacketOpened] = {}

    def see(self, event: Event[Any]) -> None:
        """Each packet is opened once, and nothing happens to one that is not open."""
        said = event.data
        if isinstance(said, PacketOpened):
            self.check(said.packet_id not in self.open, f"{event.id}: {said.packet_id} is open already")
            self.open[said.packet_id] = said
            self.see_opened(event, said)
            return
        opened = self.open.get(said.packet_id)
        if opened is None:
            self.note(f"{event.id}: {said.packet_id} is not open")
        elif isinstance(said, ShareGrabbed):
            self.see_share(event, said, opened.packet)
        elif isinstance(said, PacketEmptied | PacketClosed):
            self.see_end(event, said, opened)
            del self.open[said.packet_id]

    def see_opened(self, event: Event[Any], said: PacketOpened) -> None:
        """Its beginning."""

    def see_share(self, event: Event[Any], said: ShareGrabbed, packet: Packet) -> None:
        """One of its shares."""

    def see_end(self, event: Event[Any], said: PacketEmptied | PacketClosed, opened: PacketOpened) -> None:
        """Its end."""


class PacketConserved(_OfPackets):
    """A packet is its claims and what goes back."""

    name = "packet_conserved"
    zh = "每个红包的总额恰好等于已领金额加退回金额，份数按顺序，不重不漏"
    en = "each packet is exactly its claims and what went back, its shares one after another"

    def __init__(self) -> None:
        super().__init__()
        self._claimed: dict[str, tuple[int, int]] = {}  # shares, fen
        self._best: dict[str, tuple[int, int, str]] = {}  # fen, index, member

    def see_opened(self, event: Event[Any], said: PacketOpened) -> None:
        """Nothing is claimed."""
        self._claimed[said.packet_id] = (0, 0)
        self._best[said.packet_id] = (0, -1, "")

    def see_share(self, event: Event[Any], said: ShareGrabbed, packet: Packet) -> None:
        """The next share, of an amount that it can be, and what is left after it."""
        shares, fen = self._claimed[said.packet_id]
        left = (packet.count - shares - 1, packet.total_fen - fen - said.amount_fen)
        holds = said.index == shares and (said.left, said.left_fen) == left and min(left) >= 0
        holds = holds and packet.min_fen <= said.amount_fen <= packet.max_fen
        self.check(holds, f"{event.id}: share {said.index} of {said.amount_fen}, {said.left_fen} left")
        self._claimed[said.packet_id] = (shares + 1, fen + said.amount_fen)
        if said.amount_fen > self._best[said.packet_id][0]:
            self._best[said.packet_id] = (said.amount_fen, said.index, said.member_id)

    def see_end(self, event: Event[Any], said: PacketEmptied | PacketClosed, opened: PacketOpened) -> None:
        """All is claimed, and the best luck is whose it is; or what is left goes back."""
        shares, fen = self._claimed.pop(said.packet_id)
        best = self._best.pop(said.packet_id)
        packet = opened.packet
        if isinstance(said, PacketEmptied):
            holds = (shares, fen) == (packet.count, packet.total_fen) == (said.count, said.total_fen)
            self.check(holds and best == (said.best_fen, said.best_index, said.best_member_id), f"{event.id}: {said}")
        else:
            back = packet.total_fen - fen
            holds = (said.claimed, said.claimed_fen, said.remainder_fen) == (
                shares,
                fen,
                back,
            ) and shares < packet.count
            self.check(holds, f"{event.id}: {said.claimed_fen} claimed, {said.remainder_fen} back")


class SharesOfTheSeed(_OfPackets):
    """What everybody got follows from the seed that was committed to."""

    name = "shares_of_the_seed"
    zh = "公开的种子与承诺一致，每一份的金额都由种子算出"
    en = "the disclosed seed is the one that was committed to, and every share is what it makes"

    def __init__(self) -> None:
        super().__init__()
        self._amounts: dict[str, list[int]] = {}

    def see_share(self, event: Event[Any], said: ShareGrabbed, packet: Packet) -> None:
        """One more."""
        self._amounts.setdefault(said.packet_id, []).append(said.amount_fen)

    def see_end(self, event: Event[Any], said: PacketEmptied | PacketClosed, opened: PacketOpened) -> None:
        """All of them again."""
        amounts, packet = self._amounts.pop(said.packet_id, []), opened.packet
        if not said.seed:
            return
        seed = bytes.fromhex(said.seed)
        self.check(sha256(seed).hexdigest() == opened.seed_sha256, f"{event.id}: another seed than was committed to")
        made = shares_of(
            Mac(seed), packet.split, packet.total_fen, packet.count, packet.min_fen, packet.max_fen
        )  # fmt: skip
        self.check(amounts == list(made[: len(amounts)]), f"{event.id}: {amounts[:5]} is not what the seed makes")


class InTime(_OfPackets):
    """Nobody has a share before a packet opens, after it has expired, or while it is held."""

    name = "in_time"
    zh = "只在红包开放期间领取，暂停和过期后不能领"
    en = "shares are had while the packet is open: not before, not after, not while it is held"
    looks_at = _OfPackets.looks_at | {PacketHeld}

    def __init__(self) -> None:
        super().__init__()
        self._held: set[str] = set()

    def see(self, event: Event[Any]) -> None:
        """A pause, or the end of one."""
        said = event.data
        if isinstance(said, PacketHeld):
            self.check(said.held != (said.packet_id in self._held), f"{event.id}: held already, or not held")
            (self._held.add if said.held else self._held.discard)(said.packet_id)
            return
        super().see(event)

    def see_opened(self, event: Event[Any], said: PacketOpened) -> None:
        """It may be held from the beginning."""
        if said.packet.held:
            self._held.add(said.packet_id)

    def see_share(self, event: Event[Any], said: ShareGrabbed, packet: Packet) -> None:
        """The moment is one of the packet's."""
        first = packet.first_for and said.index == 0
        holds = first or ms(packet.opens_at) <= event.time_ms < ms(packet.expires_at)
        self.check(bool(holds) and said.packet_id not in self._held, f"{event.id}: at {event.time}")

    def see_end(self, event: Event[Any], said: PacketEmptied | PacketClosed, opened: PacketOpened) -> None:
        """Time ends no packet before its time."""
        self._held.discard(said.packet_id)
        if isinstance(said, PacketClosed) and said.why == "expired":
            self.check(event.time_ms >= ms(opened.packet.expires_at), f"{event.id}: expired too early")


class ForWhomItIs(_OfPackets):
    """A share goes to those whom the packet is for, as often as it says, and each of them for another request."""

    name = "for_whom_it_is"
    zh = "每人每个红包不超过规定份数，同一个请求只得一份，且只发给规定的人"
    en = "nobody has more shares than the packet says, two for one request, or one that is not for them"

    def __init__(self) -> None:
        super().__init__()
        self._had: dict[str, dict[str, int]] = {}
        self._requests: dict[str, set[tuple[str, str]]] = {}  # where one may have several
        self._who: dict[str, Who] = {}

    def see_opened(self, event: Event[Any], said: PacketOpened) -> None:
        """Nobody has any."""
        self._had[said.packet_id] = {}
        if said.packet.per_member > 1:
            self._requests[said.packet_id] = set()
        self._who[said.packet_id] = who_of(said.packet.who)

    def see_share(self, event: Event[Any], said: ShareGrabbed, packet: Packet) -> None:
        """One more for this member."""
        had = self._had[said.packet_id]
        for name in {said.member_id, said.person_id} - {""}:
            had[name] = had.get(name, 0) + 1
            self.check(had[name] <= packet.per_member, f"{event.id}: {had[name]} shares of {name}")
        if said.packet_id in self._requests:
            requests, request = self._requests[said.packet_id], (said.member_id, request_of(event.command_id))
            self.check(request not in requests, f"{event.id}: another share for {request[1]} of {said.member_id}")
            requests.add(request)
        if packet.first_for and said.index == 0:
            self.check(said.member_id == packet.first_for, f"{event.id}: the first share is {packet.first_for}'s")
            return
        self.check(self._meant(said, packet), f"{event.id}: {said.packet_id} is not for {said.member_id}")

    def _meant(self, said: ShareGrabbed, packet: Packet) -> bool:
        names, who = {said.member_id, said.person_id} - {""}, self._who[said.packet_id]
        person = said.person_id or said.member_id
        if packet.access == "designated" and not names & set(packet.receivers):
            return False
        if not packet.sender_grabs and packet.sender_id in names:
            return False
        if pool_for(person, said.activity_id, packet.session, packet.pools) != packet.pool:
            return False
        if who.refuse_risk is not None and said.risk >= who.refuse_risk:
            return False
        gate = who.gate
        return gate is None or (
            gate.lists(said.activity_id, said.member_id, said.person_id)
            and not gate.holds_out(said.activity_id, person)
        )

    def see_end(self, event: Event[Any], said: PacketEmptied | PacketClosed, opened: PacketOpened) -> None:
        """Forget."""
        del self._had[said.packet_id], self._who[said.packet_id]
        self._requests.pop(said.packet_id, None)


class OverForGood(Findings):
    """Nothing begins, or is had, of a packet that is over."""

    name = "over_for_good"
    zh = "红包结束后不再发出、不再重新打开"
    en = "a packet that is over gives nothing, and is not opened again"
    looks_at = _OfPackets.looks_at | {PacketForgotten}

    def __init__(self) -> None:
        super().__init__()
        self._over: dict[str, bool] = {}  # whether it is forgotten, too

    def see(self, event: Event[Any]) -> None:
        """An end is one, and forgetting comes once, after it."""
        said = event.data
        if isinstance(said, PacketForgotten):
            self.check(self._over.get(said.packet_id) is False, f"{event.id}: forgotten before its end, or twice")
            self._over[said.packet_id] = True
            return
        self.check(said.packet_id not in self._over, f"{event.id}: {said.packet_id} is over")
        if isinstance(said, PacketEmptied | PacketClosed):
            self._over[said.packet_id] = False


class BillNumbers(Findings):
    """A share is owed under the number that names it."""

    name = "bill_numbers"
    zh = "每一份的付款单号由红包和序号决定"
    en = "the bill number of a share names its packet and its index"
    looks_at = frozenset({ShareGrabbed})

    def see(self, event: Event[Any]) -> None:
        """The number, and the amount on the reward."""
        said: ShareGrabbed = event.data
        holds = said.reward_id == bill_of(said.packet_id, said.index) and said.reward.amount == said.amount_fen
        self.check(holds and said.reward.reward == "cash", f"{event.id}: {said.reward_id} of {said.reward.amount}")
