"""What pity comes to in the long run: how often each prize is drawn by somebody who draws for ever.

The counts of misses in a row are a Markov chain whose steps are the engine's own (`weights_under_pity`,
`misses_after`), as long as every prize can be given. Its stationary distribution comes from eliminating one state after
the other (Grassmann, Taksar and Heyman, Operations Research 33, 1985), which adds, multiplies and divides only: exact
with fractions, and without loss of digits with floats.
"""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from fairground_activities.prizes.game import Game, Table
from fairground_activities.prizes.pity import misses_after, weights_under_pity
from fairground_activities.prizes.stock import Impersonal

#: Chains of more states are solved with floats: exact fractions become as long as there are states.
EXACT_STATES = 250

#: Chains of more states are not solved at all.
MOST_STATES = 2_000

_Misses = tuple[int, ...]  # of each pity, in the game's order
_Number = Fraction | float


class _Missed(Impersonal):
    """Nothing was taken yet, and so much was missed."""

    day = ""

    def __init__(self, game: Game, misses: _Misses) -> None:
        self._misses = {pity.id: count for pity, count in zip(game.pities, misses, strict=True)}

    def taken(self, counter: str) -> int:
        """Everything is there."""
        return 0

    def misses(self, pity_id: str) -> int:
        """What it was made with."""
        return self._misses[pity_id]


def odds_after(game: Game, table: Table, misses: Sequence[int]) -> tuple[Fraction, ...]:
    """Each prize's probability after so many misses in a row of each pity, as long as every prize can be given."""
    weights, _ = weights_under_pity(game, table, _Missed(game, tuple(misses)))
    total = sum(weights)
    return tuple(Fraction(weight, total) for weight in weights)


def long_run(game: Game, table: Table) -> tuple[Fraction, ...] | None:
    """How often each prize is drawn in the long run; None where pity has too many states to tell.

    Exact up to EXACT_STATES states, else to about twelve digits. `game`: with prizes that are endless.
    """
    odds = _states(game, table)
    if odds is None:
        return None
    exact = len(odds) <= EXACT_STATES
    steps = {state: _steps(game, state, each if exact else tuple(map(float, each))) for state, each in odds.items()}
    often = _stationary(steps)
    whole = sum(often.values())
    return tuple(
        Fraction(sum(share * odds[state][place] for state, share in often.items())) / Fraction(whole)
        for place in range(len(game.prizes))
    )


def _states(game: Game, table: Table) -> dict[_Misses, tuple[Fraction, ...]] | None:
    """The odds in each state that can be come to from none missed; None where there are too many."""
    found: dict[_Misses, tuple[Fraction, ...]] = {}
    ahead = [(0,) * len(game.pities)]
    while ahead:
        state = ahead.pop()
        if state in found:
            continue
        if len(found) == MOST_STATES:
            return None
        found[state] = odds_after(game, table, state)
        ahead += _steps(game, state, found[state])
    return found


def _steps(game: Game, state: _Misses, odds: Sequence[_Number]) -> dict[_Misses, _Number]:
    """Where one draw leads to, and how probably."""
    steps: dict[_Misses, _Number] = defaultdict(int)
    for prize, share in zip(game.prizes, odds, strict=True):
        if share:
            after = (misses_after(pity, missed, prize.id) for pity, missed in zip(game.pities, state, strict=True))
            steps[tuple(after)] += share
    return steps


def _stationary(steps: dict[_Misses, dict[_Misses, _Number]]) -> dict[_Misses, _Number]:
    """How often the chain is in each state, not scaled to 1. Consumes `steps`.

    Eliminated first is what lies farthest from every win, so that few ways have to be added. The first state that
    leads nowhere else stands for all that goes on for ever; what is left by then is never come back to.
    """
    sources: dict[_Misses, set[_Misses]] = defaultdict(set)
    for state, ways in steps.items():
        for target in ways:
            sources[target].add(state)
    gone: list[tuple[_Misses, dict[_Misses, _Number], _Number]] = []
    often: dict[_Misses, _Number] = {}
    for state in sorted(steps, key=lambda misses: (min(misses, default=0), sum(misses)), reverse=True):
        ways = {target: share for target, share in steps.pop(state).items() if target != state}
        leaving = sum(ways.values())
        if not leaving:
            often[state] = 1
            break
        coming = {source: steps[source].pop(state) for source in sources[state] if state in steps.get(source, ())}
        for source, share in coming.items():
            for target, way in ways.items():
                steps[source][target] = steps[source].get(target, 0) + share * way / leaving
                sources[target].add(source)
        gone.append((state, coming, leaving))
    for state, coming, leaving in reversed(gone):
        often[state] = sum(often.get(source, 0) * share for source, share in coming.items()) / leaving
    return often
