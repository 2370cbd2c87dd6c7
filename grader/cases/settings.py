"""What answers draw from to be examined: the probabilities, and the batches of random sizes in which rows are given."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from grader import statistics

CALLS = 3
CALL_PAIRS = tuple(combinations(range(CALLS), 2))

BANDS = (((1, 1), 24), ((2, 8), 10), ((9, 32), 4), ((33, 64), 3))
"""Sizes of small batches, and how many of them a call is made of: enough in each band to see a greedy choice."""

MOST_ROWS = 10_000
"""No setting has more rows in a call."""

FEW_ROWS, FEW_LEAKS = 500, 3
"""In a setting of so few rows so many draws of impossible tokens fail an answer."""

GROUPS = 4
"""Into how many cells of nearly equal mass a large vocabulary is pooled."""


@dataclass(frozen=True)
class Setting:
    """One thing to draw from many times.

    Attributes:
        title: for messages.
        values: what a row holds, by rank: probabilities for `draw`, logits for `Sampler`.
        probs: how often each rank must come; 0 = never.
        batches: rows of each batch in which a call is made; there are three calls, in the same batches.
        same_rows: all rows in one order, not each in its own (the sharpest test of independence between rows).
        repeats: whether rows that repeat others are looked for at every distance; for one batch of `same_rows`.
        evenness: whether calls that are too even to be drawn are looked for; for many cells and `same_rows`.
        few: the draws are too few for tables of pairs: only equal neighbours and equal calls are counted.
        cells: first rank of each group of ranks that are counted together; () is each rank by itself.
        settings: arguments of the `Sampler`; {} for `draw`.
    """

    title: str
    values: tuple[float, ...]
    probs: tuple[float, ...]
    batches: tuple[int, ...]
    same_rows: bool = False
    repeats: bool = False
    evenness: bool = False
    few: bool = False
    cells: tuple[int, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of one call."""
        return sum(self.batches)

    @property
    def leaks(self) -> int:
        """So many draws of impossible tokens fail an answer."""
        return FEW_LEAKS if self.rows <= FEW_ROWS else statistics.LEAKS

    def tests(self) -> list[tuple[str, float]]:
        """The randomised tests of this setting, each with an upper bound of its false-alarm rate."""
        names = ["fit"]
        if self.few:
            names += ["equal neighbours", "equal calls"]
        else:
            names += ["neighbour rows", *(f"calls {one + 1} and {other + 1}" for one, other in CALL_PAIRS)]
        names += ["too even"] * self.evenness + ["repeats"] * self.repeats
        tests = [(name, statistics.ALPHA) for name in names]
        if 0 in self.probs:
            most = FEW_ROWS if self.rows <= FEW_ROWS else MOST_ROWS
            tests.append(("zeros", statistics.leak_bound(CALLS * most, self.leaks)))
        return [(f"{self.title}: {name}", bound) for name, bound in tests]


def tests_of(settings: Iterable[Setting]) -> list[tuple[str, float]]:
    """The randomised tests of all these settings."""
    return [test for setting in settings for test in setting.tests()]


def random_batches(rng: np.random.Generator, rows: int, large: int, small: int = 0) -> tuple[int, ...]:
    """Sizes that sum to `rows`, in a random order: `small` ones of 1 to 64 rows and `large` ones for all the others."""
    sizes = rng.integers(1, 65, small)
    shares = rng.uniform(1, 3, large)
    ends = np.rint((rows - sizes.sum()) * np.cumsum(shares) / shares.sum()).astype(int)
    return tuple(rng.permutation([*sizes, *np.diff(ends, prepend=0)]).tolist())


def small_batches(rng: np.random.Generator, setting: Setting) -> list[Setting]:
    """The same thing drawn from in small batches, a setting for each band of sizes."""
    found = []
    for (least, most), number in BANDS:
        title = f"строк в батче: {least}" if least == most else f"строк в батче: от {least} до {most}"
        sizes = tuple(rng.integers(least, most + 1, number).tolist())
        found.append(replace(setting, title=title, batches=sizes, same_rows=most > 1, few=True))
    return found


def pooled_cells(probs: np.ndarray) -> tuple[int, ...]:
    """First ranks of groups of nearly equal mass, for probabilities that fall and may end in zeros."""
    possible = int((probs > 0).sum())
    first = np.searchsorted(np.cumsum(probs), np.arange(GROUPS) / GROUPS)
    return tuple(np.unique(first).tolist()) + ((possible,) if possible < len(probs) else ())
