"""Draws: do tokens come as often as they must, independently of the neighbour row and of the previous call?

Every row holds the same probabilities under a permutation of its own; tokens are mapped back to ranks and pooled. So a
softmax over the wrong axis, a rank returned for an id, or rows mixed up show as frequencies that do not fit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader import statistics
from grader.cases.asking import Examination, WrongAnswer
from grader.misconceptions.base import Draws

CALLS = 3
SAME_ROWS = 64
SMALL_BATCHES = (1, 3, 30)
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
        settings: arguments of the `Sampler`; {} for `draw`.
        at_once: rows given at once where a call is made in parts; None is all of them.
    """

    title: str
    values: tuple[float, ...]
    probs: tuple[float, ...]
    rows: int
    same_rows: bool = False
    slack: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    at_once: int | None = None

    def tests(self) -> list[tuple[str, float]]:
        """The randomised tests of this setting, each with an upper bound of its false-alarm rate."""
        cells = sum(prob > 0 for prob in self.probs)
        tests = []
        if cells > 1:
            tests += [(name, statistics.ALPHA) for name in ("fit", "neighbour rows", "calls 1 and 2", "calls 1 and 3")]
        if 0 in self.probs:
            tests.append(("zeros", statistics.leak_bound(CALLS * self.rows)))
        if self.slack is not None:
            tests.append(("too even", statistics.evenness_bound(CALLS * self.rows, self.probs, self.slack)))
        return [(f"{self.title}: {name}", bound) for name, bound in tests]


@dataclass(frozen=True)
class Drawn:
    """The ranks drawn in one setting, one array [rows] a call."""

    setting: Setting
    ranks: list[np.ndarray]


def draw_setting(exam: Examination, setting: Setting, draws: NeedsDraws) -> Drawn:
    """Ask for a setting's draws and keep them as evidence. WrongAnswer if what comes back are no tokens."""
    values = np.asarray(setting.values)
    if setting.same_rows:
        order = np.tile(_unsorted(exam.rng, values), (setting.rows, 1))
    else:
        order = exam.rng.permuted(np.tile(np.arange(len(values)), (setting.rows, 1)), axis=1)
    rows = values[order]
    parts = np.split(rows, range(setting.at_once or setting.rows, setting.rows, setting.at_once or setting.rows))
    tokens = [np.concatenate([draws(part, call) for part in parts]) for call in range(CALLS)]
    ranks = [np.take_along_axis(order, drawn[:, None], axis=1)[:, 0] for drawn in tokens]
    counts = np.bincount(np.concatenate(ranks), minlength=len(setting.probs))
    exam.evidence.draws.append(Draws(values, setting.settings, counts, order, same_rows=setting.same_rows))
    return Drawn(setting, ranks)


def _unsorted(rng: np.random.Generator, values: np.ndarray) -> np.ndarray:
    """A random order in which the values neither rise nor fall, if there is one: a rank is then no id by accident."""
    for _ in range(50):
        order = rng.permutation(len(values))
        steps = np.diff(values[order])
        if (steps > 0).any() and (steps < 0).any():
            break
    return order


def check_independence(exam: Examination, drawn: Drawn) -> None:
    """Complaints, and signs for the diagnosis, about draws that hang together or are too regular."""
    title, setting, ranks = f"{exam.task} ({drawn.setting.title})", drawn.setting, drawn.ranks
    signs = exam.evidence.signs
    if setting.same_rows and any(len(set(call.tolist())) == 1 for call in ranks) and len(ranks[0]) > 1:
        signs.add("rows-equal")
        exam.attempt(lambda: _complain(f"{title}: одинаковые строки дают один и тот же токен. Жребий один на всех?"))
    if not _rows_independent(setting, ranks):
        signs.add("rows-dependent")
        exam.attempt(
            lambda: _complain(f"{title}: соседние строки тянут не отдельные жребии, их токены связаны между собой.")
        )
    if not calls_independent(drawn):
        signs.add("calls-dependent")
        if any(np.array_equal(ranks[0], later) for later in ranks[1:]):
            signs.add("calls-equal")
        exam.attempt(
            lambda: _complain(f"{title}: новый вызов повторяет прежний или зависит от него. Жребий каждый раз новый.")
        )
    counts = np.bincount(np.concatenate(ranks), minlength=len(setting.probs))
    if setting.slack is not None and statistics.too_even(counts, np.asarray(setting.probs), setting.slack):
        signs.add("too-even")
        exam.attempt(lambda: _complain(f"{title}: частоты слишком точны. Это раздача по квотам, а не жребий."))


def check_fit(exam: Examination, drawn: Drawn) -> None:
    """WrongAnswer unless the tokens come as often as they must. Calls that repeat each other count once."""
    title, probs = f"{exam.task} ({drawn.setting.title})", np.asarray(drawn.setting.probs)
    pooled = drawn.ranks if calls_independent(drawn) else drawn.ranks[:1]
    counts = np.bincount(np.concatenate(pooled), minlength=len(probs))
    if counts[probs == 0].sum() >= statistics.LEAKS:
        raise WrongAnswer(f"{title}: выпадают токены, вероятность которых равна 0.")
    counts[probs == 0] = 0
    if not statistics.fits(counts, probs):
        worst = int(np.abs(counts / counts.sum() - probs).argmax())
        due, often = (f"{share:.3f}".replace(".", ",") for share in (probs[worst], counts[worst] / counts.sum()))
        raise WrongAnswer(f"{title}: токен с вероятностью {due} выпал с частотой {often}.")


def check_small_batches(exam: Examination, settings: Iterable[Setting], draws: Callable[[Setting], NeedsDraws]) -> None:
    """WrongAnswer unless a few rows at a time are drawn from as many rows are: that is how answers are used."""
    for setting in settings:
        check_fit(exam, draw_setting(exam, setting, draws(setting)))


def small_batch_tests(settings: Iterable[Setting]) -> list[tuple[str, float]]:
    """The randomised tests of `check_small_batches`, each with an upper bound of its false-alarm rate."""
    return [(f"{setting.title}: fit", statistics.ALPHA) for setting in settings]


def _complain(sentence: str) -> None:
    raise WrongAnswer(sentence)


def _rows_independent(setting: Setting, ranks: list[np.ndarray]) -> bool:
    even = setting.rows // 2 * 2
    first = np.concatenate([part[0:even:2] for part in ranks])
    second = np.concatenate([part[1:even:2] for part in ranks])
    return _independent(first, second, setting)


def calls_independent(drawn: Drawn) -> bool:
    """Whether the later calls have nothing to do with the first."""
    return all(_independent(drawn.ranks[0], later, drawn.setting) for later in drawn.ranks[1:])


def _independent(first: np.ndarray, second: np.ndarray, setting: Setting) -> bool:
    """Independent of each other, whatever the frequencies: those are tested elsewhere."""
    probs = np.asarray(setting.probs)
    ranks = np.cumsum(probs > 0) - 1  # leaks are counted elsewhere, so the impossible ranks need no cells
    possible = (probs[first] > 0) & (probs[second] > 0)
    return statistics.independent(ranks[first[possible]], ranks[second[possible]], int((probs > 0).sum()))


def check_equal_rows(exam: Examination, draw: Callable[[], np.ndarray]) -> None:
    """WrongAnswer if SAME_ROWS equal rows, which `draw` asks for, all get one token."""
    if len(set(draw().tolist())) == 1:
        exam.evidence.signs.add("rows-equal")
        raise WrongAnswer(f"{exam.task}: одинаковые строки получают один и тот же токен. Жребий один на всех?")


def check_repeats(exam: Examination, draw: Callable[[], np.ndarray]) -> None:
    """WrongAnswer unless `draw` gives the same tokens after the same torch.manual_seed."""
    results, number = [], int(exam.rng.integers(2**31))  # fresh: nobody can recognise it
    for _ in range(2):
        exam.notebook.seed(number)
        results.append(draw())
    exam.notebook.seed(None)
    if not np.array_equal(*results):
        exam.evidence.signs.add("not-repeatable")
        raise WrongAnswer(f"{exam.task}: после одного и того же torch.manual_seed токены должны повторяться.")
