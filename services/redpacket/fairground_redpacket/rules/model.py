"""The rules of red packets after they were checked: what an activity file says, with every default filled in."""

from dataclasses import dataclass
from typing import Any, Literal

from fairground_activities.files import Audience, Gate, Heading, audience_form, present

#: The kinds of activity files that are understood here: packets that are sent, and rains of packets at a time.
RED_PACKET, RAIN = "red_packet", "red_packet_rain"
KINDS = (RED_PACKET, RAIN)

SPLITS = ("random", "equal")
ACCESS = ("open", "group", "designated", "password", "fission")

#: What a gift is: a packet for the member alone, one whose first share is the member's and the rest the friends', or
#: one for whoever comes first.
FORMS = ("own", "fission", "open")

#: What becomes of an order's packet when the order is void: what is left of it goes back, or may still be grabbed.
ON_REFUND = ("reverse", "keep")

Form = Literal["own", "fission", "open"]
Split = Literal["random", "equal"]
Funds = Literal["budget", "member"]
Senders = Literal["members", "operators", "nobody"]
OnRefund = Literal["reverse", "keep"]


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most of something."""

    least: int
    most: int

    def form(self) -> dict[str, int]:
        """As a file says it."""
        return {"least": self.least, "most": self.most}

    def __str__(self) -> str:
        return f"{self.least}-{self.most}"

    def __contains__(self, number: int) -> bool:
        return self.least <= number <= self.most


@dataclass(frozen=True, slots=True)
class PacketRule:
    """What packets may be sent, by whom, and whose money is in them."""

    funds: Funds
    senders: Senders
    splits: tuple[str, ...]
    access: tuple[str, ...]
    count: Range
    total_fen: Range
    expire_minutes: int
    sender_grabs: bool
    guesses: int  # of a password; 0 where no packet has one
    answer_minutes: int  # how long a packet waits for its sender's money; 0 where the budget pays


@dataclass(frozen=True, slots=True)
class GiftRule:
    """The packet that an order, or a reward of another activity, brings."""

    total_fen: int
    count: int
    split: Split
    form: Form
    min_order_fen: int = 0  # of orders
    on_refund: OnRefund = "reverse"  # of orders: whether what is left of the packet goes back with the order


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a rain."""

    id: str
    starts: str  # local time, as written
    starts_ms: int  # UTC
    seconds: int
    total_fen: int  # its budget
    count: int  # of shares, in all of its pools
    pools: int

    @property
    def ends_ms(self) -> int:
        """UTC; the first moment that no longer belongs to it."""
        return self.starts_ms + self.seconds * 1000

    def pool(self, number: int) -> tuple[int, int]:
        """The total and the shares of one pool; what cannot be divided is in the first ones."""
        (fen, more_fen), (shares, more) = divmod(self.total_fen, self.pools), divmod(self.count, self.pools)
        return fen + (number < more_fen), shares + (number < more)


@dataclass(frozen=True, slots=True)
class RainRule:
    """When it rains, and how much a member may catch."""

    sessions: tuple[Session, ...]
    per_member: int  # shares a session
    tap_ms: int  # between a share of a member and the next tap, and from a tap that was too quick to the next one


@dataclass(frozen=True, slots=True)
class Who:
    """Who may have a share. What is said here goes into each packet."""

    gate: Gate | None  # None: everybody
    refuse_risk: int | None  # from this risk level on nobody may; None: the level does not matter


@dataclass(frozen=True, slots=True)
class Rules(Heading):
    """One version of an activity's rules."""

    each_fen: Range  # what a share can be
    packets: PacketRule | None  # of red packets
    rain: RainRule | None  # of a rain
    orders: GiftRule | None
    rewards: GiftRule | None
    per_member_day: int | None  # packets that a member may send on a business day
    per_member_total: int | None
    per_day: int | None  # packets of all on a business day
    total: int | None
    budget_fen: int | None
    budget_per_day_fen: int | None
    audience: Audience | None
    eligible: str  # a condition over facts; empty: none
    refuse_risk: int | None
    second_bill: bool  # whether a payout that failed for good is tried again under a second number
    keep_days: int

    @property
    def kind(self) -> str:
        """Which kind of activity it is."""
        return RED_PACKET if self.rain is None else RAIN


def form(rules: Rules) -> dict[str, Any]:
    """The published form: an activity file's content again, with every default written out. Checks like a file."""
    return {
        "kind": rules.kind,
        **rules.heading(),
        "each_fen": rules.each_fen.form(),
        **present(
            packets=None if rules.packets is None else _packets_form(rules.packets),
            rain=None if rules.rain is None else _rain_form(rules.rain),
            orders=None if rules.orders is None else _gift_form(rules.orders, True),
            rewards=None if rules.rewards is None else _gift_form(rules.rewards, False),
            quotas=present(
                per_member_day=rules.per_member_day, per_member_total=rules.per_member_total, per_day=rules.per_day,
                total=rules.total,
            ) or None,
            budget=present(total_fen=rules.budget_fen, per_day_fen=rules.budget_per_day_fen) or None,
        ),
        **who_form(rules),
        "second_bill": rules.second_bill,
        "keep_days": rules.keep_days,
    }  # fmt: skip


def who_form(rules: Rules) -> dict[str, Any]:
    """What is said of who may have a share."""
    return present(
        audience=None if rules.audience is None else audience_form(rules.audience),
        eligible=rules.eligible or None,
        refuse_risk=rules.refuse_risk,
    )


def _packets_form(packets: PacketRule) -> dict[str, Any]:
    return {
        "funded_by": packets.funds,
        "senders": packets.senders,
        "splits": list(packets.splits),
        "access": list(packets.access),
        "count": packets.count.form(),
        "total_fen": packets.total_fen.form(),
        "expire_minutes": packets.expire_minutes,
        "sender_grabs": packets.sender_grabs,
        **present(guesses=packets.guesses or None, answer_minutes=packets.answer_minutes or None),
    }


def _rain_form(rain: RainRule) -> dict[str, Any]:
    return {
        "per_member": rain.per_member,
        "tap_ms": rain.tap_ms,
        "sessions": [
            {
                "id": session.id, "starts": session.starts, "seconds": session.seconds,
                "total_fen": session.total_fen, "count": session.count, "pools": session.pools,
            }
            for session in rain.sessions
        ],
    }  # fmt: skip


def _gift_form(gift: GiftRule, of_orders: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"total_fen": gift.total_fen, "count": gift.count, "split": gift.split, "form": gift.form}
    return said | ({"min_order_fen": gift.min_order_fen, "on_refund": gift.on_refund} if of_orders else {})
