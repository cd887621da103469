"""Draws at a wheel: how many may be made, with which chances."""

from collections.abc import Iterator

from fairground_activities.lifecycle import Standing
from fairground_activities.seeds import Seeds
from fairground_contracts.message import trusted
from fairground_decider import Command, State
from fairground_decider.entropy import alias
from fairground_lottery.contract import Draw, DrawMissed, DrawRefused, PrizeWon, Reason
from fairground_lottery.contract.commands import MAX_DRAWS
from fairground_lottery.domain import entrants, guards, refusals
from fairground_lottery.domain.admission import Denied
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.outcomes import Admitted, outcome
from fairground_lottery.domain.records import STANDING, Entrant, entrant_field
from fairground_lottery.rules import WHEEL


def decide_draw(seeds: Seeds, state: State, command: Command[Draw]) -> Iterator[PrizeWon | DrawMissed | DrawRefused]:
    """Which prizes these draws land on, or why they may not be made."""
    draw = command.data
    standing: Standing | None = state.record(draw.activity_id, STANDING)
    try:
        admitted = _admit(seeds, state, command, standing)
    except Denied as refused:
        yield _refusal(draw, standing.version if standing else 0, refused)
        return
    member_alias = alias(admitted.seed.aliases, draw.person_id or draw.member_id)
    for index in range(admitted.draws):
        yield _drawn(state, command, admitted, member_alias, index)


def _admit(seeds: Seeds, state: State, command: Command[Draw], standing: Standing | None) -> Admitted:
    """Raises Denied."""
    in_force, entrant, day = guards.served(state, command, standing, WHEEL)
    assert standing is not None
    draws, free = _allowed(in_force, entrant, command.data, day, command.time_ms)
    seed = guards.seed_of(seeds, standing, in_force)
    return Admitted(in_force, standing.version, entrant, seed, day, draws, free)


def _allowed(in_force: InForce, entrant: Entrant, draw: Draw, day: int, time_ms: int) -> tuple[int, int]:
    """How many of the draws asked for may be made, at least one, and how many of them are free. Raises Denied."""
    free = max(in_force.free_per_day - entrants.free_draws(entrant, day), 0)
    if draw.draws <= free and not in_force.has_quotas:
        return draw.draws, free
    chances = free + entrants.granted_left(entrant, time_ms)
    needed = draw.draws if draw.policy == "all" else 1
    left = MAX_DRAWS
    if in_force.has_quotas:
        left = guards.quota_left(in_force, entrants.used(entrant, day), entrants.in_week(entrant, day), needed)
    if chances < needed:
        raise Denied(Reason.NO_CHANCES, refusals.help_to_chances(in_force, entrant.carried_fen, min(chances, left)))
    return min(draw.draws, left, chances), free


def _refusal(draw: Draw, version: int, refused: Denied) -> DrawRefused:
    return trusted(
        DrawRefused,
        {
            "activity_id": draw.activity_id,
            "version": version,
            "member_id": draw.member_id,
            **refusals.worded(refused.reason, refused.help_said),
            "person_id": draw.person_id,
            "draws": draw.draws,
            "risk": draw.risk,
        },
    )


def _drawn(
    state: State, command: Command[Draw], admitted: Admitted, member_alias: str, index: int
) -> PrizeWon | DrawMissed:
    """One draw: free chances first, then what expires soonest."""
    entrant = admitted.entrant
    if index:
        entrant = state.record(command.data.activity_id, entrant_field(command.data))
    if index < admitted.free:
        fields = outcome(state, command, admitted, member_alias, entrant, "free", "", index)
    else:
        cause = next(lot.cause for lot in entrant.lots if entrants.usable(lot, command.time_ms))
        fields = outcome(state, command, admitted, member_alias, entrant, "granted", cause, index)
    return trusted(PrizeWon, fields) if "reward" in fields else trusted(DrawMissed, fields)
