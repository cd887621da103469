"""How a packet is divided: in advance, by the double mean, then shuffled, so that no position is better than another.

Source of the double mean (二倍均值法): each share is drawn evenly from the least to twice the mean of what is left, so
its mean is the mean of what is left. Left in that order, the last shares of small packets would be the luckiest or the
poorest; a Fisher-Yates shuffle by the same seed gives every position the same distribution. All amounts are whole fen,
and the last share of the division is what is left, so the sum is exact.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import pack

from fairground_decider.entropy import Mac, uniform

#: An even number in [0, total) for a nonce.
Numbers = Callable[[str, int], int]

#: Shares up to here are divided in less than a millisecond, and many such packets are open at once.
_SMALL = 1_000


def double_mean(numbers: Numbers, total: int, count: int, least: int, most: int) -> list[int]:
    """The shares in the order in which they are divided. `count * least <= total <= count * most`."""
    shares, left = [], total
    for after in range(count - 1, 0, -1):
        low = max(least, left - after * most)
        high = min(most, left - after * least, 2 * left // (after + 1) - least)
        share = low + numbers(f"split|{count - 1 - after}", high - low + 1)
        shares.append(share)
        left -= share
    return [*shares, left]


def shuffle(numbers: Numbers, shares: list[int]) -> list[int]:
    """The same shares in any order, each as likely as any other (Fisher and Yates, in Durstenfeld's form)."""
    for at in range(len(shares) - 1, 0, -1):
        other = numbers(f"shuffle|{at}", at + 1)
        shares[at], shares[other] = shares[other], shares[at]
    return shares


def equally(total: int, count: int) -> list[int]:
    """Even shares; what is left over is one fen each for the first."""
    each, over = divmod(total, count)
    return [each + 1] * over + [each] * (count - over)


def divide(numbers: Numbers, split: str, total: int, count: int, least: int, most: int) -> list[int]:
    """The shares by their index: who comes n-th has the n-th of them."""
    if split == "equal":
        return equally(total, count)
    return shuffle(numbers, double_mean(numbers, total, count, least, most))


def shares_of(seed: Mac, split: str, total: int, count: int, least: int, most: int) -> Sequence[int]:
    """The shares that a seed makes. Divided once in a while: nothing but the seed and the terms decides them."""
    remembered = _small if count <= _SMALL else _large
    return remembered(seed, split, total, count, least, most)


def _shares(seed: Mac, split: str, total: int, count: int, least: int, most: int) -> Sequence[int]:
    shares = divide(lambda nonce, below: uniform(seed, nonce, below).number, split, total, count, least, most)
    return memoryview(pack(f"{count}q", *shares)).cast("q")  # eight bytes a share


_small = lru_cache(maxsize=4096)(_shares)
_large = lru_cache(maxsize=64)(_shares)
