"""What days earn, what is taken back, what members pay, and who is the n-th of a day."""

from collections import Counter, defaultdict
from typing import Any

from fairground_contracts.activities import ActivityArchived, ActivityPublished
from fairground_contracts.rewards import Reward
from fairground_decider import Event
from fairground_decider.causes import DAY_MS, Seen, seen
from fairground_decider.days import parse_iso
from fairground_decider.envelope import partition_of
from fairground_decider.laws import Findings
from fairground_signin.contract import (
    AccountJoined,
    DayMadeUp,
    DayRevoked,
    DaySigned,
    MakeUpFailed,
    MakeUpReleased,
    MakeUpRequested,
    MemberLinked,
    RankNoted,
    RankTaken,
    Reason,
    RewardCompensated,
    RewardUndelivered,
    TokensGranted,
    TokensTaken,
)
from fairground_signin.domain import reward_id
from fairground_signin.domain.cycles import cycle_of
from fairground_signin.domain.identities import remembered
from fairground_signin.domain.records import CAUSE_WINDOW_DAYS
from fairground_signin.domain.reward_ids import compensation_id
from fairground_signin.invariants.by_rules import LOOKED_AT, ByRules, whose
from fairground_signin.rules import Rules, Tier, load, rules_of

#: A tier that pays once in a cycle: partition, activity, whose, first day of the cycle, rule.
_InCycle = tuple[str, str, str, int, str]


class TiersKept(ByRules):
    """Every reward is one of the rules', of a length that is reached, and paid no more often than they say."""

    name = "tiers_kept"
    zh = "每份奖励都符合规则，且不超过应发次数（每天、每周期、仅一次）"
    en = "every reward is the rules', for what was reached, no more often than they say (a day, a cycle, once for all)"
    looks_at = LOOKED_AT | {RewardCompensated, RewardUndelivered}

    def __init__(self) -> None:
        super().__init__()
        self._ever: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(dict)
        self._cycles: Counter[_InCycle] = Counter()
        self._paid: dict[str, _InCycle] = {}  # rewards of these that can go back
        self._bases: set[tuple[str, str, str, int]] = set()

    def see(self, event: Event[Any]) -> None:
        """What is given instead of a reward goes back in its stead; one that never came may be earned again."""
        super().see(event)
        said = event.data
        if isinstance(said, RewardCompensated | RewardUndelivered) and said.reward_id in self._paid:
            key = self._paid.pop(said.reward_id)
            if isinstance(said, RewardCompensated):
                self._paid[compensation_id(event.id)] = key
            else:
                self._cycles[key] -= 1

    def see_counted(self, event: Event[Any], said: DaySigned | DayMadeUp, rules: Rules) -> None:
        """Each reward by itself."""
        plan = rules.plans[said.plan]
        given = {rule.id: rule for rule in rules_of(plan)}
        for place, earned in enumerate(said.earned):
            rule = given.get(earned.rule)
            kind = rule is not None and (rule.reward.reward, rule.reward.ref) == (
                earned.reward.reward, earned.reward.ref,
            )  # fmt: skip
            self.check(bool(kind), f"{event.id}: {earned.rule} gives {earned.reward.reward}")
            reached = {"streak": said.streak, "total": said.total}.get(earned.by)
            self.check(reached is None or earned.days <= reached, f"{event.id}: {earned.rule} for {earned.days}")
            if isinstance(rule, Tier):
                self._tier(event, said, rules, rule, place)
            elif earned.ever:
                self._once(event, said, earned.rule)
        self._base(event, said)

    def _tier(self, event: Event[Any], said: DaySigned | DayMadeUp, rules: Rules, tier: Tier, place: int) -> None:
        if tier.paid == "ever":
            self._once(event, said, tier.id)
        elif tier.paid == "per_cycle":
            cycle = cycle_of(rules.cycle, rules.first_day, parse_iso(said.day)).first
            key = (*self.here(event), whose(said), cycle, tier.id)
            self._cycles[key] += 1
            self.check(self._cycles[key] == 1, f"{event.id}: {tier.id} again in the cycle of {said.day}")
            if said.earned[place].on_revoke != "keep":
                self._paid[reward_id(event.id, place)] = key

    def _once(self, event: Event[Any], said: DaySigned | DayMadeUp, rule: str) -> None:
        paid = self._ever[self.here(event)].setdefault(whose(said), set())
        self.check(rule not in paid, f"{event.id}: {rule} again for {whose(said)}")
        paid.add(rule)

    def _base(self, event: Event[Any], said: DaySigned | DayMadeUp) -> None:
        """A day earns the base reward once, signed, made up or frozen."""
        days = [said.day] if any(earned.by == "base" for earned in said.earned) else []
        frozen = list(said.frozen) if isinstance(said, DaySigned) else []
        for day in (*days, *frozen):
            key = (*self.here(event), whose(said), parse_iso(day))
            self.check(key not in self._bases, f"{event.id}: {day} earns the base reward again")
            self._bases.add(key)

    def see_revoked(self, event: Event[Any], said: DayRevoked) -> None:
        """What was taken back may be paid again; what is owed, in its cycle, when another one has paid the debt."""
        here, gone = self.here(event), {lost.rule for lost in said.lost if lost.becomes == "reverse"}
        self._ever[here].setdefault(whose(said), set()).difference_update(gone)
        for lost in said.lost:
            if lost.reward_id in self._paid:
                self._cycles[self._paid.pop(lost.reward_id)] -= 1
        again = (parse_iso(day) for lost in said.lost for day in lost.saved)
        self._bases.difference_update((*here, whose(said), day) for day in again)

    def see_joined(self, event: Event[Any], said: AccountJoined) -> None:
        """What one of them was paid once for all is paid to both. An account that comes back knows what never came."""
        self._ever[self.here(event)].setdefault(whose(said), set()).update(said.account.ever)
        if self.known(event).link not in said.account.joined:
            return
        causes = remembered(said.account.causes)
        for reward in [reward for reward, key in self._paid.items() if key[:3] == (*self.here(event), whose(said))]:
            if seen(causes, reward, event.time_ms, CAUSE_WINDOW_DAYS) is Seen.DUPLICATE:
                self._cycles[self._paid.pop(reward)] -= 1

    def forget(self, here: tuple[str, str]) -> None:
        """Nothing is left of its members."""
        self._ever.pop(here, None)
        self._bases = {key for key in self._bases if key[:2] != here}
        self._cycles = Counter({key: many for key, many in self._cycles.items() if key[:2] != here})
        self._paid = {reward: key for reward, key in self._paid.items() if key[:2] != here}


class RevokedOnce(Findings):
    """Only rewards that a member was granted are taken back or owed, each once and as it was. What was given instead of
    one that could not be delivered takes its place, and of what was taken back nothing is given instead."""

    name = "revoked_once"
    zh = "只收回会员得到过的奖励，每份最多一次，内容与发放时一致"
    en = "only rewards that the member was granted are taken back, each once and as it was"
    looks_at = frozenset({DaySigned, DayMadeUp, RankNoted, DayRevoked, RewardCompensated, RewardUndelivered})

    def __init__(self) -> None:
        super().__init__()
        self._can: dict[str, tuple[str, str]] = {}  # reward to activity and whose it is
        self._was: dict[str, tuple[str, Reward]] = {}  # who had it, and what it was, without its name
        self._gone: dict[str, int] = {}  # rewards that went back, and when

    def see(self, event: Event[Any]) -> None:
        """Rewards that can be taken back, and those that are."""
        said = event.data
        if isinstance(said, DayRevoked):
            for lost in said.lost:
                if lost.reward_id:
                    known = self._can.pop(lost.reward_id, None)
                    self.check(known == (said.activity_id, whose(said)), f"{event.id}: {lost.reward_id} of {known}")
                    was = self._was.pop(lost.reward_id, None)
                    same = lost.reward is None or was == (lost.member_id, lost.reward)
                    self.check(same, f"{event.id}: {lost.reward_id} was {was}")
                    if lost.becomes == "reverse":
                        self._gone[lost.reward_id] = event.time_ms
            return
        if isinstance(said, RewardCompensated | RewardUndelivered):
            self._dealt_with(event, said)
            return
        if isinstance(said, RankNoted):
            if said.gone:
                self._gone[said.reward_id] = event.time_ms
            else:
                self._can[said.reward_id] = said.activity_id, whose(said)
                self._was[said.reward_id] = said.member_id, said.reward
            return
        for place, earned in enumerate(said.earned):
            if earned.on_revoke != "keep":
                reward = earned.reward.model_copy(update={"name": ""})
                self._can[reward_id(event.id, place)] = said.activity_id, whose(said)
                self._was[reward_id(event.id, place)] = said.member_id, reward

    def _dealt_with(self, event: Event[Any], said: RewardCompensated | RewardUndelivered) -> None:
        kept_ms = CAUSE_WINDOW_DAYS * DAY_MS
        forgotten = event.time_ms - self._gone.get(said.reward_id, event.time_ms - kept_ms) >= kept_ms
        self.check(forgotten, f"{event.id}: {said.reward_id} went back")
        self._was.pop(said.reward_id, None)
        if self._can.pop(said.reward_id, None) and isinstance(said, RewardCompensated):
            instead = compensation_id(event.id)
            self._can[instead] = said.activity_id, whose(said)
            self._was[instead] = said.member_id, said.reward.model_copy(update={"name": ""})


class FundingsKept(Findings):
    """A make-up is paid by a card that was granted, or by a funding that was asked for; each pays once or goes back."""

    name = "fundings_kept"
    zh = "补签由已发的补签卡或已申请的扣款支付，每笔只用一次"
    en = "make-ups are paid by cards that were granted or fundings that were asked for, each once"
    looks_at = frozenset({
        TokensGranted, TokensTaken, DayMadeUp, MakeUpRequested, MakeUpFailed, MakeUpReleased, MemberLinked,
        AccountJoined,
    })  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._cards: Counter[tuple[str, str, str]] = Counter()
        self._links: dict[tuple[str, str, str], str] = {}  # by which an account went to somebody else
        self._asked: dict[str, str] = {}
        self._settled: set[tuple[str, str, str]] = set()  # activity, whose, funding
        self._lapsed: set[tuple[str, str, str]] = set()  # the same: nobody had answered yet

    def see(self, event: Event[Any]) -> None:
        """Cards come and go; fundings are asked for and answered."""
        said = event.data
        key = (partition_of(event.id), said.activity_id, whose(said))
        if isinstance(said, TokensGranted):
            self._cards[key] += said.count if said.token == "make_up_card" else 0
        elif isinstance(said, TokensTaken):
            self._cards[key] -= said.count if said.token == "make_up_card" else 0
            self.check(self._cards[key] >= 0, f"{event.id}: {whose(said)} has no {said.count} cards")
        elif isinstance(said, AccountJoined):
            own = 0 if self._links.get(key) in said.account.joined else self._cards[key]  # they come back
            self._cards[key] = own + said.account.cards
        elif isinstance(said, MemberLinked):
            self._links[partition_of(event.id), said.activity_id, said.member_id] = event.id
        elif isinstance(said, MakeUpRequested):
            self._asked[said.funding_id] = said.day
        elif isinstance(said, DayMadeUp) and said.pays == "card":
            self._cards[key] -= 1
            self.check(self._cards[key] >= 0, f"{event.id}: {whose(said)} has no card")
        else:
            self._settle(event, said)

    def _settle(self, event: Event[Any], said: DayMadeUp | MakeUpFailed | MakeUpReleased) -> None:
        asked = self._asked.get(said.funding_id)
        right = asked == said.day if not isinstance(said, MakeUpReleased) else True
        key = (said.activity_id, whose(said), said.funding_id)
        lapses = isinstance(said, MakeUpFailed) and said.reason is not Reason.FUNDING_REFUSED
        right = right and (isinstance(said, MakeUpReleased) or key not in self._lapsed)
        self.check(right and key not in self._settled, f"{event.id}: {said.funding_id}, asked for {asked}")
        (self._lapsed if lapses else self._settled).add(key)


class RanksKept(Findings):
    """Places of a day are taken in order, one by a person, and cost no more than the budget."""

    name = "ranks_kept"
    zh = "每天的名次依次发放，每人一个，奖励符合规则且不超过库存和预算"
    en = "places of a day are taken in order, one a person, rewarded by the rules within stock and budget"
    looks_at = frozenset({ActivityPublished, ActivityArchived, RankTaken})

    def __init__(self) -> None:
        super().__init__()
        self._rules: dict[tuple[str, int], Rules] = {}
        self._places: dict[tuple[str, str], set[str]] = defaultdict(set)  # activity and day: who has one
        self._given: Counter[tuple[str, str]] = Counter()  # fen by activity and day; without a day: in all
        self._rewards: Counter[tuple[str, str]] = Counter()  # by activity and rule

    def see(self, event: Event[Any]) -> None:
        """The next place, and what it brings."""
        said = event.data
        if isinstance(said, ActivityPublished):
            self._rules[said.activity_id, said.version] = load(said.rules)
        elif isinstance(said, ActivityArchived):
            self._places = defaultdict(set, {k: kept for k, kept in self._places.items() if k[0] != said.activity_id})
        else:
            self._taken(event, said, self._rules[said.activity_id, said.version])

    def _taken(self, event: Event[Any], said: RankTaken, rules: Rules) -> None:
        places = self._places[said.activity_id, said.day]
        self.check(
            said.nth == len(places) + 1 and whose(said) not in places,
            f"{event.id}: {whose(said)} is number {said.nth} of {said.day}, after {len(places)}",
        )
        places.add(whose(said))
        rule = next((rule for rule in rules.ranks if rule.first <= said.nth <= rule.last), None)
        due = None if rule is None or said.withheld else rule.reward
        self.check(said.reward == due, f"{event.id}: place {said.nth} gives {said.reward}")
        self.check(due is None or (rule and rule.on_revoke) == said.on_revoke, f"{event.id}: {said.on_revoke}")
        if said.reward is None:
            return
        self._rewards[said.activity_id, said.rule] += 1
        rewards = self._rewards[said.activity_id, said.rule]
        stock = rule.stock if rule else None
        self.check(stock is None or rewards <= stock, f"{event.id}: {rewards} of {stock} for {said.rule}")
        for day, limit in (("", rules.budget_fen), (said.day, rules.budget_per_day_fen)):
            self._given[said.activity_id, day] += said.reward.value_fen
            given = self._given[said.activity_id, day]
            self.check(limit is None or given <= limit, f"{event.id}: {given} of {limit} fen {day}")
