"""Which prize a play lands on: one number, drawn over whole weights, and what becomes of it."""

from bisect import bisect_right
from itertools import accumulate

from msgspec import Struct

from fairground_decider.entropy import Mac, uniform
from fairground_lottery.domain.engine.game import Game, Prize, Table
from fairground_lottery.domain.engine.stock import Situation, withheld


class Choice(Struct, frozen=True, gc=False):
    """What a play came to."""

    drawn: Prize  # what the number names
    given: Prize | None  # what it became; None: nothing
    attempt: int  # how many numbers were rejected before the one that counts
    withheld: str  # why the drawn one was not given; empty when it was


def choose(game: Game, table: Table, seed: Mac, nonce: str, at: Situation) -> Choice:
    """Exactly one number, whatever the rules are; so anybody can follow it with the same counters."""
    if game.sold_out == "renormalise":
        return _among_the_open(game, table, seed, nonce, at)
    number, attempt = uniform(seed, nonce, table.total)
    index = table.at(number)
    drawn = game.prizes[index]
    if drawn.endless:
        return Choice(drawn, drawn, attempt, "")
    why = withheld(game, drawn, at)
    if not why:
        return Choice(drawn, drawn, attempt, "")
    return Choice(drawn, _instead(game, index, at) if game.sold_out == "fallback" else None, attempt, why)


def _instead(game: Game, index: int, at: Situation) -> Prize:
    """The first prize of the chain that can be given. Publication proved that the last one always can."""
    for prize in game.chains[index][1:]:
        if not withheld(game, prize, at):
            return prize
    raise AssertionError(f"what {game.prizes[index].id} falls back on has no endless end")


def _among_the_open(game: Game, table: Table, seed: Mac, nonce: str, at: Situation) -> Choice:
    """The number is drawn over the weights of what can be given right now, in the order of the file."""
    weights = [
        weight if weight and not withheld(game, prize, at) else 0
        for prize, weight in zip(game.prizes, table.weights, strict=True)
    ]
    number, attempt = uniform(seed, nonce, sum(weights))
    prize = game.prizes[bisect_right(list(accumulate(weights)), number)]
    return Choice(prize, prize, attempt, "")
