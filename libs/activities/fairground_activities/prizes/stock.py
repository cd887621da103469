"""Whether a prize can be given, and what it takes when it is. Counters hold what was taken, never what is left."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from fairground_activities.prizes.game import ENDLESS, Game, Pacing, Prize, Unlock

#: The counter of fen given; with `:<day>` behind it, given on that day.
BUDGET = "budget"

#: The counter of draws by all members; with `:<day>` behind it, on that day.
DRAWS = "draws"


class Situation(Protocol):
    """Who plays, when, and what was taken until then."""

    @property
    def day(self) -> str:
        """The business day, 2017-11-30."""

    def taken(self, counter: str) -> int:
        """What that counter of the activity holds."""

    def wins(self, prize_id: str) -> int:
        """How often this member won a prize that has a cap."""

    def drawn(self, of_day: bool) -> int:
        """How often this member drew before, on this day or in all."""

    def opened(self, prize_id: str) -> int:
        """How often this member had drawn in all when they last won that prize, that win included; 0: never won."""

    def misses(self, pity_id: str) -> int:
        """How many draws of this member in a row won none of that pity's prizes."""

    def slot(self, by_hour: bool) -> int:
        """Which hour of the business day it is, or which day of the window, from 0."""


class Impersonal:
    """A situation in which nobody's past counts, and no hour: for what is given by place, and not by lot."""

    def wins(self, prize_id: str) -> int:
        """Nothing has a cap by member."""
        return 0

    def drawn(self, of_day: bool) -> int:
        """Nothing opens by draws."""
        return 0

    def opened(self, prize_id: str) -> int:
        """Nothing opens by draws."""
        return 0

    def misses(self, pity_id: str) -> int:
        """Nobody misses anything."""
        return 0

    def slot(self, by_hour: bool) -> int:
        """Nothing is released little by little."""
        return 0


class Move(NamedTuple):
    """How far a counter goes, and how far it may."""

    counter: str
    delta: int
    ceiling: int


def withheld(game: Game, prize: Prize, at: Situation) -> str:
    """Why the prize cannot be given; empty when it can."""
    if prize.endless:
        return ""
    if prize.unlock is not None and _drawn(prize, prize.unlock, at) < prize.unlock.after:
        return "locked"
    if at.taken(prize.counter) >= prize.stock:
        return "sold_out"
    if at.taken(f"{prize.counter}:{at.day}") >= prize.stock_per_day:
        return "sold_out_today"
    if prize.pacing is not None and _held_back(prize, prize.pacing, at):
        return "paced"
    if prize.per_member != ENDLESS and at.wins(prize.id) >= prize.per_member:
        return "per_member"
    if (
        at.taken(BUDGET) + prize.value_fen > game.budget_fen
        or at.taken(f"{BUDGET}:{at.day}") + prize.value_fen > game.budget_per_day_fen
    ):
        return "budget"
    return ""


def _drawn(prize: Prize, unlock: Unlock, at: Situation) -> int:
    """The draws that count towards opening it, without the one that is made."""
    by_all, of_day = unlock.by == "all", unlock.per == "day"
    drawn = at.taken(f"{DRAWS}:{at.day}" if of_day else DRAWS) if by_all else at.drawn(of_day)
    if unlock.per != "cycle":
        return drawn
    return drawn - (at.taken(opened(prize)) if by_all else at.opened(prize.id))


def _held_back(prize: Prize, pacing: Pacing, at: Situation) -> bool:
    """Whether what was released until now has been given."""
    slot, of_day = at.slot(pacing.by_hour), f"{prize.counter}:{at.day}"
    stock = prize.stock_per_day if pacing.by_hour else prize.stock
    released = pacing.released(stock, slot + 1)
    if pacing.carry:
        return at.taken(of_day if pacing.by_hour else prize.counter) >= released
    taken = at.taken(_of_hour(prize, slot, at.day) if pacing.by_hour else of_day)
    return taken >= released - pacing.released(stock, slot)


def is_of_day(counter: str, day: str) -> bool:
    """`stock:<prize>:<day>`, `budget:<day>`, `draws:<day>`, never `stock:<prize>`, whatever the prize is called."""
    kind, _, rest = counter.partition(":")
    return rest == day if kind in (BUDGET, DRAWS) else rest.partition(":")[2] == day


def _of_hour(prize: Prize, hour: int, day: str) -> str:
    """The counter of what was given in an hour."""
    return f"paced:{prize.id}.{hour:02}:{day}"


def opened(prize: Prize) -> str:
    """The counter that holds how many draws there had been when the prize was last won."""
    return f"opened:{prize.id}"


def draw_moves(game: Game, day: str) -> Iterator[Move]:
    """What every draw counts, whatever it ends in."""
    if game.counts_draws:
        yield Move(DRAWS, 1, ENDLESS)
        yield Move(f"{DRAWS}:{day}", 1, ENDLESS)


def moves(game: Game, prize: Prize, at: Situation, value_fen: int) -> Iterator[Move]:
    """What giving it takes, also where there is no limit: a later version may set one, and an edit resets nothing."""
    yield Move(prize.counter, 1, prize.stock)
    yield Move(f"{prize.counter}:{at.day}", 1, prize.stock_per_day)
    if value_fen:
        yield Move(BUDGET, value_fen, game.budget_fen)
        yield Move(f"{BUDGET}:{at.day}", value_fen, game.budget_per_day_fen)
    if prize.pacing is not None and prize.pacing.by_hour and not prize.pacing.carry:
        yield Move(_of_hour(prize, at.slot(by_hour=True), at.day), 1, ENDLESS)
    if prize.unlock is not None and prize.unlock.by == "all" and prize.unlock.per == "cycle":
        yield Move(opened(prize), at.taken(DRAWS) - at.taken(opened(prize)), ENDLESS)
