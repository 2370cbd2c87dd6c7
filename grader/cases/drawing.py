"""Cases of `draw(probs[B, V]) -> tokens int64[B]`."""

import contextlib
from dataclasses import replace

import numpy as np
import torch

from grader import reference
from grader.cases.asking import Examination, WrongAnswer, as_array, check_range
from grader.cases.frequency import (
    check_equal_rows,
    check_fit,
    check_independence,
    check_repeats,
    check_settings_of_few,
    draw_setting,
    equal_rows_bound,
)
from grader.cases.probes import to_tensor
from grader.cases.settings import Setting, pooled_cells, random_batches, small_batches, tests_of

FLAT = 8
"""Tokens of rows in which all are equally likely."""


def settings(rng: np.random.Generator) -> tuple[Setting, ...]:
    """What to draw from: the probabilities and the sizes of batches are fresh."""
    peaked = reference.temperature_probs(-np.arange(6.0)[None], float(rng.uniform(0.9, 1.2)))[0]
    three = np.asarray([0.5, 0.3, 0.2]) + rng.uniform(-0.03, 0.03, 3)
    uneven = rng.uniform(0.7, 1.3, 20)
    one_batch = (int(rng.integers(1900, 2100)),)
    return (
        _setting("у каждой строки свой порядок токенов", [*peaked, 0.0, 0.0], random_batches(rng, 3000, 2)),
        _setting("одинаковые строки", [*three, 0.0], one_batch, same_rows=True, repeats=True),
        _setting("двадцать токенов", uneven, random_batches(rng, 2000, 2, 3), same_rows=True, evenness=True),
    )


def settings_of_few(rng: np.random.Generator) -> list[Setting]:
    """Small batches, and a vocabulary like a model's, half of it impossible."""
    probs = np.asarray([0.5, 0.3, 0.2]) + rng.uniform(-0.03, 0.03, 3)
    words = np.zeros(int(rng.integers(1000, 1400)))
    likely = len(words) // 2
    words[:likely] = 1 / np.arange(3, likely + 3)  # as in Zipf's law
    large = _setting("большой словарь", words, random_batches(rng, 34, 2), few=True)
    return [*small_batches(rng, _setting("", probs, ())), replace(large, cells=pooled_cells(np.asarray(large.probs)))]


def _setting(title: str, weights: np.ndarray | list[float], batches: tuple[int, ...], **about: bool) -> Setting:
    held = (np.asarray(weights) / np.sum(weights)).astype(np.float32).astype(np.float64)
    return Setting(title, tuple(held.tolist()), tuple((held / held.sum()).tolist()), batches, **about)


def tests() -> list[tuple[str, float]]:
    """The randomised tests that a `draw` meets, each with an upper bound of its false-alarm rate."""
    rng = np.random.default_rng(0)
    return [*tests_of(settings(rng)), *tests_of(settings_of_few(rng)), ("equal rows", equal_rows_bound(FLAT))]


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
    exam.attempt(lambda: check_equal_rows(exam, lambda rows: _flat(exam, rows)))
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
    exam.attempt(lambda: check_repeats(exam, lambda rows: _flat(exam, rows)))
    check_settings_of_few(exam, settings_of_few(rng), lambda _: _asker(exam))
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


def _flat(exam: Examination, rows: int) -> np.ndarray:
    """Tokens of rows that are all equal."""
    return _tokens(exam, np.full((rows, FLAT), 1 / FLAT))
