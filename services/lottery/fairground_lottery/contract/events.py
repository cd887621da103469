"""What happened at an activity. Each event says everything that folding it and paying it needs."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from fairground_contracts.message import Fen, Id, Message
from fairground_contracts.rewards import Reward
from fairground_lottery.contract.commands import PlayId
from fairground_lottery.contract.refusals import Reason

#: What granted chances: a grant's cause, `<source>:<cause>`, `order:<order id>` or `points:<funding id>`.
Cause = Annotated[str, Field(max_length=160)]


#: Whom it counts for, where that is another one than the member: see `lottery.members.linked.v1`.
Person = Annotated[str, Field(max_length=128)]

#: Why a prize could not be given: not open yet, its stock in all, of the day or released so far, the member's cap, the
#: budget.
Withheld = Literal["", "locked", "sold_out", "sold_out_today", "paced", "per_member", "budget"]


class _Draw(Message):
    activity_id: Id
    version: int  # of the rules that decided
    member_id: Id
    alias: str  # stands for the member in public records
    index: int  # of `draws`, from 0
    draws: int  # how many the command asked for, as far as there were chances
    attempt: int  # how many numbers were rejected before the one that counts
    drawn_id: str  # the prize that the number names
    prize_id: str  # the prize it became: another one when the first could not be given; empty: nothing
    chance: Literal["free", "granted", "play"]  # of what kind was the chance that it used; a play is its own
    cause: Cause  # what had granted the chance; empty when it was free, or a play
    day: str  # business day, 2017-11-30
    risk: int  # as on the command
    table: str = ""  # the id of the table of weights that applied; empty: the prizes' own weights
    withheld: Withheld = ""  # why the prize that the number names could not be given; empty when it was
    pity: Literal["", "soft", "hard", "due"] = ""  # raised weights; decided; was due, with nothing to give; neither
    person_id: Person = ""  # whom it counts for, where that is not the member; rewards are the member's


class PrizeWon(_Draw):
    """A draw ended in a reward, which stands here completely."""

    type: ClassVar[str] = "lottery.prize.won.v1"
    reward: Reward  # what the member is owed
    claim_by: AwareDatetime | None = None  # from then on it can be claimed no more; null where it need not be claimed


class DrawMissed(_Draw):
    """A draw ended in thanks, or in nothing where a prize that is sold out becomes nothing."""

    type: ClassVar[str] = "lottery.draw.missed.v1"


class _Refused(Message):
    activity_id: Id
    version: int  # 0 where there is no such activity
    member_id: Id
    reason: Reason
    zh: str
    en: str
    help_zh: str = ""  # what would help; empty when nothing does
    help_en: str = ""  # the same in English
    person_id: Person = ""  # whom it counts for, where that is not the member


class DrawRefused(_Refused):
    """A draw that may not be made. Nothing was taken, and the same request stays refused."""

    type: ClassVar[str] = "lottery.draw.refused.v1"
    draws: int  # how many were asked for
    risk: int  # as on the command


class PlayStarted(Message):
    """A play of a score game began. It counts towards the quotas, whatever becomes of it."""

    type: ClassVar[str] = "lottery.play.started.v1"
    activity_id: Id
    version: int
    member_id: Id
    play_id: PlayId  # the id of the command that began it
    deadline: AwareDatetime  # from then on it can no longer be finished
    day: str  # business day, 2017-11-30
    risk: int  # as on the command
    person_id: Person = ""  # whom it counts for, where that is not the member


class PlayWon(PrizeWon):
    """A play ended in a reward, which stands here completely."""

    type: ClassVar[str] = "lottery.play.won.v1"
    play_id: PlayId  # the id of the command that began it
    score: int  # as on the command that finished it


class PlayMissed(DrawMissed):
    """A play ended in thanks, or in nothing where a prize that is sold out becomes nothing."""

    type: ClassVar[str] = "lottery.play.missed.v1"
    play_id: PlayId  # the id of the command that began it
    score: int  # as on the command that finished it


class PlayRefused(_Refused):
    """A play that may not begin, or not end like this. The same request stays refused."""

    type: ClassVar[str] = "lottery.play.refused.v1"
    asked: Literal["start", "finish"]  # which command it was
    play_id: PlayId  # the id of the command that began it
    score: int = 0  # as on the command that finishes it
    risk: int  # as on the command


class ChancesGranted(Message):
    """A member has more chances."""

    type: ClassVar[str] = "lottery.chances.granted.v1"
    activity_id: Id
    version: int
    member_id: Id
    cause: Cause
    chances: int = Field(ge=0)  # that can be used; those which paid a debt are not among them
    debt_paid: int = Field(default=0, ge=0)  # chances that paid for used ones of a refunded order
    expires_at: AwareDatetime | None = None  # unused ones are gone from then on; null for never
    order_id: str = ""
    amount_fen: Fen = 0  # of the order, without what had been refunded before
    counted_fen: Fen = 0  # cumulative rule: how much of the amount counts towards chances
    carried_fen: Fen = 0  # cumulative rule: what is left of it for the next chance
    why: str = ""
    source: str = ""  # which of the wheel's sources; empty: an order, a reward, or a grant from none of them
    day: str = ""  # business day whose cap it counts against, 2017-11-30; empty where the rule has no cap
    funding_id: str = ""  # the funding that paid for them; empty where they were not bought
    person_id: Person = ""  # whom it counts for, where that is not the member
    granted_by: str = ""  # of a reward: the activity that granted it; empty in events that are older than this field


class OrderCounted(Message):
    """An order that brings no chance yet but counts towards the next one (cumulative rule)."""

    type: ClassVar[str] = "lottery.order.counted.v1"
    activity_id: Id
    version: int
    member_id: Id
    order_id: Id
    amount_fen: Fen  # without what had been refunded before
    carried_fen: Fen  # what counts towards the next chance
    missing_fen: Fen  # what the next chance still needs
    help_zh: str  # the same as a sentence for the member, in Chinese
    help_en: str  # the same in English
    person_id: Person = ""  # whom it counts for, where that is not the member


class ChancesRefused(_Refused):
    """Chances that were not granted, not sold, or not revoked."""

    type: ClassVar[str] = "lottery.chances.refused.v1"
    asked: Literal["grant", "earn", "revoke", "buy", "settle"]  # which command it was
    cause: Cause
    risk: int = 0  # as on the command, where it was one to buy
    granted_by: str = ""  # of a reward: the activity that granted it; empty in events that are older than this field


class PurchaseRequested(Message):
    """A member buys chances, and whoever owns the points is asked to take them. They count against the caps already."""

    type: ClassVar[str] = "lottery.purchase.requested.v1"
    activity_id: Id
    version: int
    member_id: Id
    funding_id: Id  # of the funding that this asks for
    points: int = Field(ge=1)  # what they cost
    chances: int = Field(ge=1)  # how many
    day: str  # business day whose cap they count against, 2017-11-30
    answer_by: AwareDatetime  # a confirmation whose own time is later buys nothing
    expires_at: AwareDatetime | None = None  # unused ones are gone from then on; null for never
    person_id: Person = ""  # whom it counts for, where that is not the member
    risk: int = 0  # as on the command


class PurchaseFailed(_Refused):
    """The points were not taken: nothing was bought, and the caps are as before."""

    type: ClassVar[str] = "lottery.purchase.failed.v1"
    funding_id: Id  # of the funding that was refused
    why: str = ""  # the reason of whoever owns the points, as a code


class PurchaseReleased(Message):
    """The points were taken, but nothing can be bought for them any more: they go back."""

    type: ClassVar[str] = "lottery.purchase.released.v1"
    activity_id: Id
    version: int
    member_id: Id
    funding_id: Id  # of the funding that is given back
    why: Literal["too_late", "closed", "not_awaited"]  # later than answer_by; the wheel has ended; no such purchase
    person_id: Person = ""  # whom it counts for, where that is not the member


class Taken(Message):
    """Unused chances that went back, and what had granted them."""

    type: ClassVar[str] = ""
    kind: ClassVar[str] = "part"
    cause: Cause  # what had granted them
    chances: int = Field(ge=1)  # how many of them


class ChancesRevoked(Message):
    """An order is void, or worth less: of the chances that it does not earn any more, unused ones are gone, used ones
    are kept or owed."""

    type: ClassVar[str] = "lottery.chances.revoked.v1"
    activity_id: Id
    version: int
    member_id: Id
    order_id: Id
    why: Literal["cancelled", "refunded"]
    taken: tuple[Taken, ...] = ()  # the unused chances that went back
    kept: int = Field(default=0, ge=0)  # used already, left to the member by the wheel's rule
    debt: int = Field(default=0, ge=0)  # used already, owed from the next chances by the wheel's rule
    carried_fen: Fen = 0  # cumulative rule: what counts towards the next chance from now on
    person_id: Person = ""  # whom it counts for, where that is not the member
    left_fen: Fen = 0  # so much of the order still counts; 0: it is void, and can earn nothing later


class MembersLinked(Message):
    """Two members count as one from here on: chances, draws and wins of both are the person's. It is never undone."""

    type: ClassVar[str] = "lottery.members.linked.v1"
    activity_id: Id
    version: int
    member_id: Id
    person_id: Id  # under whom both are counted; may be another member


class MemberJoined(Message):
    """The other side of a link, for whoever looks up the person: another one is counted under it from here on."""

    type: ClassVar[str] = "lottery.member.joined.v1"
    activity_id: Id
    version: int
    member_id: Id  # under whom both are counted
    joined_id: Id  # who was counted by itself until then


class CommandForwarded(Message):
    """The member is counted under another account: the command is decided there, and answered under another id."""

    type: ClassVar[str] = "lottery.command.forwarded.v1"
    activity_id: Id
    version: int
    member_id: Id
    person_id: Id  # under whom it is decided
    forwarded_id: str  # the ce_id of the command that is decided instead; its answer is the answer
    asked: str  # the command's type
    content: dict[str, Any]  # its data, with the person


class LinkRefused(_Refused):
    """Members who are one at this wheel already, or a wheel at which it does not matter any more."""

    type: ClassVar[str] = "lottery.link.refused.v1"
