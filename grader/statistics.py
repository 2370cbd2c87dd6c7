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


def evenness_bound(draws: int, probs: np.ndarray, slack: int) -> float:
    """Upper bound of P(every count is within `slack` of its expectation), for honest draws.

    Number of such count vectors (at most (2 slack + 1)^(k-1), for the last count is what remains) times the largest
    probability one of them can have (Stirling: e^(1/12n) sqrt(2 pi n) / prod sqrt(2 pi c)).
    """
    probs = np.asarray(probs, dtype=np.float64)
    probs = probs[probs > 0]
    least = draws * probs - slack
    if (least < 1).any():
        return 1.0
    log_mode = 1 / (12 * draws) + 0.5 * math.log(2 * math.pi * draws) - 0.5 * np.log(2 * math.pi * least).sum()
    return float(min(1.0, math.exp(log_mode + (len(probs) - 1) * math.log(2 * slack + 1))))


def too_even(counts: np.ndarray, probs: np.ndarray, slack: int) -> bool:
    """True if every count is within `slack` of its expectation: quotas dealt out, not draws."""
    counts = np.asarray(counts, dtype=np.float64)
    return bool((np.abs(counts - counts.sum() * np.asarray(probs)) <= slack).all())
