"""How often each token wins an arg max of scores with independent noise, for noises other than the right one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STEPS = 4000
FAR = 40.0
"""No noise here is farther from 0 than this, to any precision that matters."""


@dataclass(frozen=True)
class Noise:
    """A noise by its cumulative distribution function, with the ends of what it can be."""

    cdf: Callable[[np.ndarray], np.ndarray]
    low: float
    high: float


def argmax_of_noisy(scores: np.ndarray, noise: Noise) -> np.ndarray:
    """P(token i has the largest score + noise): scores float64[B, V] (-inf never wins, +inf shares) -> [B, V].

    Rows that hold the same scores in another order are integrated once.
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    falling = np.take_along_axis(scores, order, axis=1)
    distinct, which = np.unique(falling, axis=0, return_inverse=True)
    wins = np.stack([_wins(row, noise) for row in distinct])[which.ravel()]
    probs = np.empty_like(wins)
    np.put_along_axis(probs, order, wins, axis=1)
    return probs


def _wins(scores: np.ndarray, noise: Noise) -> np.ndarray:
    """The same for one row, by sums over a fine grid: P(i in a cell) times P(all others below the cell's middle)."""
    if np.isposinf(scores).any():
        return np.isposinf(scores) / np.isposinf(scores).sum()
    possible = np.isfinite(scores)
    kept = scores[possible]
    grid = np.linspace(kept.min() + noise.low, kept.max() + noise.high, STEPS + 1)
    middle = (grid[1:] + grid[:-1]) / 2
    cells = np.diff([noise.cdf(grid - score) for score in kept], axis=1)  # [V, STEPS]
    below = np.clip([noise.cdf(middle - score) for score in kept], 1e-300, 1.0)
    others = np.log(below).sum(axis=0) - np.log(below)
    wins = np.zeros_like(scores)
    wins[possible] = (cells * np.exp(others)).sum(axis=1)
    return wins / wins.sum()


def _normal_cdf(x: np.ndarray) -> np.ndarray:
    """Abramowitz and Stegun, 1964, formula 7.1.26: off by at most 1.5e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x) / np.sqrt(2))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = series * np.exp(-(x**2) / 2) / 2
    return np.where(x > 0, 1 - tail, tail)


def _safe_exp(x: np.ndarray) -> np.ndarray:
    return np.exp(np.clip(x, -700, 700))


gumbel = Noise(lambda x: np.exp(-_safe_exp(-x)), -5.0, FAR)
inverted_gumbel = Noise(lambda x: 1 - np.exp(-_safe_exp(x)), -FAR, 5.0)
normal = Noise(_normal_cdf, -9.0, 9.0)
uniform = Noise(lambda x: np.clip(x, 0.0, 1.0), 0.0, 1.0)
log_uniform = Noise(lambda x: _safe_exp(np.minimum(x, 0.0)), -FAR, 0.0)
"""log u: multiplying a probability by a uniform number adds it to the logarithm."""
negative_log_uniform = Noise(lambda x: 1 - _safe_exp(-np.maximum(x, 0.0)), 0.0, FAR)
"""-log u, an exponential number: the inner half of Gumbel's noise."""
