"""Draws: do tokens come as often as they must, independently of the other rows and of the other calls?

Every row holds the same probabilities under a permutation of its own; tokens are mapped back to ranks and pooled. So a
softmax over the wrong axis, a rank returned for an id, or rows mixed up show as frequencies that do not fit.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from grader import statistics
from grader.cases.asking import Examination, WrongAnswer
from grader.cases.settings import CALL_PAIRS, CALLS, Setting
from grader.misconceptions.base import Draws

EQUAL_ROWS = (40, 64)
"""The least and the most rows of a batch of equal rows."""

AGAIN = "новый вызов повторяет прежний или зависит от него. Жребий каждый раз новый."

NeedsDraws = Callable[[np.ndarray, int], np.ndarray]  # (input rows [B, V], number of the call) -> tokens [B]


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
    batches = np.split(values[order], np.cumsum(setting.batches)[:-1])
    tokens = [np.concatenate([draws(batch, call) for batch in batches]) for call in range(CALLS)]
    drawn = Drawn(setting, [np.take_along_axis(order, one[:, None], axis=1)[:, 0] for one in tokens])
    _keep(exam, drawn, order)
    return drawn


def _keep(exam: Examination, drawn: Drawn, order: np.ndarray) -> None:
    """Counts as evidence, by batch where the rows of large ones differ: a mistake may mix the rows of a batch."""
    setting, values = drawn.setting, np.asarray(drawn.setting.values)
    ends = [] if setting.same_rows or setting.few else np.cumsum(setting.batches)[:-1]
    for rows, *ranks in zip(np.split(order, ends), *(np.split(call, ends) for call in drawn.ranks), strict=True):
        counts = np.bincount(np.concatenate(ranks), minlength=len(values))
        exam.evidence.draws.append(Draws(values, setting.settings, counts, rows, same_rows=setting.same_rows))


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
    if not _rows_independent(setting, ranks) or (setting.repeats and _repeats(drawn)):
        signs.add("rows-dependent")
        exam.attempt(lambda: _complain(f"{title}: строки тянут не отдельные жребии, их токены связаны между собой."))
    if not calls_independent(drawn):
        if any(np.array_equal(ranks[one], ranks[other]) for one, other in CALL_PAIRS):
            signs |= {"calls-dependent", "calls-equal"}
        elif "rows-dependent" not in signs:  # rows that repeat each other make every table look so
            signs.add("calls-dependent")
        exam.attempt(lambda: _complain(f"{title}: {AGAIN}"))
    counts = np.stack([np.bincount(call, minlength=len(setting.probs)) for call in ranks])
    if setting.evenness and statistics.too_even(counts, np.asarray(setting.probs)):
        signs.add("too-even")
        exam.attempt(lambda: _complain(f"{title}: частоты слишком точны. Это раздача по квотам, а не жребий."))


def check_fit(exam: Examination, drawn: Drawn) -> None:
    """WrongAnswer unless the tokens come as often as they must. Calls that repeat each other count once."""
    setting, title = drawn.setting, f"{exam.task} ({drawn.setting.title})"
    pooled = drawn.ranks if setting.few or calls_independent(drawn) else drawn.ranks[:1]
    probs, counts = _cells(setting, pooled)
    if counts[probs == 0].sum() >= setting.leaks:
        raise WrongAnswer(f"{title}: выпадают токены, вероятность которых равна 0.")
    if not _fits(setting, pooled):
        counts[probs == 0] = 0
        worst = int(np.abs(counts / counts.sum() - probs).argmax())
        due, often = (f"{share:.3f}".replace(".", ",") for share in (probs[worst], counts[worst] / counts.sum()))
        which = "группа токенов с общей вероятностью {} выпала" if setting.cells else "токен с вероятностью {} выпал"
        raise WrongAnswer(f"{title}: {which.format(due)} с частотой {often}.")


def _cells(setting: Setting, ranks: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(probabilities, counts) of the cells that are tested."""
    probs = np.asarray(setting.probs)
    counts = np.bincount(np.concatenate(ranks), minlength=len(probs))
    if setting.cells:
        return np.add.reduceat(probs, setting.cells), np.add.reduceat(counts, setting.cells)
    return probs, counts


def _fits(setting: Setting, ranks: list[np.ndarray]) -> bool:
    """Whether tokens come as often as they must."""
    probs, counts = _cells(setting, ranks)
    leaks = counts[probs == 0].sum()
    counts[probs == 0] = 0
    return leaks < setting.leaks and statistics.fits(counts, probs)


def check_few(exam: Examination, drawn: Drawn) -> None:
    """WrongAnswer unless a few draws come as often as they must and neither neighbours nor calls repeat each other."""
    title, setting, ranks = f"{exam.task} ({drawn.setting.title})", drawn.setting, drawn.ranks
    signs = exam.evidence.signs
    repeated = len(set(ranks[0].tolist())) > 1 and all(np.array_equal(ranks[0], later) for later in ranks)
    if repeated and _fits(setting, ranks[:1]):
        signs |= {"calls-dependent", "calls-equal"}
    check_fit(exam, drawn)
    chance = float((np.asarray(setting.probs) ** 2).sum())  # of a match; the frequencies are right, or we weren't here
    neighbours = np.ones(setting.rows - 1, dtype=bool)
    if max(setting.batches) > 1:  # batches of one row are compared with the next batch, others within themselves
        neighbours[np.cumsum(setting.batches)[:-1] - 1] = False
    pairs = CALLS * int(neighbours.sum())
    equal = sum(int((call[1:] == call[:-1])[neighbours].sum()) for call in ranks)
    if statistics.matched_too_often(equal, pairs, chance, families=2):
        signs.add("rows-equal" if setting.same_rows and equal == pairs else "rows-dependent")
        raise WrongAnswer(f"{title}: соседние строки слишком часто получают один и тот же токен. Жребий один на всех?")
    pairs = len(CALL_PAIRS) * setting.rows
    equal = sum(int((ranks[one] == ranks[other]).sum()) for one, other in CALL_PAIRS)
    if statistics.matched_too_often(equal, pairs, chance, families=len(CALL_PAIRS)):
        signs.add("calls-dependent")
        raise WrongAnswer(f"{title}: {AGAIN}")


def check_settings_of_few(
    exam: Examination, settings: Iterable[Setting], asker: Callable[[Setting], NeedsDraws]
) -> None:
    """Complaints about settings of a few draws: small batches, a large vocabulary. That is how answers are used."""
    for setting in settings:
        exam.attempt(lambda setting=setting: check_few(exam, draw_setting(exam, setting, asker(setting))))


def _complain(sentence: str) -> None:
    raise WrongAnswer(sentence)


def _rows_independent(setting: Setting, ranks: list[np.ndarray]) -> bool:
    even = setting.rows // 2 * 2
    first = np.concatenate([part[0:even:2] for part in ranks])
    second = np.concatenate([part[1:even:2] for part in ranks])
    return _independent(first, second, setting)


def calls_independent(drawn: Drawn) -> bool:
    """Whether no call has anything to do with another."""
    return all(_independent(drawn.ranks[one], drawn.ranks[other], drawn.setting) for one, other in CALL_PAIRS)


def _repeats(drawn: Drawn) -> bool:
    """Whether some rows repeat others; how often that is chance is known only where the frequencies are right."""
    ranks = drawn.ranks if calls_independent(drawn) else drawn.ranks[:1]
    return _fits(drawn.setting, ranks) and statistics.repeats_at_a_distance(ranks, np.asarray(drawn.setting.probs))


def _independent(first: np.ndarray, second: np.ndarray, setting: Setting) -> bool:
    """Independent of each other, whatever the frequencies: those are tested elsewhere."""
    probs = np.asarray(setting.probs)
    ranks = np.cumsum(probs > 0) - 1  # leaks are counted elsewhere, so the impossible ranks need no cells
    possible = (probs[first] > 0) & (probs[second] > 0)
    return statistics.independent(ranks[first[possible]], ranks[second[possible]], int((probs > 0).sum()))


def equal_rows_bound(vocab: int) -> float:
    """Upper bound of P(all rows of `check_equal_rows` get one token), where each of `vocab` tokens is as likely."""
    return float(vocab) ** (1 - EQUAL_ROWS[0])


def check_equal_rows(exam: Examination, draw: Callable[[int], np.ndarray]) -> None:
    """WrongAnswer if equal rows, so many as `draw` is told to ask for, all get one token."""
    if len(set(draw(_some_rows(exam.rng)).tolist())) == 1:
        exam.evidence.signs.add("rows-equal")
        raise WrongAnswer(f"{exam.task}: одинаковые строки получают один и тот же токен. Жребий один на всех?")


def check_repeats(exam: Examination, draw: Callable[[int], np.ndarray]) -> None:
    """WrongAnswer unless two calls of `draw` give the same tokens each after the same torch.manual_seed."""
    results, number = [], int(exam.rng.integers(2**31))  # fresh: nobody can recognise it
    sizes = _some_rows(exam.rng), _some_rows(exam.rng)
    for _ in range(2):
        exam.notebook.seed(number)
        results.append(np.concatenate([draw(rows) for rows in sizes]))
    exam.notebook.seed(None)
    if not np.array_equal(*results):
        exam.evidence.signs.add("not-repeatable")
        raise WrongAnswer(f"{exam.task}: после одного и того же torch.manual_seed токены должны повторяться.")


def _some_rows(rng: np.random.Generator) -> int:
    return int(rng.integers(EQUAL_ROWS[0], EQUAL_ROWS[1] + 1))
