"""Laws about where chances come from: only sources that the rules know, within their caps, bought ones paid once; and
where they go with an order's refunds, each of which counts once."""

from collections import Counter
from typing import Any

from fairground_decider import Event
from fairground_decider.laws import Findings
from fairground_lottery.contract import (
    ChancesGranted,
    ChancesRevoked,
    OrderCounted,
    PurchaseFailed,
    PurchaseReleased,
    PurchaseRequested,
)
from fairground_lottery.domain.records import DAYS_KEPT
from fairground_lottery.invariants.by_rules import LOOKED_AT, ByRules, move, whose
from fairground_lottery.rules import POINTS, SOURCES, OrderRule, Rules, Source

_ORDERS = "orders"

#: A member's chances from one source at one wheel.
_Key = tuple[str, str, str]


class SourcesKept(ByRules):
    """Chances come from sources that the rules in force know, and no more of them than the rules say."""

    name = "sources_kept"
    zh = "抽奖次数只来自规则中的来源，且不超过来源的上限"
    en = "chances come from sources that the rules know, within their caps"
    looks_at = LOOKED_AT | {ChancesGranted, PurchaseRequested, PurchaseFailed, PurchaseReleased}

    def __init__(self) -> None:
        super().__init__()
        self._total: Counter[_Key] = Counter()
        self._days: dict[_Key, Counter[str]] = {}
        self._held: dict[tuple[str, str], dict[str, tuple[str, int, int]]] = {}  # by funding: day, chances, until

    def see(self, event: Event[Any]) -> None:
        """Grants are counted where the rule in force has a cap; what is being bought counts beforehand."""
        said = event.data
        if isinstance(said, ChancesGranted):
            self._granted(event, said)
        elif isinstance(said, PurchaseRequested):
            self._requested(event, said)
        elif isinstance(said, PurchaseFailed | PurchaseReleased):
            self._held.get((said.activity_id, whose(said)), {}).pop(said.funding_id, None)
        super().see(event)

    def see_link(self, activity: str, member: str, person: str) -> None:
        """Chances add up, source by source, and what is being bought is the person's."""
        for name in (_ORDERS, *SOURCES):
            one, other = (activity, member, name), (activity, person, name)
            move(self._total, one, other)
            if days := self._days.pop(one, None):
                both = days + self._days.get(other, Counter())
                self._days[other] = Counter({day: both[day] for day in sorted(both)[-DAYS_KEPT:]})
        if held := self._held.pop((activity, member), None):
            self._held[activity, person] = {**self._held.get((activity, person), {}), **held}

    def _granted(self, event: Event[Any], said: ChancesGranted) -> None:
        name, rule = _rule(self.rules[said.activity_id], said)
        bought = self._held.get((said.activity_id, whose(said)), {}).pop(said.funding_id, None)
        if said.funding_id:
            self.check(bought is not None and bought[0] == said.day, f"{event.id}: {said.funding_id} was not asked for")
        elif name:
            self.check(rule is not None, f"{event.id}: the rules know no source {name!r}")
            self.check(_capped(rule) == bool(said.day), f"{event.id}: counted for day {said.day!r}")
        if said.day:
            self._count((said.activity_id, whose(said), name), said.day, said.chances + said.debt_paid)
            if not said.funding_id:
                self._within(event, said.activity_id, whose(said), name, rule, said.day)

    def _requested(self, event: Event[Any], said: PurchaseRequested) -> None:
        held = self._held.setdefault((said.activity_id, whose(said)), {})
        for funding, (_, _, until_ms) in list(held.items()):
            if until_ms < event.time_ms:  # nobody can pay it any more
                del held[funding]
        held[said.funding_id] = said.day, said.chances, int(said.answer_by.timestamp() * 1000)
        rule = next((each for each in self.rules[said.activity_id].sources if each.kind == POINTS), None)
        self.check(rule is not None and rule.price > 0, f"{event.id}: nothing is sold here")
        if said.day:
            self._within(event, said.activity_id, whose(said), POINTS, rule, said.day)

    def _count(self, key: _Key, day: str, chances: int) -> None:
        """As many days as a wheel counts."""
        self._total[key] += chances
        days = self._days.setdefault(key, Counter())
        days[day] += chances
        if len(days) > DAYS_KEPT:
            del days[min(days)]

    def _within(
        self, event: Event[Any], activity: str, member: str, name: str, rule: OrderRule | Source | None, day: str
    ) -> None:
        key = activity, member, name
        held = self._held.get((activity, member), {}).values() if name == POINTS else ()
        of_day = self._days.get(key, Counter())[day] + sum(chances for each, chances, _ in held if each == day)
        in_all = self._total[key] + sum(chances for _, chances, _ in held)
        caps = (rule.per_day, rule.total) if rule else (0, 0)
        for came, cap in zip((of_day, in_all), caps, strict=True):
            self.check(cap is None or came <= cap, f"{event.id}: {came} of {cap} chances from {name} for {member}")


def _rule(rules: Rules, said: ChancesGranted) -> tuple[str, OrderRule | Source | None]:
    """What the chances counted as, and the rule for it; no name: a reward, or a grant from no source."""
    if said.order_id:
        return _ORDERS, rules.orders
    return said.source, next((each for each in rules.sources if each.kind == said.source), None)


def _capped(rule: OrderRule | Source | None) -> bool:
    return rule is not None and (rule.per_day is not None or rule.total is not None)


class PurchasesKept(Findings):
    """Points buy chances once or go back: of each funding that a member was asked for comes one end at most."""

    name = "purchases_kept"
    zh = "每次用积分购买最多有一个结果：发放、失败或退还"
    en = "each purchase ends once at most: granted, failed or given back"
    looks_at = frozenset({ChancesGranted, PurchaseRequested, PurchaseFailed, PurchaseReleased})

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[tuple[str, str], tuple[str, int]] = {}  # funding: member, chances
        self._over: set[tuple[str, str]] = set()

    def see(self, event: Event[Any]) -> None:
        """Points may be taken although they were refused before: then they go back, and that is the end."""
        said = event.data
        if isinstance(said, PurchaseRequested):
            self._asked[said.activity_id, said.funding_id] = said.member_id, said.chances
        elif isinstance(said, ChancesGranted) and said.funding_id:
            funding = said.activity_id, said.funding_id
            asked = self._asked.get(funding)
            self.check(asked == (said.member_id, said.chances + said.debt_paid), f"{event.id}: {asked} was asked for")
            self._end(event, funding)
        elif isinstance(said, PurchaseReleased):
            self._end(event, (said.activity_id, said.funding_id))
        elif isinstance(said, PurchaseFailed):
            funding = said.activity_id, said.funding_id
            self.check(funding in self._asked and funding not in self._over, f"{event.id}: {said.funding_id} is over")

    def _end(self, event: Event[Any], funding: tuple[str, str]) -> None:
        self.check(funding not in self._over, f"{event.id}: {funding[1]} has ended before")
        self._over.add(funding)


class RefundsKept(Findings):
    """Of an order's refunds one that takes something leaves less of the order than all before it: none counts twice."""

    name = "refunds_kept"
    zh = "同一笔订单的退款不重复收回：每次收回后，订单的有效金额都更少"
    en = "no refund takes back twice: each that takes something leaves less of its order than those before"
    looks_at = frozenset({ChancesGranted, OrderCounted, ChancesRevoked})

    def __init__(self) -> None:
        super().__init__()
        self._left: dict[tuple[str, str, str], int] = {}  # activity, member, order: the least that a refund left of it

    def see(self, event: Event[Any]) -> None:
        """What a refund left before the order was paid has been left out of what it earned."""
        said = event.data
        if isinstance(said, ChancesRevoked):
            order = said.activity_id, whose(said), said.order_id
            left = self._left.get(order)
            takes = bool(said.taken or said.kept or said.debt)
            self.check(not takes or left is None or said.left_fen < left, f"{event.id}: {said.left_fen} after {left}")
            self._left[order] = said.left_fen if left is None else min(left, said.left_fen)
        elif isinstance(said, ChancesGranted | OrderCounted) and said.order_id:
            self._left.pop((said.activity_id, whose(said), said.order_id), None)
