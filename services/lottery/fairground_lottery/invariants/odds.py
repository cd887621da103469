"""Laws about what a draw may land on: each recounts, from the events alone, what the rules make it depend on."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from fairground_activities.files import bucket
from fairground_decider import Event
from fairground_decider.days import parse_iso, zone
from fairground_lottery.contract import DrawMissed, PlayStarted, PrizeWon, PurchaseRequested
from fairground_lottery.domain.records import DAYS_KEPT
from fairground_lottery.invariants.by_rules import LOOKED_AT, ByRules, move, whose
from fairground_lottery.rules import LOWEST, REFUSE, Pity, Rules, Unlock, chain_of


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


class UnlocksKept(ByRules):
    """A prize that opens after so many draws is not won before."""

    name = "unlocks_kept"
    zh = "未解锁的奖品不会被抽中"
    en = "no prize is won before it is open"

    def __init__(self) -> None:
        super().__init__()
        self._drawn: Counter[tuple[str, str]] = Counter()  # activity and member; all members together are ""
        self._days: dict[str, dict[str, Counter[str]]] = defaultdict(dict)
        self._opened: Counter[tuple[str, str, str]] = Counter()

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """Draws before it are counted as the rules say, then it counts itself."""
        prize = next((prize for prize in rules.prizes if prize.id == said.prize_id), None)
        if prize is not None and prize.unlock is not None and isinstance(said, PrizeWon):
            drawn = self._before(said, prize.unlock)
            self.check(drawn >= prize.unlock.after, f"{event.id}: {prize.id} after {drawn} of {prize.unlock.after}")
        days = self._days[said.activity_id]
        today = days.setdefault(said.day, Counter())
        if len(days) > DAYS_KEPT:
            del days[min(days)]
        by_all = any(prize.unlock is not None and prize.unlock.by == "all" for prize in rules.prizes)
        for who in (whose(said), "") if by_all else (whose(said),):  # all of them: from the version on that asks
            self._drawn[said.activity_id, who] += 1
            today[who] += 1
        if prize is not None and prize.unlock is not None and prize.unlock.per == "cycle":
            who = "" if prize.unlock.by == "all" else whose(said)
            self._opened[said.activity_id, prize.id, who] = self._drawn[said.activity_id, who]

    def see_link(self, activity: str, member: str, person: str) -> None:
        """Draws add up; those since a win are as many as the one has made who has made fewer since theirs."""
        since: dict[str, int] = {}
        for prize in self.rules[activity].prizes:
            for who in (member, person):
                opened = self._opened.pop((activity, prize.id, who), 0)
                if opened:
                    drawn = self._drawn[activity, who] - opened
                    since[prize.id] = min(since.get(prize.id, drawn), drawn)
        move(self._drawn, (activity, member), (activity, person))
        for today in self._days[activity].values():
            move(today, member, person)
        for prize_id, drawn in since.items():
            self._opened[activity, prize_id, person] = self._drawn[activity, person] - drawn

    def _before(self, said: PrizeWon, unlock: Unlock) -> int:
        who = "" if unlock.by == "all" else whose(said)
        if unlock.per == "day":
            return self._days[said.activity_id].get(said.day, Counter())[who]
        since = self._opened[said.activity_id, said.prize_id, who] if unlock.per == "cycle" else 0
        return self._drawn[said.activity_id, who] - since


class PacingKept(ByRules):
    """No more of a prize is given than its curve has released until then."""

    name = "pacing_kept"
    zh = "发出的数量不超过按曲线已经投放的数量"
    en = "no more of a prize is given than its curve has released"

    def __init__(self) -> None:
        super().__init__()
        self._given: Counter[tuple[str, ...]] = Counter()

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """One more of the prize: in all, of the day, and of the hour where the rules have hours counted."""
        prize = next((prize for prize in rules.prizes if prize.id == said.prize_id), None)
        if prize is None or not isinstance(said, PrizeWon):
            return
        in_all = (said.activity_id, prize.id)
        of_day = (*in_all, said.day)
        local = datetime.fromtimestamp(event.time_ms / 1000, zone(rules.zone))
        hour = (local.hour - rules.day_start_hour) % 24
        of_hour = (*of_day, str(hour))
        pacing = prize.pacing
        counted = {in_all, of_day}
        if pacing is not None and pacing.by == "hour" and not pacing.carry:
            counted.add(of_hour)
        for key in counted:
            self._given[key] += 1
        if pacing is not None:
            slots = list(pacing.curve) * (rules.days // len(pacing.curve) + 1)
            if pacing.by == "hour":
                here, slots, stock = hour, slots[:24], prize.stock_per_day
            else:
                here, slots, stock = parse_iso(said.day) - rules.first_day, slots[: rules.days], prize.stock
            by_then, before = (sum(slots[:end]) * (stock or 0) // sum(slots) for end in (here + 1, here))
            keys = {("hour", True): of_day, ("hour", False): of_hour, ("day", True): in_all, ("day", False): of_day}
            given, released = self._given[keys[pacing.by, pacing.carry]], by_then - (0 if pacing.carry else before)
            self.check(given <= released, f"{event.id}: {given} of {released} {prize.id} in slot {here}")

    def see_return(self, activity: str, prize: str, budget_fen: int) -> None:
        """One less of the prize, in all."""
        self._given[activity, prize] -= 1


class PityKept(ByRules):
    """Who has missed often enough in a row wins, as long as there is something to give; and nobody else is helped."""

    name = "pity_kept"
    zh = "保底按规则触发：连续未中达到次数即中奖，除非奖品已经发完"
    en = "pity decides exactly when it is due, unless there is nothing left to give"

    def __init__(self) -> None:
        super().__init__()
        self._misses: dict[tuple[str, str], dict[str, int]] = {}

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """Misses in a row are counted for each pity of the version in force."""
        member = said.activity_id, whose(said)
        before = self._misses.pop(member, {})
        misses = {pity.id: before.get(pity.id, 0) for pity in rules.pity}
        self.check(self._fits(said, rules.pity, misses), f"{event.id}: pity {said.pity!r} after misses {misses}")
        missed = [pity for pity in rules.pity if said.prize_id not in pity.prizes]
        after = {pity.id: min(misses[pity.id] + 1, pity.after) for pity in missed}
        if after:
            self._misses[member] = after

    def see_link(self, activity: str, member: str, person: str) -> None:
        """The higher count of misses goes on."""
        both = [self._misses.pop((activity, who), {}) for who in (member, person)]
        if any(both):
            names = both[0].keys() | both[1].keys()
            self._misses[activity, person] = {name: max(of.get(name, 0) for of in both) for name in names}

    def _fits(self, said: PrizeWon | DrawMissed, pities: tuple[Pity, ...], misses: dict[str, int]) -> bool:
        due = [pity for pity in pities if misses[pity.id] >= pity.after]
        match said.pity:
            case "hard":
                return any(said.prize_id == said.drawn_id and said.prize_id in pity.prizes for pity in due)
            case "due":
                return bool(due)
            case "soft":
                return not due and any(pity.soft_from and misses[pity.id] >= pity.soft_from for pity in pities)
            case _:
                return not due


class AudienceKept(ByRules):
    """Nobody draws, or is asked to pay for it, whom the rules keep out or hold out, nor at a risk that is refused."""

    name = "audience_kept"
    zh = "名单、比例、对照组和风控排除的会员没有抽奖，也没有为抽奖付积分"
    en = "nobody draws, or pays for a draw, whom lists, shares, the holdout or risk keep out"
    looks_at = LOOKED_AT | {PurchaseRequested}

    def see(self, event: Event[Any]) -> None:
        """Whoever is asked to pay was let in, too."""
        said = event.data
        if isinstance(said, PurchaseRequested):
            rules = self.rules[said.activity_id]
            self.check(self._let_in(said, rules), f"{event.id}: {said.member_id} at risk {said.risk} buys")
        super().see(event)

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """Whoever drew was let in."""
        self.check(self._let_in(said, rules), f"{event.id}: {said.member_id} at risk {said.risk} drew")

    def see_start(self, event: Event[Any], said: PlayStarted, rules: Rules) -> None:
        """Whoever begins a play was let in, too."""
        self.check(self._let_in(said, rules), f"{event.id}: {said.member_id} at risk {said.risk} plays")

    def _let_in(self, said: PrizeWon | DrawMissed | PlayStarted | PurchaseRequested, rules: Rules) -> bool:
        audience, names = rules.audience, {said.member_id, whose(said)}
        if _by_risk(rules, said.risk) == REFUSE:
            return False
        if audience is None:
            return True
        return (
            not names & set(audience.never)
            and (audience.only is None or bool(names & set(audience.only)))
            and (audience.share is None or bucket("share", rules.id, whose(said)) < audience.share)
            and bucket("holdout", rules.id, whose(said)) >= (audience.holdout or 0)
        )


class TablesKept(ByRules):
    """The number names only prizes of the table that applies, and risk levels lead where the rules say."""

    name = "tables_kept"
    zh = "抽中的奖品都在适用的奖品表内；风控等级使用规定的表"
    en = "only prizes of the table that applies are drawn, at each risk level the one that is said"

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """The drawn prize has a weight in the table that the event names."""
        by_risk = _by_risk(rules, said.risk)
        tables = {tier.id: dict(tier.weights) for tier in rules.tables}
        tables[""] = {prize.id: prize.weight for prize in rules.prizes}
        tables[LOWEST] = {prize.id: 1 for prize in rules.prizes if prize.endless(rules.budgeted)}
        named = said.table == by_risk if by_risk else said.table in tables
        drawn = tables.get(said.table, {}).get(said.drawn_id, 0)
        self.check(named and drawn > 0, f"{event.id}: {said.drawn_id} by table {said.table!r} at risk {said.risk}")


def _by_risk(rules: Rules, risk: int) -> str:
    """What the risk level leads to; empty: nothing special."""
    levels = dict(rules.risk)
    return levels.get(risk, levels.get(3, "") if risk == 4 else "")
