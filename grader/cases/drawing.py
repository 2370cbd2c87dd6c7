"""Cases of `draw(probs[B, V]) -> tokens int64[B]`."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from course_lib.expect import check_repeats
from grader import reference
from grader.cases.asking import WrongAnswer, ask_tensor, check_range
from grader.cases.frequency import Setting, check_setting
from grader.cases.probes import to_tensor

SAME_ROWS = 64


def _peaked(tokens: int, zeros: int) -> tuple[float, ...]:
    """softmax(0, -1, -2, ...) over `tokens` ranks, then `zeros` ranks that never come."""
    return (*reference.temperature_probs(-np.arange(float(tokens))[None], 1.0)[0].tolist(), *[0.0] * zeros)


SETTINGS = tuple(
    Setting(title, probs, probs, rows, same_rows, slack)
    for title, probs, rows, same_rows, slack in (
        ("у каждой строки свой порядок токенов", _peaked(6, 2), 3000, False, None),
        ("одинаковые строки", (0.5, 0.3, 0.2, 0.0), 2000, True, None),
        ("равные вероятности", (0.05,) * 20, 2000, True, 3),
    )
)


def grade_draw(function: Callable, seed: int | None = None) -> None:
    """WrongAnswer on the first case that fails; a right answer fails with probability at most `false_alarm_bound()`."""
    rng = np.random.default_rng(seed)

    def tokens(probs: Tensor) -> np.ndarray:
        got = ask_tensor("draw", function, probs, shape=(len(probs),), dtype=torch.int64)
        check_range("draw", got, probs.shape[1])
        return got

    tokens(to_tensor(rng.dirichlet(np.ones(7), 3)))
    tokens(to_tensor(rng.dirichlet(np.ones(7), 1)))
    tokens(to_tensor(np.ones((4, 1))))
    tokens(to_tensor(rng.dirichlet(np.full(8000, 0.3), 2)))
    same = to_tensor(np.full((SAME_ROWS, 8), 1 / 8))
    if len(set(tokens(same).tolist())) == 1:
        raise WrongAnswer("draw: одинаковые строки получают один и тот же токен. Жребий один на всех?")
    for setting in SETTINGS:
        check_setting("draw", setting, lambda rows, _: tokens(to_tensor(rows)), rng)
    check_repeats("draw", lambda: torch.from_numpy(tokens(same)))


def false_alarm_bound() -> float:
    """Upper bound of the probability that a right `draw` fails: every frequency test and the 64 equal rows."""
    return sum(setting.false_alarm() for setting in SETTINGS) + 8.0 ** (1 - SAME_ROWS)
