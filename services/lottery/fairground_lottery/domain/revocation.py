"""Taking back what an order does not earn any more: unused chances go, used ones are kept or owed, as the wheel's rule
says; and what was drawn with them, as each prize's rule says. The same for chances that a reward had granted.

A refund says what is left of the order after all refunds up to it. So each of them counts once, the last word counts
in whatever order they come, and one that leaves nothing is that of the whole order.
"""

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
from fairground_lottery.domain.clawback import NONE
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.orders import Order
from fairground_lottery.domain.records import NEWCOMER, RULES, Entrant, Lot, entrant_field
from fairground_lottery.rules import Rules

_NOTHING = Order(0, 0, revoked=False)


def is_known(order: Order, void: RevokeOrder) -> bool:
    """Whether the refund was decided before, or another one of the same order that leaves less of it."""
    return order.void or (order.revoked and void.left_fen >= order.left_fen)


def order_revoked(
    version: int, in_force: InForce, entrant: Entrant, void: RevokeOrder
) -> Iterator[ChancesRevoked | RewardTakenBack | RewardOwed]:
    """The order's chances first, then what was drawn with those that were used."""
    cause = entrants.order_cause(void.order_id)
    chances = _revoked(version, in_force.rules, entrant, void)
    keeping = _order_after(entrant, chances).chances if chances.left_fen else NONE
    rewards = list(clawback.of_cause(version, in_force, entrant, void, cause, void.why, keeping))
    yield _owing(in_force.rules, chances, len(rewards))
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


def _revoked(version: int, rules: Rules, entrant: Entrant, void: RevokeOrder) -> ChancesRevoked:
    """What the refund takes back, used chances all kept. Of an order that earned nothing yet only what is left of it is
    remembered."""
    order = orders.find(entrant.orders, void.order_id) or _NOTHING
    left_fen = _left(rules, void)
    lost, carried_fen = _lost(rules, entrant.carried_fen, order, left_fen)
    taken = _take(entrant.lots, entrants.order_cause(void.order_id), lost, spread=order.counted_fen > 0)
    return ChancesRevoked(
        activity_id=void.activity_id,
        version=version,
        member_id=void.member_id,
        person_id=void.person_id,
        order_id=void.order_id,
        why=void.why,
        taken=taken,
        kept=lost - sum(part.chances for part in taken),
        carried_fen=carried_fen,
        left_fen=left_fen,
    )


def _owing(rules: Rules, chances: ChancesRevoked, rewards: int) -> ChancesRevoked:
    """The same with what is owed of the used chances, where the rule says so.

    Who gives back what a chance has won, or owes it, does not owe the chance as well: so many `rewards` are.
    """
    if rules.orders is None or rules.orders.on_refund != "debt":
        return chances
    owed = max(chances.kept - rewards, 0)
    return chances.model_copy(update={"kept": chances.kept - owed, "debt": owed})


def _left(rules: Rules, void: RevokeOrder) -> int:
    """How much of the order still counts: nothing, where the refund took it below what orders must come to. One that
    had been below that from the start was counted by other rules."""
    least = rules.orders.min_order_fen if rules.orders is not None else 0
    return 0 if void.left_fen < least <= void.paid_fen else void.left_fen


def _lost(rules: Rules, carried_fen: int, order: Order, left_fen: int) -> tuple[int, int]:
    """How many chances the order is to lose, and what is carried afterwards.

    Under the cumulative rule the refunded fen are subtracted: what is carried pays first, then whole chances do, so
    that buying and refunding the same goods over and over earns nothing.
    """
    rule = rules.orders
    missing_fen = max(order.counted_fen - left_fen, 0) - carried_fen
    if not order.counted_fen or rule is None or rule.rule != "cumulative":  # or a later version stopped counting
        return 0 if left_fen else order.chances, max(0, -missing_fen)
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


def _order_after(entrant: Entrant, void: ChancesRevoked) -> Order:
    """What is remembered of the order: of its own chances it has lost those that went back and those that were used."""
    own = sum(part.chances for part in void.taken if part.cause == entrants.order_cause(void.order_id))
    return orders.lowered(orders.find(entrant.orders, void.order_id), void.left_fen, own + void.kept + void.debt)


def evolve_revoked(state: State, event: Event[Any]) -> None:
    """Fold a revocation: chances go, a debt may come, and what is left of the order is remembered."""
    void: ChancesRevoked = event.data
    activity, field = void.activity_id, entrant_field(void)
    in_force: InForce = state.record(activity, RULES)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    lots = entrant.lots
    for part in void.taken:
        at = next(at for at, lot in enumerate(lots) if lot.cause == part.cause and lot.left >= part.chances)
        lots = entrants.less(lots, at, part.chances)
    order, window = _order_after(entrant, void), in_force.rules.refund_window_days
    remembered = orders.with_order(entrant.orders, void.order_id, order, event.time_ms, window)
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
