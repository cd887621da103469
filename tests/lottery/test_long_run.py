"""What pity comes to in the long run is what the engine does: number by number, and over many draws."""

from collections import Counter, defaultdict
from fractions import Fraction
from statistics import mean, stdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_activities.prizes import (
    ENDLESS,
    Game,
    Impersonal,
    Pity,
    Prize,
    choose,
    long_run,
    misses_after,
    odds_after,
    table,
)
from fairground_contracts.rewards import Reward
from fairground_decider.entropy import Mac
from fairground_lottery.odds import odds
from fairground_lottery.rules import form, load
from tests.lottery.world import THANKS, Fair, ids, prize, rules

SEED = Mac(b"seed")


class EachNumber(Mac):
    """A seed whose number is the nonce itself, so that every number can be tried."""

    def digest(self, message: bytes) -> bytes:
        return int(message.partition(b"|")[0]).to_bytes(8)


class Player(Impersonal):
    """Somebody who draws on and on while everything is there."""

    day = "2017-06-01"

    def __init__(self, game: Game, misses: tuple[int, ...] = ()) -> None:
        self.game = game
        self.missed = misses or (0,) * len(game.pities)

    def taken(self, counter: str) -> int:
        return 0

    def misses(self, pity_id: str) -> int:
        return next(missed for pity, missed in zip(self.game.pities, self.missed, strict=True) if pity.id == pity_id)

    def draw(self, seed: Mac, nonce: str) -> str:
        """The prize; misses are counted."""
        given = choose(self.game, self.game.base, seed, nonce, self).given
        assert given is not None
        self.missed = tuple(
            misses_after(pity, missed, given.id) for pity, missed in zip(self.game.pities, self.missed, strict=True)
        )
        return given.id


def _pity(places: list[int], after: int, soft: tuple[int, int] = (ENDLESS, 0)) -> Pity:
    return Pity(f"of {places}", frozenset(f"p{place}" for place in places), tuple(places), after, *soft)


def _game(weights: list[int], *pities: Pity) -> Game:
    reward = Reward(reward="points", amount=1)
    prizes = tuple(
        Prize(f"p{at}", reward, 0, ENDLESS, ENDLESS, ENDLESS, endless=True, counter=f"stock:p{at}")
        for at in range(len(weights))
    )
    chains, by_id = tuple((prize,) for prize in prizes), {prize.id: prize for prize in prizes}
    base = table("", tuple(weights))
    return Game(prizes, by_id, chains, "miss", base, ENDLESS, ENDLESS, pities=pities, by_moment=True)


@pytest.mark.parametrize("after", [2, 9, 90])
def test_hard_pity_is_a_geometric_row_cut_off(after: int) -> None:
    """Who wins with 1 of 10 each time, and at the latest with draw after + 1, draws (1 - q^(after + 1)) / p a win."""
    p, q = Fraction(1, 10), Fraction(9, 10)
    won, lost = long_run(_game([1, 9], _pity([0], after)), table("", (1, 9))) or ()
    assert won == p / (1 - q ** (after + 1))
    assert won + lost == 1


def test_a_soft_slope_by_hand() -> None:
    """1 of 2, 3 of 4 after a miss, 5 of 6 after two, surely after three: 1 + 1/2 + 1/8 + 1/48 draws a win."""
    game = _game([1, 1], _pity([0], 3, (1, 2)))
    assert [odds_after(game, game.base, [misses])[0] for misses in range(4)] == [
        Fraction(1, 2), Fraction(3, 4), Fraction(5, 6), 1,
    ]  # fmt: skip
    assert (long_run(game, game.base) or ())[0] == Fraction(48, 79)


def test_pity_for_what_this_table_does_not_hold_changes_nothing() -> None:
    game = _game([0, 1, 3], _pity([0], 4))
    assert long_run(game, game.base) == (Fraction(0), Fraction(1, 4), Fraction(3, 4))


def test_no_pity_is_the_table_itself() -> None:
    game = _game([1, 3])
    assert long_run(game, game.base) == (Fraction(1, 4), Fraction(3, 4))


def test_many_states_are_told_nearly_and_too_many_not_at_all() -> None:
    game = _game([600, 999_400], _pity([0], 1_000))
    won, lost = long_run(game, game.base) or ()
    p = Fraction(600, 1_000_000)
    assert abs(won / (p / (1 - (1 - p) ** 1_001)) - 1) < Fraction(1, 10**12)
    assert abs(won + lost - 1) < Fraction(1, 10**12)
    assert long_run(_game([1, 9], _pity([0], 10**6)), table("", (1, 9))) is None


_PLACES = st.lists(st.integers(0, 2), min_size=1, max_size=2, unique=True)
_SOFT = st.tuples(st.integers(1, 4), st.integers(1, 9)) | st.just((ENDLESS, 0))
_PITIES = st.lists(st.builds(_pity, _PLACES, st.integers(2, 5), _SOFT), max_size=2, unique_by=lambda pity: pity.id)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=3, max_size=3), st.integers(1, 9), _PITIES)
def test_04_the_long_run_is_that_of_every_number_that_can_be_drawn(
    weights: list[int], rest: int, pities: list[Pity]
) -> None:
    """The engine draws each number of each state once; what comes of that for ever is what is told, to 12 digits."""
    game = _game([*weights, rest], *pities)
    states = {(0,) * len(pities): Fraction(1)}
    steps: dict[Any, Counter[Any]] = {}
    ahead = list(states)
    while ahead:
        state = ahead.pop()
        if state not in steps:
            steps[state] = _drawn_once(game, state)
            ahead += [after for _, after in steps[state]]
    told = long_run(game, game.base)
    assert told is not None
    found = _for_ever(steps)
    for place, share in enumerate(told):
        assert abs(float(share) - found[f"p{place}"]) < 1e-12


def _drawn_once(game: Game, state: tuple[int, ...]) -> Counter[Any]:
    """How many numbers of this state lead to which prize and state."""
    found: Counter[Any] = Counter()
    for number in range(_total(game, state)):
        player = Player(game, state)
        prize = player.draw(EachNumber(b""), str(number))
        found[prize, player.missed] += 1
    return found


def _total(game: Game, state: tuple[int, ...]) -> int:
    """Of the weights, as docs/lottery.md says it under `pity`."""
    weights, counted = game.base.weights, list(zip(game.pities, state, strict=True))
    for pity, missed in counted:
        if missed >= pity.after and (due := sum(weights[place] for place in pity.places)):
            return due
    raised = [
        (missed - pity.soft_from + 1) * pity.soft_step * sum(weights[place] > 0 for place in pity.places)
        for pity, missed in counted
        if pity.soft_from <= missed < pity.after
    ]
    return game.base.total + sum(raised)


def _for_ever(steps: dict[Any, Counter[Any]]) -> dict[str, float]:
    """How often each prize, after many rounds of a chain that may also stand still, so that it has no period."""
    often: dict[Any, float] = dict.fromkeys(steps, 1 / len(steps))
    for _ in range(1_000):
        after = {state: share / 2 for state, share in often.items()}
        for state, ways in steps.items():
            for (_, target), numbers in ways.items():
                after[target] += often[state] / 2 * numbers / ways.total()
        often = after
    found: dict[str, float] = defaultdict(float)
    for state, ways in steps.items():
        for (won, _), numbers in ways.items():
            found[won] += often[state] * numbers / ways.total()
    return found


def test_04_many_draws_are_as_the_long_run_says() -> None:
    """Chi-square over 3 prizes; above 13.8 once in a thousand seeds, or less: pity makes wins more even."""
    game = _game([2, 10, 88], _pity([0], 20, (12, 3)), _pity([1], 7))
    told = long_run(game, game.base)
    assert told is not None
    player, draws = Player(game), 20_000
    drawn = Counter(player.draw(SEED, f"n{number}") for number in range(draws))
    assert sum((drawn[f"p{at}"] - draws * share) ** 2 / (draws * share) for at, share in enumerate(told)) < 13.8
    plain = [Fraction(weight, 100) for weight in game.base.weights]
    assert sum((drawn[f"p{at}"] - draws * share) ** 2 / (draws * share) for at, share in enumerate(plain)) > 1_000


_CAR = {"id": "car", "prizes": ["car"]}


@pytest.mark.parametrize(
    "pity",
    [
        [_CAR | {"after": 60}],
        [_CAR | {"after": 60, "soft": {"from": 30, "step": 2}}],
        [_CAR | {"after": 40, "soft": {"from": 20, "step": 1}}, {"id": "pen", "prizes": ["pen"], "after": 8}],
        [_CAR | {"after": 50}, {"id": "any", "prizes": ["pen", "car"], "after": 9}],
    ],
    ids=["hard", "soft", "each reset by its own", "one resets both"],
)
def test_04_the_page_tells_what_a_member_of_a_wheel_draws_day_after_day(pity: list[dict[str, Any]]) -> None:
    """From the file to the wheel's events, within a quota, of prizes whose stock lasts: within three standard errors,
    which come from batches of draws, for a draw depends on those before it."""
    prizes = [prize("car", 1, stock=9_999, fallback="thanks"), prize("pen", 9, fallback="thanks")]
    fields: dict[str, Any] = {"prizes": [*prizes, THANKS | {"weight": 90}], "pity": pity}
    fair = Fair(chances={"free_per_day": 1_000}, quotas={"per_day": 250}, **fields)
    batches = [
        Counter(ids(fair.draw(draws=50, now=f"2017-06-{day:02} {hour}:00")))
        for day in range(1, 31)
        for hour in range(10, 15)
    ]
    assert fair.reason(now="2017-06-30 20:00") == "quota_used_day"
    for told in odds(form(load(rules(**fields)))).prizes:
        drawn = [batch[told.id] for batch in batches]
        assert told.long_run is not None
        error = stdev(drawn) / len(drawn) ** 0.5
        assert abs(mean(drawn) - 50 * float(told.long_run)) < 3 * error, told.id
    fair.checked()
