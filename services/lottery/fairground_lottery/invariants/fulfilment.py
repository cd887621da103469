"""Laws about rewards after the draw: what becomes of one follows from what it was, once."""

from typing import Any

from fairground_contracts.activities import ActivityArchived
from fairground_contracts.rewards import Reward
from fairground_decider import Event
from fairground_lottery.contract import DrawMissed, PrizeWon, RewardCompensated, RewardUndelivered
from fairground_lottery.invariants.by_rules import ByRules
from fairground_lottery.rules import Rules

_Reward = tuple[str, str, str]  # activity, member, reward id


class FulfilmentKept(ByRules):
    """A reward that cannot be delivered has one compensation, or the reason why there is none."""

    name = "fulfilment_kept"
    zh = "每份奖励的后续都合乎规则：无法发放的最多补偿一次，补偿本身不再补偿"
    en = "rewards end as the rules say: one that cannot be delivered is compensated once at most, a compensation never"

    def __init__(self) -> None:
        super().__init__()
        self._standing: dict[_Reward, str] = {}  # rewards of which more may be heard, and the prize of each

    def see(self, event: Event[Any]) -> None:
        """What becomes of a reward ends it, or puts another one in its place."""
        said = event.data
        if isinstance(said, RewardCompensated | RewardUndelivered):
            self._end(event, said)
        elif isinstance(said, ActivityArchived):
            for key in [key for key in self._standing if key[0] == said.activity_id]:
                del self._standing[key]
        super().see(event)

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """A reward more, if its prize's are followed."""
        if isinstance(said, PrizeWon) and _prize(rules, said.prize_id).fulfilment.followed:
            self._standing[said.activity_id, said.member_id, f"{event.id}-r"] = said.prize_id

    def _end(self, event: Event[Any], said: RewardCompensated | RewardUndelivered) -> None:
        prize = self._standing.pop((said.activity_id, said.member_id, said.reward_id), "")
        self.check(prize == said.prize, f"{event.id}: {said.reward_id} is no reward of {said.prize} that stands")
        if isinstance(said, RewardCompensated):
            rule = _prize(self.rules[said.activity_id], said.prize).fulfilment.on_rejected
            lawful = isinstance(rule, Reward) and rule == said.reward and not said.reward_id.endswith("-c")
            self.check(lawful, f"{event.id}: the rules do not give this instead of {said.prize}")
            self._standing[said.activity_id, said.member_id, f"{said.reward_id}-c"] = said.prize


def _prize(rules: Rules, prize_id: str) -> Any:
    return next(prize for prize in rules.prizes if prize.id == prize_id)
