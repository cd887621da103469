"""Pity (保底): whoever misses often enough in a row wins, as long as there is something to give.

`misses` is the member's count before the draw. From `after` on the pity is due: the number is drawn over the weights
of those of its prizes that can be given. Is there none, the draw is an ordinary one and the count stays where it is.
Before that, from `soft_from` on, each of its prizes that can be given weighs more by `soft_step` for each miss.
"""

from fairground_activities.prizes.game import Game, Pity, Table
from fairground_activities.prizes.stock import Situation, withheld

#: How a pity had a say in a draw: it decided, it raised weights, it was due but had nothing to give, or not at all.
HARD, SOFT, DUE, NONE = "hard", "soft", "due", ""


def weights_under_pity(game: Game, table: Table, at: Situation) -> tuple[tuple[int, ...], str]:
    """The weights of this draw, and how pity had a say in them."""
    due = [pity for pity in game.pities if at.misses(pity.id) >= pity.after]
    for pity in due:
        chosen = set(_open_places(game, table, pity, at))
        if chosen:
            return tuple(weight if place in chosen else 0 for place, weight in enumerate(table.weights)), HARD
    raised = list(table.weights)
    for pity in game.pities:
        misses = at.misses(pity.id)
        if pity.soft_from <= misses < pity.after:
            for place in _open_places(game, table, pity, at):
                raised[place] += (misses - pity.soft_from + 1) * pity.soft_step
    weights = tuple(raised)
    if due:
        return weights, DUE
    return weights, SOFT if weights != table.weights else NONE


def _open_places(game: Game, table: Table, pity: Pity, at: Situation) -> list[int]:
    """Those of its prizes that this table holds and that can be given now."""
    return [place for place in pity.places if table.weights[place] and not withheld(game, game.prizes[place], at)]


def misses_after(pity: Pity, misses: int, prize_id: str) -> int:
    """The count after a draw that ended in this prize. It stays at `after`: due is due."""
    return 0 if prize_id in pity.prizes else min(misses + 1, pity.after)
