"""Laws about rewards after the draw: what becomes of one follows from what it was, once."""

from typing import Any, NamedTuple

from fairground_contracts.activities import ActivityArchived
from fairground_contracts.rewards import Reward
from fairground_decider import Event
from fairground_lottery.contract import (
    DrawMissed,
    PrizeWon,
    RewardCompensated,
    RewardOwed,
    RewardTakenBack,
    RewardUndelivered,
)
from fairground_lottery.invariants.by_rules import ByRules
from fairground_lottery.rules import Fulfilment, Rules

_Key = tuple[str, str, str]  # activity, member, reward id


class _Standing(NamedTuple):
    """A reward that the member has or will get, as far as is known."""

    prize: str
    budget_fen: int  # what its draw took of the budget
    amount: int
    owed: bool = False


class FulfilmentKept(ByRules):
    """A reward that cannot be delivered has one compensation, or the reason why there is none; one that goes back does
    so by the rule of its prize, once, and with it what it took."""

    name = "fulfilment_kept"
    zh = "每份奖励的后续都合乎规则：最多补偿一次，最多收回一次，库存最多退回一次"
    en = "rewards end as the rules say: compensated once at most, taken back once at most, and their stock with them"

    def __init__(self) -> None:
        super().__init__()
        self._standing: dict[_Key, _Standing] = {}

    def see(self, event: Event[Any]) -> None:
        """What becomes of a reward ends it, or puts another one in its place."""
        said = event.data
        if isinstance(said, RewardCompensated | RewardUndelivered | RewardTakenBack | RewardOwed):
            key = said.activity_id, said.member_id, said.reward_id
            standing = self._standing.pop(key, None)
            if standing is None or standing.prize != said.prize:
                self.note(f"{event.id}: {said.reward_id} is no reward of {said.prize} that stands")
            else:
                self._become(event, said, key, standing)
        elif isinstance(said, ActivityArchived):
            for key in [key for key in self._standing if key[0] == said.activity_id]:
                del self._standing[key]
        super().see(event)

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """A reward more, if it is followed."""
        if isinstance(said, PrizeWon) and _rule(rules, said.prize_id).follows(said.cause):
            standing = _Standing(said.prize_id, said.reward.value_fen, said.reward.amount)
            self._standing[said.activity_id, said.member_id, f"{event.id}-r"] = standing

    def _become(self, event: Event[Any], said: Any, key: _Key, standing: _Standing) -> None:
        rule = _rule(self.rules[said.activity_id], said.prize)
        if isinstance(said, RewardUndelivered):
            self.check(standing.owed == (said.nothing == "debt"), f"{event.id}: {said.reward_id} and its debt")
            return
        self.check(not standing.owed, f"{event.id}: {said.reward_id} is owed already")
        if isinstance(said, RewardCompensated):
            lawful = isinstance(rule.on_rejected, Reward) and rule.on_rejected == said.reward
            self.check(lawful and key[2].endswith("-r"), f"{event.id}: the rules give no {said.reward} instead")
            self._standing[*key[:2], f"{key[2]}-c"] = standing._replace(amount=said.reward.amount)
            return
        self.check(said.reward.amount == standing.amount, f"{event.id}: {said.reward.amount} of {standing.amount}")
        if isinstance(said, RewardOwed):
            self.check(rule.on_refund == "debt", f"{event.id}: the rules say {rule.on_refund}")
            self._standing[key] = standing._replace(owed=True)
            return
        back = standing.budget_fen if rule.restock else 0
        lawful = (said.restocked, said.budget_fen, rule.on_refund) == (rule.restock, back, "reverse")
        self.check(lawful, f"{event.id}: the rules say {rule.on_refund}, restock {rule.restock}, {back} fen")


def _rule(rules: Rules, prize_id: str) -> Fulfilment:
    return next(prize.fulfilment for prize in rules.prizes if prize.id == prize_id)
