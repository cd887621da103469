"""Intervals keep what they promise: published values, and thousands of made-up experiments with a known truth."""

import math
from random import Random
from statistics import fmean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground_record.answers.intervals import Group, means, newcombe, shares, student, welch, wilson

EXPERIMENTS = 400


def group(spent: list[int]) -> Group:
    """People by what each of them spent."""
    return Group(
        len(spent), sum(each > 0 for each in spent), sum(each > 0 for each in spent), sum(spent),
        sum(each * each for each in spent),
    )  # fmt: skip


# ---- published values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_differences_of_shares_are_those_of_newcombes_table(
    counts: tuple[int, int, int, int], wanted: tuple[float, float]
) -> None:
    assert newcombe(*counts) == pytest.approx(wanted, abs=6e-5)


def test_wilson_intervals_are_those_of_the_textbook() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=6e-5)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=6e-5)
    assert wilson(0, 0) == (0, 1)


@pytest.mark.parametrize(("degrees", "quantile"), [(5, 2.5706), (10, 2.2281), (30, 2.0423), (120, 1.9799)])
def test_students_t_is_that_of_the_tables(degrees: int, quantile: float) -> None:
    assert student(degrees) == pytest.approx(quantile, abs=1e-3)


def test_welchs_interval_of_a_worked_example() -> None:
    """27.5, 21.0, ... against 27.1, 22.0, ...: t = -2.8352, 27.71 degrees of freedom, p = 0.0085."""
    one = [275, 210, 190, 236, 170, 179, 169, 201, 219, 226, 231, 196, 190, 217, 214]
    other = [271, 220, 208, 234, 234, 235, 258, 220, 248, 202, 219, 223, 229, 228, 439]
    low, high = welch(group(one), group(other))
    seen, error = fmean(one) - fmean(other), math.sqrt(variance(one) / 15 + variance(other) / 15)
    assert (low + high) / 2 == pytest.approx(seen)
    degrees = error**4 / ((variance(one) / 15) ** 2 / 14 + (variance(other) / 15) ** 2 / 14)
    assert (high - low) / 2 == pytest.approx(error * student(degrees))


# ---- what they promise -----------------------------------------------------------------------------------


def _baskets(dice: Random, people: int, buys: float, dearer: float = 1.0) -> list[int]:
    """What people spend: some nothing, most a little, a few very much, as in a real shop's year."""
    return [round(dice.lognormvariate(7.5, 1.1) * dearer) if dice.random() < buys else 0 for _ in range(people)]


def test_c15_an_experiment_without_effect_covers_zero_about_95_times_in_100() -> None:
    """Both intervals over 400 experiments: 0.95 ± 4 standard deviations (0.011); spend is allowed 2 % less."""
    dice, covered = Random(1), {"shares": 0, "means": 0}
    for _ in range(EXPERIMENTS):
        treated, holdout = group(_baskets(dice, 1200, 0.4)), group(_baskets(dice, 400, 0.4))
        for name, found in (("shares", shares(treated, holdout)), ("means", means(treated, holdout))):
            covered[name] += found.low <= 0 <= found.high
            assert (found.verdict == "unclear") == (found.low <= 0 <= found.high)
    assert 0.906 < covered["shares"] / EXPERIMENTS < 0.994
    assert 0.886 < covered["means"] / EXPERIMENTS < 0.994


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "higher"), (-1.0, "lower")])
def test_a_planted_effect_is_found_and_lies_within_the_interval(factor: float, verdict: str) -> None:
    """Twice the smallest difference that is promised to be found four times in five: found nearly always."""
    dice, found, within = Random(2), 0, 0
    effect = 0.16 * factor
    for _ in range(100):
        treated, holdout = group(_baskets(dice, 1200, 0.4 + effect)), group(_baskets(dice, 300, 0.4))
        difference = shares(treated, holdout)
        assert 0.07 < difference.smallest < 0.1
        found += difference.verdict == verdict
        within += difference.low <= effect <= difference.high
    assert found >= 98
    assert within >= 88


def test_the_smallest_difference_is_found_four_times_in_five() -> None:
    dice, found = Random(3), 0
    for _ in range(EXPERIMENTS):
        found += shares(group(_baskets(dice, 1200, 0.489)), group(_baskets(dice, 300, 0.4))).verdict == "higher"
    smallest = shares(group(_baskets(dice, 1200, 0.489)), group(_baskets(dice, 300, 0.4))).smallest
    assert smallest == pytest.approx(0.089, abs=0.004)
    assert 0.72 < found / EXPERIMENTS < 0.88


def test_who_spends_more_is_found_though_as_many_buy() -> None:
    dice = Random(4)
    treated, holdout = group(_baskets(dice, 6000, 0.4, dearer=1.5)), group(_baskets(dice, 1500, 0.4))
    assert shares(treated, holdout).verdict == "unclear"
    found = means(treated, holdout)
    assert found.verdict == "higher"
    assert 0 < found.low < found.seen < found.high


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=40))
def test_sums_say_the_same_as_the_people_themselves(spent: list[int]) -> None:
    of = group(spent)
    assert of.mean_fen == pytest.approx(fmean(spent))
    assert of.variance == pytest.approx(variance(spent), rel=1e-6, abs=1e-6)


@given(
    st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500),
)  # fmt: skip
def test_groups_of_any_size_have_an_answer(people: int, buyers: int, others: int, other_buyers: int) -> None:
    treated = group([100] * min(buyers, people) + [0] * max(people - buyers, 0))
    holdout = group([100] * min(other_buyers, others) + [0] * max(others - other_buyers, 0))
    for found in (shares(treated, holdout), means(treated, holdout)):
        assert found.low <= found.seen + 1e-9
        assert found.seen <= found.high + 1e-9
        assert found.smallest >= 0
    if min(people, others) < 30:
        assert shares(treated, holdout).verdict == means(treated, holdout).verdict == "too_small"


def test_too_few_of_a_kind_are_not_judged_however_far_apart_they_are() -> None:
    assert shares(group([1] * 40), group([0] * 40)).verdict == "too_small"
    assert shares(group([1] * 35 + [0] * 5), group([0] * 35 + [1] * 5)).verdict == "higher"
    assert means(group([1] * 99 + [2]), group([90, 91] * 49)).verdict == "too_small"
    assert means(group([1] * 99 + [2]), group([90, 91] * 50)).verdict == "lower"
