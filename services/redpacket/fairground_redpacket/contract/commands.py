"""What may be asked. Publication, pause, resume, stop, end and archive are those of every activity.

What concerns the activity (creation, budget, funding) has the activity's id as its record key; what concerns a packet
has the packet's id, so that packets spread over all partitions. What every partition has to know goes to each of them.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from fairground_contracts.activities import ActivityCommand
from fairground_contracts.message import CommandMessage, Fen, Id
from fairground_redpacket.contract.packet import (
    MAX_COUNT,
    MAX_RECEIVERS,
    Access,
    Packet,
    PacketId,
    PasswordMac,
    Split,
)

#: How many names of one person are counted together.
MAX_IDENTITIES = 64

#: Packets of members are found again in so many parts of an activity.
PARTS = 4096

_Text = Annotated[str, Field(max_length=256)]

#: What is known of a member: a number, a text, yes or no, or several texts, such as tags.
Fact = bool | int | float | _Text | Annotated[tuple[_Text, ...], Field(max_length=64)]

#: What whoever pays out says of a share: the member has to confirm it first; a technical trouble, tried again; the
#: member has it; finally not; not taken in time.
PayoutResult = Literal["waiting", "failed", "delivered", "rejected", "expired"]

#: What becomes of an activity's packets that are out: grabs are served, refused for a while, or the packets end.
Switched = Literal["open", "held", "closed"]

#: Other names of one person.
Identities = Annotated[tuple[Id, ...], Field(max_length=MAX_IDENTITIES)]


class ActivityKeyed(CommandMessage):
    """What concerns the activity as a whole."""

    activity_id: Id


class CreatePacket(ActivityKeyed):
    """Send a packet. The command's id is the request's: sent again, it is the same packet."""

    type: ClassVar[str] = "redpacket.packet.create.v1"
    member_id: str = Field(default="", max_length=128)  # who sends it; empty: the platform
    total_fen: Fen  # what it holds
    count: int = Field(default=1, ge=1, le=MAX_COUNT)  # of shares
    split: Split = "random"  # how the total is divided
    access: Access = "open"  # who may have a share
    group_id: str = Field(default="", max_length=128)  # of the group, for its members
    receivers: tuple[Annotated[str, Field(min_length=1, max_length=128)], ...] = Field(
        default=(), max_length=MAX_RECEIVERS
    )  # those who are named
    password_mac: PasswordMac = ""  # HMAC-SHA256 of the password under the edge's key, in hex
    first_for: str = Field(default="", max_length=128)  # fission: who has the first share from the beginning
    sender_grabs: bool | None = None  # whether the sender may have a share; null: as the rules say
    facts: dict[str, Fact] = Field(default={}, max_length=64)  # about the sender, put in by whoever publishes it
    risk: int = Field(default=0, ge=0, le=4)  # 0 pass, 1 and 2 verify, 3 no high prize, 4 lowest or nothing
    identities: Identities = ()  # other names of the same person, put in by the service itself


class GiftPacket(ActivityKeyed):
    """A paid order, or another activity's reward, brings packets by the activity's rule. A cause brings them once."""

    type: ClassVar[str] = "redpacket.packet.gift.v1"
    member_id: Id
    cause: Annotated[str, Field(min_length=1, max_length=160)]  # order:<order id> or reward:<reward id>
    packets: int = Field(default=1, ge=1, le=10**12)  # how many; more than 20 are refused
    order_id: str = Field(default="", max_length=128)  # of the order; empty for a reward
    amount_fen: Fen = 0  # what the order amounts to
    granted_by: str = Field(default="", max_length=128)  # the activity that granted the reward; empty for an order


class RevokeGift(ActivityKeyed):
    """An order was cancelled or fully refunded, or a reward taken back: what is left in its packets goes back."""

    type: ClassVar[str] = "redpacket.gift.revoke.v1"
    member_id: Id
    cause: Annotated[str, Field(min_length=1, max_length=160)]  # as on the gift
    why: Literal["cancelled", "refunded", "revoked"]
    order_id: str = Field(default="", max_length=128)  # of the order; empty for a reward


class AnswerFunding(ActivityKeyed):
    """Whoever owns the money has answered; the command's time is when."""

    type: ClassVar[str] = "redpacket.funding.answer.v1"
    member_id: Id
    funding_id: Id  # of the funding that the packet had asked for
    paid: bool  # whether the money was taken
    why: str = Field(default="", max_length=64)  # why it was not, as a code


class CancelFunding(ActivityKeyed):
    """Whoever owns the money did not answer in time: the packet is cancelled. Refused before that."""

    type: ClassVar[str] = "redpacket.funding.cancel.v1"
    member_id: Id
    funding_id: Id  # of the funding that the packet had asked for


class ReturnRemainder(ActivityKeyed):
    """Money of a packet goes back to the budget. Cumulative: the same said twice, or late, changes nothing."""

    type: ClassVar[str] = "redpacket.remainder.return.v1"
    packet_id: PacketId  # whose money it was
    returned_fen: Fen  # all that ever came back of it


class SwitchPackets(ActivityCommand):
    """Hold, release or close all packets of an activity that are out. Holding pauses it, closing stops it."""

    type: ClassVar[str] = "redpacket.packets.switch.v1"
    to: Switched  # what becomes of its packets


class SweepPackets(ActivityKeyed):
    """Close the packets of the activity that are out, some at a time: what its switch sends, until all are swept."""

    type: ClassVar[str] = "redpacket.packets.sweep.v1"
    part: int = Field(default=0, ge=0, lt=PARTS)  # where to go on
    by: Id = "operator"  # who asks: an operator's account, or a system
    why: str = Field(default="", max_length=1000)  # the reason, for those who look it up later


class PlaceKeyed(CommandMessage):
    """What every partition has to know, for one of them."""

    place: Id  # the record key: one that belongs to the partition


class FollowSwitch(PlaceKeyed):
    """Whether an activity's packets are held or closed from here on, for one partition: its switch sends it to each."""

    type: ClassVar[str] = "redpacket.switch.follow.v1"
    activity_id: Id
    revision: int = Field(ge=0)  # offset of the command that it follows from: what is not newer is ignored
    to: Switched  # what becomes of its packets


class LinkMember(PlaceKeyed):
    """A member is a person's from here on, in one partition: what both have counts together."""

    type: ClassVar[str] = "redpacket.member.link.v1"
    member_id: Id
    person_id: Id  # whose the member is; may be another member


class UnlinkMember(PlaceKeyed):
    """A link was wrong, or was taken back: what comes from here on counts apart, in one partition."""

    type: ClassVar[str] = "redpacket.member.unlink.v1"
    member_id: Id
    person_id: Id  # whose the member was


class DropLink(PlaceKeyed):
    """That a member was unlinked need not be remembered any more, in one partition."""

    type: ClassVar[str] = "redpacket.link.drop.v1"
    member_id: Id


class PacketKeyed(CommandMessage):
    """What concerns one packet. The record key is the packet's id."""

    activity_id: Id
    packet_id: PacketId  # the packet, and the record key


class OpenPacket(PacketKeyed):
    """A created packet is to be opened, on its own partition: the second hop of its creation."""

    type: ClassVar[str] = "redpacket.packet.open.v1"
    version: int = Field(ge=1)
    packet: Packet  # as it was created


class Grab(PacketKeyed):
    """Have a share. Who has one already is told of it again."""

    type: ClassVar[str] = "redpacket.packet.grab.v1"
    member_id: Id
    person_id: str = Field(default="", max_length=128)  # whom the member counts for, where the sender knows; else empty
    password_mac: PasswordMac = ""  # HMAC-SHA256 of the password under the edge's key, in hex
    groups: tuple[_Text, ...] = Field(default=(), max_length=64)  # that the member belongs to, put in by the edge
    facts: dict[str, Fact] = Field(default={}, max_length=64)  # about the member, put in by whoever publishes it
    risk: int = Field(default=0, ge=0, le=4)  # 0 pass, 1 and 2 verify, 3 no high prize, 4 lowest or nothing
    identities: Identities = ()  # other names of the same person, put in by the service itself


class ExpirePacket(PacketKeyed):
    """The time of the packet is over: what is left goes back. Refused before that."""

    type: ClassVar[str] = "redpacket.packet.expire.v1"


class ClosePacket(PacketKeyed):
    """End a packet before its time: what is left goes back, what was grabbed stays."""

    type: ClassVar[str] = "redpacket.packet.close.v1"
    by: Id = "operator"  # who asks: an operator's account, or a system
    why: str = Field(default="", max_length=1000)  # the reason, for those who look it up later


class HoldPacket(PacketKeyed):
    """Refuse grabs until it is released, or go on: what a pause of a rain means to its packets."""

    type: ClassVar[str] = "redpacket.packet.hold.v1"
    held: bool  # whether grabs are refused from here on
    revision: int = Field(default=-1, ge=-1)  # offset of the rain's move that it follows from; -1: asked for by itself
    by: Id = "operator"  # who asks: an operator's account, or a system
    why: str = Field(default="", max_length=1000)  # the reason, for those who look it up later


class ReportPayout(PacketKeyed):
    """Whoever pays out says what became of a share."""

    type: ClassVar[str] = "redpacket.payout.report.v1"
    member_id: Id
    reward_id: Id  # the bill number
    result: PayoutResult  # what became of it
    why: str = Field(default="", max_length=64)  # as a code


class ForgetPacket(PacketKeyed):
    """The packet is closed for long and all is settled: its live state goes, its record stays."""

    type: ClassVar[str] = "redpacket.packet.forget.v1"
