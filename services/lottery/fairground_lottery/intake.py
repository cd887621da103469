"""What shared streams mean to wheels and games: orders, members, rewards, answers to purchases. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from fairground_activities.funding import answered
from fairground_activities.lifecycle import OPEN
from fairground_activities.rows import KEPT, RulesOfRows, rows
from fairground_contracts.activities import ActivityListed
from fairground_contracts.cloudevent import CloudEvent
from fairground_contracts.funding import FundingConfirmed, FundingRefused
from fairground_contracts.members import MemberIdentityLinked, MemberRegistered
from fairground_contracts.message import CommandMessage, Message
from fairground_contracts.orders import OrderCancelled, OrderPaid, OrderRefunded
from fairground_contracts.reward_results import RewardDelivered, RewardRejected, RewardReturned, RewardShipped
from fairground_contracts.rewards import LONGEST_ANSWERED, RewardGranted, RewardRevoked
from fairground_decider import Translated
from fairground_lottery.contract import (
    SERVICE,
    EarnChances,
    GrantChances,
    LinkMember,
    RejectReward,
    ReportParcel,
    RevokeOrder,
    SettlePurchase,
    WithdrawGrant,
)
from fairground_lottery.domain.sources import INVITATION
from fairground_lottery.domain.taken_up import cause_of
from fairground_lottery.rules import Rules, load

#: What is understood of the shared streams.
UNDERSTOOD: tuple[type[Message], ...] = (
    OrderPaid, OrderCancelled, OrderRefunded, RewardRejected, RewardShipped, RewardDelivered, RewardReturned,
    FundingConfirmed, FundingRefused, MemberIdentityLinked, MemberRegistered, RewardGranted, RewardRevoked,
)  # fmt: skip

#: The kind of reward that is meant, as it stands in the data of each: most rewards are of another one, and not parsed.
ONLY_WITH: Mapping[type[Message], bytes] = dict.fromkeys((RewardGranted, RewardRevoked), b'"draw_chances"')

#: Services whose rewards count as one of a wheel's sources, where it names that.
_SOURCES: Mapping[str, str] = {"signin": "sign_in"}

_Parcel = RewardShipped | RewardDelivered | RewardReturned
_PARCELS: dict[type[Message], Literal["shipped", "delivered", "returned"]] = {
    RewardShipped: "shipped", RewardDelivered: "delivered", RewardReturned: "returned",
}  # fmt: skip
_DAY_MS = 86_400_000
_rules = RulesOfRows(SERVICE, load)


def concerns(kind: type[Message], activities: Mapping[str, ActivityListed]) -> bool:
    """Who registers concerns only wheels that give chances for invitations; all else may be about any there was."""
    return kind is not MemberRegistered or any(True for _ in _inviting(activities))


def translate(event: CloudEvent, message: Message, activities: Mapping[str, ActivityListed]) -> Iterable[Translated]:
    """One command for each activity that the record concerns.

    Ids come from the order, the reward, the funding or the invited member, so that a repeated event makes the same
    command. The activity decides for itself; left out is only what cannot matter to it: payments and registrations
    outside its window, refunds when no order of its window is refundable, rewards of others.
    """
    if isinstance(message, OrderPaid):
        return _paid(event, message, activities)
    if isinstance(message, OrderCancelled | OrderRefunded):
        return _void(event, message, activities)
    if isinstance(message, RewardRejected):
        return _rejected(event, message, activities)
    if isinstance(message, FundingConfirmed | FundingRefused):
        return answered(SERVICE, SettlePurchase, message.activity_id, event, message)
    if isinstance(message, MemberIdentityLinked):
        return _linked(event, message, activities)
    if isinstance(message, MemberRegistered):
        return _invited(event, message, activities)
    if isinstance(message, RewardGranted | RewardRevoked):
        return _taken_up(event, message)
    return _parcel(event, message, activities) if isinstance(message, _Parcel) else ()


def _paid(event: CloudEvent, paid: OrderPaid, activities: Mapping[str, ActivityListed]) -> Iterator[Translated]:
    time_ms = event.time_ms
    for rules in _rules(activities, OPEN):
        if rules.orders is not None and rules.starts_ms <= time_ms < rules.ends_ms:
            earn = EarnChances(
                activity_id=rules.id, member_id=paid.member_id, order_id=paid.order_id, amount_fen=paid.amount_fen
            )
            yield _command("paid", paid.order_id, rules, event, earn)


def _void(
    event: CloudEvent, void: OrderCancelled | OrderRefunded, activities: Mapping[str, ActivityListed]
) -> Iterator[Translated]:
    """Void, or worth less: what the refunds up to this one have left of it is all that they need to hear."""
    why: Literal["cancelled", "refunded"] = "cancelled" if isinstance(void, OrderCancelled) else "refunded"
    time_ms, cause, amounts = event.time_ms, f"{why}:{void.order_id}", {}
    if isinstance(void, OrderRefunded) and not void.full:
        cause = f"part_{cause}:{void.refunded_total_fen}"
        amounts = {"left_fen": void.paid_fen - void.refunded_total_fen, "paid_fen": void.paid_fen}
    for rules in _rules(activities, KEPT):
        over_ms = rules.ends_ms + rules.refund_window_days * _DAY_MS
        if rules.orders is not None and rules.starts_ms <= time_ms < over_ms:
            revoke = RevokeOrder(
                activity_id=rules.id, member_id=void.member_id, order_id=void.order_id, why=why, **amounts
            )
            yield Translated(rules.id, f"{cause}:{rules.id}", event.time, revoke)


def _rejected(
    event: CloudEvent, said: RewardRejected, activities: Mapping[str, ActivityListed]
) -> Iterator[Translated]:
    for rules in _following(said, activities):
        reject = RejectReward(
            activity_id=rules.id, member_id=said.member_id, reward_id=said.reward_id, rejected=said.reason
        )
        yield _command("rejected", said.reward_id, rules, event, reject)


def _parcel(event: CloudEvent, said: _Parcel, activities: Mapping[str, ActivityListed]) -> Iterator[Translated]:
    """Only activities that ship prizes want to know where they are."""
    status = _PARCELS[type(said)]
    for rules in _following(said, activities):
        if any(prize.fulfilment.claim_days is not None for prize in rules.prizes):
            report = ReportParcel(
                activity_id=rules.id, member_id=said.member_id, reward_id=said.reward_id, status=status, ref=said.ref
            )
            yield _command(status, said.reward_id, rules, event, report)


def _taken_up(event: CloudEvent, said: RewardGranted | RewardRevoked) -> Iterator[Translated]:
    """Draw chances that another service has granted, or takes back: at the wheel that the reward names. What is won at
    wheels themselves is granted there by their own commands."""
    reward = said.reward
    if said.service == SERVICE or reward is None or reward.reward != "draw_chances" or len(event.id) > LONGEST_ANSWERED:
        return
    wheel = reward.ref or said.activity_id
    if isinstance(said, RewardGranted):
        why = f"reward of {said.service} {said.activity_id}"
        grant = GrantChances(
            activity_id=wheel, member_id=said.member_id, chances=reward.amount, cause=cause_of(event.id), why=why,
            source=_SOURCES.get(said.service, ""), granted_by=said.activity_id,
        )  # fmt: skip
        yield Translated(wheel, f"granted:{event.id}", event.time, grant)
    else:
        withdraw = WithdrawGrant(activity_id=wheel, member_id=said.member_id, cause=cause_of(said.reward_id))
        yield Translated(wheel, f"withdrawn:{said.reward_id}", event.time, withdraw)


def _invited(
    event: CloudEvent, said: MemberRegistered, activities: Mapping[str, ActivityListed]
) -> Iterator[Translated]:
    """Chances for the inviter at each wheel in whose window the invited member joined. The cause is that member, as in
    a grant that the shop sends itself, so that both together count once."""
    if said.inviter_id in ("", said.member_id):
        return
    for rules in _inviting(activities):
        if rules.starts_ms <= event.time_ms < rules.ends_ms:
            grant = GrantChances(
                activity_id=rules.id, member_id=said.inviter_id, source=INVITATION, cause=said.member_id
            )
            yield _command("invited", said.member_id, rules, event, grant)


def _linked(
    event: CloudEvent, message: MemberIdentityLinked, activities: Mapping[str, ActivityListed]
) -> Iterator[Translated]:
    """A link for each open activity: nobody here knows at which of them the member takes part, or will.

    That a link was taken back concerns no activity: who was one person at it stays one, or would win twice.
    """
    member, person = message.member_id, message.person_id
    for row in rows(SERVICE, activities, OPEN):
        if member != person:
            link = LinkMember(activity_id=row.activity_id, member_id=member, person_id=person)
            request = f"linked:{member}:{person}:{row.activity_id}"
            yield Translated(row.activity_id, request, event.time, link)


def _inviting(activities: Mapping[str, ActivityListed]) -> Iterator[Rules]:
    """The activities that give chances for members who were invited."""
    for rules in _rules(activities, OPEN):
        if any(source.kind == INVITATION for source in rules.sources):
            yield rules


def _following(said: Any, activities: Mapping[str, ActivityListed]) -> Iterator[Rules]:
    """The activities that may know the reward. Whoever does not say of which one it is has all of them asked."""
    if not said.reward_id.startswith(f"{SERVICE}-"):
        return
    for rules in _rules(activities, KEPT):
        if said.activity_id in ("", rules.id) and any(prize.fulfilment.followed for prize in rules.prizes):
            yield rules


def _command(cause: str, what: str, rules: Rules, event: CloudEvent, data: CommandMessage) -> Translated:
    return Translated(rules.id, f"{cause}:{what}:{rules.id}", event.time, data)
