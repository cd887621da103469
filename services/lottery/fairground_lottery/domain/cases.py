"""A reward that a command is about: what is known of it, or why the command is refused."""

from typing import Any, NamedTuple

from fairground_activities.lifecycle import Standing
from fairground_decider import State
from fairground_lottery.contract import (
    ClaimPrize,
    ExpirePrize,
    Reason,
    RejectReward,
    ReportParcel,
    RewardRefused,
)
from fairground_lottery.domain import following, refusals
from fairground_lottery.domain.following import id_of
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import NEWCOMER, RULES, STANDING, Entrant, Followed, entrant_field

OfReward = RejectReward | ClaimPrize | ReportParcel | ExpirePrize

#: Where a reward has ended, the reason why nothing more becomes of it.
ENDED = {
    "undelivered": Reason.SETTLED,
    "taken_back": Reason.TAKEN_BACK,
    "owed": Reason.SETTLED,
    "expired": Reason.CLAIM_OVER,
    "delivered": Reason.SETTLED,
    "returned": Reason.SETTLED,
}


class Refused(Exception):
    """Why this cannot become of the reward."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Case(NamedTuple):
    """What is known of the reward."""

    version: int
    in_force: InForce
    followed: Followed

    def said(self, asked: OfReward) -> dict[str, Any]:
        """The fields that every event about a reward has."""
        return {
            "activity_id": asked.activity_id,
            "version": self.version,
            "member_id": asked.member_id,
            "person_id": asked.person_id,
            "reward_id": asked.reward_id,
            "prize": self.followed.prize,
        }


def case_of(state: State, asked: OfReward, replaced: Reason) -> Case:
    """The reward, as long as the member has it or will get it. `replaced`: why not, if another one was given instead.

    A reward is the member's who won it, also where others count for the same person. Raises Refused.
    """
    standing: Standing | None = state.record(asked.activity_id, STANDING)
    in_force: InForce | None = state.record(asked.activity_id, RULES)
    if standing is None or in_force is None:
        raise Refused(Reason.ARCHIVED if standing else Reason.UNKNOWN_ACTIVITY)
    entrant: Entrant = state.record(asked.activity_id, entrant_field(asked)) or NEWCOMER
    followed = following.find(entrant, asked.reward_id)
    if followed is None or following.winner(followed, asked.person_id or asked.member_id) != asked.member_id:
        raise Refused(Reason.UNKNOWN_REWARD)
    if asked.reward_id != id_of(followed):
        raise Refused(replaced if followed.compensated else Reason.UNKNOWN_REWARD)
    return Case(standing.version, in_force, followed)


_VERBS = {RejectReward: "reject", ClaimPrize: "claim", ReportParcel: "report", ExpirePrize: "expire"}


def refusal(state: State, asked: OfReward, reason: Reason) -> RewardRefused:
    """The refusal in words."""
    standing: Standing | None = state.record(asked.activity_id, STANDING)
    return RewardRefused(
        activity_id=asked.activity_id,
        version=standing.version if standing else 0,
        member_id=asked.member_id,
        person_id=asked.person_id,
        reward_id=asked.reward_id,
        asked=_VERBS[type(asked)],
        **refusals.worded(reason),
    )
