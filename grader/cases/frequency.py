"""Draws: do tokens come as often as they must, independently of the neighbour row and of the previous call?

Every row holds the same probabilities under a permutation of its own; tokens are mapped back to ranks and pooled. So a
softmax over the wrong axis, a rank returned for an id, or rows mixed up show as frequencies that do not fit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grader import statistics
from grader.cases.asking import WrongAnswer

CALLS = 3
NeedsDraws = Callable[[np.ndarray, int], np.ndarray]  # (input rows [B, V], number of the call) -> tokens [B]


@dataclass(frozen=True)
class Setting:
    """One thing to draw from many times.

    Attributes:
        title: for messages.
        values: what a row holds, by rank: probabilities for `draw`, logits for `Sampler`.
        probs: how often each rank must come; 0 = never.
        rows: rows in one call; there are three calls.
        same_rows: all rows in one order, not each in its own (the sharpest test of independence between rows).
        slack: if given, counts that are all within it of their expectation are too good to be draws.
    """

    title: str
    values: tuple[float, ...]
    probs: tuple[float, ...]
    rows: int
    same_rows: bool = False
    slack: int | None = None

    def false_alarm(self) -> float:
        """Upper bound of the probability that a right answer fails this setting: the sum over its tests."""
        cells = sum(prob > 0 for prob in self.probs)
        g_tests = 4 if cells > 1 else 0  # fit, neighbour rows, two pairs of calls
        leaks = statistics.leak_bound(CALLS * self.rows) if 0 in self.probs else 0.0
        even = statistics.evenness_bound(CALLS * self.rows, self.probs, self.slack) if self.slack is not None else 0.0
        return g_tests * statistics.ALPHA + leaks + even


def check_setting(name: str, setting: Setting, draws: NeedsDraws, rng: np.random.Generator) -> None:
    """WrongAnswer if the draws of an answer cannot be what the setting asks for."""
    order = np.tile(np.arange(len(setting.probs)), (setting.rows, 1))
    order = np.tile(rng.permutation(order[0]), (setting.rows, 1)) if setting.same_rows else rng.permuted(order, axis=1)
    rows = np.asarray(setting.values)[order]
    ranks = [np.take_along_axis(order, draws(rows, call)[:, None], axis=1)[:, 0] for call in range(CALLS)]
    tests = [_check_fit, _check_rows, _check_calls]
    for test in tests[1:] + tests[:1] if setting.same_rows else tests:
        test(f"{name} ({setting.title})", setting, ranks)


def _check_fit(title: str, setting: Setting, ranks: list[np.ndarray]) -> None:
    probs = np.asarray(setting.probs)
    counts = np.bincount(np.concatenate(ranks), minlength=len(probs))
    if counts[probs == 0].sum() >= statistics.LEAKS:
        raise WrongAnswer(f"{title}: выпадают токены, вероятность которых равна 0.")
    counts[probs == 0] = 0
    if not statistics.fits(counts, probs):
        worst = int(np.abs(counts / counts.sum() - probs).argmax())
        often = counts[worst] / counts.sum()
        raise WrongAnswer(f"{title}: токен с вероятностью {probs[worst]:.3f} выпал с частотой {often:.3f}.")
    if setting.slack is not None and statistics.too_even(counts, probs, setting.slack):
        raise WrongAnswer(f"{title}: частоты слишком точны. Это раздача по квотам, а не жребий.")


def _check_rows(title: str, setting: Setting, ranks: list[np.ndarray]) -> None:
    even = setting.rows // 2 * 2
    first = np.concatenate([part[0:even:2] for part in ranks])
    second = np.concatenate([part[1:even:2] for part in ranks])
    if not _independent(first, second, setting):
        raise WrongAnswer(f"{title}: соседние строки тянут не отдельные жребии, их токены связаны между собой.")


def _check_calls(title: str, setting: Setting, ranks: list[np.ndarray]) -> None:
    for later in ranks[1:]:
        if not _independent(ranks[0], later, setting):
            raise WrongAnswer(f"{title}: новый вызов повторяет прежний или зависит от него. Жребий каждый раз новый.")


def _independent(first: np.ndarray, second: np.ndarray, setting: Setting) -> bool:
    probs = np.asarray(setting.probs)
    possible = (probs[first] > 0) & (probs[second] > 0)  # leaks are counted elsewhere
    return statistics.independent(first[possible], second[possible], probs)
