"""Taking back what draws have won whose chances should not have been there: the chain from an order to its rewards."""

from collections.abc import Iterator
from typing import Any

from fairground_contracts.rewards import Reward
from fairground_decider import Event, State
from fairground_lottery.contract import MemberCommand, RewardOwed, RewardTakenBack
from fairground_lottery.contract.fulfilment import TakenBecause
from fairground_lottery.domain import following, prizes
from fairground_lottery.domain.in_force import InForce
from fairground_lottery.domain.records import Entrant, Followed

#: In these states the member has the reward, or will get it.
_HAS = frozenset({"granted", "claimed", "shipped", "delivered"})
_SENT = frozenset({"shipped", "delivered"})

#: Less than the place of any chance: what all of them have won goes back.
NONE = -1


def of_cause(
    version: int, in_force: InForce, entrant: Entrant, asked: MemberCommand, cause: str, why: TakenBecause,
    keeping: int = NONE,
) -> Iterator[RewardTakenBack | RewardOwed]:  # fmt: skip
    """What goes back, or is owed, of all that was drawn with the chances which this had granted, without so many that
    were used first."""
    account = asked.person_id or asked.member_id
    for followed in following.by_cause(entrant, cause):
        if followed.nth <= keeping:
            continue
        winner = following.winner(followed, account)  # who may be another one than whose order it was
        rule, reward = in_force.followed.get(followed.prize), reward_of(in_force, followed)
        if rule is None or reward is None or rule.on_refund == "keep" or followed.status not in _HAS:
            continue
        said: dict[str, Any] = {
            "activity_id": asked.activity_id,
            "version": version,
            "member_id": winner,
            "person_id": "" if winner == account else account,
            "reward_id": following.id_of(followed),
            "prize": followed.prize,
            "reward": reward,
            "cause": cause,
            "why": why,
        }
        sent = reward.reward == "physical" and followed.status in _SENT  # a parcel cannot be called back
        if rule.on_refund == "debt" or sent:
            yield RewardOwed(**said)
        else:
            yield RewardTakenBack(**said, **restocked(in_force, followed))


def reward_of(in_force: InForce, followed: Followed) -> Reward | None:
    """The reward that the member has: what the rules say, as much of it as there was then."""
    prize, rule = in_force.game.by_id.get(followed.prize), in_force.followed.get(followed.prize)
    said = (rule.on_rejected if rule else None) if followed.compensated else (prize.reward if prize else None)
    if not isinstance(said, Reward):
        return None
    return said.model_copy(update={"amount": followed.amount, "value_fen": followed.value_fen})


def restocked(in_force: InForce, followed: Followed) -> dict[str, Any]:
    """The fields that say what goes back into stock and budget, by the rule of the prize."""
    rule = in_force.followed.get(followed.prize)
    back = rule is not None and rule.restock
    return {"restocked": back, "budget_fen": followed.budget_fen if back else 0}


def evolve_taken_back(state: State, event: Event[Any]) -> None:
    """Fold that a reward went back, and with it its piece and its value where the rules say so."""
    said: RewardTakenBack = event.data
    following.change(state, said, status="expired" if said.why == "not_claimed" else "taken_back")
    if said.restocked:
        prizes.put_back(state, said.activity_id, said.prize, said.budget_fen)


def evolve_owed(state: State, event: Event[Any]) -> None:
    """Fold that the member owes a reward."""
    following.change(state, event.data, status="owed")
