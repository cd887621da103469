"""A sign-in activity's rules after they were checked: what its file says, with every default filled in."""

from dataclasses import dataclass, field
from typing import Literal

from fairground_activities.files import Audience, Heading
from fairground_contracts.rewards import Reward
from fairground_signin.contract import OnRevoke

#: The kind of activity files that is understood here.
KIND = "sign_in"
KINDS = (KIND,)

#: Whether a tier's reward comes beside the base reward of its day, or in its place.
Way = Literal["add", "replace"]

#: How often a tier pays a member: in each streak, once in a cycle, once for all.
Paid = Literal["per_streak", "per_cycle", "ever"]

#: What comes behind the last streak tier: nothing more, the last one on every further day, or the first one again.
AfterLast = Literal["stay", "repeat", "start_over"]

#: The highest level that a file can name; whoever is above it has that one's plan.
HIGHEST_LEVEL = 1000

#: When counting begins anew.
Every = Literal["none", "week", "month", "days"]


@dataclass(frozen=True, slots=True)
class Cycle:
    """When streaks towards tiers, totals and make-ups begin anew."""

    every: Every = "none"
    days: int = 0  # of a cycle of days, from the window's first day on
    crosses: bool = False  # whether the streak that members see goes on when a new cycle begins


@dataclass(frozen=True, slots=True)
class Given:
    """A reward that a rule gives."""

    id: str  # the rule's
    reward: Reward  # its name is the Chinese one
    on_revoke: OnRevoke = "keep"
    en: str = ""  # its name in English


@dataclass(frozen=True, slots=True)
class Tier(Given):
    """A reward for so many days, in a row or in the cycle."""

    days: int = 1
    way: Way = "add"
    paid: Paid = "per_cycle"


@dataclass(frozen=True, slots=True)
class Special(Given):
    """A reward for signing in on special dates, or for the first time ever."""

    way: Way = "add"
    first: int = 0  # business days, both included; 0 for the first sign-in ever
    last: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What days bring."""

    base: Given | None = None
    streak: tuple[Tier, ...] = ()  # by days, each number once
    after_last: AfterLast = "stay"
    total: tuple[Tier, ...] = ()
    first_ever: Special | None = None
    dates: tuple[Special, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """What members of a level, or a higher one, have instead."""

    level: int
    percent: int = 100  # of points and cash
    plan: Plan | None = None  # None: the general one


@dataclass(frozen=True, slots=True)
class MakeUpRule:
    """Which missed days can be made up, by what, and what they bring."""

    days_back: int
    per_cycle: int
    cards: bool
    points: int | None  # the price in points; None: not for points
    money_fen: int | None
    answer_minutes: int  # how long a make-up waits for whoever owns points and money
    earns_base: bool
    in_total: bool


@dataclass(frozen=True, slots=True)
class FreezeRule:
    """How missed days are saved."""

    every: int  # a freeze is earned on every so many-th day of a streak; 0: they are only granted
    most: int  # earned ones that a member may have
    earns_base: bool
    in_total: bool


@dataclass(frozen=True, slots=True)
class RankRule(Given):
    """A reward for being the n-th of the day."""

    first: int = 1  # both included
    last: int = 1
    stock: int | None = None  # in all, over all days; None: without limit


@dataclass(frozen=True, slots=True)
class Rules(Heading):
    """One version of an activity's rules."""

    plan: Plan
    cycle: Cycle = Cycle()
    make_up: MakeUpRule | None = None
    freeze: FreezeRule | None = None
    levels: tuple[Level, ...] = ()  # lowest first
    ranks: tuple[RankRule, ...] = ()  # by their first place, without overlaps
    budget_fen: int | None = None  # of rewards by rank
    budget_per_day_fen: int | None = None
    on_rejected: Given | None = None  # what is given instead of a reward that cannot be delivered
    revoke_days: int = 30  # so long rewards can be taken back
    audience: Audience | None = None
    eligible: str = ""  # a condition over facts; empty: none
    risk: tuple[int, ...] = field(default=())  # risk levels that are refused

    @property
    def kind(self) -> str:
        """Which kind of activity it is."""
        return KIND

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The general plan, then that of each level."""
        return (self.plan, *(level.plan or self.plan for level in self.levels))
