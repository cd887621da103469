"""Chances: granted, earned by orders, and taken back with an order that is void or worth less."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import structs

from fairground_activities.lifecycle import Standing
from fairground_contracts.message import trusted
from fairground_contracts.refusals import NOTHING, Sentence
from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen
from fairground_lottery.contract import (
    ChancesGranted,
    ChancesRefused,
    ChancesRevoked,
    EarnChances,
    GrantChances,
    GrantWithdrawn,
    MemberCommand,
    OrderCounted,
    Reason,
    RevokeOrder,
    RewardOwed,
    RewardTakenBack,
    WithdrawGrant,
)
from fairground_lottery.domain import entrants, orders, refusals, revocation, sources
from fairground_lottery.domain.admission import Denied
from fairground_lottery.domain.calendar import iso_of
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.orders import Order
from fairground_lottery.domain.records import NEWCOMER, RULES, STANDING, Entrant, Lot, entrant_field
from fairground_lottery.rules import WHEEL, OrderRule

#: How many lots of unused chances a member may hold: a record stays small enough to be read with each draw.
MAX_LOTS = 500

_Asked = Literal["grant", "earn", "revoke", "buy", "settle"]


def decide_grant(state: State, command: Command[GrantChances]) -> Iterator[ChancesGranted | ChancesRefused]:
    """Give chances once for each cause, as far as the cap of the source reaches."""
    grant, time_ms = command.data, command.time_ms
    standing, in_force, entrant = found(state, grant)
    cause = sources.cause_of(grant)
    reason = _known(in_force, entrant, grant, time_ms) or closed(standing, in_force, time_ms)
    if in_force is None or standing is None or reason is not None:
        yield refusal(standing, grant, "grant", cause, reason or Reason.UNKNOWN_ACTIVITY)
        return
    try:
        source = sources.granting(in_force, grant)
        _may_be_granted(in_force, entrant, grant, time_ms)
        left = sources.allowed(in_force, entrant, source.kind, source, time_ms) if source else None
    except Denied as denied:
        yield refusal(standing, grant, "grant", cause, denied.reason, denied.help_said)
        return
    wanted = sources.wanted(source, grant)
    chances = wanted if left is None else min(wanted, left)
    expires_s = 0 if grant.expires_at is None else _seconds(grant.expires_at)
    paid = min(entrant.debt, chances)
    yield ChancesGranted(
        activity_id=grant.activity_id,
        version=standing.version,
        member_id=grant.member_id,
        person_id=grant.person_id,
        cause=cause,
        chances=chances - paid,
        debt_paid=paid,
        expires_at=moment(sources.sooner(expires_s, sources.expiry_s(source, time_ms))),
        carried_fen=entrant.carried_fen,
        why=grant.why,
        source=source.kind if source else "",
        day="" if left is None else iso_of(in_force.day(time_ms)),
        granted_by=grant.granted_by,
    )


def _known(in_force: InForce | None, entrant: Entrant, grant: GrantChances, time_ms: int) -> Reason | None:
    """That the cause was decided before, or may have been: asked before anything else. A reward whose chances were
    granted would else be rejected when it is heard of again after the wheel's end, and be compensated as well."""
    if in_force is None:
        return None
    known = sources.known(entrant, grant, time_ms, in_force.rules.refund_window_days)
    return None if known is Seen.NEW else Reason(known.value)


def _may_be_granted(in_force: InForce, entrant: Entrant, grant: GrantChances, time_ms: int) -> None:
    """Raises Denied: nothing of it could be used or kept."""
    if grant.expires_at is not None and _seconds(grant.expires_at) * 1000 <= time_ms:
        raise Denied(Reason.ALREADY_EXPIRED)
    if len(entrant.lots) >= MAX_LOTS:
        raise Denied(Reason.TOO_MANY_CHANCES, refusals.help_with(Reason.TOO_MANY_CHANCES, in_force))


def decide_earn(
    state: State, command: Command[EarnChances]
) -> Iterator[ChancesGranted | OrderCounted | ChancesRefused]:
    """What a paid order earns by the wheel's rule, as of the time it was paid."""
    standing, in_force, entrant = found(state, command.data)
    order = orders.find(entrant.orders, command.data.order_id)
    if order is not None and order.left_fen:  # a part of it was refunded before it was heard of
        less = min(order.left_fen, command.data.amount_fen)
        command = structs.replace(command, data=command.data.model_copy(update={"amount_fen": less}))
    paid = command.data
    cause = entrants.order_cause(paid.order_id)
    reason = closed(standing, in_force, command.time_ms) or _unearning(in_force, entrant, order, command)
    if in_force is None or standing is None or in_force.rules.orders is None or reason is not None:
        reason = reason or Reason.UNKNOWN_ACTIVITY
        help_said = refusals.help_with(reason, in_force) if in_force else NOTHING
        yield refusal(standing, paid, "earn", cause, reason, help_said)
        return
    rule = in_force.rules.orders
    try:
        step = rule.chances if rule.rule == "cumulative" else 1
        left = sources.allowed(in_force, entrant, sources.ORDERS, rule, command.time_ms, least=step)
    except Denied as denied:
        yield refusal(standing, paid, "earn", cause, denied.reason, denied.help_said)
        return
    earned, carried_fen = _earned(rule, entrant.carried_fen, paid.amount_fen)
    if earned:
        yield _grant_of_order(standing.version, in_force, entrant, command, earned, carried_fen, left)
        return
    yield _counted(standing.version, paid, carried_fen, rule.every_fen - carried_fen)


def _counted(version: int, paid: EarnChances, carried_fen: int, missing_fen: int) -> OrderCounted:
    """What most orders come to: the next chance is a little nearer."""
    help_said = refusals.more_to_spend(missing_fen)
    return trusted(
        OrderCounted,
        {
            "activity_id": paid.activity_id,
            "version": version,
            "member_id": paid.member_id,
            "order_id": paid.order_id,
            "amount_fen": paid.amount_fen,
            "carried_fen": carried_fen,
            "missing_fen": missing_fen,
            "help_zh": help_said.zh,
            "help_en": help_said.en,
            "person_id": paid.person_id,
        },
    )


def _unearning(
    in_force: InForce | None, entrant: Entrant, order: Order | None, command: Command[EarnChances]
) -> Reason | None:
    """Why this order earns nothing. `order`: what is known of it."""
    if in_force is None:
        return Reason.UNKNOWN_ACTIVITY
    if command.time_ms < in_force.rules.starts_ms:
        return Reason.NOT_STARTED
    if order is not None and not order.left_fen:
        return Reason.ORDER_REFUNDED if order.void else Reason.DUPLICATE
    if orders.too_old(entrant.orders, command.time_ms, in_force.rules.refund_window_days):
        return Reason.TOO_OLD
    if in_force.rules.orders is None:
        return Reason.ORDERS_NOT_COUNTED
    if command.data.amount_fen < max(in_force.rules.orders.min_order_fen, 1):
        return Reason.BELOW_MINIMUM
    return Reason.TOO_MANY_CHANCES if len(entrant.lots) >= MAX_LOTS else None


def _earned(rule: OrderRule, carried_fen: int, amount_fen: int) -> tuple[int, int]:
    """The chances an order earns, and what is carried to the next one."""
    if rule.rule == "per_order":
        return rule.chances, carried_fen
    times, carried_fen = divmod(carried_fen + amount_fen, rule.every_fen)
    return min(times * rule.chances, orders.MAX_CHANCES), carried_fen


def _within(rule: OrderRule, earned: int, left: int) -> int:
    """What the cap leaves of it; whole steps where money earns, so that it is known for how much money they stand."""
    return min(earned, left if rule.rule == "per_order" else left // rule.chances * rule.chances)


def _grant_of_order(
    version: int, in_force: InForce, entrant: Entrant, command: Command[EarnChances], earned: int, carried_fen: int,
    left: int | None,
) -> ChancesGranted:  # fmt: skip
    """`left`: what the cap leaves to the member. Money whose chances it has cut off does not count.

    What linked accounts had carried together may be worth more than the order: what is cut off beyond it stays carried,
    and a fen of the order counts, so that its chances go back with money and not with the order.
    """
    paid, rule = command.data, in_force.rules.orders
    assert rule is not None
    within = earned if left is None else _within(rule, earned, left)
    counted_fen = 0
    if rule.rule == "cumulative":
        uncut_fen = paid.amount_fen - (earned - within) // rule.chances * rule.every_fen
        counted_fen = max(uncut_fen, 1)
        carried_fen += counted_fen - uncut_fen
    debt_paid = min(entrant.debt, within)
    return ChancesGranted(
        activity_id=paid.activity_id,
        version=version,
        member_id=paid.member_id,
        person_id=paid.person_id,
        cause=entrants.order_cause(paid.order_id),
        chances=within - debt_paid,
        debt_paid=debt_paid,
        expires_at=moment(sources.expiry_s(rule, command.time_ms)),
        order_id=paid.order_id,
        amount_fen=paid.amount_fen,
        counted_fen=counted_fen,
        carried_fen=carried_fen,
        day="" if left is None else iso_of(in_force.day(command.time_ms)),
    )


def decide_revoke(
    state: State, command: Command[RevokeOrder]
) -> Iterator[ChancesRevoked | RewardTakenBack | RewardOwed | ChancesRefused]:
    """Take back what an order does not earn any more, and make sure that it earns no more than that later."""
    void = command.data
    standing, in_force, entrant = found(state, void)
    reason: Reason | None = None
    if in_force is None or standing is None:
        reason = Reason.ARCHIVED if standing else Reason.UNKNOWN_ACTIVITY
    elif (order := orders.find(entrant.orders, void.order_id)) is not None and revocation.is_known(order, void):
        reason = Reason.DUPLICATE
    elif order is None and orders.too_old(entrant.orders, command.time_ms, in_force.rules.refund_window_days):
        reason = Reason.TOO_OLD
    if in_force is None or standing is None or reason is not None:
        cause = entrants.order_cause(void.order_id)
        yield refusal(standing, void, "revoke", cause, reason or Reason.UNKNOWN_ACTIVITY)
        return
    yield from revocation.order_revoked(standing.version, in_force, entrant, void)


def decide_withdraw(
    state: State, command: Command[WithdrawGrant]
) -> Iterator[GrantWithdrawn | RewardTakenBack | RewardOwed | ChancesRefused]:
    """Take back what a reward had granted. Asked again, there is nothing left to take."""
    asked = command.data
    standing, in_force, entrant = found(state, asked)
    if in_force is None or standing is None:
        reason = Reason.ARCHIVED if standing else Reason.UNKNOWN_ACTIVITY
        yield refusal(standing, asked, "revoke", asked.cause, reason)
        return
    yield from revocation.grant_withdrawn(standing.version, in_force, entrant, asked)


def evolve_granted(state: State, event: Event[Any]) -> None:
    """Fold a grant: a lot of chances more, a debt less, and the cause is remembered."""
    granted: ChancesGranted = event.data
    activity, field = granted.activity_id, entrant_field(granted)
    in_force: InForce = state.record(activity, RULES)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    window = in_force.rules.refund_window_days
    expires_s = 0 if granted.expires_at is None else _seconds(granted.expires_at)
    lot = Lot(expires_s, granted.chances, granted.cause)
    after = structs.replace(
        entrant,
        debt=entrant.debt - granted.debt_paid,
        carried_fen=granted.carried_fen,
        lots=entrants.with_lot(entrant.lots, lot, event.time_ms, window) if granted.chances else entrant.lots,
    )
    if granted.order_id:
        order = Order(granted.counted_fen, granted.chances + granted.debt_paid, revoked=False)
        remembered = orders.with_order(entrant.orders, granted.order_id, order, event.time_ms, window)
        after = structs.replace(after, orders=remembered)
    else:
        after = sources.remembered(after, event, window)
    if granted.funding_id:
        after = entrants.without_purchase(after, granted.funding_id)
    state.put(activity, field, sources.counted(after, granted))


def evolve_counted(state: State, event: Event[Any]) -> None:
    """Fold an order that counts towards the next chance."""
    counted: OrderCounted = event.data
    activity, field = counted.activity_id, entrant_field(counted)
    in_force: InForce = state.record(activity, RULES)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    order = Order(counted.amount_fen, 0, revoked=False)
    window = in_force.rules.refund_window_days
    remembered = orders.with_order(entrant.orders, counted.order_id, order, event.time_ms, window)
    state.put(activity, field, structs.replace(entrant, carried_fen=counted.carried_fen, orders=remembered))


def found(state: State, command: MemberCommand) -> tuple[Standing | None, InForce | None, Entrant]:
    """What the state knows of the wheel and the member."""
    standing: Standing | None = state.record(command.activity_id, STANDING)
    in_force: InForce | None = state.record(command.activity_id, RULES)
    return standing, in_force, state.record(command.activity_id, entrant_field(command)) or NEWCOMER


def closed(standing: Standing | None, in_force: InForce | None, time_ms: int) -> Reason | None:
    """Why nobody gets chances at this wheel any more. A pause stops draws, not what members earn meanwhile."""
    if standing is None:
        return Reason.UNKNOWN_ACTIVITY
    if standing.status in ("stopped", "ended", "archived"):
        return Reason(standing.status)
    if in_force is not None and in_force.kind != WHEEL:
        return Reason.OTHER_KIND
    return Reason.ENDED if in_force is not None and time_ms >= in_force.rules.ends_ms else None


def refusal(
    standing: Standing | None,
    asked: MemberCommand,
    what: _Asked,
    cause: str,
    reason: Reason,
    help_said: Sentence = NOTHING,
    risk: int = 0,
) -> ChancesRefused:
    """Chances that there are not, and why."""
    return trusted(
        ChancesRefused,
        {
            "activity_id": asked.activity_id,
            "version": standing.version if standing else 0,
            "member_id": asked.member_id,
            **refusals.worded(reason, help_said),
            "person_id": asked.person_id,
            "asked": what,
            "cause": cause,
            "risk": risk,
            "granted_by": asked.granted_by if isinstance(asked, GrantChances) else "",
        },
    )


def moment(at_s: int) -> datetime | None:
    """Seconds since 1970 as an event says when chances expire; None for 0, which is never."""
    return datetime.fromtimestamp(at_s, UTC) if at_s else None


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
