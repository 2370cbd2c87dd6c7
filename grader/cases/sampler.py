"""Cases of `class Sampler`: entropies exactly, tokens by frequency, and what it does without settings."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from grader import reference
from grader.cases.asking import AnswerError, Examination, WrongAnswer, as_pair, check_range, compare
from grader.cases.exact import ENTROPY_TOLERANCE, HALVES, INF
from grader.cases.frequency import (
    check_equal_rows,
    check_fit,
    check_independence,
    check_repeats,
    check_settings_of_few,
    draw_setting,
    equal_rows_bound,
)
from grader.cases.probes import MARGIN, exact, nucleus_logits, random_logits, separated_logits, to_tensor
from grader.cases.settings import Setting, pooled_cells, random_batches, small_batches, tests_of

LOGITS = tuple(-float(rank) for rank in range(6))
LEVEL = 8.0
"""How far the logits of one probe are moved, at most; no softmax sees it."""

FLAT = 8
"""Tokens of rows in which all are equally likely."""


def _settings(prob_mode: str, sample_mode: str, **numbers: Any) -> dict[str, Any]:
    return {"prob_mode": prob_mode, "sample_mode": sample_mode, "temp": 1.0, "k": None, "p": None, **numbers}


def _apart(rng: np.random.Generator, prob_mode: str, temp: float, k: int | None, least: float) -> dict[str, Any]:
    """Settings of a nucleus of LOGITS whose p, drawn from least .. least + 0.1, is not near any boundary."""
    before = reference.distribution(np.asarray([LOGITS]), prob_mode, "random", temp, k)
    while True:
        p = float(rng.uniform(least, least + 0.1))
        if reference.boundary_distance(before, p) >= MARGIN:
            return _settings(prob_mode, "nucleus", temp=temp, k=k, p=p)


def _drawn(
    rng: np.random.Generator, title: str, shape: Sequence[float], chosen: dict, batches: tuple[int, ...], **about: bool
) -> Setting:
    """Logits of this shape, by rank, moved by a constant, drawn from by a sampler of the settings `chosen`."""
    probs = reference.distribution(np.asarray([shape]), **chosen)[0]
    logits = tuple((rng.uniform(-LEVEL, LEVEL) + np.asarray(shape)).tolist())
    return Setting(title, logits, tuple(probs.tolist()), batches, settings=chosen, **about)


def settings(rng: np.random.Generator) -> tuple[Setting, ...]:
    """What to draw from: every mode; temperatures, k, p, sizes of batches and levels of the logits are fresh."""

    def heated(least: float, most: float) -> dict[str, Any]:
        return _settings("temperature", "random", temp=float(rng.uniform(least, most)))

    top_k = _settings("topk", "random", temp=float(rng.uniform(1.4, 1.6)), k=int(rng.integers(2, 5)))
    nucleus = _apart(rng, "temperature", float(rng.uniform(1.1, 1.3)), None, 0.65)
    both = _apart(rng, "topk", float(rng.uniform(1.4, 1.6)), 4, 0.7)
    uneven, one_batch = rng.uniform(-0.3, 0.3, 20), (int(rng.integers(950, 1050)),)
    rows = [random_batches(rng, 8000, 2), *(random_batches(rng, 1000, 2) for _ in range(4))]
    same, twenty = {"same_rows": True, "repeats": True}, {"same_rows": True, "evenness": True}
    return (
        _drawn(rng, "низкая температура", LOGITS, heated(0.65, 0.75), rows[0]),
        _drawn(rng, "высокая температура", LOGITS, heated(1.5, 1.7), rows[1]),
        _drawn(rng, "одинаковые строки", LOGITS, heated(1.2, 1.4), one_batch, **same),
        _drawn(rng, "двадцать токенов", uneven, heated(0.7, 0.9), random_batches(rng, 1000, 2, 3), **twenty),
        _drawn(rng, "top-k", LOGITS, top_k, rows[2]),
        _drawn(rng, "nucleus", LOGITS, nucleus, rows[3]),
        _drawn(rng, "top-k и nucleus", LOGITS, both, rows[4]),
    )


def settings_of_few(rng: np.random.Generator) -> list[Setting]:
    """Small batches, and a vocabulary like a model's."""
    chosen = _settings("temperature", "random", temp=float(rng.uniform(1.2, 1.5)))
    words = -np.log(np.arange(3, rng.integers(1000, 2000)))  # as in Zipf's law
    mild = {**chosen, "temp": float(rng.uniform(0.9, 1.1))}
    large = _drawn(rng, "большой словарь", words, mild, random_batches(rng, 25, 2), same_rows=True, few=True)
    small = small_batches(rng, _drawn(rng, "", LOGITS[:4], chosen, ()))
    return [*small, replace(large, cells=pooled_cells(np.asarray(large.probs)))]


def tests() -> list[tuple[str, float]]:
    """The randomised tests that a `Sampler` meets, each with an upper bound of its false-alarm rate."""
    rng = np.random.default_rng(0)
    return [*tests_of(settings(rng)), *tests_of(settings_of_few(rng)), ("equal rows", equal_rows_bound(FLAT))]


def examine_greedy(exam: Examination) -> dict[str, str | None]:
    """The complaint about property "greedy"."""
    for chosen in (_settings("temperature", "greedy", temp=1.7), _settings("topk", "greedy", k=3)):
        exam.attempt(lambda chosen=chosen: _check_greedy(exam, chosen))
    return {"greedy": exam.take_complaint()}


def examine_entropies(exam: Examination) -> dict[str, str | None]:
    """The complaint about property "entropies"."""
    for about, chosen, logits in _plain_cases(exam.rng):
        exam.attempt(lambda args=(about, chosen, logits): _check_entropies(exam, *args))
    exam.attempt(lambda: _check_second_call(exam))
    return {"entropies": exam.take_complaint()}


def examine_draws(exam: Examination) -> dict[str, str | None]:
    """The complaint about property "draws": frequencies, independent rows and calls."""
    drawn = []
    for setting in settings(exam.rng):
        exam.attempt(lambda setting=setting: drawn.append(draw_setting(exam, setting, _Drawer(exam, setting.settings))))
    for one in drawn:
        if not one.setting.same_rows:
            exam.attempt(lambda one=one: check_fit(exam, one))
    for one in drawn:
        check_independence(exam, one)
    exam.attempt(lambda: check_equal_rows(exam, lambda rows: _flat(exam, rows)))
    for one in drawn:
        if one.setting.same_rows:
            exam.attempt(lambda one=one: check_fit(exam, one))
    return {"draws": exam.take_complaint()}


def examine_extremes(exam: Examination) -> dict[str, str | None]:
    """The complaint about property "extremes": hard inputs, few rows, types, an untouched input, repetition."""
    for about, chosen, logits in _extreme_cases(exam.rng):
        exam.attempt(lambda args=(about, chosen, logits): _check_entropies(exam, *args, strict=True))
    exam.attempt(lambda: check_repeats(exam, lambda rows: _flat(exam, rows)))
    exam.attempt(lambda: _check_defaults(exam))
    check_settings_of_few(exam, settings_of_few(exam.rng), lambda setting: _Drawer(exam, setting.settings))
    return {"extremes": exam.take_complaint()}


def _sample(
    exam: Examination, chosen: dict[str, Any], logits: Tensor, strict: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    returned = exam.sample(exam.make(chosen), chosen, logits)
    tokens, entropies = as_pair(exam.task, returned.value, len(logits), strict)
    if strict:
        exam.check_untouched(returned)
    check_range(exam.task, tokens, logits.shape[1])
    return tokens, entropies


def _check_greedy(exam: Examination, chosen: dict[str, Any]) -> None:
    for rows in (6, 2):
        logits = random_logits(exam.rng, rows, 11)
        tokens, entropies = _sample(exam, chosen, logits)
        if (tokens != exact(logits).argmax(axis=1)).any():
            raise WrongAnswer(f"{exam.task}: жадный выбор берёт не самый вероятный токен.")
        compare(exam.task, "энтропия жадного выбора", entropies, np.zeros(rows), ENTROPY_TOLERANCE)


def _check_entropies(
    exam: Examination, about: str, chosen: dict[str, Any], logits: Tensor, strict: bool = False
) -> None:
    tokens, entropies = _sample(exam, chosen, logits, strict)
    probs = reference.distribution(exact(logits), **chosen)
    compare(exam.task, f"энтропия, {about}", entropies, reference.entropy(probs), ENTROPY_TOLERANCE)
    if strict and (np.take_along_axis(probs, tokens[:, None], axis=1) == 0).sum() >= 2:
        raise WrongAnswer(f"{exam.task}: {about} — выбран токен, вероятность которого равна 0.")


def _check_second_call(exam: Examination) -> None:
    """WrongAnswer unless a sampler that has seen other logits is as good as a new one."""
    chosen = _settings("temperature", "random", temp=0.9)
    made = exam.make(chosen)
    for rows in (4, 6):
        logits = random_logits(exam.rng, rows, 10)
        _, entropies = as_pair(exam.task, exam.sample(made, chosen, logits).value, rows, strict=False)
        right = reference.entropy(reference.distribution(exact(logits), **chosen))
        compare(exam.task, "энтропия, второй вызов", entropies, right, ENTROPY_TOLERANCE)


def _four_modes(
    rng: np.random.Generator, about: str, rows: int, vocab: int, dtype: torch.dtype = torch.float32
) -> list[tuple[str, dict[str, Any], Tensor]]:
    """(about, settings, logits) for each kind of distribution."""
    random = _settings("temperature", "random", temp=float(rng.uniform(0.5, 2)))
    topk = _settings("topk", "random", temp=float(rng.uniform(0.5, 2)), k=4)
    nucleus = _settings("temperature", "nucleus", temp=float(rng.uniform(0.5, 2)), p=0.8)
    both = _settings("topk", "nucleus", temp=float(rng.uniform(0.5, 2)), k=5, p=0.7)
    return [
        (f"temperature, {about}", random, random_logits(rng, rows, vocab, dtype)),
        (f"top-k, {about}", topk, separated_logits(rng, rows, vocab, topk["k"], dtype)),
        (f"nucleus, {about}", nucleus, nucleus_logits(rng, rows, vocab, nucleus, dtype)),
        (f"top-k и nucleus, {about}", both, nucleus_logits(rng, rows, vocab, both, dtype)),
    ]


def _plain_cases(rng: np.random.Generator) -> list[tuple[str, dict[str, Any], Tensor]]:
    """Every mode on several rows, twice with other numbers, and once on a large vocabulary."""
    cases = _four_modes(rng, "разные строки", 5, 12) + _four_modes(rng, "разные строки", 7, 9)
    return cases + _four_modes(rng, "большой словарь", 3, 2000)


def _extreme_cases(rng: np.random.Generator) -> list[tuple[str, dict[str, Any], Tensor]]:
    cases = _four_modes(rng, "батч из одной строки", 1, 12)
    for dtype in HALVES:
        cases += _four_modes(rng, "половинная точность", 5, 12, dtype)
    huge = to_tensor([[1e4, 1e4 - 1, -1e4, 0.0], [-1e4, -1e4 + 2, -1e4 - 2, -1e4 + 1]])
    holes = to_tensor([[0.5, -INF, 1.5, -INF], [-INF, -INF, 2.0, 1.0]])
    for chosen in (_settings("temperature", "random"), _settings("topk", "random", k=9)):
        cases += [("логиты ±10 000", chosen, huge), ("логиты −inf", chosen, holes)]
    cases.append(("p = 1", _settings("temperature", "nucleus", p=1.0), random_logits(rng, 3, 6).clamp(-1, 1)))
    cases.append(("жадный выбор, одна строка", _settings("temperature", "greedy"), random_logits(rng, 1, 11)))
    return cases


class _Drawer:
    """Two calls of one sampler, the third of another: neither may repeat the first."""

    def __init__(self, exam: Examination, chosen: dict[str, Any]):
        self.exam, self.chosen, self.made = exam, chosen, exam.make(chosen)

    def __call__(self, rows: np.ndarray, number: int) -> np.ndarray:
        made = self.made if number < 2 else self.exam.make(self.chosen)
        returned = self.exam.sample(made, self.chosen, to_tensor(rows), keep=False)
        tokens, _ = as_pair(self.exam.task, returned.value, len(rows), strict=False)
        check_range(self.exam.task, tokens, rows.shape[1])
        return tokens.astype(np.int64)


def _flat(exam: Examination, rows: int) -> np.ndarray:
    return _sample(exam, _settings("temperature", "random"), to_tensor(np.zeros((rows, FLAT))))[0]


def _check_defaults(exam: Examination) -> None:
    """WrongAnswer unless a sampler that is told nothing, or only to cut, is greedy: the rest has default values."""
    for given in ({}, {"prob_mode": "topk", "k": int(exam.rng.integers(2, 6))}):
        chosen = _settings(**{"prob_mode": "temperature", "sample_mode": "greedy", **given})
        logits = random_logits(exam.rng, 4, 9)
        try:
            made = exam.notebook.create(exam.task, given)
        except AnswerError as error:
            exam.evidence.signs.add("no-defaults")
            sentence = f"{exam.task}: у настроек есть значения по умолчанию, а без них случилась {error.type_name}."
            raise WrongAnswer(sentence) from error
        returned = exam.sample(made, chosen, logits, keep=False)
        tokens, _ = as_pair(exam.task, returned.value, len(logits), strict=False)
        if (tokens != exact(logits).argmax(axis=1)).any():
            _check_greedy(exam, chosen)  # it may be greediness that is wrong
            exam.evidence.signs.add("no-defaults")
            raise WrongAnswer(f"{exam.task}: по умолчанию выбор жадный, из всех токенов, а получилось иначе.")
