"""Rewards for places of a day, which the activity grants, noted where the member's days are: they go back with them.

Only those are noted whose rule says that they go back. The place itself, its stock and its budget stay used.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen, remember, seen
from fairground_decider.days import parse_iso
from fairground_signin.contract import NoteRank, RankNoted, Reason, RequestRefused
from fairground_signin.domain import guards, requests
from fairground_signin.domain.records import (
    BY_RANK,
    CAUSE_WINDOW_DAYS,
    FOLLOWED,
    INSTEAD,
    UNNOTED,
    Followed,
    Member,
    Revocable,
    granted_to,
    member_field,
    newcomer,
)
from fairground_signin.domain.refusals import Denied
from fairground_signin.domain.reward_ids import id_of


def decide_note(state: State, command: Command[NoteRank]) -> Iterator[RankNoted | RequestRefused]:
    """The reward goes back with its day, at once where the day is revoked already; or why that is no news."""
    asked, version = command.data, 0
    try:
        here = guards.found(state, command, parse_iso(asked.day))
        version = here.version
        instead = _given_instead(here.member, asked.reward_id)
        _unnoted(here.member, asked.reward_id, instead, command.time_ms)
    except Denied as denied:
        yield requests.refusal(asked, version, denied)
        return
    days = here.member.days
    yield RankNoted(
        activity_id=asked.activity_id, version=version, member_id=asked.member_id, person_id=asked.person_id,
        day=asked.day, rule=asked.rule, reward_id=id_of(command.at.epoch, instead) if instead else asked.reward_id,
        instead_of=asked.reward_id if instead else "", reward=(instead and instead.reward) or asked.reward,
        gone=days.has(days.revoked, here.day),
    )  # fmt: skip


def _given_instead(member: Member, reward_id: str) -> Revocable | None:
    """What was given instead of that reward, if it was rejected before its place was heard of."""
    return next((each for each in member.rest.revocable if (each.by, each.rule) == (UNNOTED, reward_id)), None)


def _unnoted(member: Member, reward_id: str, instead: Revocable | None, time_ms: int) -> None:
    """Raises Denied for a reward that was noted already, or never came."""
    known = seen(member.rest.causes, _cause(reward_id), time_ms, CAUSE_WINDOW_DAYS)
    if known is not Seen.NEW:
        raise Denied(Reason(known.value))
    if instead is None and seen(member.rest.causes, reward_id, time_ms, CAUSE_WINDOW_DAYS) is Seen.DUPLICATE:
        raise Denied(Reason.DUPLICATE)


def _cause(reward_id: str) -> str:
    return f"noted:{reward_id}"


def evolve_noted(state: State, event: Event[Any]) -> None:
    """Fold a reward that goes back with its day."""
    noted: RankNoted = event.data
    activity, field, day = noted.activity_id, member_field(noted), parse_iso(noted.day)
    member: Member = state.record(activity, field) or newcomer(day)
    rest = member.rest
    causes = remember(rest.causes, _cause(noted.instead_of or noted.reward_id), event.time_ms, CAUSE_WINDOW_DAYS)
    if noted.gone:
        causes = remember(causes, noted.reward_id, event.time_ms, CAUSE_WINDOW_DAYS)
    instead = _given_instead(member, noted.instead_of)
    revocable = tuple(each for each in rest.revocable if each is not instead)
    if not noted.gone:
        revocable += (_revocable(noted, day),)
    followed: Followed = state.record(activity, FOLLOWED)
    assert followed.in_force is not None, "what is archived notes nothing"
    oldest = day - followed.in_force.rules.revoke_days
    kept = tuple(each for each in revocable if each.day >= oldest)
    state.put(activity, field, member.with_rest(structs.replace(rest, causes=causes, revocable=kept)))


def _revocable(noted: RankNoted, day: int) -> Revocable:
    _, _, partition, offset, *_ = noted.reward_id.split("-")
    reward = noted.reward
    return Revocable(
        noted.rule, BY_RANK, 0, day, False, int(partition), int(offset), INSTEAD if noted.instead_of else 0,
        granted_to(noted), reward.reward, reward.amount, reward.value_fen, reward.ref,
    )  # fmt: skip
