"""Cases of `class Sampler`: entropies exactly, tokens by frequency, and the errors that it owes its user."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from grader import reference
from grader.cases.asking import AnswerError, Examination, WrongAnswer, as_pair, check_range, compare, sentence_of
from grader.cases.exact import ENTROPY_TOLERANCE, HALVES, INF
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
from grader.cases.probes import exact, nucleus_logits, random_logits, separated_logits, to_tensor
from grader.misconceptions.base import Observation, Raised

LOGITS = tuple(-float(rank) for rank in range(6))
BAD_SETTINGS = (
    ("temp", {"temp": 0}),
    ("temp", {"temp": -0.5}),
    ("temp", {"temp": INF}),
    ("temp", {"temp": float("nan")}),
    ("k", {"prob_mode": "topk", "k": 0}),
    ("k", {"prob_mode": "topk", "k": -3}),
    ("p", {"sample_mode": "nucleus", "p": 0.0}),
    ("p", {"sample_mode": "nucleus", "p": -0.1}),
    ("p", {"sample_mode": "nucleus", "p": 1.01}),
    ("prob_mode", {"prob_mode": "top_p"}),
    ("sample_mode", {"sample_mode": "beam"}),
)
BAD_LOGITS = (
    ("логиты не двумерны", [0.5, 1.0, 2.0]),
    ("логиты не двумерны", [[[0.5, 1.0, 2.0]]]),
    ("в строке есть NaN", [[0.5, 1.0], [float("nan"), 0.0]]),
    ("в строке одни −inf", [[0.5, 1.0], [-INF, -INF]]),
)


def _settings(prob_mode: str, sample_mode: str, **numbers: Any) -> dict[str, Any]:
    return {"prob_mode": prob_mode, "sample_mode": sample_mode, "temp": 1.0, "k": None, "p": None, **numbers}


def settings(rng: np.random.Generator) -> tuple[Setting, ...]:
    """What to draw from: every mode; the rows of one probe are moved by a constant of its own."""
    level = float(rng.uniform(-2, 2))

    def drawn(title: str, rows: int, chosen: dict[str, Any], same_rows: bool = False) -> Setting:
        probs = reference.distribution(np.asarray([LOGITS]), **chosen)[0]
        logits = tuple(level + logit for logit in LOGITS)
        return Setting(title, logits, tuple(probs.tolist()), rows, same_rows, settings=chosen)

    return (
        drawn("T = 0.7", 8000, _settings("temperature", "random", temp=0.7)),
        drawn("T = 1.6", 1000, _settings("temperature", "random", temp=1.6)),
        drawn("одинаковые строки", 1000, _settings("temperature", "random", temp=1.3), same_rows=True),
        Setting(
            "равные логиты",
            (level,) * 20,
            (0.05,) * 20,
            1000,
            same_rows=True,
            slack=3,
            settings=_settings("temperature", "random", temp=0.8),
        ),
        drawn("top-k", 1000, _settings("topk", "random", temp=1.5, k=3)),
        drawn("nucleus", 1000, _settings("temperature", "nucleus", temp=1.2, p=0.7)),
        drawn("top-k и nucleus", 1000, _settings("topk", "nucleus", temp=1.5, k=4, p=0.75)),
    )


def small_batches(rng: np.random.Generator) -> list[Setting]:
    """A few rows at a time: enough draws in all to tell the most likely token from a random one."""
    chosen = _settings("temperature", "random", temp=float(rng.uniform(1.2, 1.5)))
    logits = LOGITS[:4]
    probs = reference.distribution(np.asarray([logits]), **chosen)[0]
    return [
        Setting(f"строк в батче: {rows}", logits, tuple(probs.tolist()), 30, settings=chosen, at_once=rows)
        for rows in SMALL_BATCHES
    ]


def tests() -> list[tuple[str, float]]:
    """The randomised tests that a `Sampler` meets, each with an upper bound of its false-alarm rate."""
    found = [test for setting in settings(np.random.default_rng(0)) for test in setting.tests()]
    found += small_batch_tests(small_batches(np.random.default_rng(0)))
    return [*found, ("64 equal rows", 8.0 ** (1 - SAME_ROWS))]


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
    exam.attempt(lambda: check_equal_rows(exam, lambda: _flat(exam)))
    for one in drawn:
        if one.setting.same_rows:
            exam.attempt(lambda one=one: check_fit(exam, one))
    return {"draws": exam.take_complaint()}


def examine_extremes(exam: Examination) -> dict[str, str | None]:
    """The complaint about property "extremes": hard inputs, few rows, types, an untouched input, repetition."""
    for about, chosen, logits in _extreme_cases(exam.rng):
        exam.attempt(lambda args=(about, chosen, logits): _check_entropies(exam, *args, strict=True))
    exam.attempt(lambda: check_repeats(exam, lambda: _flat(exam)))
    small = small_batches(exam.rng)
    exam.attempt(lambda: check_small_batches(exam, small, lambda setting: _Drawer(exam, setting.settings)))
    return {"extremes": exam.take_complaint()}


def examine_errors(exam: Examination) -> dict[str, str | None]:
    """The complaint about property "errors": a ValueError wherever it is owed."""
    good, fine = _settings("temperature", "random"), to_tensor([[0.5, 1.0, 2.0]])
    cases = [(f"{name} = {bad[name]}", {**good, **bad}, fine) for name, bad in BAD_SETTINGS]
    cases += [(about, good, to_tensor(logits)) for about, logits in BAD_LOGITS]
    exam.attempt(lambda: _sample(exam, good, fine))  # one that refuses everything refuses nothing
    for about, chosen, logits in cases:
        exam.attempt(lambda args=(about, chosen, logits): _check_refused(exam, *args))
    return {"errors": exam.take_complaint()}


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


def _flat(exam: Examination) -> np.ndarray:
    return _sample(exam, _settings("temperature", "random"), to_tensor(np.zeros((SAME_ROWS, 8))))[0]


def _check_refused(exam: Examination, about: str, chosen: dict[str, Any], logits: Tensor) -> None:
    """WrongAnswer unless a sampler of these settings, given these logits, raises ValueError."""
    observations = exam.evidence.observations
    try:
        returned = exam.notebook.sample(exam.notebook.create(exam.task, chosen), logits)
    except AnswerError as error:
        observations.append(Observation((chosen, logits), Raised(error.kind or error.type_name, error.message)))
        if error.kind == "ValueError":
            return
        if error.kind == "NotImplementedError":
            raise WrongAnswer(sentence_of(exam.task, error)) from error
        raise WrongAnswer(f"{exam.task}: {about} — нужна ValueError, а случилась {error.type_name}.") from error
    observations.append(Observation((chosen, logits), returned.value, returned.changed))
    raise WrongAnswer(f"{exam.task}: {about} — так работать нельзя, нужна ValueError с понятным сообщением.")
