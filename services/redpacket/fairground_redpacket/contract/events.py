"""What happened. Each event says everything that folding it, paying it and booking it needs."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from fairground_contracts.message import Fen, Id, Message
from fairground_contracts.rewards import Reward
from fairground_redpacket.contract.commands import PARTS, PayoutResult, Switched
from fairground_redpacket.contract.packet import Funds, Packet, PacketId
from fairground_redpacket.contract.refusals import Reason

#: What brought a packet: order:<order id>, reward:<reward id>, session:<session>; empty: somebody sent it.
Cause = Annotated[str, Field(max_length=160)]


class _Refused(Message):
    activity_id: Id
    version: int = Field(ge=0)  # 0 where there is no such activity
    member_id: str = Field(max_length=128)  # who asked; empty: the platform, or a system
    reason: Reason
    zh: str
    en: str
    help_zh: str = ""  # what would help; empty when nothing does
    help_en: str = ""  # the same in English


class _OfActivity(Message):
    activity_id: Id
    version: int = Field(ge=1)
    member_id: str = Field(max_length=128)  # who sends the packet, or gets it; empty: the platform
    packet_id: PacketId  # which packet


class PacketRequested(_OfActivity):
    """A member sends a packet, and whoever owns the money is asked to take it. It counts against the quotas already."""

    type: ClassVar[str] = "redpacket.packet.requested.v1"
    packet: Packet  # as it will be created
    day: str  # business day whose quotas it counts against, 2017-11-30
    answer_by: AwareDatetime  # a confirmation whose own time is later opens nothing
    cancel_at: AwareDatetime  # when it is given up


class PacketCreated(_OfActivity):
    """A packet is paid for, from the budget or by its sender, and is to be opened on its own partition."""

    type: ClassVar[str] = "redpacket.packet.created.v1"
    packet: Packet  # as it is opened
    day: str  # business day whose quotas and budget it counts against, 2017-11-30
    cause: Cause = ""
    order_id: str = ""
    granted_by: str = ""  # the activity that had granted the reward which brought it
    number: int = Field(default=0, ge=0)  # which of the packets of one cause, from 0
    packets: int = Field(default=1, ge=1)  # how many the cause brings


class PacketRefused(_Refused):
    """A packet that may not be sent. Nothing was taken, and the same request stays refused."""

    type: ClassVar[str] = "redpacket.packet.refused.v1"
    total_fen: Fen = 0  # what it was to hold
    count: int = 0  # of shares
    cause: Cause = ""
    order_id: str = ""
    granted_by: str = ""  # the activity that had granted the reward which brings no packet
    missing_fen: Fen = 0  # what the order was short of the minimum


class PacketCancelled(_Refused):
    """The money was not taken: no packet was sent, and the quotas are as before."""

    type: ClassVar[str] = "redpacket.packet.cancelled.v1"
    packet_id: PacketId  # which packet it would have been
    funding_id: Id  # of the funding that was not confirmed
    day: str  # business day whose quotas it had counted against, 2017-11-30
    why: str = ""  # the reason of whoever owns the money, as a code


class FundingReturned(Message):
    """Money was taken, but nothing waits for it any more: it goes back."""

    type: ClassVar[str] = "redpacket.funding.returned.v1"
    activity_id: Id
    version: int = Field(ge=0)  # 0 where there is no such activity
    member_id: Id
    funding_id: Id  # of the funding that is given back
    why: Literal["too_late", "closed", "not_awaited"]  # later than answer_by; the activity has ended; no such packet
    packet_id: str = ""  # which packet it would have been; empty where nobody knows
    day: str = ""  # business day whose quotas are as before, 2017-11-30; empty where none were held


class FundingRefused(_Refused):
    """An answer, or an end of waiting, that changes nothing."""

    type: ClassVar[str] = "redpacket.funding.refused.v1"
    funding_id: Id  # of the funding that it was about


class GiftRevoked(Message):
    """What had brought packets is void: what is left in them goes back, and it brings none later."""

    type: ClassVar[str] = "redpacket.gift.revoked.v1"
    activity_id: Id
    version: int = Field(ge=1)
    member_id: Id
    cause: Cause
    why: Literal["cancelled", "refunded", "revoked"]
    order_id: str = ""
    packet_ids: tuple[PacketId, ...] = ()  # the packets that are closed; empty: it had brought none yet


class BudgetReturned(Message):
    """Money of a packet that nobody got is in the budget again."""

    type: ClassVar[str] = "redpacket.budget.returned.v1"
    activity_id: Id
    version: int = Field(ge=1)
    packet_id: PacketId  # whose money it was
    amount_fen: Fen  # that came back now
    returned_fen: Fen  # all that ever came back of it


class RemainderRefused(_Refused):
    """A return that was counted before, or of an activity that keeps no budget any more."""

    type: ClassVar[str] = "redpacket.remainder.refused.v1"
    packet_id: PacketId  # whose money it was


class _OfPacket(Message):
    activity_id: Id
    version: int = Field(ge=1)
    packet_id: PacketId  # which packet


class PacketOpened(_OfPacket):
    """The packet is there. Its shares are decided by its seed, whose hash this is."""

    type: ClassVar[str] = "redpacket.packet.opened.v1"
    packet: Packet  # as it was created
    seed_sha256: str  # commitment to the seed that divides and shuffles it, in hex
    seed_key_id: str  # which of the workers' secrets the seed was derived from


class ShareGrabbed(_OfPacket):
    """A member has a share, and is owed it under this bill number."""

    type: ClassVar[str] = "redpacket.share.grabbed.v1"
    member_id: Id
    index: int = Field(ge=0)  # which share, from 0, in the order of the log
    amount_fen: int = Field(ge=1)  # what it is
    left: int = Field(ge=0)  # shares that are left after it
    left_fen: Fen  # what is left in the packet after it
    reward_id: Id  # the bill number: the same as long as its result is unknown
    reward: Reward  # what the member is owed
    funds: Funds  # whose money it is
    risk: int  # as on the command
    person_id: str = Field(default="", max_length=128)  # whom it counts for, where that is not the member
    known_apart: bool = False  # the request and the tap are remembered for the member alone, too


class PacketEmptied(_OfPacket):
    """The last share is gone: who had the best luck is known, and the seed is disclosed."""

    type: ClassVar[str] = "redpacket.packet.emptied.v1"
    count: int = Field(ge=1)  # of shares
    total_fen: Fen  # what they were together
    lasted_ms: int = Field(ge=0)  # from when it opened to its last share
    best_member_id: Id  # who had the best luck; of several with the same amount the first
    best_index: int = Field(ge=0)  # which share that was
    best_fen: int = Field(ge=1)  # how much
    seed: str  # what its shares came from, in hex; its hash is seed_sha256
    keep_until: AwareDatetime  # its state is kept so long at least


class PacketClosed(_OfPacket):
    """The packet is over with shares left: what is left goes back, once, and the seed is disclosed."""

    type: ClassVar[str] = "redpacket.packet.closed.v1"
    why: Literal["expired", "stopped"]  # its time is over, or somebody ended it
    by: str  # who ended it; empty: time did
    because: str  # the reason that was given; may be empty
    claimed: int = Field(ge=0)  # shares that were had
    claimed_fen: Fen  # what they were together
    remainder_fen: Fen  # what goes back
    returned_fen: Fen  # all that ever went back of it, this and undeliverable shares
    funds: Funds  # where it goes
    sender_id: str  # who had sent it; empty: the platform
    funding_id: str  # of the funding that had paid for it; empty: the budget did
    seed: str  # what its shares came from, in hex; empty where the worker lacks the secret
    keep_until: AwareDatetime  # its state is kept so long at least


class PacketHeld(_OfPacket):
    """Grabs are refused from here on, or served again."""

    type: ClassVar[str] = "redpacket.packet.held.v1"
    held: bool  # whether they are refused
    revision: int = -1  # offset of the rain's move that it follows from; -1: asked for by itself
    by: str  # who asked for it
    why: str


class GrabRefused(_Refused):
    """No share, or not another one; who has one already is told of it again."""

    type: ClassVar[str] = "redpacket.grab.refused.v1"
    packet_id: PacketId  # which packet
    index: int = Field(default=-1, ge=-1)  # the share that the member has already; -1: none
    amount_fen: Fen = 0  # what that is
    lasted_ms: int = Field(default=0, ge=0)  # how long the packet lasted, if it is empty
    guesses_left: int = Field(default=0, ge=0)  # of the password, after this one
    pool: int = Field(default=-1, ge=-1)  # the pool of the session that is the member's; -1: not said
    risk: int = 0  # as on the command
    person_id: str = Field(default="", max_length=128)  # whom it counts for, where that is not the member


class ChangeRefused(_Refused):
    """A packet that is not opened, closed, held or forgotten: it is not due, or was done before."""

    type: ClassVar[str] = "redpacket.change.refused.v1"
    asked: Literal["open", "expire", "close", "hold", "forget"]  # which command it was
    packet_id: PacketId  # which packet


class _Payout(_OfPacket):
    member_id: Id
    reward_id: Id  # the bill number that it is about
    amount_fen: int = Field(ge=1)  # of the share
    why: str  # the reason of whoever pays out, as a code; may be empty


class PayoutReported(_Payout):
    """News of a payout: the member has to confirm it, it is tried again, or the member has it."""

    type: ClassVar[str] = "redpacket.payout.reported.v1"
    result: PayoutResult  # what became of it


class PayoutRetried(_Payout):
    """A payout has failed for good under this bill number: it is owed under another one."""

    type: ClassVar[str] = "redpacket.payout.retried.v1"
    next_id: Id  # the new bill number
    reward: Reward  # what the member is owed


class PayoutReturned(_Payout):
    """A share could not be paid out: its money goes back where it came from, once."""

    type: ClassVar[str] = "redpacket.payout.returned.v1"
    result: PayoutResult  # rejected, or expired
    returned_fen: Fen  # all that ever went back of the packet, this included
    funds: Funds  # where it goes
    sender_id: str  # who had sent the packet; empty: the platform
    funding_id: str  # of the funding that had paid for it; empty: the budget did


class PayoutRefused(_Refused):
    """News of a payout that is not known here, or settled already."""

    type: ClassVar[str] = "redpacket.payout.refused.v1"
    packet_id: PacketId  # which packet
    reward_id: Id  # the bill number that it is about
    result: PayoutResult  # what became of it


class PacketForgotten(_OfPacket):
    """Nothing more can happen to the packet: its live state is gone, its record stays."""

    type: ClassVar[str] = "redpacket.packet.forgotten.v1"


class PacketsSwitched(Message):
    """The activity's packets that are out are held, released or closed: every partition hears of it."""

    type: ClassVar[str] = "redpacket.packets.switched.v1"
    activity_id: Id
    version: int = Field(ge=1)
    to: Switched  # what becomes of them
    by: str  # who asked for it
    why: str  # the reason that was given; may be empty


class PacketsSwept(Message):
    """These packets of the activity were out, and are closed on their own partitions."""

    type: ClassVar[str] = "redpacket.packets.swept.v1"
    activity_id: Id
    version: int = Field(ge=0)  # 0 where there is no such activity
    part: int = Field(ge=0, lt=PARTS)  # where it began
    next_part: int = Field(ge=0, le=PARTS)  # where it goes on; behind the last part: it is done
    packet_ids: tuple[PacketId, ...]  # which packets
    by: str  # who asked for it
    why: str  # the reason that was given; may be empty


class SwitchFollowed(Message):
    """From here on this partition serves grabs of the activity's packets, or refuses them."""

    type: ClassVar[str] = "redpacket.switch.followed.v1"
    activity_id: Id
    place: Id  # the record key, which belongs to the partition
    revision: int = Field(ge=0)  # offset of the command that it follows from
    to: Switched  # what becomes of its packets


class SwitchKnown(Message):
    """This switch, or a newer one, was followed before: nothing changes."""

    type: ClassVar[str] = "redpacket.switch.known.v1"
    activity_id: Id
    place: Id  # the record key, which belongs to the partition
    revision: int = Field(ge=0)  # as on the command
    known: int = Field(ge=0)  # the one that is followed


class _OfPlace(Message):
    place: Id  # the record key, which belongs to the partition
    member_id: Id


class MemberLinked(_OfPlace):
    """From here on the member counts for the person in this partition, whatever either had before."""

    type: ClassVar[str] = "redpacket.member.linked.v1"
    person_id: Id  # whose the member is; may be another member


class MemberUnlinked(_OfPlace):
    """From here on the member counts by itself in this partition; what it had before stays."""

    type: ClassVar[str] = "redpacket.member.unlinked.v1"
    person_id: Id  # whose the member was


class LinkDropped(_OfPlace):
    """Nothing is known any more of a member who was unlinked long ago."""

    type: ClassVar[str] = "redpacket.link.dropped.v1"


class LinkRefused(_OfPlace):
    """A link, or an end of one, that changes nothing."""

    type: ClassVar[str] = "redpacket.link.refused.v1"
    person_id: str = Field(default="", max_length=128)  # as on the command
    reason: Reason
    zh: str
    en: str
    help_zh: str = ""  # what would help; empty when nothing does
    help_en: str = ""  # the same in English


class CommandForwarded(Message):
    """The member is known under other names: the command comes again, with them, and is answered under another id."""

    type: ClassVar[str] = "redpacket.command.forwarded.v1"
    activity_id: Id
    member_id: Id
    packet_id: str = Field(default="", max_length=100)  # of a grab: which packet
    forwarded_id: str  # the ce_id of the command that is decided instead; its answer is the answer
    asked: str  # the command's type
    content: dict[str, Any]  # its data, with the names
