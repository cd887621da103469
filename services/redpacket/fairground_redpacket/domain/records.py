"""What the store holds: records, and counters.

Under the activity's id, on its partition:
    activity          Standing: status, version, moves; see fairground_activities.lifecycle
    rules             the published form of the version in force
    m:<member id>     Sender: one member's packets, those that wait for money, and remembered requests; `m:` alone is
                      the platform's
    p:<packet id>     Returned: what came back of a packet
    switch            Switch: whether the packets that are out are held or closed
    o:<part>          Out: the packets of some members that may be out still, so that all can be closed at once
    budget, budget:<day>, packets, packets:<day>    counters of what was TAKEN, in all and on a business day

Under a packet's id, on its partition:
    packet            Terms: everything that never changes of it
    course            Course: how far it is; Gone when it was forgotten
    m:<member id>     Taker: one member's shares
Under `here:`, in every partition:
    s:<activity id>   Switch: whether its packets are held or closed, as the partition has heard; none: they never were
    l:<member id>     Identity: of a member who is linked, and of a person whom members are linked to
Shares that are not taken yet stand nowhere: they follow from the seed.
"""

from functools import lru_cache
from typing import Any

import msgspec

from fairground_activities.lifecycle import Standing
from fairground_decider.causes import Remembered, digest
from fairground_redpacket.contract.commands import PARTS

#: The status of a share that counts for a person and is paid out to one of the person's members.
ELSEWHERE = "elsewhere"

PACKET = "packet"
COURSE = "course"
_MEMBER = "m:"
_RETURNED = "p:"
_OUT = "o:"

#: Where a partition keeps what it knows beside activities and packets; no id of either reads so.
HERE = "here:"
SWITCH = "switch"


class Terms(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="k1"):
    """A packet as it was opened."""

    activity_id: str
    version: int
    total_fen: int
    count: int
    split: str
    min_fen: int
    max_fen: int
    opens_ms: int
    expires_ms: int
    access: str
    group_id: str
    receivers: tuple[str, ...]
    password_mac: str
    guesses: int
    sender_grabs: bool
    first_for: str
    per_member: int
    tap_ms: int
    pool: int
    pools: int
    session: str
    who: str  # canonical JSON
    name: str
    funds: str
    sender_id: str
    funding_id: str
    payouts: int
    keep_days: int
    seed_sha256: str
    seed_key_id: str


class Course(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="c1"):
    """How far a packet is."""

    next: int = 0  # the index of the next share
    claimed_fen: int = 0  # of the shares before it
    best_index: int = -1  # of them, whose is the largest; the first of several
    best_fen: int = 0
    best_member: str = ""
    over: str = ""  # empty, emptied, expired or stopped
    over_ms: int = 0  # since when
    held: bool = False
    unsettled: int = 0  # payouts that are not final
    returned_fen: int = 0  # what went back: the remainder, and shares that could not be paid out
    revision: int = -1  # offset of the newest move of its rain that it was held or released by


class Gone(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="g1"):
    """All that is left of a packet that was forgotten."""

    over: str


class Share(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A share and its payout."""

    index: int
    amount_fen: int
    bill: int = 1  # under which number it is owed: the first or the second
    status: str = "owed"  # owed, waiting, failed, delivered or returned; elsewhere: another member of the person has it


class Taker(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="t1"):
    """A member who has shares of a packet, or has guessed its password."""

    shares: tuple[Share, ...] = ()
    guesses: int = 0  # wrong ones
    tapped_ms: int = 0  # when the last share was had, or a tap was too quick behind it
    requests: Remembered = ()  # that were counted: wrong guesses; shares, where a member may have several


class Pending(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A packet that waits for its money."""

    funding_id: str
    packet_id: str
    packet: bytes  # as on the event that asked for it, in JSON
    day: int
    until_ms: int  # a later confirmation opens nothing
    cancel_ms: int  # when it is given up


class Sender(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="s1"):
    """One member's packets, as far as quotas and repetitions ask for them."""

    total: int = 0
    days: tuple[int, ...] = ()  # (business day, packets) ..., oldest first
    requests: Remembered = ()  # of packets, refused ones too
    causes: Remembered = ()  # orders and rewards that have brought packets
    void: Remembered = ()  # those that were revoked
    many: tuple[tuple[bytes, int], ...] = ()  # causes that brought another number of packets than one
    pending: tuple[Pending, ...] = ()  # oldest first
    answered: Remembered = ()  # fundings whose money is accounted for: in a packet, or given back

    def on(self, day: int) -> int:
        """How many packets on that business day."""
        return next((self.days[at + 1] for at in range(0, len(self.days), 2) if self.days[at] == day), 0)


class Returned(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="b1"):
    """What ever came back of a packet."""

    fen: int


class Switch(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="x1"):
    """Whether an activity's packets that are out are held or closed."""

    to: str = "open"  # open, held or closed
    revision: int = -1  # offset of the command that it follows from


class Out(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="o1"):
    """Packets that were created, and whose time is not over."""

    packets: tuple[tuple[str, int], ...] = ()  # (packet id, when it expires)


class Identity(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="i1"):
    """Who counts together with a member, one link away."""

    person: str = ""  # whose the member is; empty: nobody's
    since_ms: int = 0  # when that was so, by the newest word of it
    members: tuple[str, ...] = ()  # who are this one's

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (self.person, *self.members) if self.person else self.members


#: A member of whom nothing is known yet.
NEW_SENDER = Sender()
NEW_TAKER = Taker()
UNLINKED = Identity()
UNSWITCHED = Switch()

_encode = msgspec.msgpack.Encoder().encode
_decode_terms = lru_cache(maxsize=8192)(msgspec.msgpack.Decoder(Terms).decode)
_decode_member = msgspec.msgpack.Decoder(Taker | Sender).decode
_decode_course = msgspec.msgpack.Decoder(Course | Gone).decode
_decode_other = msgspec.msgpack.Decoder(Standing | Returned | Switch | Out | Identity).decode


def member_field(member_id: str) -> str:
    """The field of a member's record."""
    return _MEMBER + member_id


def returned_field(packet_id: str) -> str:
    """The field of what came back of a packet."""
    return _RETURNED + packet_id


def link_field(member_id: str) -> str:
    """The field of what is known of a member's links."""
    return f"l:{member_id}"


def switch_field(activity_id: str) -> str:
    """The field of what a partition knows of an activity's packets."""
    return f"s:{activity_id}"


def out_field(part: int) -> str:
    """The field of packets that may be out still."""
    return f"{_OUT}{part}"


def part_of(member_id: str, total_fen: int, count: int) -> int:
    """Which part of an activity's packets one is in: by its member, or by its amounts where it has none."""
    return int.from_bytes(digest(member_id or f"{total_fen}|{count}")[:2]) % PARTS


def encode(record: Any) -> bytes:
    """A record for the store."""
    return _encode(record)


def decode(field: str, stored: bytes) -> Any:
    """The inverse of encode. Raises msgspec.ValidationError for a format that this version does not know."""
    if field.startswith(_MEMBER):
        return _decode_member(stored)
    if field == PACKET:
        return _decode_terms(stored)
    if field == COURSE:
        return _decode_course(stored)
    return _decode_other(stored)
