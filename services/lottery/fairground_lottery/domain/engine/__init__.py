"""The prize engine: which prize a play lands on, and why. Pure, and it knows nothing of wheels, chances or messages.

Whoever has plays that end in prizes describes them as a Game, and asks `choose` with a table of weights, a seed and
a nonce, and a Situation: who plays, when, and what was taken so far. `moves` says what a given prize takes.
"""

from fairground_lottery.domain.engine.choice import Choice, choose
from fairground_lottery.domain.engine.game import ENDLESS, Game, Prize, Table
from fairground_lottery.domain.engine.stock import BUDGET, Move, Situation, moves, withheld

__all__ = [
    "BUDGET", "ENDLESS", "Choice", "Game", "Move", "Prize", "Situation", "Table", "choose", "moves",
    "withheld",
]  # fmt: skip
