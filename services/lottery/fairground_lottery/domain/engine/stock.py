"""Whether a prize can be given, and what it takes when it is. Counters hold what was taken, never what is left."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from fairground_lottery.domain.engine.game import ENDLESS, Game, Prize

#: The counter of fen given; with `:<day>` behind it, given on that day.
BUDGET = "budget"


class Situation(Protocol):
    """Who plays, when, and what was taken until then."""

    @property
    def day(self) -> str:
        """The business day, 2017-11-30."""

    def taken(self, counter: str) -> int:
        """What that counter of the activity holds."""

    def wins(self, prize_id: str) -> int:
        """How often this member won a prize that has a cap."""


class Move(NamedTuple):
    """How far a counter goes, and how far it may."""

    counter: str
    delta: int
    ceiling: int


def withheld(game: Game, prize: Prize, at: Situation) -> str:
    """Why the prize cannot be given; empty when it can."""
    if prize.endless:
        return ""
    if at.taken(prize.counter) >= prize.stock:
        return "sold_out"
    if at.taken(f"{prize.counter}:{at.day}") >= prize.stock_per_day:
        return "sold_out_today"
    if prize.per_member != ENDLESS and at.wins(prize.id) >= prize.per_member:
        return "per_member"
    if (
        at.taken(BUDGET) + prize.value_fen > game.budget_fen
        or at.taken(f"{BUDGET}:{at.day}") + prize.value_fen > game.budget_per_day_fen
    ):
        return "budget"
    return ""


def moves(game: Game, prize: Prize, day: str, value_fen: int) -> Iterator[Move]:
    """What giving it takes, also where there is no limit: a later version may set one, and an edit resets nothing."""
    yield Move(prize.counter, 1, prize.stock)
    yield Move(f"{prize.counter}:{day}", 1, prize.stock_per_day)
    if value_fen:
        yield Move(BUDGET, value_fen, game.budget_fen)
        yield Move(f"{BUDGET}:{day}", value_fen, game.budget_per_day_fen)
