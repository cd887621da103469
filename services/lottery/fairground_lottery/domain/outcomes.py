"""What a turn at the prizes lands on and what it changes, whatever earned it: a draw, or a play that is over."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, structs

from fairground_activities.lifecycle import Standing
from fairground_activities.prizes import ENDLESS, choose
from fairground_activities.requests import request_of
from fairground_activities.seeds import Seed
from fairground_decider import Command, Event, State
from fairground_decider.causes import remember
from fairground_lottery.contract import Draw, DrawMissed, DrawRefused, FinishPlay, PlayRefused, PrizeWon
from fairground_lottery.domain import entrants, following, prizes, refusals
from fairground_lottery.domain.admission import facts
from fairground_lottery.domain.calendar import day_of, iso_of
from fairground_lottery.domain.guards import REQUEST_WINDOW_DAYS
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import NEWCOMER, RULES, STANDING, Entrant, entrant_field

_NOTHING: Mapping[str, Any] = {}


class Admitted(Struct, frozen=True, gc=False):
    """A command that may be carried out: what all of its outcomes have in common."""

    in_force: InForce
    version: int
    entrant: Entrant  # as the command found it
    seed: Seed
    day: int
    draws: int = 1
    free: int = 0  # so many of the draws are free


def outcome(
    state: State,
    command: Command[Draw] | Command[FinishPlay],
    admitted: Admitted,
    member_alias: str,
    entrant: Entrant,
    chance: str,
    cause: str,
    index: int = 0,
    brought: Mapping[str, Any] = _NOTHING,
) -> dict[str, Any]:
    """The fields of the event that says how one turn ended, `reward` among them if it was won.

    The number comes from where the command stands. `chance`: its kind; `cause`: what granted it; `brought`: facts of
    this turn that tables may ask for.
    """
    turn, in_force, at = command.data, admitted.in_force, command.at
    nonce = nonce_of(at.epoch, at.partition, at.offset, index, member_alias)
    day = iso_of(admitted.day)
    situation = prizes.Situation(state, turn.activity_id, in_force, entrant, command.time_ms, admitted.day, day)
    table = in_force.game.base
    if in_force.tables is not None:
        known = facts(entrant, turn, admitted.day)
        known.update(brought)
        table = in_force.tables.table(turn.risk, known)
    choice = choose(in_force.game, table, admitted.seed.numbers, nonce, situation)
    given = choice.given
    fields: dict[str, Any] = {
        "activity_id": turn.activity_id,
        "version": admitted.version,
        "member_id": turn.member_id,
        "person_id": turn.person_id,
        "alias": member_alias,
        "index": index,
        "draws": admitted.draws,
        "attempt": choice.attempt,
        "drawn_id": choice.drawn.id,
        "prize_id": given.id if given else "",
        "chance": chance,
        "cause": cause,
        "day": day,
        "risk": turn.risk,
        "table": table.id,
        "withheld": choice.withheld,
        "pity": choice.pity,
    }
    if given is not None and given.reward is not None:
        fields["reward"] = given.reward
        fields["claim_by"] = following.claim_by(in_force, given.id, command.time_ms) if in_force.followed else None
    return fields


def nonce_of(epoch: int, partition: int, offset: int, index: int, member_alias: str) -> str:
    """What a turn's number is made from, beside the seed: where its command stands, which of its draws, and whose."""
    return f"{epoch}|{partition}|{offset}|{index}|{member_alias}"


def evolve_outcome(state: State, event: Event[Any]) -> None:
    """Fold one outcome, won or missed: the day is counted, the chance is used, the prize is taken."""
    said: PrizeWon | DrawMissed = event.data
    activity, field = said.activity_id, entrant_field(said)
    day = day_of(said.day)
    standing: Standing = state.record(activity, STANDING)
    if day not in standing.days:
        prizes.begin_day(state, activity, standing, day)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    lots = None
    if said.chance == "granted":
        lots = entrants.without_chance(entrant.lots, said.cause, event.time_ms)
    won, requests = entrant.wins, entrant.requests
    if said.index == 0:
        requests = remember(requests, request_of(event.command_id), event.time_ms, REQUEST_WINDOW_DAYS)
    in_force: InForce = state.record(activity, RULES)
    if not in_force.plain:
        prizes.count_draw(prizes.Situation(state, activity, in_force, entrant, event.time_ms, day, said.day))
    if isinstance(said, PrizeWon):
        if in_force.game.by_id[said.prize_id].per_member != ENDLESS:
            won = entrants.with_win(won, said.prize_id)
        prizes.take(said, prizes.Situation(state, activity, in_force, entrant, event.time_ms, day, said.day))
    after = entrants.with_draw(entrant, day, lots, won, requests)
    if not in_force.plain:
        after = prizes.counts_after(in_force, after, said.prize_id, day)
    if in_force.followed and isinstance(said, PrizeWon):
        after = following.with_reward(in_force, after, event)
    state.put(activity, field, after)


def evolve_refused(state: State, event: Event[Any]) -> None:
    """A refused request stays refused, whatever changes meanwhile: it is remembered."""
    refused: DrawRefused | PlayRefused = event.data
    if refused.reason in refusals.FINAL:
        return
    remember_request(state, event)


def remember_request(state: State, event: Event[Any]) -> None:
    """The request that led to this event is decided: sent again it is refused as a duplicate."""
    activity, field = event.data.activity_id, entrant_field(event.data)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    requests = remember(entrant.requests, request_of(event.command_id), event.time_ms, REQUEST_WINDOW_DAYS)
    state.put(activity, field, structs.replace(entrant, requests=requests))
