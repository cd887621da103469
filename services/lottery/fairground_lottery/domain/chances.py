"""Chances: granted, earned by orders, and taken back with an order that is void."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import structs

from fairground_decider import Command, Event, State
from fairground_decider.causes import DAY_MS, Seen, remember, seen
from fairground_lottery.contract import (
    ChancesGranted,
    ChancesRefused,
    ChancesRevoked,
    EarnChances,
    GrantChances,
    GrantWithdrawn,
    OrderCounted,
    Reason,
    RevokeOrder,
    RewardOwed,
    RewardTakenBack,
    Sentence,
    WheelCommand,
    WithdrawGrant,
)
from fairground_lottery.contract.refusals import NOTHING
from fairground_lottery.domain import entrants, orders, refusals, revocation
from fairground_lottery.domain.orders import Order
from fairground_lottery.domain.records import NEWCOMER, RULES, WHEEL, Entrant, Lot, Standing, member_field
from fairground_lottery.domain.wheel import Wheel
from fairground_lottery.rules import WHEEL as KIND
from fairground_lottery.rules import OrderRule

#: How many lots of unused chances a member may hold: a record stays small enough to be read with each draw.
MAX_LOTS = 500

_Asked = Literal["grant", "earn", "revoke"]


def decide_grant(state: State, command: Command[GrantChances]) -> Iterator[ChancesGranted | ChancesRefused]:
    """Give chances once for each cause."""
    grant, time_ms = command.data, command.time_ms
    standing, wheel, entrant = _found(state, grant)
    reason = _closed(standing, wheel, time_ms)
    if wheel is None or standing is None or reason is not None:
        yield _refusal(standing, grant, "grant", grant.cause, reason or Reason.UNKNOWN_ACTIVITY)
        return
    known = seen(entrant.causes, grant.cause, time_ms, wheel.rules.refund_window_days)
    if known is not Seen.NEW:
        reason = Reason(known.value)
    elif grant.expires_at is not None and _seconds(grant.expires_at) * 1000 <= time_ms:
        reason = Reason.ALREADY_EXPIRED
    elif len(entrant.lots) >= MAX_LOTS:
        reason = Reason.TOO_MANY_CHANCES
    if reason is not None:
        yield _refusal(standing, grant, "grant", grant.cause, reason, refusals.help_with(reason, wheel))
        return
    paid = min(entrant.debt, grant.chances)
    yield ChancesGranted(
        activity_id=grant.activity_id,
        version=standing.version,
        member_id=grant.member_id,
        cause=grant.cause,
        chances=grant.chances - paid,
        debt_paid=paid,
        expires_at=grant.expires_at,
        carried_fen=entrant.carried_fen,
        why=grant.why,
    )


def decide_earn(
    state: State, command: Command[EarnChances]
) -> Iterator[ChancesGranted | OrderCounted | ChancesRefused]:
    """What a paid order earns by the wheel's rule, as of the time it was paid."""
    paid = command.data
    standing, wheel, entrant = _found(state, paid)
    reason = _closed(standing, wheel, command.time_ms) or _unearning(wheel, entrant, command)
    if wheel is None or standing is None or wheel.rules.orders is None or reason is not None:
        reason = reason or Reason.UNKNOWN_ACTIVITY
        help_said = refusals.help_with(reason, wheel) if wheel else NOTHING
        yield _refusal(standing, paid, "earn", entrants.order_cause(paid.order_id), reason, help_said)
        return
    rule = wheel.rules.orders
    earned, carried_fen = _earned(rule, entrant.carried_fen, paid.amount_fen)
    if earned:
        yield _grant_of_order(standing.version, rule, entrant, command, earned, carried_fen)
        return
    help_said = refusals.more_to_spend(rule.every_fen - carried_fen)
    yield OrderCounted(
        activity_id=paid.activity_id,
        version=standing.version,
        member_id=paid.member_id,
        order_id=paid.order_id,
        amount_fen=paid.amount_fen,
        carried_fen=carried_fen,
        missing_fen=rule.every_fen - carried_fen,
        help_zh=help_said.zh,
        help_en=help_said.en,
    )


def _unearning(wheel: Wheel | None, entrant: Entrant, command: Command[EarnChances]) -> Reason | None:
    """Why this order earns nothing."""
    if wheel is None:
        return Reason.UNKNOWN_ACTIVITY
    if command.time_ms < wheel.rules.starts_ms:
        return Reason.NOT_STARTED
    order = orders.find(entrant.orders, command.data.order_id)
    if order is not None:
        return Reason.ORDER_REFUNDED if order.revoked else Reason.DUPLICATE
    if orders.too_old(entrant.orders, command.time_ms, wheel.rules.refund_window_days):
        return Reason.TOO_OLD
    if wheel.rules.orders is None:
        return Reason.ORDERS_NOT_COUNTED
    if command.data.amount_fen < max(wheel.rules.orders.min_order_fen, 1):
        return Reason.BELOW_MINIMUM
    return Reason.TOO_MANY_CHANCES if len(entrant.lots) >= MAX_LOTS else None


def _earned(rule: OrderRule, carried_fen: int, amount_fen: int) -> tuple[int, int]:
    """The chances an order earns, and what is carried to the next one."""
    if rule.rule == "per_order":
        return rule.chances, carried_fen
    times, carried_fen = divmod(carried_fen + amount_fen, rule.every_fen)
    return min(times * rule.chances, orders.MAX_CHANCES), carried_fen


def _grant_of_order(
    version: int, rule: OrderRule, entrant: Entrant, command: Command[EarnChances], earned: int, carried_fen: int
) -> ChancesGranted:
    paid = command.data
    debt_paid = min(entrant.debt, earned)
    expires_s = 0 if rule.expire_days is None else (command.time_ms + rule.expire_days * DAY_MS) // 1000
    return ChancesGranted(
        activity_id=paid.activity_id,
        version=version,
        member_id=paid.member_id,
        cause=entrants.order_cause(paid.order_id),
        chances=earned - debt_paid,
        debt_paid=debt_paid,
        expires_at=datetime.fromtimestamp(expires_s, UTC) if expires_s else None,
        order_id=paid.order_id,
        amount_fen=paid.amount_fen,
        counted_fen=paid.amount_fen if rule.rule == "cumulative" else 0,
        carried_fen=carried_fen,
    )


def decide_revoke(
    state: State, command: Command[RevokeOrder]
) -> Iterator[ChancesRevoked | RewardTakenBack | RewardOwed | ChancesRefused]:
    """Take back what a void order earned, and make sure that it earns nothing later."""
    void = command.data
    standing, wheel, entrant = _found(state, void)
    reason: Reason | None = None
    if wheel is None or standing is None:
        reason = Reason.ARCHIVED if standing else Reason.UNKNOWN_ACTIVITY
    elif (order := orders.find(entrant.orders, void.order_id)) is not None and order.revoked:
        reason = Reason.DUPLICATE
    elif order is None and orders.too_old(entrant.orders, command.time_ms, wheel.rules.refund_window_days):
        reason = Reason.TOO_OLD
    if wheel is None or standing is None or reason is not None:
        cause = entrants.order_cause(void.order_id)
        yield _refusal(standing, void, "revoke", cause, reason or Reason.UNKNOWN_ACTIVITY)
        return
    yield from revocation.order_revoked(standing.version, wheel, entrant, void)


def decide_withdraw(
    state: State, command: Command[WithdrawGrant]
) -> Iterator[GrantWithdrawn | RewardTakenBack | RewardOwed | ChancesRefused]:
    """Take back what a reward had granted. Asked again, there is nothing left to take."""
    asked = command.data
    standing, wheel, entrant = _found(state, asked)
    if wheel is None or standing is None:
        reason = Reason.ARCHIVED if standing else Reason.UNKNOWN_ACTIVITY
        yield _refusal(standing, asked, "revoke", asked.cause, reason)
        return
    yield from revocation.grant_withdrawn(standing.version, wheel, entrant, asked)


def evolve_granted(state: State, event: Event[Any]) -> None:
    """Fold a grant: a lot of chances more, a debt less, and the cause is remembered."""
    granted: ChancesGranted = event.data
    activity, field = granted.activity_id, member_field(granted.member_id)
    wheel: Wheel = state.record(activity, RULES)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    window = wheel.rules.refund_window_days
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
        after = structs.replace(after, causes=remember(entrant.causes, granted.cause, event.time_ms, window))
    state.put(activity, field, after)


def evolve_counted(state: State, event: Event[Any]) -> None:
    """Fold an order that counts towards the next chance."""
    counted: OrderCounted = event.data
    activity, field = counted.activity_id, member_field(counted.member_id)
    wheel: Wheel = state.record(activity, RULES)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    order = Order(counted.amount_fen, 0, revoked=False)
    window = wheel.rules.refund_window_days
    remembered = orders.with_order(entrant.orders, counted.order_id, order, event.time_ms, window)
    state.put(activity, field, structs.replace(entrant, carried_fen=counted.carried_fen, orders=remembered))


def _found(state: State, command: WheelCommand) -> tuple[Standing | None, Wheel | None, Entrant]:
    """What the state knows of the wheel and the member."""
    standing: Standing | None = state.record(command.activity_id, WHEEL)
    wheel: Wheel | None = state.record(command.activity_id, RULES)
    return standing, wheel, state.record(command.activity_id, member_field(command.member_id)) or NEWCOMER


def _closed(standing: Standing | None, wheel: Wheel | None, time_ms: int) -> Reason | None:
    """Why nobody gets chances at this wheel any more. A pause stops draws, not what members earn meanwhile."""
    if standing is None:
        return Reason.UNKNOWN_ACTIVITY
    if standing.status in ("stopped", "ended", "archived"):
        return Reason(standing.status)
    if wheel is not None and wheel.kind != KIND:
        return Reason.OTHER_KIND
    return Reason.ENDED if wheel is not None and time_ms >= wheel.rules.ends_ms else None


def _refusal(
    standing: Standing | None,
    asked: WheelCommand,
    what: _Asked,
    cause: str,
    reason: Reason,
    help_said: Sentence = NOTHING,
) -> ChancesRefused:
    return ChancesRefused(
        activity_id=asked.activity_id,
        version=standing.version if standing else 0,
        member_id=asked.member_id,
        asked=what,
        cause=cause,
        **refusals.worded(reason, help_said),
    )


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
