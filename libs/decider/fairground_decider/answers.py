"""What a service can say about its activities to people: the vocabulary of its rooms `odds`, `stock`, `history`,
`explaining`, `experiment`, `calendar` and `ledger`.

Whoever answers (the record, for the command line and the edge) finds these rooms by name and knows no service. Each is
a pure function of a published form, of a state, or of events; a service brings those that make sense for it.
"""

from fractions import Fraction
from typing import Literal, NamedTuple, Protocol


class Words(NamedTuple):
    """The same said in Chinese and in English."""

    zh: str
    en: str


class OddsPrize(NamedTuple):
    """One prize as players may read of it before they play. Limits are None where there are none."""

    id: str
    name: Words
    probability: Fraction  # of a draw naming it, as long as every prize can still be given
    quantity: int | None  # pieces in all
    quantity_per_day: int | None
    per_member: int | None
    value_fen: int
    after: str  # the prize that a draw becomes when this one cannot be given; empty when it always can
    claim: Words  # how and when the member gets it
    weight: int = 0  # its probability is this over the page's `total`
    long_run: Fraction | None = None  # its share of very many draws, with pity; None: no pity, or untold
    now: Fraction | None = None  # by what can be given at the moment; None: `probability` still holds, or nobody knows


class Odds(NamedTuple):
    """What is published about an activity that hands out prizes by chance (rule C17 of docs/lottery.md)."""

    activity_id: str
    name: Words
    starts: str  # local time in `zone`; belongs to it
    ends: str  # the first moment that does not
    zone: str
    conditions: tuple[Words, ...]  # who may play, and how often
    method: tuple[Words, ...]  # how the outcome is found
    prizes: tuple[OddsPrize, ...]
    changes: tuple[Words, ...]  # what makes the probabilities differ while it runs
    total: int = 0  # of the weights
    fates: tuple[Words, ...] = ()  # what may become of what was won


class Left(NamedTuple):
    """What is left of one prize at a moment. None: there is no such limit."""

    id: str
    name: Words
    given: int
    left: int | None
    left_today: int | None


class ChanceChange(NamedTuple):
    """One thing that happened to a member's chances."""

    time: str  # RFC 3339
    what: Literal["granted", "used", "free", "revoked", "expired"]
    chances: int  # how many; always positive
    cause: str  # what had granted them; empty for free ones
    why: str  # what else is known of it
    event_id: str  # empty for what no event says: time went by
    source: str = ""  # where they came from: order, share, points, ...; grant where nobody said; empty for free ones
    expires: str = ""  # RFC 3339; empty: never, or they were free


class SourceSum(NamedTuple):
    """A member's chances from one source: granted = used + revoked + expired + left."""

    source: str
    granted: int
    used: int
    revoked: int
    expired: int
    left: int


class Chances(NamedTuple):
    """A member's chances at one activity: granted = used + revoked + expired + left."""

    granted: int
    used: int
    revoked: int
    expired: int
    left: int
    free_used: int  # free ones are not granted, so they stand beside the others
    owed: int  # chances that the next grants have to pay for first
    changes: tuple[ChanceChange, ...]  # oldest first
    sources: tuple[SourceSum, ...] = ()  # by source
    held: int = 0  # chances that are being bought: asked for, and neither paid nor refused yet


class Figure(NamedTuple):
    """A number that matters for an event: what it was before it, or after it."""

    name: Words
    value: str


#: Where a member belongs in a comparison of those whom an activity was open to with those who were held out of it.
Group = Literal["treated", "holdout", "neither"]


class Assignment(Protocol):
    """Who is in which group, by a hash: whether they tried or not."""

    def __call__(self, member_id: str, person_id: str = "") -> Group:
        """The member's group, as one who is known to be a person where there is one."""


class Experiment(NamedTuple):
    """An activity that holds some members out, so that what it brings can be measured (rule C15 of docs/lottery.md)."""

    starts_ms: int  # UTC
    ends_ms: int  # UTC; the first moment that no longer belongs to it
    group: Assignment
    conditional: bool  # some whom it is open to did not meet its conditions, so its effect is diluted


class ShareTold(NamedTuple):
    """One share of a packet, as others may see it."""

    number: int  # from 0, in the order in which they were had
    member: str  # masked, unless it is who asks
    fen: int
    time: str  # RFC 3339
    best: bool  # whether it was the best luck of a packet that is empty
    payout: str  # owed, waiting, failed, delivered or returned
    bill: str  # under which number it is, or was, to be paid


class PacketStory(NamedTuple):
    """How a packet went."""

    packet_id: str
    activity_id: str
    state: str  # open, held, emptied, expired or stopped
    total_fen: int
    size: int  # shares in all
    left_fen: int  # that can still be had
    back_fen: int  # that went back: the remainder, and what could not be paid out
    lasted_ms: int  # until it was empty; 0 where it was not
    mine_fen: int  # of who asks
    shares: tuple[ShareTold, ...]


class PacketsOf(NamedTuple):
    """A member's packets, oldest first, each with fen."""

    member_id: str
    sent: tuple[tuple[str, int], ...]
    received: tuple[tuple[str, int], ...]


class Posting(NamedTuple):
    """One line of a double entry: what an event moves on one account. Those of an event come to 0 together."""

    account: str  # such as packet:<packet id>
    fen: int  # positive: there is more on it; negative: less


#: What a day is to a member: `forgotten` are days of which the state no longer knows.
DayIs = Literal["signed", "made_up", "frozen", "revoked", "missed", "today", "future", "closed", "forgotten"]


class CalendarDay(NamedTuple):
    """One business day of a month."""

    day: str  # 2017-11-30
    what: DayIs


class NextReward(NamedTuple):
    """What a member comes to next, if every day is signed from now on."""

    rule: str
    name: Words
    by: Literal["streak", "total"]
    days: int  # so many more
    kind: str  # of the reward
    amount: int


class Calendar(NamedTuple):
    """A member's month at one activity, and what it came to as of a moment."""

    person_id: str  # whom the member counts for
    month: str  # 2017-11
    today: str  # the business day of the moment
    days: tuple[CalendarDay, ...]
    streak: int  # days in a row, today's included as soon as it is signed; 0 when the row has ended
    longest: int
    total: int  # days that count in the running cycle
    ever: int  # days that count in all
    cards: int  # make-up cards that are left
    freezes: int  # freezes that are left
    next: tuple[NextReward, ...]  # soonest first
