"""Tests of "do these draws come from this distribution?" whose false-alarm rates are proved, not approximated.

All bounds hold for every sample size, unlike chi-square p-values, which are wrong by orders of magnitude this far
out in the tail (a cell with expectation 5 fails at 1.4e-6 where the formula says 1e-9).
"""

import math
from functools import lru_cache

import numpy as np

ALPHA = 1e-12
"""False-alarm rate of one G-test: a right answer exceeds its threshold with at most this probability."""

LEAKS = 5
"""Draws of a zero-probability token that fail an answer. One never does: see ``leak_bound``."""


def g_statistic(counts: np.ndarray, probs: np.ndarray) -> float:
    """G = 2 * sum of c ln(c / (n p)) over the cells; inf if a cell of probability 0 was hit. Any shapes, equal."""
    counts = np.asarray(counts, dtype=np.float64).ravel()
    expected = counts.sum() * np.asarray(probs, dtype=np.float64).ravel()
    hit = counts > 0
    if (expected[hit] <= 0).any():
        return math.inf
    return float(2 * np.sum(counts[hit] * np.log(counts[hit] / expected[hit])))


def g_tail_bound(g: float, cells: int) -> float:
    """Upper bound of P(G >= g) for draws from a distribution over `cells` cells, at any number of draws.

    With t = G / 2: e^-t (e t / (k - 1))^(k - 1) for t > k - 1, else 1 (Agrawal, 2019, arXiv:1904.02291).
    """
    t, freedom = g / 2, cells - 1
    if freedom < 1:
        return 0.0 if g > 0 else 1.0
    if t <= freedom:
        return 1.0
    return math.exp(-t + freedom * (1 + math.log(t / freedom)))


@lru_cache
def g_threshold(cells: int, alpha: float = ALPHA) -> float:
    """The smallest G whose tail bound is <= alpha. One cell leaves nothing to test: inf."""
    if cells < 2:
        return math.inf
    low = high = 2.0 * (cells - 1)
    while g_tail_bound(high, cells) > alpha:
        high *= 2
    for _ in range(200):  # bisection, to the last bit
        middle = (low + high) / 2
        low, high = (middle, high) if g_tail_bound(middle, cells) > alpha else (low, middle)
    return high


def fits(counts: np.ndarray, probs: np.ndarray, alpha: float = ALPHA) -> bool:
    """False if draws from `probs` give such `counts` with probability at most `alpha`."""
    cells = int((np.asarray(probs) > 0).sum())
    return g_statistic(counts, probs) <= g_threshold(cells, alpha)


def pair_counts(first: np.ndarray, second: np.ndarray, cells: int) -> np.ndarray:
    """How often each pair of ranks came together: two integer arrays [n] -> [cells, cells]."""
    return np.bincount(np.asarray(first) * cells + np.asarray(second), minlength=cells * cells).reshape(cells, cells)


def independent(first: np.ndarray, second: np.ndarray, cells: int, alpha: float = ALPHA) -> bool:
    """False if pairs of draws from `cells` ranks cannot be independent of each other, whatever their frequencies.

    G = 2 * sum of n_ij ln(n n_ij / (n_i n_j)). It is at most the G of the pairs against the true product distribution
    (the rest of that one are the G of the two marginals), so the bound for cells^2 cells holds for it too.
    """
    table = pair_counts(first, second, cells).astype(np.float64)
    if not table.sum():
        return True
    product = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum() ** 2
    return g_statistic(table, product) <= g_threshold(cells * cells, alpha)


def leak_bound(draws: int, leaks: int = LEAKS, rate: float = 1e-7) -> float:
    """Upper bound of P(at least `leaks` of `draws` hit a token of probability 0) for a sampler that leaks at `rate`.

    1e-7 is what torch.multinomial in float32 has been seen to do. P <= (draws * rate)^leaks / leaks!.
    """
    return (draws * rate) ** leaks / math.factorial(leaks)


def match_bound(matches: int, pairs: int, chance: float, families: int) -> float:
    """Upper bound of P(at least `matches` of the pairs are two equal ranks), for independent draws.

    Pairs with a draw in common are not independent of each other, but these fall into families of disjoint ones. By
    Hoelder's inequality E exp(t sum) <= product over families of (E exp(t families sum of one))^(1 / families), so
    Chernoff's bound of pairs / families independent pairs holds: exp(-pairs / families * KL(matches / pairs, chance)).

    Args:
        matches: pairs of equal ranks.
        pairs: pairs looked at.
        chance: of one pair to match: the sum of the squared probabilities.
        families: into how many families of disjoint pairs they fall.
    """
    return math.exp(float(_log_match_bound(np.asarray(matches), np.asarray(pairs), chance, families)))


def _log_match_bound(matches: np.ndarray, pairs: np.ndarray, chance: float, families: int) -> np.ndarray:
    share = np.maximum(matches / pairs, chance)
    rest = np.maximum(1 - share, 1e-300)  # 0 ln 0 = 0
    return -pairs / families * (share * np.log(share / chance) + rest * np.log(rest / (1 - chance)))


def matched_too_often(matches: int, pairs: int, chance: float, families: int, alpha: float = ALPHA) -> bool:
    """True if independent draws match so often with probability at most `alpha`; see `match_bound`."""
    return match_bound(matches, pairs, chance, families) <= alpha


def repeats_at_a_distance(calls: list[np.ndarray], probs: np.ndarray, alpha: float = ALPHA) -> bool:
    """True if at some distance d the rows i and i + d match too often, pooled over the calls, all of one length.

    For every d the pairs (i, i + d) form paths, so two families of disjoint pairs; `alpha` is shared by all distances.
    """
    rows, chance = len(calls[0]), float((np.asarray(probs) ** 2).sum())
    length = 1 << (2 * rows - 1).bit_length()  # long enough for no row to meet one from the other end
    power = np.zeros(length // 2 + 1)
    for call in calls:
        spectrum = np.fft.rfft(call == np.arange(len(probs))[:, None], length, axis=1)
        power += (np.abs(spectrum) ** 2).sum(axis=0)
    matches = np.rint(np.fft.irfft(power, length)[:rows])
    pairs = len(calls) * (rows - np.arange(rows))
    bounds = _log_match_bound(matches[1:], pairs[1:], chance, families=2)
    return bool((bounds <= math.log(alpha / (rows - 1))).any())


EVENNESS = 4.5
"""The slope of the bound of `evenness_bound`: sharpest where the squares are a tenth of what draws have."""


def evenness_bound(counts: np.ndarray, probs: np.ndarray) -> float:
    """Upper bound of P(counts are all in all at least so near to their expectations), for honest draws.

    Nearness is X = sum over calls and cells of (c - np)^2 / np. Markov's inequality for exp(-s X), at one s: P(X <= x)
    <= exp(s x) E exp(-s X). Counts of n draws are independent Poisson numbers under the condition that their sum is n,
    so E of anything positive is at most that of Poisson numbers / P(their sum is n), and those are independent.

    Args:
        counts: [calls, cells], n draws in every call.
        probs: [cells].
    """
    counts = np.asarray(counts, dtype=np.float64)
    draws, (calls, _) = counts[0].sum(), counts.shape
    mean = draws * np.asarray(probs, dtype=np.float64)
    squares = float(((counts - mean) ** 2 / mean).sum())
    log_expected = sum(_log_expected_closeness(float(one)) for one in mean)
    log_sum_is_n = draws * math.log(draws) - draws - math.lgamma(draws + 1)
    return math.exp(min(0.0, EVENNESS * squares + calls * (log_expected - log_sum_is_n)))


def _log_expected_closeness(mean: float) -> float:
    """ln E exp(-s (C - mean)^2 / mean) for a Poisson number C: what lies too far out for the sum is added as e^-40."""
    reach = math.ceil(math.sqrt(40 * mean / EVENNESS)) + 1
    near = np.arange(max(0, math.floor(mean) - reach), math.ceil(mean) + reach + 1)
    log_factorials = math.lgamma(near[0] + 1) + np.concatenate([[0.0], np.cumsum(np.log(near[1:]))])
    log_mass = near * math.log(mean) - mean - log_factorials
    return math.log(float(np.exp(log_mass - EVENNESS * (near - mean) ** 2 / mean).sum()) + math.exp(-40))


def too_even(counts: np.ndarray, probs: np.ndarray, alpha: float = ALPHA) -> bool:
    """True if counts[calls, cells] are nearer to their expectations than draws are: quotas dealt out, not draws."""
    return evenness_bound(counts, probs) <= alpha
