"""The bounds are true (checked by counting everything, where that is possible) and the tests see what they must."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from grader import statistics as s


@pytest.mark.parametrize(("cells", "expected"), [(2, 64.2), (5, 81.9), (6, 86.9), (10, 105), (20, 144)])
def test_thresholds_at_1e_12(cells, expected):
    assert s.g_threshold(cells, 1e-12) == pytest.approx(expected, rel=2e-3)
    assert s.g_tail_bound(s.g_threshold(cells, 1e-12), cells) <= 1e-12


def test_g_is_the_log_likelihood_ratio():
    counts, probs = np.array([30, 50, 20]), np.array([0.25, 0.5, 0.25])
    expected = stats.power_divergence(counts, 100 * probs, lambda_="log-likelihood").statistic
    assert s.g_statistic(counts, probs) == pytest.approx(expected)
    assert s.g_statistic(np.array([1, 0]), np.array([0.0, 1.0])) == math.inf


def every_count(n, probs):
    """All count vectors of n draws with their probabilities."""
    for head in product(range(n + 1), repeat=len(probs) - 1):
        if sum(head) <= n:
            counts = np.array([*head, n - sum(head)])
            yield counts, stats.multinomial.pmf(counts, n, probs)


@pytest.mark.parametrize(("n", "probs"), [(40, [0.9, 0.1]), (25, [0.6, 0.3, 0.1]), (12, [0.4, 0.3, 0.2, 0.1])])
def test_tail_bound_holds_exactly(n, probs):
    outcomes = [(s.g_statistic(counts, probs), mass) for counts, mass in every_count(n, probs)]
    for g in (3, 6, 10, 15, 20, 30):
        truth = sum(mass for value, mass in outcomes if value >= g)
        assert truth <= s.g_tail_bound(g, len(probs))


@pytest.mark.parametrize("slack", [0, 1, 2])
def test_evenness_bound_holds_exactly(slack):
    n, probs = 30, [0.4, 0.35, 0.25]
    truth = sum(mass for counts, mass in every_count(n, probs) if s.too_even(counts, probs, slack))
    assert truth <= s.evenness_bound(n, probs, slack) <= 1


def test_leak_bound_is_above_the_binomial_tail():
    for draws in (1_000, 24_000, 100_000):
        assert stats.binom.sf(s.LEAKS - 1, draws, 1e-7) <= s.leak_bound(draws)
    assert s.leak_bound(100_000) <= 1e-12


def test_one_cell_is_not_tested():
    assert s.g_threshold(1) == math.inf
    assert s.fits(np.array([7, 0]), np.array([1.0, 0.0]))


def test_fits_sees_ten_percent_of_temperature():
    logits = -np.arange(6.0)
    right = np.exp(logits) / np.exp(logits).sum()
    wrong = np.exp(logits / 1.1) / np.exp(logits / 1.1).sum()
    rng = np.random.default_rng(1)
    assert s.fits(rng.multinomial(24_000, right), right)
    assert not s.fits(rng.multinomial(24_000, wrong), right)


def test_independence():
    rng = np.random.default_rng(2)
    probs = np.array([0.5, 0.3, 0.2])
    first, second = rng.choice(3, 3000, p=probs), rng.choice(3, 3000, p=probs)
    assert s.independent(first, second, len(probs))
    assert not s.independent(first, first, len(probs))
    assert not s.independent(first, np.where(rng.random(3000) < 0.2, first, second), len(probs))


def test_quotas_are_too_even_and_draws_are_not():
    probs = np.full(20, 0.05)
    assert s.too_even(np.full(20, 900), probs, slack=4)
    assert not s.too_even(np.random.default_rng(3).multinomial(18_000, probs), probs, slack=4)
