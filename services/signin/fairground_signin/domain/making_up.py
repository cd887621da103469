"""Missed days that are made up: with a card at once, or with points or money when whoever owns them has answered.

No balance of a member lives here. A make-up that is asked for counts against the cycle's limit from the beginning, so
that asking twice at once makes up no more than allowed. What was taken for nothing goes back.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from fairground_activities.requests import request_of
from fairground_decider import Command, Event, State
from fairground_decider.causes import DAY_MS, Seen, remember, seen
from fairground_decider.days import iso, parse_iso
from fairground_signin.contract import (
    DayMadeUp,
    LapseMakeUp,
    LinkMember,
    MakeUp,
    MakeUpFailed,
    MakeUpRefused,
    MakeUpReleased,
    MakeUpRequested,
    Reason,
    SettleMakeUp,
)
from fairground_signin.domain import earning, guards
from fairground_signin.domain.crediting import credited
from fairground_signin.domain.days import Days, make_up
from fairground_signin.domain.earning import Came
from fairground_signin.domain.guards import Here
from fairground_signin.domain.reaching import change
from fairground_signin.domain.records import CAUSE_WINDOW_DAYS, Member, Waiting, member_field, newcomer
from fairground_signin.domain.refusals import Denied, help_with, worded
from fairground_signin.domain.years import in_years
from fairground_signin.rules import MakeUpRule

#: Requests are remembered for the UTC day of the newest one and the day before it: at least 24 hours.
REQUEST_WINDOW_DAYS = 1

_MINUTE_MS = 60_000


def funding_id(event_id: str) -> str:
    """The id of the funding that a requested make-up asks for."""
    return f"{event_id}-f"


def day_of(text: str) -> int:
    """The business day that a command names. Raises Denied."""
    try:
        return parse_iso(text)
    except ValueError:
        raise Denied(Reason.NO_SUCH_DAY) from None


def decide_make_up(state: State, command: Command[MakeUp]) -> Iterator[DayMadeUp | MakeUpRequested | MakeUpRefused]:
    """The day is made up, its price is asked for, or why neither is."""
    asked, version = command.data, 0
    try:
        day = day_of(asked.day)
        here = guards.found(state, command, day)
        version = here.version
        rule = _possible(here, command, day)
        level = guards.level_of(asked)
        if asked.pays == "card":
            _card(here, rule)
            yield _made_up(asked, here, day, level, asked.pays, "")
        else:
            yield _requested(command, here, rule, day, level)
    except Denied as denied:
        yield _refusal(asked, version, denied, day=asked.day)


def _possible(here: Here, command: Command[MakeUp], day: int) -> MakeUpRule:
    """The rule to make up by. Raises Denied: nothing can be made up now, or not this day, or not by this member."""
    guards.open_now(here, command.time_ms)
    rules, today = here.in_force.rules, here.in_force.rules.day(command.time_ms)
    rule = rules.make_up
    if rule is None:
        raise Denied(Reason.NO_MAKE_UP)
    if not rules.first_day <= day:
        raise Denied(Reason.NO_SUCH_DAY)
    if day >= today:
        raise Denied(Reason.NOT_MISSED)
    missed(in_years(here.in_force.counting, here.member, today), day)
    if here.in_force.counting.span(today).first != here.cycle:
        raise Denied(Reason.CYCLE_OVER)
    if today - day > rule.days_back:
        raise Denied(Reason.TOO_FAR_BACK, help_with(Reason.TOO_FAR_BACK, rules))
    _left(here, rule, command.time_ms, day)
    guards.admit(here, command.data)
    return rule


def missed(days: Days, day: int) -> None:
    """Raises Denied for a day that is not missed, or that nobody knows any more."""
    if day < days.first:
        raise Denied(Reason.TOO_OLD)
    if days.has(days.revoked, day):
        raise Denied(Reason.DAY_REVOKED)
    if days.has(days.present, day):
        raise Denied(Reason.NOT_MISSED)


def _left(here: Here, rule: MakeUpRule, time_ms: int, day: int) -> None:
    """Raises Denied when the cycle's make-ups are used, those included that wait for their payment."""
    span = here.in_force.counting.span(day)
    waiting = [each.day for each in _waiting(here.member, time_ms) if span.first <= each.day <= span.last]
    if day in waiting:
        raise Denied(Reason.WAITING, help_with(Reason.WAITING, here.in_force.rules))
    if _used(here, day) + len(waiting) >= rule.per_cycle:
        raise Denied(Reason.QUOTA_USED, help_with(Reason.QUOTA_USED, here.in_force.rules))


def _used(here: Here, day: int) -> int:
    """How many days of that day's cycle are made up."""
    span, days = here.in_force.counting.span(day), here.member.days
    return (days.made_up & days.span(span.first, span.last)).bit_count()


def _waiting(member: Member, time_ms: int) -> tuple[Waiting, ...]:
    """Make-ups that may still be paid."""
    return tuple(each for each in member.rest.waiting if each.until_s * 1000 >= time_ms)


def _card(here: Here, rule: MakeUpRule) -> None:
    if not rule.cards:
        raise Denied(Reason.NOT_FOR_SALE, help_with(Reason.NOT_FOR_SALE, here.in_force.rules))
    if not here.member.rest.cards:
        raise Denied(Reason.NO_CARD, help_with(Reason.NO_CARD, here.in_force.rules))


def _requested(command: Command[MakeUp], here: Here, rule: MakeUpRule, day: int, level: int) -> MakeUpRequested:
    asked = command.data
    assert asked.pays != "card"
    price = rule.points if asked.pays == "points" else rule.money_fen
    if price is None:
        raise Denied(Reason.NOT_FOR_SALE, help_with(Reason.NOT_FOR_SALE, here.in_force.rules))
    known = seen(here.member.rest.requests, request_of(command.id), command.time_ms, REQUEST_WINDOW_DAYS)
    if known is not Seen.NEW:
        raise Denied(Reason(known.value))
    until_ms = command.time_ms + rule.answer_minutes * _MINUTE_MS
    return MakeUpRequested(
        activity_id=asked.activity_id,
        version=here.version,
        member_id=asked.member_id,
        person_id=asked.person_id,
        day=iso(day),
        funding_id=funding_id(command.at.event_id(0)),
        pays=asked.pays,
        amount=price,
        level=level,
        answer_by=datetime.fromtimestamp(until_ms // 1000, UTC),
    )


def _made_up(asked: MakeUp | SettleMakeUp, here: Here, day: int, level: int, pays: Any, funding: str) -> DayMadeUp:
    in_force, freezes = here.in_force, here.member.rest.freezes
    plan, rule = in_force.plan_of(level), in_force.rules.make_up
    days = in_years(in_force.counting, here.member, day)
    now = change(in_force.counting, days, make_up(days, day), freezes, day)
    earns_base = rule is not None and rule.earns_base and not days.has(days.earned_base, day)
    outcome = earning.outcome(in_force, plan, here.member, Came(day, here.cycle, days, now, earns_base))
    return DayMadeUp(
        activity_id=asked.activity_id,
        version=here.version,
        member_id=asked.member_id,
        person_id=asked.person_id,
        day=iso(day),
        streak=now.streak,
        total=now.total,
        shown=now.shown,
        level=level,
        plan=plan,
        earned=outcome.earned,
        positions=outcome.positions,
        owed_before=outcome.skipped,
        pays=pays,
        funding_id=funding,
        base=earns_base,
    )


def decide_settle(
    state: State, command: Command[SettleMakeUp]
) -> Iterator[DayMadeUp | MakeUpFailed | MakeUpReleased | MakeUpRefused]:
    """What comes of the answer. What was taken makes the day up, or goes back: there is no third way.

    An answer that was taken already changes nothing, so that a stream may repeat it.
    """
    answer, version = command.data, 0
    try:
        here = guards.found(state, command)
        version = here.version
        yield _settled(command, here, state)
    except Denied as denied:
        yield _refusal(answer, version, denied, funding=answer.funding_id)


def decide_lapse(state: State, command: Command[LapseMakeUp]) -> Iterator[MakeUpFailed | MakeUpRefused]:
    """Whoever waits for a payment that nobody answers for hears of it.

    A confirmation that comes all the same finds nobody waiting, and what was taken goes back.
    """
    asked, version = command.data, 0
    try:
        here = guards.found(state, command)
        version = here.version
        waiting = _awaiting(here.member, asked.funding_id)
        if waiting is None:
            raise Denied(Reason.DUPLICATE)
        if command.time_ms <= waiting.until_s * 1000:
            raise Denied(Reason.WAITING, help_with(Reason.WAITING, here.in_force.rules))
    except Denied as denied:
        yield _refusal(asked, version, denied, funding=asked.funding_id)
        return
    yield _failed(asked, here, waiting, Reason.NO_ANSWER, "no_answer")


def given_up(here: Here, asked: LinkMember) -> Iterator[MakeUpFailed]:
    """What waits when the member's account goes to a person. A confirmation that comes later is not awaited there."""
    for waiting in here.member.rest.waiting:
        yield _failed(asked, here, waiting, Reason.LINKED_OTHERWISE, "linked")


def _awaiting(member: Member, funding: str) -> Waiting | None:
    """The make-up that waits for that funding."""
    return next((each for each in member.rest.waiting if each.funding == funding), None)


def _settled(command: Command[SettleMakeUp], here: Here, state: State) -> DayMadeUp | MakeUpFailed | MakeUpReleased:
    """Raises Denied for an answer that was taken already, or that nobody waits for and nothing was taken."""
    answer = command.data
    known = seen(here.member.rest.causes, answer.funding_id, command.time_ms, CAUSE_WINDOW_DAYS)
    waiting = _awaiting(here.member, answer.funding_id)
    if known is Seen.DUPLICATE or (waiting is None and (known is Seen.TOO_OLD or not answer.paid)):
        raise Denied(Reason.DUPLICATE if known is Seen.NEW else Reason(known.value))
    if waiting is None:
        return _released(answer, here, "not_awaited")
    if not answer.paid:
        return _failed(answer, here, waiting, Reason.FUNDING_REFUSED, answer.why)
    if command.time_ms > waiting.until_s * 1000:
        return _released(answer, here, "too_late")
    if here.followed.status not in ("running", "paused"):
        return _released(answer, here, "closed")
    there = guards.found(state, command, waiting.day)
    try:
        missed(in_years(there.in_force.counting, there.member, there.day), there.day)
    except Denied:
        return _released(answer, here, "not_missed")
    rule = there.in_force.rules.make_up
    if rule is not None and _used(there, there.day) >= rule.per_cycle:  # by others, while this answer was on its way
        return _released(answer, here, "quota_used")
    return _made_up(answer, there, waiting.day, waiting.level, waiting.pays, answer.funding_id)


def _failed(
    asked: SettleMakeUp | LapseMakeUp | LinkMember, here: Here, waiting: Waiting, reason: Reason, why: str
) -> MakeUpFailed:
    said, person = worded(reason), "" if isinstance(asked, LinkMember) else asked.person_id
    return MakeUpFailed(
        activity_id=asked.activity_id, version=here.version, member_id=asked.member_id, person_id=person,
        day=iso(waiting.day), funding_id=waiting.funding, why=why, reason=reason, zh=said["zh"], en=said["en"],
    )  # fmt: skip


def _released(answer: SettleMakeUp, here: Here, why: str) -> MakeUpReleased:
    return MakeUpReleased(
        activity_id=answer.activity_id, version=here.version, member_id=answer.member_id, person_id=answer.person_id,
        funding_id=answer.funding_id, why=why,
    )  # fmt: skip


def _refusal(
    asked: MakeUp | SettleMakeUp | LapseMakeUp, version: int, denied: Denied, day: str = "", funding: str = ""
) -> MakeUpRefused:
    return MakeUpRefused(
        activity_id=asked.activity_id, version=version, member_id=asked.member_id, person_id=asked.person_id,
        day=day, funding_id=funding, risk=asked.risk if isinstance(asked, MakeUp) else 0,
        **worded(denied.reason, denied.help_said),
    )  # fmt: skip


def evolve_requested(state: State, event: Event[Any]) -> None:
    """Fold a make-up that waits for its payment, until it is answered or lapses, however late that is said."""
    asked: MakeUpRequested = event.data
    activity, field, day = asked.activity_id, member_field(asked), parse_iso(asked.day)
    member: Member = state.record(activity, field) or newcomer(day)
    waiting = Waiting(asked.funding_id, day, asked.level, asked.pays, int(asked.answer_by.timestamp()))
    rest = structs.replace(
        member.rest,
        waiting=(*member.rest.waiting, waiting),
        requests=remember(member.rest.requests, request_of(event.command_id), event.time_ms, REQUEST_WINDOW_DAYS),
    )
    state.put(activity, field, member.with_rest(rest))


def evolve_made_up(state: State, event: Event[Any]) -> None:
    """Fold a day that was made up, and what paid it."""
    made: DayMadeUp = event.data
    activity, field = made.activity_id, member_field(made)
    member: Member = state.record(activity, field)
    after, _ = credited(state, member, event, make_up)
    if made.pays == "card":
        after = after.with_rest(structs.replace(after.rest, cards=after.rest.cards - 1))
    else:
        after = _answered(after, made.funding_id, event.time_ms)
    state.put(activity, field, after)


def evolve_failed(state: State, event: Event[MakeUpFailed]) -> None:
    """Fold a make-up that was not paid. Where nobody has said so, the answer, should it come, is none that repeats."""
    said = event.data
    if said.reason is Reason.FUNDING_REFUSED:
        evolve_settled(state, event)
        return
    activity, field = said.activity_id, member_field(said)
    member: Member = state.record(activity, field) or newcomer(event.time_ms // DAY_MS)
    rest = structs.replace(member.rest, waiting=_without(member, said.funding_id))
    state.put(activity, field, member.with_rest(rest))


def evolve_settled(state: State, event: Event[Any]) -> None:
    """Fold an answer that makes nothing up: it is not awaited any more, and remembered."""
    said: MakeUpFailed | MakeUpReleased = event.data
    activity, field = said.activity_id, member_field(said)
    member: Member = state.record(activity, field) or newcomer(event.time_ms // DAY_MS)
    state.put(activity, field, _answered(member, said.funding_id, event.time_ms))


def _without(member: Member, funding: str) -> tuple[Waiting, ...]:
    return tuple(each for each in member.rest.waiting if each.funding != funding)


def _answered(member: Member, funding: str, time_ms: int) -> Member:
    rest = structs.replace(
        member.rest,
        waiting=_without(member, funding),
        causes=remember(member.rest.causes, funding, time_ms, CAUSE_WINDOW_DAYS),
    )
    return member.with_rest(rest)
