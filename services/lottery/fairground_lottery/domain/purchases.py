"""Chances that are bought with points: asked for, paid by whoever owns the points, and granted once; or nothing at all.

No balance of a member lives here. The wheel asks for a funding; what comes of it comes back as a command. Chances that
are being bought count against the caps from the beginning, so that asking twice at once buys no more than allowed. Who
may not draw is not asked to pay, nor is anybody for more than may still be drawn.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from fairground_activities.lifecycle import Standing
from fairground_activities.requests import request_of
from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen, digest, remember, seen
from fairground_lottery.contract import (
    BuyChances,
    ChancesGranted,
    ChancesRefused,
    PurchaseFailed,
    PurchaseReleased,
    PurchaseRequested,
    Reason,
    SettlePurchase,
)
from fairground_lottery.domain import admission, entrants, guards, refusals, sources, taken_up
from fairground_lottery.domain.admission import Denied
from fairground_lottery.domain.calendar import day_of, iso_of, month_of, week_of
from fairground_lottery.domain.chances import MAX_LOTS, closed, found, moment, refusal
from fairground_lottery.domain.guards import REQUEST_WINDOW_DAYS
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import NEWCOMER, RULES, Entrant, Purchase, entrant_field
from fairground_lottery.rules import POINTS, Source

#: How many purchases of a member may wait for an answer.
MAX_WAITING = 20

_MINUTE_MS = 60_000


def funding_id(event_id: str) -> str:
    """The id of the funding that a requested purchase asks for."""
    return f"{event_id}-f"


def funding_cause(funding: str) -> str:
    """How chances that it paid for are named."""
    return f"{POINTS}:{funding}"


def decide_buy(state: State, command: Command[BuyChances]) -> Iterator[PurchaseRequested | ChancesRefused]:
    """Ask for the points, or say why nothing can be bought."""
    asked = command.data
    standing, in_force, entrant = found(state, asked)
    try:
        if standing is None or in_force is None:
            raise Denied(Reason.ARCHIVED if standing else Reason.UNKNOWN_ACTIVITY)
        source = _for_sale(standing, in_force, entrant, command)
        chances = (source.chances or 1) * asked.times
        expires_s = sources.expiry_s(source, command.time_ms)
        if in_force.has_quotas:
            _can_be_drawn(in_force, entrant, chances, expires_s, command.time_ms)
        left = sources.allowed(in_force, entrant, POINTS, source, command.time_ms, least=chances)
    except Denied as denied:
        cause = command.id[:128]
        yield refusal(standing, asked, "buy", cause, denied.reason, denied.help_said, asked.risk)
        return
    yield PurchaseRequested(
        activity_id=asked.activity_id,
        version=standing.version,
        member_id=asked.member_id,
        person_id=asked.person_id,
        funding_id=funding_id(command.at.event_id(0)),
        points=source.price * asked.times,
        chances=chances,
        day="" if left is None else iso_of(in_force.day(command.time_ms)),
        answer_by=datetime.fromtimestamp((command.time_ms + source.answer_minutes * _MINUTE_MS) // 1000, UTC),
        expires_at=moment(expires_s),
        risk=asked.risk,
    )


def _for_sale(standing: Standing, in_force: InForce, entrant: Entrant, command: Command[BuyChances]) -> Source:
    """The rule to buy by. Raises Denied: the request was decided, nothing is sold now, or not to this member."""
    known = seen(entrant.requests, request_of(command.id), command.time_ms, REQUEST_WINDOW_DAYS)
    if known is not Seen.NEW:
        raise Denied(Reason(known.value))
    reason = closed(standing, in_force, command.time_ms)
    if standing.status == "paused":
        reason = Reason.PAUSED
    elif reason is None and command.time_ms < in_force.rules.starts_ms:
        reason = Reason.NOT_STARTED
    if reason is not None:
        raise Denied(reason, refusals.help_with(reason, in_force))
    source = in_force.sources.get(POINTS)
    if source is None:
        raise Denied(Reason.UNKNOWN_SOURCE, refusals.help_with(Reason.UNKNOWN_SOURCE, in_force))
    if in_force.gate is not None:
        admission.admit(in_force.gate, entrant, command.data, in_force.day(command.time_ms))
    waiting = len(_waiting(entrant, command.time_ms))
    if waiting >= MAX_WAITING or len(entrant.lots) + waiting >= MAX_LOTS:
        raise Denied(Reason.TOO_MANY_CHANCES, refusals.help_with(Reason.TOO_MANY_CHANCES, in_force))
    return source


def _can_be_drawn(in_force: InForce, entrant: Entrant, chances: int, expires_s: int, time_ms: int) -> None:
    """Raises Denied where a quota leaves no draws for these chances beside those that the member has already.

    A quota of a day, week or month has room again in the next one, so it counts where the chances do not last so long.
    """
    day, ends_ms = in_force.day(time_ms), in_force.rules.ends_ms
    last = in_force.day(min(expires_s * 1000 or ends_ms, ends_ms) - 1)
    over = {
        Reason.QUOTA_USED_DAY: last == day,
        Reason.QUOTA_USED_WEEK: week_of(last) == week_of(day),
        Reason.QUOTA_USED_MONTH: month_of(last) == month_of(day),
        Reason.QUOTA_USED_TOTAL: True,
    }
    free = max(in_force.free_per_day - entrants.free_draws(entrant, day), 0)
    unused = free + entrants.granted_left(entrant, time_ms) + entrants.held(entrant, time_ms)
    needed = max(chances - entrant.debt, 1)  # chances that pay a debt are not drawn
    for reason, draws in guards.quotas(in_force, entrants.used(entrant, day), entrants.in_week(entrant, day)).items():
        if over[reason] and draws < unused + needed:
            raise Denied(reason, refusals.help_to_buy(draws, unused))


def _waiting(entrant: Entrant, time_ms: int) -> tuple[Purchase, ...]:
    """Purchases that may still be paid."""
    known = entrants.sourced(entrant).purchases
    return tuple(purchase for purchase in known if purchase.until_s * 1000 >= time_ms)


def decide_settle(
    state: State, command: Command[SettlePurchase]
) -> Iterator[ChancesGranted | PurchaseFailed | PurchaseReleased | ChancesRefused]:
    """What comes of the answer. Points that were taken buy chances, or go back: there is no third way.

    An answer that was taken already changes nothing, so that a stream may repeat it. Too old can only be one for which
    no purchase waits.
    """
    answer, time_ms = command.data, command.time_ms
    standing, in_force, entrant = found(state, answer)
    cause = funding_cause(answer.funding_id)
    if standing is None or in_force is None:
        reason = Reason.ARCHIVED if standing else Reason.UNKNOWN_ACTIVITY
        yield refusal(standing, answer, "settle", cause, reason)
        return
    known = seen(entrant.causes, cause, time_ms, in_force.rules.refund_window_days)
    purchase = entrants.purchase(entrant, answer.funding_id)
    if purchase is None and (known is not Seen.NEW or not answer.paid):
        yield refusal(standing, answer, "settle", cause, Reason.DUPLICATE if known is Seen.NEW else Reason(known.value))
    elif not answer.paid:
        yield _failed(standing, answer)
    elif purchase is None:
        yield _released(standing, answer, "not_awaited")
    elif time_ms > purchase.until_s * 1000:
        yield _released(standing, answer, "too_late")
    elif closed(standing, in_force, time_ms) is not None:
        yield _released(standing, answer, "closed")
    else:
        yield _granted(standing, entrant, answer, purchase, cause)


def _granted(
    standing: Standing, entrant: Entrant, answer: SettlePurchase, purchase: Purchase, cause: str
) -> ChancesGranted:
    paid = min(entrant.debt, purchase.chances)
    return ChancesGranted(
        activity_id=answer.activity_id,
        version=standing.version,
        member_id=answer.member_id,
        person_id=answer.person_id,
        cause=cause,
        chances=purchase.chances - paid,
        debt_paid=paid,
        expires_at=moment(purchase.expires_s),
        carried_fen=entrant.carried_fen,
        source=POINTS,
        day=iso_of(purchase.day) if purchase.day else "",
        funding_id=answer.funding_id,
    )


def _failed(standing: Standing, answer: SettlePurchase) -> PurchaseFailed:
    return PurchaseFailed(
        activity_id=answer.activity_id,
        version=standing.version,
        member_id=answer.member_id,
        person_id=answer.person_id,
        funding_id=answer.funding_id,
        why=answer.why,
        **refusals.worded(Reason.FUNDING_REFUSED),
    )


def _released(standing: Standing, answer: SettlePurchase, why: Any) -> PurchaseReleased:
    return PurchaseReleased(
        activity_id=answer.activity_id,
        version=standing.version,
        member_id=answer.member_id,
        person_id=answer.person_id,
        funding_id=answer.funding_id,
        why=why,
    )


def evolve_requested(state: State, event: Event[Any]) -> None:
    """Fold a purchase that waits for its answer; those that nobody can pay any more go."""
    asked: PurchaseRequested = event.data
    activity, field = asked.activity_id, entrant_field(asked)
    entrant = entrants.sourced(state.record(activity, field) or NEWCOMER)
    purchase = Purchase(
        funding=digest(asked.funding_id),
        chances=asked.chances,
        day=day_of(asked.day) if asked.day else 0,
        until_s=int(asked.answer_by.timestamp()),
        expires_s=0 if asked.expires_at is None else int(asked.expires_at.timestamp()),
    )
    after = structs.replace(
        entrant,
        purchases=(*_waiting(entrant, event.time_ms), purchase),
        requests=remember(entrant.requests, request_of(event.command_id), event.time_ms, REQUEST_WINDOW_DAYS),
    )
    state.put(activity, field, after)


def evolve_failed(state: State, event: Event[Any]) -> None:
    """Fold a purchase that was not paid. Should the points be taken after all, they go back."""
    failed: PurchaseFailed = event.data
    activity, field = failed.activity_id, entrant_field(failed)
    state.put(activity, field, entrants.without_purchase(state.record(activity, field), failed.funding_id))


def evolve_released(state: State, event: Event[Any]) -> None:
    """Fold points that go back: the purchase is over, and its answer is remembered."""
    released: PurchaseReleased = event.data
    activity, field = released.activity_id, entrant_field(released)
    in_force: InForce = state.record(activity, RULES)
    entrant: Entrant = entrants.without_purchase(state.record(activity, field) or NEWCOMER, released.funding_id)
    cause = funding_cause(released.funding_id)
    causes = remember(entrant.causes, cause, event.time_ms, in_force.rules.refund_window_days)
    state.put(activity, field, structs.replace(entrant, causes=causes))


def evolve_refused(state: State, event: Event[Any]) -> None:
    """A purchase that was refused stays refused, like a draw, and so does a reward; other refused chances may be given
    when the reason is gone."""
    refused: ChancesRefused = event.data
    taken_up.evolve_refused(state, event)
    if refused.asked != "buy" or refused.reason in refusals.FINAL:
        return
    activity, field = refused.activity_id, entrant_field(refused)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    requests = remember(entrant.requests, request_of(event.command_id), event.time_ms, REQUEST_WINDOW_DAYS)
    state.put(activity, field, structs.replace(entrant, requests=requests))
