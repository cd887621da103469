"""Rewards that cannot be delivered: each is compensated by its prize's rule, once."""

from collections.abc import Iterator
from typing import Any

from fairground_contracts.rewards import Reward
from fairground_decider import Command, Event, State
from fairground_lottery.contract import Reason, RejectReward, RewardCompensated, RewardRefused, RewardUndelivered
from fairground_lottery.domain import following
from fairground_lottery.domain.cases import ENDED, Case, Refused, case_of, refusal

#: An owed reward that could not be delivered is owed no more, and what ended this way before is a repetition.
_ENDED = {status: reason for status, reason in ENDED.items() if status != "owed"} | {"undelivered": Reason.DUPLICATE}


def decide_reject(
    state: State, command: Command[RejectReward]
) -> Iterator[RewardCompensated | RewardUndelivered | RewardRefused]:
    """What the member gets instead, or that it is nothing and why."""
    asked = command.data
    try:
        outcome: RewardCompensated | RewardUndelivered | RewardRefused = _rejected(
            case_of(state, asked, replaced=Reason.DUPLICATE), asked
        )
    except Refused as refused:
        outcome = refusal(state, asked, refused.reason)
    yield outcome


def _rejected(case: Case, asked: RejectReward) -> RewardCompensated | RewardUndelivered:
    """A compensation that is rejected in its turn ends there: nothing is given instead of it."""
    followed = case.followed
    if followed.status in _ENDED:
        raise Refused(_ENDED[followed.status])
    said = case.said(asked) | {"rejected": asked.rejected}
    if followed.status == "owed":
        return RewardUndelivered(**said, nothing="debt")
    if followed.compensated:
        return RewardUndelivered(**said, nothing="compensation")
    rule = case.in_force.followed.get(followed.prize)
    if rule is not None and isinstance(rule.on_rejected, Reward):
        return RewardCompensated(**said, reward=rule.on_rejected)
    return RewardUndelivered(**said, nothing="rule")


def evolve_compensated(state: State, event: Event[Any]) -> None:
    """Fold that another reward was given instead: it is the one that is followed from now on."""
    said: RewardCompensated = event.data
    given = {"amount": said.reward.amount, "value_fen": said.reward.value_fen, "claim_by_s": 0}
    following.change(state, said, status="granted", compensated=True, **given)


def evolve_undelivered(state: State, event: Event[Any]) -> None:
    """Fold that nothing was given instead."""
    following.change(state, event.data, status="undelivered")
