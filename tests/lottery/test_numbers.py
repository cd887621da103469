"""Unbiased numbers: weights are kept to the unit, and anybody who knows the seed gets the same outcome."""

import hashlib
import hmac
from collections import Counter

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground_decider.entropy import Mac, uniform
from fairground_lottery.contract import PrizeWon
from fairground_lottery.domain import Seeds
from fairground_lottery.domain.in_force import InForce, canonical, in_force_of
from fairground_lottery.rules import load
from tests.lottery.world import SECRET, WHEEL, Fair, prize, rules


def _named(in_force: InForce, number: int) -> str:
    return in_force.game.prizes[in_force.game.base.at(number)].id


def _in_force(weights: list[int]) -> InForce:
    prizes = [prize(f"p{index}", weight) for index, weight in enumerate(weights)]
    return in_force_of(canonical(load(rules(prizes=prizes))))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any))
def test_weights_never_lose_a_unit(weights: list[int]) -> None:
    """Rounding up and down made probabilities add up to 1.01 (the tables of Lottery), or handed the gap to the biggest
    prize (big-market). Here each number names one prize, as many of them as its weight says."""
    in_force = _in_force(weights)
    named = Counter(_named(in_force, number) for number in range(in_force.game.base.total))
    assert named == Counter({f"p{index}": weight for index, weight in enumerate(weights) if weight})


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=200).filter(any))
def test_the_ends_of_every_segment(weights: list[int]) -> None:
    """`rand(0, total)` included its end, so that one draw in 101 hit nothing (CRMEB)."""
    in_force, first = _in_force(weights), 0
    for index, weight in enumerate(weights):
        if weight:
            assert _named(in_force, first) == _named(in_force, first + weight - 1) == f"p{index}"
        first += weight
    assert in_force.game.base.total == first


def test_a_million_draws_are_as_the_weights_say() -> None:
    """Chi-square over 6 prizes: 20.5 is exceeded once in a thousand seeds (5 degrees of freedom)."""
    weights = [1, 2, 30, 67, 300, 600]
    in_force, seed = _in_force(weights), Seeds(SECRET, "k1").of(WHEEL, "k1").numbers
    index = {f"p{at}": at for at in range(len(weights))}
    won = [0] * len(weights)
    for offset in range(1_000_000):
        won[index[_named(in_force, uniform(seed, f"1|0|{offset}|0|0123456789abcdef", 1000).number)]] += 1
    expected = [weight * 1000 for weight in weights]
    chi_square = sum((seen - wanted) ** 2 / wanted for seen, wanted in zip(won, expected, strict=True))
    assert chi_square < 20.5, won


@pytest.mark.parametrize("key", [b"", b"k", b"x" * 64, b"y" * 65, b"z" * 200])
@settings(max_examples=20, deadline=None)
@given(message=st.binary())
def test_the_kept_hash_states_are_hmac_sha256(key: bytes, message: bytes) -> None:
    assert Mac(key).digest(message) == hmac.digest(key, message, "sha256")


def test_numbers_beyond_the_last_whole_multiple_are_drawn_again() -> None:
    total, seed = 3 << 61, Mac(b"seed")  # a quarter of all numbers is rejected
    drawn = [uniform(seed, f"n{number}", total) for number in range(400)]
    again = sum(each.attempt > 0 for each in drawn)
    assert 60 < again < 140
    each = next(each for each in drawn if each.attempt == 1)
    nonce = f"n{drawn.index(each)}"
    first, second = (int.from_bytes(hmac.digest(b"seed", f"{nonce}|{n}".encode(), "sha256")[:8]) for n in (0, 1))
    assert first >= total
    assert each.number == second % total


def test_any_outcome_can_be_recomputed_from_the_public_record() -> None:
    """With nothing but the disclosed seed, the rules, and where the command stood: no code of ours."""
    fair = Fair(prizes=[prize(f"p{index}", weight) for index, weight in enumerate((5, 1, 90, 4))])
    published, outcomes = fair.world.events[0].data, fair.draw(draws=3)
    seed = Seeds(SECRET, "k1").seed(WHEEL, "k1")
    assert hashlib.sha256(seed).hexdigest() == published.seed_sha256
    assert (
        hashlib.sha256(orjson.dumps(published.rules, option=orjson.OPT_SORT_KEYS)).hexdigest() == published.rules_sha256
    )
    epoch, partition, offset = 1, 0, 1
    for index, outcome in enumerate(outcomes):
        assert isinstance(outcome, PrizeWon)
        nonce = f"{epoch}|{partition}|{offset}|{index}|{outcome.alias}|{outcome.attempt}"
        number = int.from_bytes(hmac.digest(seed, nonce.encode(), "sha256")[:8]) % 100
        drawn = next(at for at, bound in enumerate((5, 6, 96, 100)) if number < bound)
        assert outcome.drawn_id == f"p{drawn}"


def test_aliases_differ_by_member_and_by_wheel() -> None:
    aliases = set()
    for wheel in ("wheel", "wheel-2"):
        for member in ("ann", "bob"):
            seed = Seeds(SECRET, "k1").of(wheel, "k1")
            aliases.add(seed.aliases.digest(member.encode()))
    assert len(aliases) == 4


def test_a_short_secret_is_none() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        Seeds(b"short", "k1")
