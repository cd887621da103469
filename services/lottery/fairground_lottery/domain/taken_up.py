"""Draw chances that are rewards: this service delivers them, whoever granted them, and says what became of each.

A reward whose chances are granted is delivered; one that cannot be granted is rejected, so that whoever granted it can
give something else instead. What was rejected stays so: its cause is remembered, or it would be paid twice. The answer
names the activity that granted it; events that are older than `granted_by` answer without one, as they always did.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from fairground_contracts.reward_results import RewardDelivered, RewardRejected
from fairground_contracts.topics import REWARD_RESULTS
from fairground_decider import Event, Outgoing, State
from fairground_decider.causes import Seen, remember, seen
from fairground_lottery.contract import ChancesGranted, ChancesRefused, Reason
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import NEWCOMER, RULES, Entrant, entrant_field

_REWARD = "reward:"

#: Where there is no wheel to say it: as long as its rules would say if nothing else were written.
_DAYS = 30

#: These say that the reward was decided before, or may have been: nothing became of it now.
_DECIDED = (Reason.DUPLICATE, Reason.TOO_OLD)


def cause_of(reward_id: str) -> str:
    """What chances are called that a reward had granted."""
    return f"{_REWARD}{reward_id}"


def is_reward(cause: str) -> bool:
    """Whether chances of that cause are a reward, of which whoever granted it is told what became."""
    return cause.startswith(_REWARD)


def granted(event: Event[ChancesGranted]) -> Iterable[Outgoing]:
    """The reward is delivered, if it was one."""
    said = event.data
    if not is_reward(said.cause):
        return ()
    reward_id = said.cause.removeprefix(_REWARD)
    delivered = RewardDelivered(reward_id=reward_id, member_id=said.member_id, activity_id=said.granted_by)
    return (Outgoing(REWARD_RESULTS.name, said.member_id, f"{reward_id}-d", said.activity_id, delivered),)


def refused(event: Event[ChancesRefused]) -> Iterable[Outgoing]:
    """The reward is rejected, if it was one that nothing had become of before."""
    said = event.data
    if not _rejects(said):
        return ()
    reward_id = said.cause.removeprefix(_REWARD)
    rejected = RewardRejected(
        reward_id=reward_id, member_id=said.member_id, activity_id=said.granted_by, reason=said.reason, detail=said.en
    )
    return (Outgoing(REWARD_RESULTS.name, said.member_id, f"{reward_id}-x", said.activity_id, rejected),)


def evolve_refused(state: State, event: Event[Any]) -> None:
    """A rejected reward grants nothing later, for something else may have been given for it. An archived wheel, which
    keeps nothing, does not either."""
    said: ChancesRefused = event.data
    if not _rejects(said) or said.reason == Reason.ARCHIVED:
        return
    activity, field = said.activity_id, entrant_field(said)
    in_force: InForce | None = state.record(activity, RULES)
    entrant: Entrant = state.record(activity, field) or NEWCOMER
    window = in_force.rules.refund_window_days if in_force else _DAYS
    if seen(entrant.causes, said.cause, event.time_ms, window) is Seen.NEW:
        causes = remember(entrant.causes, said.cause, event.time_ms, window)
        state.put(activity, field, structs.replace(entrant, causes=causes))


def _rejects(said: ChancesRefused) -> bool:
    return said.asked == "grant" and is_reward(said.cause) and said.reason not in _DECIDED
