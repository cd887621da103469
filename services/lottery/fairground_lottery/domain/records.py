"""What the store holds of an activity: records, and counters.

Records (msgpack arrays, the first element names kind and format version):
    wheel           Standing: status, version, the days that are counted (named when there were only wheels)
    rules           the published form of the version in force
    m:<member id>   Entrant: one member's chances, draws and remembered requests; of linked members one has the
                    account of all, and each other one is Linked to it
    p:<member id>   Player: one member's plays of a score game, those that are open and how many there were
Counters (what was TAKEN, never what is left, so that an edit of the rules takes nothing back):
    stock:<prize>          pieces given in all            stock:<prize>:<day>   on a business day, 2017-11-30
    budget                 fen given in all               budget:<day>          on a business day
    draws                  draws by all, if a prize       draws:<day>           on a business day
                           opens by them
    opened:<prize>         draws by all when it was last won, if it opens anew after each win
    paced:<prize>.<hour>:<day>    pieces given in that hour of the day, if what is left of an hour is not carried over
"""

from typing import Any

import msgspec

from fairground_activities.lifecycle import Standing
from fairground_decider.causes import Remembered
from fairground_lottery.domain.in_force import InForce, in_force_of

STANDING = "wheel"
RULES = "rules"
BUDGET = "budget"
_MEMBER = "m:"
_PLAYER = "p:"

#: How many business days are counted, by the activity and for each member.
DAYS_KEPT = 3

#: How many plays of a member may be open at once; the one that began first gives way.
MAX_OPEN = 3


class Lot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Chances that came together, as far as they are unused."""

    expires_s: int  # seconds since 1970; 0: never
    left: int
    cause: str


class Entrant(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="e1"):
    """One member at one activity. Pairs and triples lie flat: it is read and written with each draw."""

    draws: int = 0
    days: tuple[int, ...] = ()  # (business day, draws, free draws) ..., oldest first
    months: tuple[int, ...] = ()  # (month, draws) ..., oldest first
    carried_fen: int = 0  # cumulative rule: what counts towards the next chance
    debt: int = 0  # chances of refunded orders that were used already
    lots: tuple[Lot, ...] = ()  # soonest to expire first
    wins: tuple[tuple[str, int], ...] = ()  # of prizes that a member may win only so often
    orders: tuple[tuple[int, bytes], ...] = ()  # see orders.py
    causes: Remembered = ()  # of grants
    requests: Remembered = ()  # of draws, refused ones too


class Followed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A reward of which more may be heard: that it cannot be delivered, that its order is void, where its parcel is."""

    event_id: str  # of the draw that won it: the reward's id without its ending
    prize: str
    day: int  # the UTC day on which it was won
    cause: bytes = b""  # stands for what had granted its chance; empty for a free one
    budget_fen: int = 0  # what winning it took of the budget
    amount: int = 1  # as on the reward that the member has: points, fen, pieces
    value_fen: int = 0  # the same
    status: str = "granted"  # the last that is known of it; see fulfilment.py
    compensated: bool = False  # another reward was given instead, which is the one that the member has
    claim_by_s: int = 0  # seconds since 1970 until which it has to be claimed; 0: it does not have to be
    member: str = ""  # who won it, where that is not whose account it is
    nth: int = 0  # of the chances of its order, in the order in which they were used; 0: of no order, or not known


class Counted(Entrant, frozen=True, tag="e2"):
    """A member at an activity that counts more than draws. Whoever is at one that does not stays an Entrant."""

    misses: tuple[tuple[str, int], ...] = ()  # (pity, draws in a row that won none of its prizes)
    opened: tuple[tuple[str, int], ...] = ()  # (prize, draws in all when it was last won), of prizes that open by cycle
    weeks: tuple[int, ...] = ()  # (ISO week, draws) ..., oldest first, where there is a quota by week


class Winner(Counted, frozen=True, tag="e3"):
    """A member who has won rewards of which more may be heard."""

    rewards: tuple[Followed, ...] = ()  # oldest first


class Purchase(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Chances that a member buys, until whoever owns the points has answered."""

    funding: bytes  # what stands for the funding's id: causes.digest
    chances: int
    day: int  # business day whose cap they count against
    until_s: int  # seconds since 1970: a later confirmation buys nothing
    expires_s: int  # as of a lot


class Sourced(Winner, frozen=True, tag="e4"):
    """A member whose chances come from sources with a cap, who buys some, or who was granted some for inviting."""

    earned: tuple[tuple[str, int, tuple[int, ...]], ...] = ()  # (source, chances in all, (business day, chances, ...))
    purchases: tuple[Purchase, ...] = ()  # that are not answered yet, oldest first
    invited: Remembered = ()  # causes of grants for inviting, kept as long as the wheel


class Linked(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="l1"):
    """A member who is counted under another one."""

    person: str


class Play(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A play that has begun and did not end yet."""

    id: bytes  # 8 that stand for the id of the request that began it
    begun_ms: int
    until_ms: int  # from then on it can no longer be finished


class Player(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="p1"):
    """One member's plays at one score game. They are counted when they begin; what they win is the entrant's."""

    plays: int = 0
    days: tuple[int, ...] = ()  # (business day, plays) ..., oldest first
    weeks: tuple[int, ...] = ()  # (ISO week, plays) ..., oldest first
    months: tuple[int, ...] = ()  # (month, plays) ..., oldest first
    open: tuple[Play, ...] = ()  # oldest first
    over: Remembered = ()  # plays that ended, for as long as requests are remembered

    def find(self, play: bytes) -> Play | None:
        """The open play that those 8 bytes stand for."""
        return next((each for each in self.open if each.id == play), None)

    def begun(self, day: int, week: int, month: int) -> tuple[int, int, int]:
        """How many plays began on that business day, in that week and in that month."""
        return _count(self.days, day), _count(self.weeks, week), _count(self.months, month)


def _count(counted: tuple[int, ...], period: int) -> int:
    """What flat pairs say of a period."""
    return next((counted[at + 1] for at in range(0, len(counted), 2) if counted[at] == period), 0)


class _Rules(msgspec.Struct, frozen=True, array_like=True, tag="r1"):
    source: bytes


#: A member of whom nothing is known yet.
NEWCOMER = Entrant()

#: A member who has not played yet.
NOBODY = Player()

_encode = msgspec.msgpack.Encoder().encode
_decode_standing = msgspec.msgpack.Decoder(Standing).decode
_decode_entrant = msgspec.msgpack.Decoder(Entrant | Counted | Winner | Sourced | Linked).decode
_decode_player = msgspec.msgpack.Decoder(Player).decode
_decode_rules = msgspec.msgpack.Decoder(_Rules).decode


def member_field(member_id: str) -> str:
    """The field of a member's record."""
    return _MEMBER + member_id


def entrant_field(said: Any) -> str:
    """The field of whom a command or an event counts for: the person, or the member who is not linked."""
    return f"{_MEMBER}{said.person_id or said.member_id}"


def player_field(member_id: str) -> str:
    """The field of a member's record of plays."""
    return _PLAYER + member_id


def plays_field(said: Any) -> str:
    """The same of whom a command or an event counts for."""
    return f"{_PLAYER}{said.person_id or said.member_id}"


def encode(record: Standing | Entrant | Linked | Player | InForce) -> bytes:
    """A record for the store."""
    return _encode(_Rules(record.source) if isinstance(record, InForce) else record)


def decode(field: str, stored: bytes) -> Any:
    """The inverse of encode. Raises msgspec.ValidationError for a format that this version does not know."""
    if field.startswith(_MEMBER):
        return _decode_entrant(stored)
    if field.startswith(_PLAYER):
        return _decode_player(stored)
    if field == RULES:
        return in_force_of(_decode_rules(stored).source)
    return _decode_standing(stored)
