"""Cases of `draw(probs[B, V]) -> tokens int64[B]`."""

import contextlib
from dataclasses import replace

import numpy as np
import torch

from grader import reference
from grader.cases.asking import Examination, WrongAnswer, as_array, check_range
from grader.cases.frequency import (
    SAME_ROWS,
    SMALL_BATCHES,
    Setting,
    check_equal_rows,
    check_fit,
    check_independence,
    check_repeats,
    check_small_batches,
    draw_setting,
    small_batch_tests,
)
from grader.cases.probes import to_tensor


def settings(rng: np.random.Generator) -> tuple[Setting, ...]:
    """What to draw from: the shapes are fixed, the probabilities fresh."""
    peaked = reference.temperature_probs(-np.arange(6.0)[None], float(rng.uniform(0.9, 1.2)))[0]
    three = np.asarray([0.5, 0.3, 0.2]) + rng.uniform(-0.03, 0.03, 3)
    return (
        _setting("у каждой строки свой порядок токенов", [*peaked, 0.0, 0.0], 3000),
        _setting("одинаковые строки", [*three / three.sum(), 0.0], 2000, same_rows=True),
        _setting("равные вероятности", [0.05] * 20, 2000, same_rows=True, slack=3),
    )


def small_batches(rng: np.random.Generator) -> list[Setting]:
    """A few rows at a time: enough draws in all to tell the most likely token from a random one."""
    probs = np.asarray([0.5, 0.3, 0.2]) + rng.uniform(-0.03, 0.03, 3)
    return [
        replace(_setting(f"строк в батче: {rows}", (probs / probs.sum()).tolist(), 30), at_once=rows)
        for rows in SMALL_BATCHES
    ]


def _setting(title: str, probs: list[float], rows: int, same_rows: bool = False, slack: int | None = None) -> Setting:
    held = tuple(np.asarray(probs, dtype=np.float32).astype(np.float64).tolist())
    return Setting(title, held, tuple((np.asarray(held) / sum(held)).tolist()), rows, same_rows, slack)


def tests() -> list[tuple[str, float]]:
    """The randomised tests that a `draw` meets, each with an upper bound of its false-alarm rate."""
    found = [test for setting in settings(np.random.default_rng(0)) for test in setting.tests()]
    found += small_batch_tests(small_batches(np.random.default_rng(0)))
    return [*found, ("64 equal rows", 8.0 ** (1 - SAME_ROWS))]


def examine_draws(exam: Examination) -> dict[str, str | None]:
    """Complaints by property: "frequencies" and "independence"."""
    drawn = []
    for rows in (3, 1):  # a small sample of what comes back, for the diagnosis
        with contextlib.suppress(WrongAnswer):
            _tokens(exam, exam.rng.dirichlet(np.ones(7), rows))
    for setting in settings(exam.rng):
        exam.attempt(lambda setting=setting: drawn.append(draw_setting(exam, setting, _asker(exam))))
    for one in drawn:
        if not one.setting.same_rows:
            exam.attempt(lambda one=one: check_fit(exam, one))
    complaints = {"frequencies": exam.take_complaint()}
    for one in drawn:
        check_independence(exam, one)
    exam.attempt(lambda: check_equal_rows(exam, lambda: _flat(exam)))
    for one in drawn:
        if one.setting.same_rows:
            exam.attempt(lambda one=one: check_fit(exam, one))
    about_independence = exam.take_complaint()
    if complaints["frequencies"]:  # wrong frequencies alone can make draws look as if they hung together
        about_independence = None
    return complaints | {"independence": about_independence}


def examine_interface(exam: Examination) -> dict[str, str | None]:
    """The complaint about property "interface": shapes, types, untouched input, repetition, batches of a few rows."""
    rng = exam.rng
    for probs in (rng.dirichlet(np.ones(7), 3), rng.dirichlet(np.ones(7), 1), np.ones((4, 1))):
        exam.attempt(lambda probs=probs: _tokens(exam, probs, strict=True))
    exam.attempt(lambda: _tokens(exam, rng.dirichlet(np.full(8000, 0.3), 2), strict=True))
    exam.attempt(lambda: check_repeats(exam, lambda: _flat(exam)))
    exam.attempt(lambda: check_small_batches(exam, small_batches(rng), lambda _: _asker(exam)))
    return {"interface": exam.take_complaint()}


def _asker(exam: Examination):
    return lambda rows, _: _tokens(exam, rows, keep=False)


def _tokens(exam: Examination, probs: np.ndarray, strict: bool = False, keep: bool = True) -> np.ndarray:
    """Tokens int64[B] drawn for probs[B, V]. Their type, and an untouched input, count only if `strict`."""
    given = to_tensor(probs)
    value = exam.ask_untouched(given) if strict else exam.ask(given, keep=keep)
    whole = isinstance(value, torch.Tensor) and not value.is_floating_point() and value.dtype != torch.bool
    got = as_array(exam.task, value, (len(given),), value.dtype if whole and not strict else torch.int64)
    check_range(exam.task, got.astype(np.int64), given.shape[1])
    return got.astype(np.int64)


def _flat(exam: Examination) -> np.ndarray:
    """Tokens of rows that are all equal."""
    return _tokens(exam, np.full((SAME_ROWS, 8), 1 / 8))
