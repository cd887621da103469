"""Taking back what a void order earned: unused chances go, used ones are kept or owed, as the wheel's rule says; and
what was drawn with them, as each prize's rule says. The same for chances that a reward had granted."""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from fairground_decider import Event, State
from fairground_decider.causes import Seen, remember, seen
from fairground_lottery.contract import (
    ChancesRevoked,
    GrantWithdrawn,
    RevokeOrder,
    RewardOwed,
    RewardTakenBack,
    Taken,
    WithdrawGrant,
)
from fairground_lottery.domain import clawback, entrants, orders
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.orders import Order
from fairground_lottery.domain.records import NEWCOMER, RULES, Entrant, Lot, entrant_field
from fairground_lottery.rules import Rules

_NOTHING = Order(0, 0, revoked=False)


def order_revoked(
    version: int, in_force: InForce, entrant: Entrant, void: RevokeOrder
) -> Iterator[ChancesRevoked | RewardTakenBack | RewardOwed]:
    """The order's chances first, then what was drawn with those that were used."""
    cause = entrants.order_cause(void.order_id)
    rewards = list(clawback.of_cause(version, in_force, entrant, void, cause, void.why))
    yield _revoked(version, in_force.rules, entrant, void, len(rewards))
    yield from rewards


def grant_withdrawn(
    version: int, in_force: InForce, entrant: Entrant, asked: WithdrawGrant
) -> Iterator[GrantWithdrawn | RewardTakenBack | RewardOwed]:
    """The chances that this had granted, then what was drawn with those that were used."""
    unused = sum(lot.left for lot in entrant.lots if lot.cause == asked.cause)
    yield GrantWithdrawn(
        activity_id=asked.activity_id,
        version=version,
        member_id=asked.member_id,
        person_id=asked.person_id,
        cause=asked.cause,
        chances=unused,
    )
    yield from clawback.of_cause(version, in_force, entrant, asked, asked.cause, "reward_revoked")


def _revoked(version: int, rules: Rules, entrant: Entrant, void: RevokeOrder, rewards: int) -> ChancesRevoked:
    """What the order's end takes back. An order that earned nothing yet is only remembered as void.

    Who gives back what a chance has won, or owes it, does not owe the chance as well: so many `rewards` are.
    """
    order = orders.find(entrant.orders, void.order_id) or _NOTHING
    lost, carried_fen = _lost(rules, entrant.carried_fen, order)
    taken = _take(entrant.lots, entrants.order_cause(void.order_id), lost, spread=order.counted_fen > 0)
    used = lost - sum(part.chances for part in taken)
    in_debt = rules.orders is not None and rules.orders.on_refund == "debt"
    owed = max(used - rewards, 0) if in_debt else 0
    return ChancesRevoked(
        activity_id=void.activity_id,
        version=version,
        member_id=void.member_id,
        person_id=void.person_id,
        order_id=void.order_id,
        why=void.why,
        taken=taken,
        kept=used - owed,
        debt=owed,
        carried_fen=carried_fen,
    )


def _lost(rules: Rules, carried_fen: int, order: Order) -> tuple[int, int]:
    """How many chances the order is to lose, and what is carried afterwards.

    Under the cumulative rule its fen are subtracted: what is carried pays first, then whole chances do, so that buying
    and refunding the same goods over and over earns nothing.
    """
    if not order.counted_fen:
        return order.chances, carried_fen
    rule = rules.orders
    missing_fen = order.counted_fen - carried_fen
    if rule is None or rule.rule != "cumulative":  # a later version stopped counting
        return order.chances, max(0, -missing_fen)
    if missing_fen <= 0:
        return 0, -missing_fen
    times = -(-missing_fen // rule.every_fen)
    return min(times * rule.chances, orders.MAX_CHANCES), times * rule.every_fen - missing_fen


def _take(lots: tuple[Lot, ...], cause: str, chances: int, spread: bool) -> tuple[Taken, ...]:
    """Unused chances of the order itself, then (`spread`) of other orders, those that last longest first."""
    own = [lot for lot in lots if lot.cause == cause]
    others = [lot for lot in reversed(lots) if lot.cause != cause and entrants.is_order(lot)] if spread else []
    taken = []
    for lot in own + others:
        if chances <= 0:
            break
        taken.append(Taken(cause=lot.cause, chances=min(lot.left, chances)))
        chances -= taken[-1].chances
    return tuple(taken)


def evolve_revoked(state: State, event: Event[Any]) -> None:
    """Fold a revocation: chances go, a debt may come, and the order is remembered as void."""
    void: ChancesRevoked = event.data
    activity, field = void.activity_id, entrant_field(void)
    in_force: InForce = state.record(activity, RULES)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    lots = entrant.lots
    for part in void.taken:
        at = next(at for at, lot in enumerate(lots) if lot.cause == part.cause and lot.left >= part.chances)
        lots = entrants.less(lots, at, part.chances)
    remembered = orders.with_order(
        entrant.orders, void.order_id, Order(0, 0, revoked=True), event.time_ms, in_force.rules.refund_window_days
    )
    after = structs.replace(
        entrant, lots=lots, debt=entrant.debt + void.debt, carried_fen=void.carried_fen, orders=remembered
    )
    state.put(activity, field, after)


def evolve_withdrawn(state: State, event: Event[Any]) -> None:
    """Fold that granted chances went back; their cause grants nothing any more, should it come late."""
    gone: GrantWithdrawn = event.data
    activity, field = gone.activity_id, entrant_field(gone)
    in_force: InForce = state.record(activity, RULES)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    window, causes = in_force.rules.refund_window_days, entrant.causes
    if seen(causes, gone.cause, event.time_ms, window) is Seen.NEW:
        causes = remember(causes, gone.cause, event.time_ms, window)
    lots = tuple(lot for lot in entrant.lots if lot.cause != gone.cause)
    state.put(activity, field, structs.replace(entrant, lots=lots, causes=causes))
