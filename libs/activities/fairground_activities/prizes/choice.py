"""Which prize a play lands on: one number, drawn over whole weights, and what becomes of it."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from fairground_activities.prizes.game import Game, Prize, Table
from fairground_activities.prizes.pity import weights_under_pity
from fairground_activities.prizes.stock import Situation, withheld
from fairground_decider.entropy import Mac, uniform


class Choice(Struct, frozen=True, gc=False):
    """What a play came to."""

    drawn: Prize  # what the number names
    given: Prize | None  # what it became; None: nothing
    attempt: int  # how many numbers were rejected before the one that counts
    withheld: str  # why the drawn one was not given; empty when it was
    pity: str  # how pity had a say


def choose(game: Game, table: Table, seed: Mac, nonce: str, at: Situation) -> Choice:
    """Exactly one number, whatever the rules are; so anybody can follow it with the same counters."""
    if game.by_moment:
        return _by_weights_of_the_moment(game, table, seed, nonce, at)
    number, attempt = uniform(seed, nonce, table.total)
    place = table.at(number)
    drawn = game.prizes[place]
    if drawn.endless:
        return Choice(drawn, drawn, attempt, "", "")
    return _become(game, place, attempt, "", at)


def _by_weights_of_the_moment(game: Game, table: Table, seed: Mac, nonce: str, at: Situation) -> Choice:
    """The weights depend on this member and on what is left."""
    weights: Sequence[int]
    weights, pity = weights_under_pity(game, table, at)
    if game.sold_out == "renormalise":
        weights = [
            weight if weight and not withheld(game, prize, at) else 0
            for prize, weight in zip(game.prizes, weights, strict=True)
        ]
    bounds = list(accumulate(weights))
    number, attempt = uniform(seed, nonce, bounds[-1])
    return _become(game, bisect_right(bounds, number), attempt, pity, at)


def _become(game: Game, place: int, attempt: int, pity: str, at: Situation) -> Choice:
    """The prize that was drawn, or what the rules make of it when it cannot be given."""
    drawn = game.prizes[place]
    why = withheld(game, drawn, at)
    if not why:
        return Choice(drawn, drawn, attempt, "", pity)
    given = _instead(game, place, at) if game.sold_out == "fallback" else None
    return Choice(drawn, given, attempt, why, pity)


def _instead(game: Game, place: int, at: Situation) -> Prize:
    """The first prize of the chain that can be given. Publication proved that the last one always can."""
    for prize in game.chains[place][1:]:
        if not withheld(game, prize, at):
            return prize
    raise AssertionError(f"what {game.prizes[place].id} falls back on has no endless end")
