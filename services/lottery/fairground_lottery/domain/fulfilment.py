"""What becomes of rewards after the draw: one that cannot be delivered is compensated by the wheel's rule, once."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fairground_contracts.rewards import Reward
from fairground_decider import Command, Event, State
from fairground_lottery.contract import (
    Reason,
    RejectReward,
    RewardCompensated,
    RewardRefused,
    RewardUndelivered,
)
from fairground_lottery.domain import following, refusals
from fairground_lottery.domain.following import id_of
from fairground_lottery.domain.records import NEWCOMER, RULES, WHEEL, Entrant, Followed, Standing, member_field
from fairground_lottery.domain.wheel import Wheel

#: Why nothing more becomes of a reward in these states; in others something can.
_SETTLED = {"undelivered": Reason.DUPLICATE, "taken_back": Reason.TAKEN_BACK}


class _Refused(Exception):
    """Why this cannot become of the reward."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class _Case(NamedTuple):
    """A reward that a command is about."""

    version: int
    wheel: Wheel
    followed: Followed

    def said(self, asked: RejectReward) -> dict[str, Any]:
        """The fields that every event about a reward has."""
        return {
            "activity_id": asked.activity_id,
            "version": self.version,
            "member_id": asked.member_id,
            "reward_id": asked.reward_id,
            "prize": self.followed.prize,
        }


def decide_reject(
    state: State, command: Command[RejectReward]
) -> Iterator[RewardCompensated | RewardUndelivered | RewardRefused]:
    """What the member gets instead, or that it is nothing and why."""
    asked = command.data
    try:
        outcome: RewardCompensated | RewardUndelivered | RewardRefused = _rejected(_case(state, asked), asked)
    except _Refused as refused:
        outcome = _refusal(state, asked, refused.reason)
    yield outcome


def _rejected(case: _Case, asked: RejectReward) -> RewardCompensated | RewardUndelivered:
    """A compensation that is rejected in its turn ends there: nothing is given instead of it."""
    followed = case.followed
    if asked.reward_id != id_of(followed):
        raise _Refused(Reason.DUPLICATE if followed.compensated else Reason.UNKNOWN_REWARD)
    if followed.status in _SETTLED:
        raise _Refused(_SETTLED[followed.status])
    said = case.said(asked) | {"rejected": asked.rejected}
    if followed.status == "owed":
        return RewardUndelivered(**said, nothing="debt")
    if followed.compensated:
        return RewardUndelivered(**said, nothing="compensation")
    rule = case.wheel.followed.get(followed.prize)
    if rule is not None and isinstance(rule.on_rejected, Reward):
        return RewardCompensated(**said, reward=rule.on_rejected)
    return RewardUndelivered(**said, nothing="rule")


def _case(state: State, asked: RejectReward) -> _Case:
    """What is known of the reward. Raises _Refused."""
    standing: Standing | None = state.record(asked.activity_id, WHEEL)
    wheel: Wheel | None = state.record(asked.activity_id, RULES)
    if standing is None or wheel is None:
        raise _Refused(Reason.ARCHIVED if standing else Reason.UNKNOWN_ACTIVITY)
    entrant: Entrant = state.record(asked.activity_id, member_field(asked.member_id)) or NEWCOMER
    followed = following.find(entrant, asked.reward_id)
    if followed is None:
        raise _Refused(Reason.UNKNOWN_REWARD)
    return _Case(standing.version, wheel, followed)


def _refusal(state: State, asked: RejectReward, reason: Reason) -> RewardRefused:
    standing: Standing | None = state.record(asked.activity_id, WHEEL)
    return RewardRefused(
        activity_id=asked.activity_id,
        version=standing.version if standing else 0,
        member_id=asked.member_id,
        reward_id=asked.reward_id,
        asked="reject",
        **refusals.worded(reason),
    )


def evolve_compensated(state: State, event: Event[Any]) -> None:
    """Fold that another reward was given instead: it is the one that is followed from now on."""
    said: RewardCompensated = event.data
    given = {"amount": said.reward.amount, "value_fen": said.reward.value_fen}
    following.change(state, said, status="granted", compensated=True, **given)


def evolve_undelivered(state: State, event: Event[Any]) -> None:
    """Fold that nothing was given instead."""
    following.change(state, event.data, status="undelivered")
