"""What must be true of all that ever happened at wheels and games, whoever wrote it: pure, and seen as a stream."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from fairground_activities.lifecycle import STATUS_AFTER
from fairground_activities.requests import request_of
from fairground_contracts.activities import ActivityArchived, ActivityPublished
from fairground_decider import Event, Outgoing
from fairground_decider.days import month, parse_iso
from fairground_decider.laws import Findings, Law, Once, OneOutcome, Owed
from fairground_lottery.contract import (
    SERVICE,
    ChancesGranted,
    ChancesRevoked,
    DrawMissed,
    GrantWithdrawn,
    OrderCounted,
    PlayStarted,
    PlayWon,
    PrizeWon,
    RewardCompensated,
)
from fairground_lottery.domain import Lottery
from fairground_lottery.domain.records import DAYS_KEPT
from fairground_lottery.invariants.by_rules import DRAWN, LOOKED_AT, ByRules, move, whose
from fairground_lottery.invariants.fulfilment import FulfilmentKept
from fairground_lottery.invariants.odds import AudienceKept, PacingKept, PityKept, TablesKept, UnlocksKept, WayKept
from fairground_lottery.invariants.plays import PlaysKept, ScoresKept
from fairground_lottery.invariants.sources import PurchasesKept, RefundsKept, SourcesKept
from fairground_lottery.rules import Rules


def laws() -> list[Law]:
    """All of them, fresh."""
    kinds: list[type[Findings]] = [
        AllDraws, VersionInForce, StockKept, BudgetKept, ChancesKept, QuotasKept, OnceOnly, RewardsOwed,
        WayKept, UnlocksKept, PityKept, AudienceKept, TablesKept,
        PacingKept, FulfilmentKept, PlaysKept, ScoresKept, SourcesKept, PurchasesKept, RefundsKept,
    ]  # fmt: skip
    return [kind() for kind in kinds]


class AllDraws(OneOutcome):
    """A command of several draws has all of them."""

    def to_follow(self, said: Any, index: int) -> int:
        """The draws that are left of it."""
        return said.draws - 1 - index if isinstance(said, DRAWN) else 0


class VersionInForce(ByRules):
    """Operators' moves take their place in the log: nothing is drawn against them."""

    name = "version_in_force"
    zh = "每次抽奖都按当时的版本，在活动时间内，且活动进行中"
    en = "every draw follows the version in force, within its window, while it runs"
    looks_at = LOOKED_AT | frozenset(STATUS_AFTER)

    def __init__(self) -> None:
        super().__init__()
        self._at: dict[str, tuple[int, str]] = {}
        self._days: dict[str, list[str]] = defaultdict(list)

    def see(self, event: Event[Any]) -> None:
        """Versions go up by one; moves change the status."""
        said = event.data
        if isinstance(said, ActivityPublished):
            version, _ = self._at.get(said.activity_id, (0, ""))
            self.check(said.version == version + 1, f"{event.id}: version {said.version} follows {version}")
            self._at[said.activity_id] = (said.version, said.status)
        elif type(said) in STATUS_AFTER:
            self._at[said.activity_id] = (said.version, STATUS_AFTER[type(said)])
        super().see(event)

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """A draw says the version in force, and its day is not closed."""
        self._see(event, said, rules)

    def see_start(self, event: Event[Any], said: PlayStarted, rules: Rules) -> None:
        """The same of a play that begins."""
        self._see(event, said, rules)

    def _see(self, event: Event[Any], said: PrizeWon | DrawMissed | PlayStarted, rules: Rules) -> None:
        in_force = self._at[said.activity_id] == (said.version, "running")
        days = self._days[said.activity_id]
        if said.day not in days:
            days.append(said.day)
            days.sort()
            del days[:-DAYS_KEPT]
        holds = in_force and rules.starts_ms <= event.time_ms < rules.ends_ms and said.day in days
        self.check(holds, f"{event.id}: version {said.version} at {event.time}, day {said.day}")


class StockKept(ByRules):
    """Wins never exceed stock, in all and by day, over all versions."""

    name = "stock_kept"
    zh = "每个奖品的中奖数不超过库存（总量、每日、每人）"
    en = "no prize is won more often than its stock (in all, by day, by member)"

    def __init__(self) -> None:
        super().__init__()
        self._won: Counter[tuple[str, ...]] = Counter()

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """One more win of the prize."""
        prize = next((prize for prize in rules.prizes if prize.id == said.prize_id), None)
        if prize is None or not isinstance(said, PrizeWon):
            nothing = not said.prize_id if prize is None else prize.reward is None
            self.check(nothing, f"{event.id}: {said.prize_id} is no thanks")
            return
        self.check(prize.reward == said.reward, f"{event.id}: reward of {prize.id} is not the rules'")
        limits = {
            (said.activity_id, prize.id): prize.stock,
            (said.activity_id, prize.id, said.day): prize.stock_per_day,
            (said.activity_id, prize.id, "member", whose(said)): prize.per_member,
        }
        for key, limit in limits.items():
            if limit is None and len(key) != 2:
                continue  # a limit by day or member counts from the version on that sets it
            self._won[key] += 1
            self.check(limit is None or self._won[key] <= limit, f"{event.id}: {self._won[key]} of {limit} {key}")

    def see_return(self, activity: str, prize: str, budget_fen: int) -> None:
        """One win less, in all."""
        self._won[activity, prize] -= 1
        self.check(self._won[activity, prize] >= 0, f"{activity}: more of {prize} went back than was won")

    def see_link(self, activity: str, member: str, person: str) -> None:
        """Wins of prizes with a cap add up."""
        for prize in self.rules[activity].prizes:
            move(self._won, (activity, prize.id, "member", member), (activity, prize.id, "member", person))


class BudgetKept(ByRules):
    """The value of what was won stays within the budget."""

    name = "budget_kept"
    zh = "送出的价值不超过预算（总额、每日）"
    en = "what was given is within the budget (in all, by day)"

    def __init__(self) -> None:
        super().__init__()
        self._given: Counter[tuple[str, str]] = Counter()

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """So much value more."""
        if not isinstance(said, PrizeWon) or not said.reward.value_fen:
            return
        for key, limit in (
            ((said.activity_id, ""), rules.budget_fen),
            ((said.activity_id, said.day), rules.budget_per_day_fen),
        ):
            self._given[key] += said.reward.value_fen
            self.check(
                limit is None or self._given[key] <= limit, f"{event.id}: {self._given[key]} of {limit} fen {key}"
            )

    def see_return(self, activity: str, prize: str, budget_fen: int) -> None:
        """So much value less, in all."""
        self._given[activity, ""] -= budget_fen
        self.check(self._given[activity, ""] >= 0, f"{activity}: more value went back than was given")


class ChancesKept(ByRules):
    """A granted chance is used or taken back once, by the member who got it; free ones are as many as the rules say."""

    name = "chances_kept"
    zh = "使用的抽奖次数不超过获得的次数"
    en = "no more chances are used than were given"
    looks_at = LOOKED_AT | {ActivityArchived, ChancesGranted, ChancesRevoked, GrantWithdrawn}

    def __init__(self) -> None:
        super().__init__()
        self._left: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # activity and member: by cause
        self._free: dict[str, dict[str, Counter[str]]] = defaultdict(dict)

    def see(self, event: Event[Any]) -> None:
        """Chances come by grants, and go by revocations and draws."""
        said = event.data
        if isinstance(said, ChancesGranted) and said.chances:
            self._left[said.activity_id, whose(said)][said.cause] += said.chances
        elif isinstance(said, ChancesRevoked):
            for part in said.taken:
                self._use(event, (said.activity_id, whose(said)), part.cause, part.chances)
        elif isinstance(said, GrantWithdrawn):
            self._use(event, (said.activity_id, whose(said)), said.cause, said.chances)
        elif isinstance(said, ActivityArchived):
            for key in [key for key in self._left if key[0] == said.activity_id]:
                del self._left[key]
        super().see(event)

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """One chance less; a play was earned by itself."""
        if said.chance == "granted":
            self._use(event, (said.activity_id, whose(said)), said.cause, 1)
        if said.chance != "free":
            return
        days = self._free[said.activity_id]
        used = days.setdefault(said.day, Counter())
        used[whose(said)] += 1
        if len(days) > DAYS_KEPT:
            del days[min(days)]
        self.check(
            used[whose(said)] <= rules.free_per_day,
            f"{event.id}: free draw {used[whose(said)]} of {rules.free_per_day} on {said.day}",
        )

    def see_link(self, activity: str, member: str, person: str) -> None:
        """Chances move, and free ones that were used add up."""
        if moved := self._left.pop((activity, member), None):
            self._left[activity, person] += moved
        for used in self._free[activity].values():
            move(used, member, person)

    def _use(self, event: Event[Any], member: tuple[str, str], cause: str, chances: int) -> None:
        left = self._left[member][cause] - chances
        self.check(left >= 0, f"{event.id}: {-left} more than granted by {cause} to {member}")
        self._left[member][cause] = left
        if not left:
            del self._left[member][cause]
        if not self._left[member]:
            del self._left[member]


class QuotasKept(ByRules):
    """Draws of a member by day, week, month and in all; and plays, which count when they begin."""

    name = "quotas_kept"
    zh = "每人的抽奖次数不超过限额（每日、每周、每月、总计）"
    en = "no member draws more often than allowed (by day, by week, by month, in all)"

    def __init__(self) -> None:
        super().__init__()
        self._drawn: dict[str, dict[str, Counter[str]]] = defaultdict(dict)
        self._total: Counter[tuple[str, str]] = Counter()

    def see_draw(self, event: Event[Any], said: PrizeWon | DrawMissed, rules: Rules) -> None:
        """One draw more."""
        if said.chance != "play":
            self._take(event, said, rules)

    def see_start(self, event: Event[Any], said: PlayStarted, rules: Rules) -> None:
        """One play more."""
        self._take(event, said, rules)

    def see_link(self, activity: str, member: str, person: str) -> None:
        """They add up; whoever has drawn or played more than one person may has done so before."""
        move(self._total, (activity, member), (activity, person))
        for drawn in self._drawn[activity].values():
            move(drawn, member, person)

    def _take(self, event: Event[Any], said: PrizeWon | DrawMissed | PlayStarted, rules: Rules) -> None:
        self._total[said.activity_id, whose(said)] += 1
        counts = {
            "in all": (self._total[said.activity_id, whose(said)], rules.draws_total),
            "day": (self._count(said, f"day {said.day}"), rules.draws_per_day),
            "week": (self._week(said, rules), rules.draws_per_week),
            "month": (self._count(said, f"month {month(parse_iso(said.day))}"), rules.draws_per_month),
        }
        for period, (drawn, limit) in counts.items():
            if limit is not None:
                self.check(drawn <= limit, f"{event.id}: draw {drawn} of {limit} ({period}) by {said.member_id}")

    def _week(self, said: PrizeWon | DrawMissed | PlayStarted, rules: Rules) -> int:
        """Weeks of draws are counted from the version on that has a quota for them."""
        if rules.draws_per_week is None and not isinstance(said, PlayStarted):
            return 0
        year, week, _ = date.fromisoformat(said.day).isocalendar()
        return self._count(said, f"week {year}-{week:02}")

    def _count(self, said: PrizeWon | DrawMissed | PlayStarted, period: str) -> int:
        """One more in that day, week or month; as many of each are kept as a wheel counts days."""
        periods = self._drawn[said.activity_id]
        drawn = periods.setdefault(period, Counter())
        drawn[whose(said)] += 1
        kind = period.partition(" ")[0]
        alike = [known for known in periods if known.startswith(kind)]
        if len(alike) > DAYS_KEPT:
            del periods[min(alike)]
        return drawn[whose(said)]


class OnceOnly(Once):
    """A request is decided once and a cause grants once, however often they are sent."""

    name = "once_only"
    zh = "同一个请求只抽一次，同一个原因只送一次"
    en = "the same request draws once, the same cause grants once"
    looks_at = frozenset({ChancesGranted, OrderCounted, PlayStarted, *DRAWN})

    def see(self, event: Event[Any]) -> None:
        """A request or cause that was not there before."""
        said = event.data
        if isinstance(said, DRAWN):
            if said.index == 0:
                self.once(event, said.activity_id, f"draw|{whose(said)}|{request_of(event.command_id)}")
        elif isinstance(said, PlayStarted):
            self.once(event, said.activity_id, f"draw|{whose(said)}|{request_of(event.command_id)}")
        elif isinstance(said, ChancesGranted):
            self.once(event, said.activity_id, f"grant|{whose(said)}|{said.cause}")
        elif isinstance(said, OrderCounted):
            self.once(event, said.activity_id, f"grant|{whose(said)}|order:{said.order_id}")


class RewardsOwed(Owed):
    """Each winning draw has its reward, and so has each compensation."""

    name = "rewards_owed"
    zh = "每次中奖、每次补偿恰好有一份奖励，内容相同；没有多余的奖励"
    en = "each winning draw and each compensation has its reward, with its content, and nothing else has one"
    looks_at = frozenset({PrizeWon, PlayWon, RewardCompensated})
    service = SERVICE

    def __init__(self) -> None:
        super().__init__()
        self._lottery = Lottery()

    def effects(self, event: Event[Any]) -> Iterable[Outgoing]:
        """What a winning draw sends, or what is given instead."""
        return self._lottery.effects(event)
