"""Laws about rewards after the draw: what becomes of one follows from what it was, once."""

from typing import Any, NamedTuple

from fairground_contracts.activities import ActivityArchived
from fairground_contracts.rewards import Reward
from fairground_decider import Event
from fairground_decider.causes import DAY_MS
from fairground_lottery.contract import (
    DrawMissed,
    ParcelReported,
    PrizeClaimed,
    PrizeWon,
    RewardCompensated,
    RewardOwed,
    RewardTakenBack,
    RewardUndelivered,
)
from fairground_lottery.invariants.by_rules import LOOKED_AT, ByRules
from fairground_lottery.rules import Fulfilment, Rules

_Key = tuple[str, str, str]  # activity, member, reward id
_Parcel = PrizeClaimed | ParcelReported


class _Standing(NamedTuple):
    """A reward that the member has or will get, as far as is known."""

    prize: str
    budget_fen: int  # what its draw took of the budget
    amount: int
    claim_by_ms: int = 0  # it does not expire before
    sent: bool = False  # it cannot be called back
    claimed: bool = False  # it does not expire any more
    owed: bool = False


class FulfilmentKept(ByRules):
    """A reward that cannot be delivered has one compensation, or the reason why there is none; one that goes back does
    so by the rule of its prize, once, and with it what it took."""

    name = "fulfilment_kept"
    zh = "每份奖励的后续都合乎规则：最多补偿一次，最多收回一次，库存最多退回一次"
    en = "rewards end as the rules say: compensated once at most, taken back once at most, and their stock with them"
    looks_at = LOOKED_AT | {PrizeClaimed, RewardCompensated, RewardOwed, RewardUndelivered, ActivityArchived}

    def __init__(self) -> None:
        super().__init__()
        self._standing: dict[_Key, _Standing] = {}

    def see(self, event: Event[Any]) -> None:
        """What becomes of a reward ends it, or puts another one in its place."""
        said = event.data
        if isinstance(said, RewardCompensated | RewardUndelivered | RewardTakenBack | RewardOwed | _Parcel):
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
            days = _rule(rules, said.prize_id).claim_days
            claim_by_ms = event.time_ms + days * DAY_MS if days is not None else 0
            standing = _Standing(said.prize_id, said.reward.value_fen, said.reward.amount, claim_by_ms)
            self._standing[said.activity_id, said.member_id, f"{event.id}-r"] = standing

    def _become(self, event: Event[Any], said: Any, key: _Key, standing: _Standing) -> None:
        rule = _rule(self.rules[said.activity_id], said.prize)
        if isinstance(said, RewardUndelivered):
            self.check(standing.owed == (said.nothing == "debt"), f"{event.id}: {said.reward_id} and its debt")
            return
        self.check(not standing.owed, f"{event.id}: {said.reward_id} is owed already")
        if isinstance(said, _Parcel):
            self._ship(event, said, key, standing, rule)
            return
        if isinstance(said, RewardCompensated):
            lawful = isinstance(rule.on_rejected, Reward) and rule.on_rejected == said.reward
            self.check(lawful and key[2].endswith("-r"), f"{event.id}: the rules give no {said.reward} instead")
            self._standing[*key[:2], f"{key[2]}-c"] = _Standing(said.prize, standing.budget_fen, said.reward.amount)
            return
        self.check(said.reward.amount == standing.amount, f"{event.id}: {said.reward.amount} of {standing.amount}")
        if isinstance(said, RewardOwed):
            lawful = rule.on_refund == "debt" or (standing.sent and rule.on_refund == "reverse")
            self.check(lawful, f"{event.id}: the rules say {rule.on_refund}")
            self._standing[key] = standing._replace(owed=True)
            return
        if said.why == "not_claimed":
            lawful = 0 < standing.claim_by_ms // 1000 * 1000 <= event.time_ms and not standing.claimed
        else:
            lawful = rule.on_refund == "reverse" and not standing.sent
        self.check(lawful, f"{event.id}: {said.reward_id} may not be taken back because {said.why}")
        self._restock(event, said, standing, rule)

    def _ship(self, event: Event[Any], said: Any, key: _Key, standing: _Standing, rule: Fulfilment) -> None:
        """It is claimed once, and in time; what came back ends it, what arrived can only be owed."""
        if isinstance(said, PrizeClaimed):
            in_time = rule.claim_days is None or event.time_ms < standing.claim_by_ms
            self.check(in_time and not standing.claimed and not standing.sent, f"{event.id}: {said.reward_id}")
            self._standing[key] = standing._replace(claimed=True)
        elif said.status == "returned":
            self._restock(event, said, standing, rule)
        else:
            physical = _prize(self.rules[said.activity_id], said.prize).reward.reward == "physical"
            sent = physical and not said.reward_id.endswith("-c")
            self._standing[key] = standing._replace(claimed=True, sent=sent)

    def _restock(self, event: Event[Any], said: Any, standing: _Standing, rule: Fulfilment) -> None:
        back = standing.budget_fen if rule.restock else 0
        lawful = (said.restocked, said.budget_fen) == (rule.restock, back)
        self.check(lawful, f"{event.id}: restock is {rule.restock}, {back} fen")


def _rule(rules: Rules, prize_id: str) -> Fulfilment:
    found: Fulfilment = _prize(rules, prize_id).fulfilment
    return found


def _prize(rules: Rules, prize_id: str) -> Any:
    return next(prize for prize in rules.prizes if prize.id == prize_id)
