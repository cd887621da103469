"""How a packet is divided: exact sums, fair positions, for any amounts that are possible."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from statistics import mean, pstdev
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground_decider.entropy import Mac
from fairground_redpacket.domain.split import Numbers, divide, double_mean, equally, shares_of


@st.composite
def amounts(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Total, count, least and most that fit together."""
    count = draw(st.integers(1, 200))
    least = draw(st.integers(1, 500))
    most = least + draw(st.integers(0, 5_000))
    return draw(st.integers(count * least, count * most)), count, least, most


@given(amounts(), st.binary(min_size=1, max_size=32))
def test_the_sum_is_exact_and_every_share_is_within_bounds(asked: tuple[int, int, int, int], seed: bytes) -> None:
    total, count, least, most = asked
    shares = list(shares_of(Mac(seed), "random", total, count, least, most))
    assert sum(shares) == total
    assert len(shares) == count
    assert min(shares) >= least
    assert max(shares) <= most


@given(st.integers(1, 10**6), st.integers(1, 300))
def test_an_equal_split_gives_what_is_left_over_to_the_first(extra: int, count: int) -> None:
    total = count + extra
    shares = equally(total, count)
    assert sum(shares) == total
    assert set(shares) <= {total // count, total // count + 1}
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("split", ["random", "equal"])
def test_packets_of_one_fen_each(split: str) -> None:
    assert list(shares_of(Mac(b"seed"), split, 88, 88, 1, 20_000)) == [1] * 88


def test_ten_thousand_shares_are_divided_in_a_moment_and_only_once() -> None:
    seed = Mac(b"ten thousand")
    began = perf_counter()
    shares = shares_of(seed, "random", 5_000_000, 10_000, 1, 20_000)
    took = perf_counter() - began
    assert (len(shares), sum(shares)) == (10_000, 5_000_000)
    assert len(set(shares)) > 500
    again = perf_counter()
    assert shares_of(seed, "random", 5_000_000, 10_000, 1, 20_000) is shares
    assert perf_counter() - again < took / 20


def test_the_seed_decides_everything() -> None:
    asked = ("random", 10_000, 20, 1, 10_000)
    assert list(shares_of(Mac(b"one"), *asked)) == list(shares_of(Mac(b"one"), *asked))
    assert list(shares_of(Mac(b"one"), *asked)) != list(shares_of(Mac(b"two"), *asked))


class _Branch(Exception):
    """A number is asked for that has not been chosen yet."""

    def __init__(self, below: int) -> None:
        self.below = below


def _every_way(total: int, count: int, least: int, most: int, shuffled: bool) -> Iterator[tuple[Fraction, list[int]]]:
    """Every division that numbers can lead to, with its exact probability."""
    paths: list[tuple[Fraction, list[int]]] = [(Fraction(1), [])]
    while paths:
        probability, path = paths.pop()
        chosen = iter(path)

        def number(_nonce: str, below: int, chosen: Iterator[int] = chosen) -> int:
            for found in chosen:
                return found
            raise _Branch(below)

        try:
            made = divide if shuffled else _unshuffled
            yield probability, made(number, "random", total, count, least, most)
        except _Branch as branch:
            paths += [(probability / branch.below, [*path, choice]) for choice in range(branch.below)]


def _unshuffled(numbers: Numbers, _split: str, total: int, count: int, least: int, most: int) -> list[int]:
    """As whoever forgets the shuffle would divide it."""
    return double_mean(numbers, total, count, least, most)


def _by_position(total: int, count: int, least: int, most: int, shuffled: bool) -> list[Counter[int]]:
    """How likely each amount is, exactly, for each position."""
    found = [Counter[int]() for _ in range(count)]
    for probability, shares in _every_way(total, count, least, most, shuffled):
        for position, share in enumerate(shares):
            found[position][share] += probability  # type: ignore[assignment]  # a Counter of fractions
    return found


@pytest.mark.parametrize(
    "asked", [(5, 2, 1, 5), (7, 3, 1, 5), (9, 4, 1, 9), (12, 4, 2, 4), (4, 4, 1, 1), (10, 3, 1, 6)]
)
def test_every_position_has_the_same_distribution_exactly(asked: tuple[int, int, int, int]) -> None:
    """Over every way in which it can come about: no one is better off first or last."""
    total, count, *_ = asked
    first, *others = _by_position(*asked, shuffled=True)
    assert all(other == first for other in others)
    assert sum(first.values()) == 1
    assert sum(share * chance for share, chance in first.items()) == Fraction(total, count)


def test_without_the_shuffle_first_and_last_would_differ() -> None:
    """The story: for small packets the double mean alone leaves the last better or worse off than the first."""
    first, *_, last = _by_position(9, 4, 1, 9, shuffled=False)
    assert first != last
    assert sum(share * chance for share, chance in first.items()) != sum(
        share * chance for share, chance in last.items()
    )


def test_positions_of_a_packet_of_fifteen_yuan_for_ten_have_one_mean() -> None:
    """15 yuan for ten, a thousand packets: every position's mean is 1.50, as far as chance allows."""
    packets = [list(shares_of(Mac(b"%d" % number), "random", 1_500, 10, 1, 20_000)) for number in range(3_000)]
    spread = pstdev(share for shares in packets for share in shares) / len(packets) ** 0.5
    for position in range(10):
        assert abs(mean(shares[position] for shares in packets) - 150) < 4 * spread


def test_a_shuffle_is_as_likely_to_end_in_one_order_as_in_any_other() -> None:
    orders = Counter(
        tuple(divide(lambda nonce, below, seed=seed: _number(seed, nonce, below), "random", 6, 3, 1, 3))  # type: ignore[misc]
        for seed in range(3_000)
        if sorted(double_mean(lambda nonce, below, seed=seed: _number(seed, nonce, below), 6, 3, 1, 3)) == [1, 2, 3]  # type: ignore[misc]
    )
    assert len(orders) == 6
    expected = sum(orders.values()) / 6
    assert sum((seen - expected) ** 2 / expected for seen in orders.values()) < 20.5  # chi-square, 5 degrees, 0.1 %


def _number(seed: int, nonce: str, below: int) -> int:
    return int.from_bytes(Mac(b"%d" % seed).digest(nonce.encode())[:8]) % below
