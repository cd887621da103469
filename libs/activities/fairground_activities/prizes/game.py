"""What can be won: prizes with their limits, and tables of weights, made ready to draw from once per version."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from fairground_contracts.rewards import Reward

#: What a counter without a limit of its own stays below.
ENDLESS = 2**53

SoldOut = Literal["fallback", "renormalise", "miss"]


@dataclass(frozen=True, slots=True, eq=False)
class Unlock:
    """A prize opens when so many draws were made before."""

    after: int
    by: Literal["member", "all"]
    per: Literal["day", "cycle", "lifetime"]  # cycle: counted anew whenever the prize is won


@dataclass(frozen=True, slots=True, eq=False)
class Pacing:
    """The stock is released along a curve, slot by slot; a slot's share is open from its beginning."""

    by_hour: bool  # the stock of a day over its hours; otherwise that in all over the days of the window
    carry: bool  # whether what was not given in its slot can be given later
    curve: tuple[int, ...]  # weights of slots, repeated as often as there are slots
    slots: int

    def released(self, stock: int, slots: int) -> int:
        """How much of the stock belongs to the first so many slots, rounded down; all of it to all of them."""
        return stock * self._weight(slots) // self._weight(self.slots)

    def _weight(self, slots: int) -> int:
        whole, rest = divmod(slots, len(self.curve))
        return whole * sum(self.curve) + sum(self.curve[:rest])


@dataclass(frozen=True, slots=True, eq=False)
class Pity:
    """Who has won none of these prizes for long enough wins one."""

    id: str
    prizes: frozenset[str]
    places: tuple[int, ...]  # of these prizes, in the order of the file
    after: int  # so many misses in a row: the next draw wins
    soft_from: int  # from so many on, each miss adds `soft_step` to the weight of each of them; ENDLESS: never
    soft_step: int


@dataclass(frozen=True, slots=True, eq=False)
class Prize:
    """A prize as a draw meets it. Limits that are not set are ENDLESS."""

    id: str
    reward: Reward | None  # None: thanks
    value_fen: int
    stock: int
    stock_per_day: int
    per_member: int
    endless: bool  # it can always be given, whatever was taken
    counter: str  # taken in all; with `:<day>` behind it, taken on that day
    unlock: Unlock | None = None
    pacing: Pacing | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Weights of all prizes, in the order of the file."""

    id: str
    weights: tuple[int, ...]
    total: int
    bounds: tuple[int, ...]  # bounds[i]: the first number that lies behind prize i

    def at(self, number: int) -> int:
        """Which prize a number in [0, total) names."""
        return bisect_right(self.bounds, number)


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """Prizes, and what becomes of a draw whose prize cannot be given."""

    prizes: tuple[Prize, ...]
    by_id: dict[str, Prize]
    chains: tuple[tuple[Prize, ...], ...]  # chains[i]: prize i and what it falls back on, ending in an endless one
    sold_out: SoldOut
    base: Table
    budget_fen: int
    budget_per_day_fen: int
    pities: tuple[Pity, ...] = ()
    by_moment: bool = False  # weights depend on the player, or on what is left: pity, renormalise
    counts_draws: bool = False  # draws of all members together are counted, because a prize opens by them


def table(name: str, weights: tuple[int, ...]) -> Table:
    """A table of these weights."""
    return Table(name, weights, sum(weights), tuple(accumulate(weights)))
