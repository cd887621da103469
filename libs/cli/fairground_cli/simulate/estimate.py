"""Quantiles of what repetitions came to, and how sure one may be of them.

The quantile is a value that was seen: the one at rank ceil(n * share) of n (nearest rank). Its standard error comes
from order statistics, which assume nothing of the distribution: the rank of the true quantile among n values is
binomial with mean n * share and standard deviation sqrt(n * share * (1 - share)); half the distance between the values
one such deviation below and above is the standard error. (H. A. David, H. N. Nagaraja, Order Statistics, section 7.1.)
"""

from collections.abc import Iterable, Sequence
from math import ceil, floor, inf, sqrt
from typing import NamedTuple

from fairground_cli.demo.heard import percentile

#: How sure the P95 has to be: its standard error over itself.
WANTED = 0.01

#: Below this many repetitions the standard error itself is too uncertain to end on.
FEWEST = 60

#: Whether to end is asked after every so many, so that the answer does not depend on the number of cores.
EVERY = 20


class Spread(NamedTuple):
    """Quantiles of one figure over all repetitions."""

    mean: float
    p50: int
    p95: int
    p99: int
    p95_error: float | None  # standard error; None: there are too few repetitions to tell

    @property
    def relative_error(self) -> float | None:
        """The standard error as a share of the P95."""
        if self.p95_error is None:
            return None
        if not self.p95:
            return inf if self.p95_error else 0.0
        return self.p95_error / self.p95


def spread(values: Iterable[int]) -> Spread:
    """Of at least one value."""
    ordered = sorted(values)
    mean = sum(ordered) / len(ordered)
    p50, p95, p99 = (percentile(ordered, share) for share in (0.5, 0.95, 0.99))
    return Spread(mean, p50, p95, p99, standard_error(ordered, 0.95))


def standard_error(ordered: Sequence[int], share: float) -> float | None:
    """Of the quantile, by order statistics; None where the values do not reach far enough."""
    n = len(ordered)
    deviation = sqrt(n * share * (1 - share))
    lower, upper = floor(n * share - deviation), ceil(n * share + deviation)
    if lower < 1 or upper > n:
        return None
    return (ordered[upper - 1] - ordered[lower - 1]) / 2


def date_by(times: Sequence[int], repetitions: int, share: float) -> int | None:
    """The time by which something had happened in that share of all repetitions; None: it did not in so many.

    `times`: when it happened, in those repetitions in which it did.
    """
    ordered = [*sorted(times), *[inf] * (repetitions - len(times))]
    at = ordered[max(ceil(repetitions * share), 1) - 1]
    return None if at == inf else int(at)
