"""Plays of a score game: begun with a command that gives the play its id, ended with a score that leads to a table.

What pays is an open play in the member's own record, and whatever ends it takes it out: so a play pays once, however
often and by whatever command it is finished, and what was never begun pays nothing.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from fairground_activities.lifecycle import Standing
from fairground_activities.requests import request_of
from fairground_activities.seeds import Seeds
from fairground_contracts.message import trusted
from fairground_decider import Command, Event, State
from fairground_decider.causes import Seen, digest, remember, seen
from fairground_decider.entropy import alias
from fairground_lottery.contract import (
    FinishPlay,
    PlayMissed,
    PlayRefused,
    PlayStarted,
    PlayWon,
    Reason,
    StartPlay,
)
from fairground_lottery.domain import entrants, guards, prizes, refusals
from fairground_lottery.domain.admission import Denied
from fairground_lottery.domain.calendar import day_of, iso_of, month_of, week_of
from fairground_lottery.domain.guards import REQUEST_WINDOW_DAYS
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.outcomes import (
    Admitted,
    evolve_outcome,
    evolve_refused,
    outcome,
    remember_request,
)
from fairground_lottery.domain.records import MAX_OPEN, NOBODY, STANDING, Play, Player, plays_field
from fairground_lottery.rules import SCORE_GAME, PlayRule


def decide_start(seeds: Seeds, state: State, command: Command[StartPlay]) -> Iterator[PlayStarted | PlayRefused]:
    """A play begins, or why it may not. It is counted now, so that nobody plays until a score is to their liking."""
    start = command.data
    standing: Standing | None = state.record(start.activity_id, STANDING)
    try:
        in_force, _, day = guards.served(state, command, standing, SCORE_GAME)
        assert standing is not None
        player: Player = state.record(start.activity_id, plays_field(start)) or NOBODY
        in_day, in_week, in_month = player.begun(day, week_of(day), month_of(day))
        guards.quota_left(in_force, entrants.Used(in_day, in_month, player.plays), in_week, 1)
        guards.seed_of(seeds, standing, in_force)
    except Denied as refused:
        yield _refusal(command, "start", request_of(command.id), standing, refused)
        return
    rule = in_force.rules.play
    assert rule is not None
    until_ms = min(command.time_ms + rule.within_seconds * 1000, in_force.rules.ends_ms)
    fields = {
        "activity_id": start.activity_id,
        "version": standing.version,
        "member_id": start.member_id,
        "person_id": start.person_id,
        "play_id": request_of(command.id),
        "deadline": datetime.fromtimestamp(until_ms / 1000, UTC),
        "day": iso_of(day),
        "risk": start.risk,
    }
    yield trusted(PlayStarted, fields)


def decide_finish(
    seeds: Seeds, state: State, command: Command[FinishPlay]
) -> Iterator[PlayWon | PlayMissed | PlayRefused]:
    """What the score wins, or why it wins nothing."""
    finish = command.data
    standing: Standing | None = state.record(finish.activity_id, STANDING)
    try:
        in_force, entrant, day = guards.served(state, command, standing, SCORE_GAME)
        assert standing is not None
        assert in_force.rules.play is not None
        player: Player = state.record(finish.activity_id, plays_field(finish)) or NOBODY
        _believe(in_force.rules.play, _open_play(in_force, player, command), command)
        seed = guards.seed_of(seeds, standing, in_force)
    except Denied as refused:
        yield _refusal(command, "finish", request_of(finish.play_id), standing, refused)
        return
    admitted = Admitted(in_force, standing.version, entrant, seed, day)
    brought = {"score": finish.score}
    member_alias = alias(seed.aliases, finish.person_id or finish.member_id)
    fields = outcome(state, command, admitted, member_alias, entrant, "play", "", brought=brought)
    fields |= {"play_id": request_of(finish.play_id), "score": finish.score}
    yield trusted(PlayWon, fields) if "reward" in fields else trusted(PlayMissed, fields)


def _open_play(in_force: InForce, player: Player, command: Command[FinishPlay]) -> Play:
    """The play that the command finishes, if this member has begun it and it still counts. Raises Denied."""
    play_id = request_of(command.data.play_id)
    play = player.find(digest(play_id))
    if play is None:
        known = seen(player.over, play_id, command.time_ms, REQUEST_WINDOW_DAYS)
        raise Denied(Reason.DUPLICATE) if known is Seen.DUPLICATE else guards.unserved(Reason.UNKNOWN_PLAY, in_force)
    if command.time_ms >= play.until_ms:
        raise guards.unserved(Reason.PLAY_OVER, in_force)
    return play


def _believe(rule: PlayRule, play: Play, command: Command[FinishPlay]) -> None:
    """Raises Denied for a score that nobody can have reached in this game, or not so soon."""
    if command.data.score > rule.max_score or command.time_ms < play.begun_ms + rule.min_seconds * 1000:
        raise Denied(Reason.IMPLAUSIBLE)


def _refusal(
    command: Command[StartPlay] | Command[FinishPlay],
    asked: Any,
    play_id: str,
    standing: Standing | None,
    refused: Denied,
) -> PlayRefused:
    said = command.data
    return PlayRefused(
        activity_id=said.activity_id,
        version=standing.version if standing else 0,
        member_id=said.member_id,
        person_id=said.person_id,
        asked=asked,
        play_id=play_id,
        score=said.score if isinstance(said, FinishPlay) else 0,
        risk=said.risk,
        **refusals.worded(refused.reason, refused.help_said, of_plays=True),
    )


def evolve_started(state: State, event: Event[Any]) -> None:
    """Fold the beginning of a play: it is counted, and open."""
    started: PlayStarted = event.data
    activity, field, day = started.activity_id, plays_field(started), day_of(started.day)
    standing: Standing = state.record(activity, STANDING)
    if day not in standing.days:
        prizes.begin_day(state, activity, standing, day)
    remember_request(state, event)
    player: Player = state.record(activity, field) or NOBODY
    play = Play(digest(started.play_id), event.time_ms, round(started.deadline.timestamp() * 1000))
    others = tuple(each for each in player.open if each.id != play.id)
    after = Player(
        player.plays + 1,
        entrants.count_period(player.days, day),
        entrants.count_period(player.weeks, week_of(day)),
        entrants.count_period(player.months, month_of(day)),
        (*others[-MAX_OPEN + 1 :], play),
        player.over,
    )
    state.put(activity, field, after)


def evolve_ended(state: State, event: Event[Any]) -> None:
    """Fold a play that ended in an outcome: it is open no more."""
    evolve_outcome(state, event)
    _close(state, event)


def evolve_play_refused(state: State, event: Event[Any]) -> None:
    """A refused request stays refused; a play that was ended with an impossible score is over for good."""
    evolve_refused(state, event)
    if event.data.reason == Reason.IMPLAUSIBLE:
        _close(state, event)


def _close(state: State, event: Event[Any]) -> None:
    ended: PlayWon | PlayMissed | PlayRefused = event.data
    activity, field = ended.activity_id, plays_field(ended)
    player: Player = state.record(activity, field)
    play = digest(ended.play_id)
    left = tuple(each for each in player.open if each.id != play)
    over = remember(player.over, ended.play_id, event.time_ms, REQUEST_WINDOW_DAYS)
    state.put(activity, field, structs.replace(player, open=left, over=over))
