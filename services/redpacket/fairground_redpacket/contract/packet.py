"""A packet as it was created, which stands in the messages that make it."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from fairground_contracts.message import Fen, Message

#: How many shares a packet, or one pool of a rain, can have.
MAX_COUNT = 100_000

#: How many receivers a packet can name.
MAX_RECEIVERS = 200

#: Names a packet: p:<32 hex digits>, or p:<activity>.<session>.<pool> in a rain.
PacketId = Annotated[str, Field(min_length=1, max_length=100)]

#: How the total is divided: by the double mean, or evenly with what is left over one fen each to the first.
Split = Literal["random", "equal"]

#: Who may have a share: whoever has the link, a group's members, named receivers, whoever knows the password; with
#: fission a member has the first share from the beginning, and whoever has the link the others.
Access = Literal["open", "group", "designated", "password", "fission"]

#: Where money goes that nobody got: back to the activity's budget, or to the member who had paid it.
Funds = Literal["budget", "member"]

#: A hash of a password under a key of the edge's, in hex: the log never holds the password.
PasswordMac = Annotated[str, Field(max_length=64, pattern="^([0-9a-f]{64})?$")]

_Member = Annotated[str, Field(min_length=1, max_length=128)]


class Packet(Message):
    """Everything that a packet's grabs are decided by, as the rules said when it was created."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    total_fen: Fen  # what it holds
    count: int = Field(ge=1, le=MAX_COUNT)  # of shares
    split: Split  # how the total is divided
    min_fen: Fen  # the least that a share can be; at least 1
    max_fen: Fen  # the most that a share can be
    opens_at: AwareDatetime  # from then on shares can be had
    expires_at: AwareDatetime  # from then on no more
    access: Access = "open"  # who may have one
    group_id: str = Field(default="", max_length=128)  # of the group, for its members
    receivers: tuple[_Member, ...] = Field(default=(), max_length=MAX_RECEIVERS)  # those who are named
    password_mac: PasswordMac = ""  # of the password, for those who know it
    guesses: int = Field(default=0, ge=0, le=100)  # of the password that a member has; 0: it needs none
    sender_grabs: bool = True  # whether the sender may have a share
    first_for: str = Field(default="", max_length=128)  # fission: who has the first share from the beginning
    per_member: int = Field(default=1, ge=1, le=100)  # shares that one member may have
    tap_ms: int = Field(default=0, ge=0, le=60_000)  # between two attempts of a member; 0: as quick as they like
    pool: int = Field(default=0, ge=0, le=999)  # which pool of a rain's session this is, from 0
    pools: int = Field(default=1, ge=1, le=999)  # how many the session has: each member belongs to one
    held: bool = False  # opened while its rain is paused: grabs are refused until it is released
    session: str = Field(default="", max_length=24)  # of the rain; empty: none
    who: dict[str, Any] = Field(default_factory=dict)  # audience, eligible and refuse_risk of the rules
    name: str = Field(default="", max_length=200)  # what it is called on the rewards
    funds: Funds = "budget"  # whose money it is
    sender_id: str = Field(default="", max_length=128)  # who sends it; empty: the platform
    funding_id: str = Field(default="", max_length=128)  # of the funding that paid for it; empty: the budget did
    payouts: int = Field(default=1, ge=1, le=2)  # bill numbers that a share may be paid under, one after another
    keep_days: int = Field(default=30, ge=1, le=366)  # after its expiry its state is forgotten, when all is settled
