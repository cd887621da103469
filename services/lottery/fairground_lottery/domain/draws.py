"""Draws: whether one may be made, which prize it lands on, and what it changes."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs

from fairground_contracts.message import trusted
from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen, remember, seen
from fairground_decider.entropy import alias
from fairground_lottery.contract import Draw, DrawMissed, DrawRefused, PrizeWon, Reason
from fairground_lottery.contract.commands import MAX_DRAWS
from fairground_lottery.domain import entrants, following, prizes, refusals
from fairground_lottery.domain.admission import Denied, admit, facts
from fairground_lottery.domain.calendar import day_of, iso_of
from fairground_lottery.domain.engine import ENDLESS, choose
from fairground_lottery.domain.records import DAYS_KEPT, NEWCOMER, RULES, WHEEL, Entrant, Standing, member_field
from fairground_lottery.domain.seeds import Seed, Seeds
from fairground_lottery.domain.wheel import Wheel

#: Requests are remembered for the UTC day of the newest one and the day before it: at least 24 hours.
REQUEST_WINDOW_DAYS = 1

_NEW = Seen.NEW


class _Admitted(Struct, frozen=True, gc=False):
    """A draw command that may be carried out."""

    wheel: Wheel
    version: int
    entrant: Entrant  # as the command found it
    seed: Seed
    day: int
    draws: int
    free: int  # so many of them are free


def decide_draw(seeds: Seeds, state: State, command: Command[Draw]) -> Iterator[PrizeWon | DrawMissed | DrawRefused]:
    """Which prizes these draws land on, or why they may not be made."""
    draw = command.data
    standing: Standing | None = state.record(draw.activity_id, WHEEL)
    try:
        admitted = _admit(seeds, state, command, standing)
    except Denied as refused:
        yield _refusal(draw, standing.version if standing else 0, refused)
        return
    member_alias = alias(admitted.seed.aliases, draw.member_id)
    for index in range(admitted.draws):
        yield _outcome(state, command, admitted, member_alias, index)


def _admit(seeds: Seeds, state: State, command: Command[Draw], standing: Standing | None) -> _Admitted:
    """The guards, in the order in which a member would want to hear of them. Raises Denied."""
    draw, time_ms = command.data, command.time_ms
    if standing is None:
        raise Denied(Reason.UNKNOWN_ACTIVITY)
    if standing.status == "archived":
        raise Denied(Reason.ARCHIVED)
    wheel: Wheel = state.record(draw.activity_id, RULES)
    entrant: Entrant = state.record(draw.activity_id, member_field(draw.member_id)) or NEWCOMER
    known = seen(entrant.requests, command.id, time_ms, REQUEST_WINDOW_DAYS)
    if known is not _NEW:
        raise Denied(Reason(known.value))
    if standing.status != "running":
        raise _unserved(Reason(standing.status), wheel)
    if not wheel.rules.starts_ms <= time_ms < wheel.rules.ends_ms:
        raise _unserved(Reason.NOT_STARTED if time_ms < wheel.rules.starts_ms else Reason.ENDED, wheel)
    day = wheel.day(time_ms)
    if len(standing.days) == DAYS_KEPT and day < standing.days[0]:
        raise Denied(Reason.TOO_LATE)
    if wheel.gate is not None:
        admit(wheel.gate, entrant, draw, day)
    draws, free = _allowed(wheel, entrant, draw, day, time_ms)
    seed = seeds.of(draw.activity_id, standing.seed_key_id)
    if seed.sha256 != standing.seed_sha256:
        raise _unserved(Reason.SEED_UNAVAILABLE, wheel)
    return _Admitted(wheel, standing.version, entrant, seed, day, draws, free)


def _unserved(reason: Reason, wheel: Wheel) -> Denied:
    return Denied(reason, refusals.help_with(reason, wheel))


def _allowed(wheel: Wheel, entrant: Entrant, draw: Draw, day: int, time_ms: int) -> tuple[int, int]:
    """How many of the draws asked for may be made, at least one, and how many of them are free. Raises Denied."""
    free = max(wheel.free_per_day - entrants.free_draws(entrant, day), 0)
    if draw.draws <= free and not wheel.has_quotas:
        return draw.draws, free
    chances = free + entrants.granted_left(entrant, time_ms)
    needed = draw.draws if draw.policy == "all" else 1
    left = _quota_left(wheel, entrant, day, needed) if wheel.has_quotas else MAX_DRAWS
    if chances < needed:
        raise Denied(Reason.NO_CHANCES, refusals.help_to_chances(wheel, entrant.carried_fen, min(chances, left)))
    return min(draw.draws, left, chances), free


def _quota_left(wheel: Wheel, entrant: Entrant, day: int, needed: int) -> int:
    """How many draws the member's quotas allow, at least as many as needed. Raises Denied."""
    used = entrants.used(entrant, day)
    left = {
        Reason.QUOTA_USED_TOTAL: wheel.draws_total - used.total,
        Reason.QUOTA_USED_MONTH: wheel.draws_per_month - used.month,
        Reason.QUOTA_USED_WEEK: wheel.draws_per_week - entrants.in_week(entrant, day),
        Reason.QUOTA_USED_DAY: wheel.draws_per_day - used.day,
    }
    for reason, draws in left.items():  # what is spent for longest is said first
        if draws < needed:
            raise _unserved(reason, wheel)
    return min(left.values())


def _refusal(draw: Draw, version: int, refused: Denied) -> DrawRefused:
    return DrawRefused(
        activity_id=draw.activity_id,
        version=version,
        member_id=draw.member_id,
        draws=draw.draws,
        risk=draw.risk,
        **refusals.worded(refused.reason, refused.help_said),
    )


def _outcome(
    state: State, command: Command[Draw], admitted: _Admitted, member_alias: str, index: int
) -> PrizeWon | DrawMissed:
    """One draw: free chances first, then what expires soonest; the number comes from where the command stands."""
    draw, wheel, at = command.data, admitted.wheel, command.at
    entrant = state.record(draw.activity_id, member_field(draw.member_id)) if index else admitted.entrant
    free = index < admitted.free
    cause = "" if free else next(lot.cause for lot in entrant.lots if entrants.usable(lot, command.time_ms))
    nonce = nonce_of(at.epoch, at.partition, at.offset, index, member_alias)
    day = iso_of(admitted.day)
    situation = prizes.Situation(state, draw.activity_id, wheel, entrant, command.time_ms, admitted.day, day)
    table = wheel.game.base
    if wheel.tables is not None:
        table = wheel.tables.table(draw.risk, facts(entrant, draw, admitted.day))
    choice = choose(wheel.game, table, admitted.seed.numbers, nonce, situation)
    outcome: dict[str, Any] = {
        "activity_id": draw.activity_id,
        "version": admitted.version,
        "member_id": draw.member_id,
        "alias": member_alias,
        "index": index,
        "draws": admitted.draws,
        "attempt": choice.attempt,
        "drawn_id": choice.drawn.id,
        "prize_id": choice.given.id if choice.given else "",
        "chance": "free" if free else "granted",
        "cause": cause,
        "day": day,
        "risk": draw.risk,
        "table": table.id,
        "withheld": choice.withheld,
        "pity": choice.pity,
    }
    if choice.given is None or choice.given.reward is None:
        return trusted(DrawMissed, outcome)
    outcome["reward"] = choice.given.reward
    return trusted(PrizeWon, outcome)


def nonce_of(epoch: int, partition: int, offset: int, index: int, member_alias: str) -> str:
    """What a draw's number is made from, beside the seed: where its command stands, which of its draws, and whose."""
    return f"{epoch}|{partition}|{offset}|{index}|{member_alias}"


def evolve_draw(state: State, event: Event[Any]) -> None:
    """Fold one draw, won or missed: the day is counted, the chance is used, the prize is taken."""
    outcome: PrizeWon | DrawMissed = event.data
    activity, field = outcome.activity_id, member_field(outcome.member_id)
    day = day_of(outcome.day)
    standing: Standing = state.record(activity, WHEEL)
    if day not in standing.days:
        prizes.begin_day(state, activity, standing, day)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    lots = None if outcome.chance == "free" else entrants.without_chance(entrant.lots, outcome.cause, event.time_ms)
    won, requests = entrant.wins, entrant.requests
    if outcome.index == 0:
        requests = remember(requests, event.command_id, event.time_ms, REQUEST_WINDOW_DAYS)
    wheel: Wheel = state.record(activity, RULES)
    if not wheel.plain:
        prizes.count_draw(prizes.Situation(state, activity, wheel, entrant, event.time_ms, day, outcome.day))
    if isinstance(outcome, PrizeWon):
        if wheel.game.by_id[outcome.prize_id].per_member != ENDLESS:
            won = entrants.with_win(won, outcome.prize_id)
        prizes.take(outcome, prizes.Situation(state, activity, wheel, entrant, event.time_ms, day, outcome.day))
    after = entrants.with_draw(entrant, day, lots, won, requests)
    if not wheel.plain:
        after = prizes.counts_after(wheel, after, outcome.prize_id, day)
    if wheel.followed and isinstance(outcome, PrizeWon):
        after = following.with_reward(wheel, after, event)
    state.put(activity, field, after)


def evolve_refused(state: State, event: Event[Any]) -> None:
    """A refused request stays refused, whatever changes meanwhile: it is remembered."""
    refused: DrawRefused = event.data
    if refused.reason in refusals.FINAL:
        return
    activity, field = refused.activity_id, member_field(refused.member_id)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    requests = remember(entrant.requests, event.command_id, event.time_ms, REQUEST_WINDOW_DAYS)
    state.put(activity, field, structs.replace(entrant, requests=requests))
