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


@pytest.mark.parametrize(("n", "probs"), [(30, [0.4, 0.35, 0.25]), (13, [0.25] * 4)])
def test_evenness_bound_holds_exactly(n, probs):
    """P(bound <= b) <= b for every b that the bound can take: one call, and two."""
    outcomes = [(s.evenness_bound(counts[None], probs), mass) for counts, mass in every_count(n, probs)]
    for bound, _ in outcomes:
        assert sum(mass for value, mass in outcomes if value <= bound) <= bound
    assert min(outcomes)[0] < 1


def test_evenness_bound_of_two_calls_holds_exactly():
    n, probs = 12, np.array([0.5, 0.25, 0.25])
    once = list(every_count(n, probs))
    outcomes = [(s.evenness_bound(np.stack([a, b]), probs), p * q) for (a, p), (b, q) in product(once, repeat=2)]
    bounds, masses = np.array(outcomes).T
    order = np.argsort(bounds)
    assert (np.cumsum(masses[order]) <= bounds[order] + 1e-12).all()


@pytest.mark.parametrize("families", [1, 2])
def test_match_bound_holds_exactly(families):
    """Seven draws from three ranks, all 2187 ways: disjoint pairs, or each row with the next."""
    probs = np.array([0.5, 0.3, 0.2])
    draws = np.array(list(product(range(3), repeat=7)))
    masses = probs[draws].prod(axis=1)
    equal = draws[:, :-1] == draws[:, 1:]
    equal = equal[:, ::2] if families == 1 else equal
    for matches in range(equal.shape[1] + 1):
        truth = masses[equal.sum(axis=1) >= matches].sum()
        assert truth <= s.match_bound(matches, equal.shape[1], (probs**2).sum(), families) + 1e-12


def test_match_bound_of_three_calls_holds_exactly():
    probs = np.array([0.7, 0.3])
    draws = np.array(list(product(range(2), repeat=9))).reshape(-1, 3, 3)  # outcomes, calls, rows
    masses = probs[draws].prod(axis=(1, 2))
    equal = sum((draws[:, a] == draws[:, b]).sum(axis=1) for a, b in ((0, 1), (0, 2), (1, 2)))
    for matches in range(10):
        assert masses[equal >= matches].sum() <= s.match_bound(matches, 9, (probs**2).sum(), 3) + 1e-12


@pytest.mark.parametrize("alpha", [1e-1, 1e-2])
def test_repeats_at_a_distance_are_seldom_chance(alpha):
    rng, probs = np.random.default_rng(5), np.array([0.5, 0.3, 0.2])
    found = [s.repeats_at_a_distance(list(rng.choice(3, (3, 60), p=probs)), probs, alpha) for _ in range(500)]
    assert np.mean(found) <= alpha


@pytest.mark.parametrize("distance", [1, 2, 64, 700, 1000, 1800])
def test_repeats_are_found_at_every_distance(distance):
    rng, probs = np.random.default_rng(6), np.array([0.5, 0.3, 0.2])
    calls = list(rng.choice(3, (3, 2000), p=probs))
    assert not s.repeats_at_a_distance(calls, probs)
    again = np.arange(distance, 2000)
    again = again[again // distance % 2 == 1]  # each row is repeated once, if there is room for it
    for call in calls:
        call[again] = call[again - distance]
    assert s.repeats_at_a_distance(calls, probs)


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
    rng = np.random.default_rng(3)
    probs = rng.uniform(0.7, 1.3, 20) / 20
    probs /= probs.sum()
    quotas = np.rint(2000 * probs)
    quotas[0] += 2000 - quotas.sum()
    assert s.too_even(np.stack([quotas] * 3), probs)
    assert s.too_even(np.stack([quotas + rng.multinomial(60, probs) - rng.multinomial(60, probs)] * 3), probs)
    assert not s.too_even(rng.multinomial(2000, probs, 3), probs)
    assert not s.too_even(quotas[None, :3], probs[:3] / probs[:3].sum())
