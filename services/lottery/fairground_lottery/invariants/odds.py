"""Laws about what a draw may land on: each recounts, from the events alone, what the rules make it depend on."""

from typing import Any

from fairground_decider import Event
from fairground_lottery.contract import DrawMissed, PrizeWon
from fairground_lottery.invariants.by_rules import ByRules
from fairground_lottery.rules import Rules, chain_of


class WayKept(ByRules):
    """What is given is what the number names, or what the rules make of that when it cannot be given."""

    name = "way_kept"
    zh = "发出的奖品就是抽中的奖品；不能发时，按规则处理"
    en = "what is given is what was drawn, or what the rules make of it when it cannot be given"

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """From the drawn prize to the given one."""
        by_id = {prize.id: prize for prize in rules.prizes}
        drawn = by_id.get(said.drawn_id)
        if drawn is None:
            ways = set[str]()
        elif rules.sold_out == "fallback":
            ways = {prize.id for prize in chain_of(drawn, by_id, rules.budgeted)}
        elif rules.sold_out == "miss" and said.withheld:
            ways = {""}
        else:
            ways = {drawn.id}
        self.check(said.prize_id in ways, f"{event.id}: {said.drawn_id} became {said.prize_id or 'nothing'}")
