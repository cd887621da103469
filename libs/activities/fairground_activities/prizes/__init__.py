"""The prize engine: which prize a play lands on, and why. Pure, and it knows nothing of wheels, chances or messages.

Whoever has plays that end in prizes describes them as a Game, and asks `choose` with a table of weights, a seed and
a nonce, and a Situation: who plays, when, and what was taken so far. `moves`, `draw_moves` and
`misses_after` say what an outcome changes. `long_run` says what pity comes to.
"""

from fairground_activities.prizes.choice import Choice, choose
from fairground_activities.prizes.game import ENDLESS, Game, Pacing, Pity, Prize, Table, Unlock, table
from fairground_activities.prizes.long_run import long_run, odds_after
from fairground_activities.prizes.pity import misses_after
from fairground_activities.prizes.stock import (
    BUDGET,
    DRAWS,
    Impersonal,
    Move,
    Situation,
    draw_moves,
    is_of_day,
    moves,
    withheld,
)
from fairground_activities.prizes.tables import Tables, Tier

__all__ = [
    "BUDGET", "DRAWS", "ENDLESS", "Choice", "Game", "Impersonal", "Move", "Pacing", "Pity", "Prize", "Situation",
    "Table", "Tables", "Tier", "Unlock", "choose", "draw_moves", "is_of_day", "long_run", "misses_after", "moves",
    "odds_after", "table", "withheld",
]  # fmt: skip
