"""What is asked before anybody has a turn, whatever the kind of the activity: one order of questions for all."""

from typing import Any

from fairground_activities.lifecycle import Standing
from fairground_activities.requests import request_of
from fairground_activities.seeds import Seed, Seeds
from fairground_decider import Command, State
from fairground_decider.causes import Seen, seen
from fairground_lottery.contract import Draw, FinishPlay, Reason, StartPlay
from fairground_lottery.domain import entrants, refusals
from fairground_lottery.domain.admission import Denied, admit
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import DAYS_KEPT, NEWCOMER, RULES, Entrant, entrant_field

#: Requests are remembered for the UTC day of the newest one and the day before it: at least 24 hours.
REQUEST_WINDOW_DAYS = 1

Turn = Draw | StartPlay | FinishPlay

_NEW = Seen.NEW


def served(state: State, command: Command[Any], standing: Standing | None, kind: str) -> tuple[InForce, Entrant, int]:
    """The rules in force, the member as the command found them, and the business day, if the activity is open to them.

    The questions are in the order in which a member would want to hear of them. Raises Denied.
    """
    turn: Turn = command.data
    time_ms = command.time_ms
    if standing is None:
        raise Denied(Reason.UNKNOWN_ACTIVITY)
    if standing.status == "archived":
        raise Denied(Reason.ARCHIVED)
    in_force: InForce = state.record(turn.activity_id, RULES)
    if in_force.kind != kind:
        raise unserved(Reason.OTHER_KIND, in_force)
    entrant: Entrant = state.record(turn.activity_id, entrant_field(turn)) or NEWCOMER
    known = seen(entrant.requests, request_of(command.id), time_ms, REQUEST_WINDOW_DAYS)
    if known is not _NEW:
        raise Denied(Reason(known.value))
    if standing.status != "running":
        raise unserved(Reason(standing.status), in_force)
    if not in_force.rules.starts_ms <= time_ms < in_force.rules.ends_ms:
        raise unserved(Reason.NOT_STARTED if time_ms < in_force.rules.starts_ms else Reason.ENDED, in_force)
    day = in_force.day(time_ms)
    if len(standing.days) == DAYS_KEPT and day < standing.days[0]:
        raise Denied(Reason.TOO_LATE)
    if in_force.gate is not None:
        admit(in_force.gate, entrant, turn, day)
    return in_force, entrant, day


def quota_left(in_force: InForce, used: entrants.Used, in_week: int, needed: int) -> int:
    """How many turns the member's quotas allow, at least as many as needed. Raises Denied."""
    left = quotas(in_force, used, in_week)
    for reason, turns in left.items():
        if turns < needed:
            raise unserved(reason, in_force)
    return min(left.values())


def quotas(in_force: InForce, used: entrants.Used, in_week: int) -> dict[Reason, int]:
    """How many turns each quota leaves, by the reason to say when it is used; what is spent for longest comes first."""
    return {
        Reason.QUOTA_USED_TOTAL: in_force.draws_total - used.total,
        Reason.QUOTA_USED_MONTH: in_force.draws_per_month - used.month,
        Reason.QUOTA_USED_WEEK: in_force.draws_per_week - in_week,
        Reason.QUOTA_USED_DAY: in_force.draws_per_day - used.day,
    }


def seed_of(seeds: Seeds, standing: Standing, in_force: InForce) -> Seed:
    """The activity's seed, if this worker has the one that was published. Raises Denied."""
    seed = seeds.of(in_force.rules.id, standing.seed_key_id)
    if seed.sha256 != standing.seed_sha256:
        raise unserved(Reason.SEED_UNAVAILABLE, in_force)
    return seed


def unserved(reason: Reason, in_force: InForce) -> Denied:
    """The refusal, with what would help at this activity."""
    return Denied(reason, refusals.help_with(reason, in_force))
