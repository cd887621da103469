"""What shared streams mean to red packets: orders and rewards that bring some, fundings, payouts. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from fairground_activities.funding import answered
from fairground_activities.rows import KEPT, RulesOfRows
from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.funding import FundingConfirmed, FundingRefused
from fairground_contracts.members import MemberIdentityLinked, MemberIdentityUnlinked
from fairground_contracts.message import Message
from fairground_contracts.orders import OrderCancelled, OrderPaid, OrderRefunded
from fairground_contracts.reward_results import (
    RewardDelivered,
    RewardExpired,
    RewardFailed,
    RewardRejected,
    RewardWaiting,
)
from fairground_contracts.rewards import LONGEST_ANSWERED, RewardGranted, RewardRevoked
from fairground_contracts.topics import EVERYWHERE
from fairground_decider import Translated
from fairground_redpacket.contract import (
    SERVICE,
    AnswerFunding,
    GiftPacket,
    LinkMember,
    ReportPayout,
    RevokeGift,
    UnlinkMember,
)
from fairground_redpacket.contract.commands import PayoutResult
from fairground_redpacket.contract.ids import parsed
from fairground_redpacket.rules import GiftRule, load

#: What is understood of the shared streams.
UNDERSTOOD: tuple[type[Message], ...] = (
    OrderPaid, OrderCancelled, OrderRefunded, RewardGranted, RewardRevoked, FundingConfirmed, FundingRefused,
    RewardWaiting, RewardFailed, RewardDelivered, RewardRejected, RewardExpired, MemberIdentityLinked,
    MemberIdentityUnlinked,
)  # fmt: skip

#: The kind of reward that is meant, as it stands in the data of each: most rewards are of another one, and not parsed.
ONLY_WITH: Mapping[type[Message], bytes] = dict.fromkeys((RewardGranted, RewardRevoked), b'"packet"')

_Result = RewardWaiting | RewardFailed | RewardDelivered | RewardRejected | RewardExpired
_RESULTS: dict[type[Message], PayoutResult] = {
    RewardWaiting: "waiting", RewardFailed: "failed", RewardDelivered: "delivered", RewardRejected: "rejected",
    RewardExpired: "expired",
}  # fmt: skip

_DAY_MS = 86_400_000

#: Orders are heard of so long after an activity: refunds close what is left of their packets.
_REFUND_DAYS = 30

_rules = RulesOfRows(SERVICE, load)


def translate(event: CloudEvent, message: Message, activities: Mapping[str, ActivityListed]) -> Iterable[Translated]:
    """Commands for the activities that the record concerns, or for the packet.

    Ids come from the order, the reward or the funding, so that a repeated event makes the same command.
    """
    if isinstance(message, OrderPaid):
        return _paid(event, message, activities)
    if isinstance(message, OrderCancelled | OrderRefunded):
        return _void(event, message, activities)
    if isinstance(message, RewardGranted):
        return _granted(event, message)
    if isinstance(message, RewardRevoked):
        return _revoked(event, message)
    if isinstance(message, FundingConfirmed | FundingRefused):
        return answered(SERVICE, AnswerFunding, message.activity_id, event, message)
    if isinstance(message, MemberIdentityLinked | MemberIdentityUnlinked):
        return _identity(event, message)
    return _payout(event, message) if isinstance(message, _Result) else ()


def concerns(kind: type[Message], activities: Mapping[str, ActivityListed]) -> bool:
    """Orders concern only activities that give packets for them; everything else may be about any packet there was."""
    if kind in (OrderPaid, OrderCancelled, OrderRefunded):
        return any(rules.orders is not None for rules in _rules(activities, KEPT))
    return True


def _paid(event: CloudEvent, paid: OrderPaid, activities: Mapping[str, ActivityListed]) -> Iterator[Translated]:
    """For each activity that gives packets for orders, if the order is of its window."""
    for rules in _rules(activities, KEPT):
        if rules.orders is not None and rules.starts_ms <= event.time_ms < rules.ends_ms:
            gift = GiftPacket(
                activity_id=rules.id, member_id=paid.member_id, cause=f"order:{paid.order_id}",
                order_id=paid.order_id, amount_fen=paid.amount_fen,
            )  # fmt: skip
            yield Translated(rules.id, f"paid:{paid.order_id}:{rules.id}", event.time, gift)


def _void(
    event: CloudEvent, void: OrderCancelled | OrderRefunded, activities: Mapping[str, ActivityListed]
) -> Iterator[Translated]:
    """For each activity whose packet the order would not have brought, if what is left of it had been all of it."""
    why: Literal["cancelled", "refunded"] = "cancelled" if isinstance(void, OrderCancelled) else "refunded"
    for rules in _rules(activities, KEPT):
        gift = rules.orders
        if gift is None or gift.on_refund == "keep" or not _void_for(void, gift):
            continue
        if rules.starts_ms <= event.time_ms < rules.ends_ms + _REFUND_DAYS * _DAY_MS:
            revoke = RevokeGift(
                activity_id=rules.id, member_id=void.member_id, cause=f"order:{void.order_id}", why=why,
                order_id=void.order_id,
            )  # fmt: skip
            yield Translated(rules.id, f"{why}:{void.order_id}:{rules.id}", event.time, revoke)


def _void_for(void: OrderCancelled | OrderRefunded, gift: GiftRule) -> bool:
    if isinstance(void, OrderCancelled) or void.full:
        return True
    return void.paid_fen - void.refunded_total_fen < gift.min_order_fen


def _granted(event: CloudEvent, granted: RewardGranted) -> Iterator[Translated]:
    """A reward that is packets: the activity that it names makes them, or says that it cannot."""
    what = granted.reward
    if what.reward == "packet" and what.ref and len(event.id) <= LONGEST_ANSWERED:
        gift = GiftPacket(
            activity_id=what.ref, member_id=granted.member_id, cause=f"reward:{event.id}",
            packets=what.amount, granted_by=granted.activity_id,
        )  # fmt: skip
        yield Translated(what.ref, f"granted:{event.id}", event.time, gift)


def _revoked(event: CloudEvent, revoked: RewardRevoked) -> Iterator[Translated]:
    """A reward that was packets is taken back."""
    what = revoked.reward
    if what is not None and what.reward == "packet" and what.ref:
        revoke = RevokeGift(
            activity_id=what.ref, member_id=revoked.member_id, cause=f"reward:{revoked.reward_id}", why="revoked"
        )
        yield Translated(what.ref, f"revoked:{revoked.reward_id}", event.time, revoke)


def _payout(event: CloudEvent, result: _Result) -> Iterator[Translated]:
    """News of one of our own payouts, which its bill number tells, as well as the packet that it is of."""
    bill = parsed(result.reward_id)
    if bill is not None:
        said = _RESULTS[type(result)]
        report = ReportPayout(
            activity_id=result.activity_id or bill.packet_id, packet_id=bill.packet_id, member_id=result.member_id,
            reward_id=result.reward_id, result=said, why=result.reason,
        )  # fmt: skip
        attempt = f":{result.attempt}" if isinstance(result, RewardFailed) else ""
        yield Translated(bill.packet_id, f"{said}{attempt}:{result.reward_id}", event.time, report)


def _identity(event: CloudEvent, said: MemberIdentityLinked | MemberIdentityUnlinked) -> Iterator[Translated]:
    """A link, or its end, for every partition: nobody here knows which packets the member will come to."""
    if said.member_id == said.person_id:
        return
    linked = isinstance(said, MemberIdentityLinked)
    for place in EVERYWHERE:
        command = (LinkMember if linked else UnlinkMember)(
            place=place, member_id=said.member_id, person_id=said.person_id
        )  # fmt: skip
        id = f"{'linked' if linked else 'unlinked'}:{said.member_id}:{said.person_id}:{event.time_ms}:{place}"
        yield Translated(place, id, event.time, command)
