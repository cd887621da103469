"""How a packet went, and a member's packets: pure functions of events. Other members' names are masked."""

from collections.abc import Iterable
from typing import Any

from fairground_decider import Event
from fairground_decider.answers import PacketsOf, PacketStory, ShareTold
from fairground_redpacket.contract import (
    FundingReturned,
    PacketCancelled,
    PacketClosed,
    PacketCreated,
    PacketEmptied,
    PacketHeld,
    PacketOpened,
    PacketRequested,
    PayoutReported,
    PayoutRetried,
    PayoutReturned,
    ShareGrabbed,
    SwitchFollowed,
)
from fairground_redpacket.contract.ids import parsed

#: Names of one or two characters would not be masked by their first and last.
_SHORT = 2


def masked(member_id: str) -> str:
    """A member's name as others may see it: its first and its last character."""
    if len(member_id) <= _SHORT:
        return f"{member_id[:1]}*"
    return f"{member_id[0]}***{member_id[-1]}"


def packet(events: Iterable[Event[Any]], viewer: str = "") -> PacketStory | None:
    """How a packet went; None where it was never opened. `events`: the packet's, and what its partition was told of the
    activity, in the order of the log.

    `viewer`: who asks: that member's own name is not masked, and their amount is told.
    """
    opened: PacketOpened | None = None
    shares: dict[int, ShareTold] = {}
    state, best, lasted_ms, back_fen = "", -1, 0, 0
    held, switched = False, "open"
    for event in events:
        said = event.data
        if isinstance(said, PacketOpened):
            opened, held = said, said.packet.held
        elif isinstance(said, ShareGrabbed):
            name = said.member_id if said.member_id == viewer else masked(said.member_id)
            shares[said.index] = ShareTold(said.index, name, said.amount_fen, event.time, False, "owed", said.reward_id)
        elif isinstance(said, PayoutReported | PayoutRetried | PayoutReturned):
            _settle(shares, said)
            back_fen += said.amount_fen if isinstance(said, PayoutReturned) else 0
        elif isinstance(said, PacketHeld):
            held = said.held
        elif isinstance(said, SwitchFollowed):
            switched = said.to
        elif isinstance(said, PacketEmptied):
            state, best, lasted_ms = "emptied", said.best_index, said.lasted_ms
        elif isinstance(said, PacketClosed):
            state, back_fen = said.why, back_fen + said.remainder_fen
    if opened is None:
        return None
    state = state or ("open" if switched == "open" and not held else "held")
    told = tuple(share._replace(best=share.number == best) for share in shares.values())
    mine = sum(share.fen for share in told if viewer and share.member == viewer)
    total = opened.packet.total_fen
    had = sum(share.fen for share in told)
    left = 0 if state in ("emptied", "expired", "stopped") else total - had
    return PacketStory(
        opened.packet_id, opened.activity_id, state, total, opened.packet.count, left, back_fen, lasted_ms, mine, told
    )


def _settle(shares: dict[int, ShareTold], said: PayoutReported | PayoutRetried | PayoutReturned) -> None:
    bill = parsed(said.reward_id)
    if bill is None or bill.share not in shares:
        return
    if isinstance(said, PayoutRetried):
        after = shares[bill.share]._replace(payout="owed", bill=said.next_id)
    else:
        after = shares[bill.share]._replace(payout="returned" if isinstance(said, PayoutReturned) else said.result)
    shares[bill.share] = after


def packets_of(events: Iterable[Event[Any]], member_id: str) -> PacketsOf:
    """What a member has sent and received. `events`: those that name the member, oldest first."""
    sent: dict[str, int] = {}
    received: dict[str, int] = {}
    for event in events:
        said = event.data
        if isinstance(said, PacketRequested | PacketCreated) and said.packet.sender_id == member_id:
            sent[said.packet_id] = said.packet.total_fen
        elif isinstance(said, ShareGrabbed) and said.member_id == member_id:
            received[said.packet_id] = received.get(said.packet_id, 0) + said.amount_fen
        elif isinstance(said, PacketCancelled | FundingReturned):
            sent.pop(said.packet_id, None)
    return PacketsOf(member_id, tuple(sent.items()), tuple(received.items()))
