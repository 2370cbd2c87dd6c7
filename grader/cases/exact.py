"""Exact cases of the four functions without chance: probabilities to 1e-5, entropies to 1e-3 nats.

Each `*_cases` returns, by the name of a property (see `grader.cases.properties`), what the answer is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from grader import reference
from grader.cases.asking import Examination, WrongAnswer, as_array, compare, decimal
from grader.cases.probes import exact, nucleus_rows, random_logits, separated_logits, shifted, to_tensor, wide_nucleus

PROBS_TOLERANCE = 1e-5
ENTROPY_TOLERANCE = 1e-3
POSSIBLE = 1e-12  # a probability above this is one; what a filler such as -100 leaves is not
LOOP_RATIO = 4.0  # operations for 16 times the rows over those for one batch; a loop over rows has 16
INF = float("inf")
HALVES = (torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class Case:
    """One question: `about` names the kind of input to the student; `parameter` is T, k or p (None for entropy)."""

    about: str
    given: Tensor
    parameter: float | None = None

    @property
    def args(self) -> tuple:
        """What the function is called with."""
        return (self.given,) if self.parameter is None else (self.given, self.parameter)


Cases = dict[str, list[Case]]


def _some(rng: np.random.Generator, fewest: int, most: int) -> int:
    """How many rows, tokens ...: no answer knows the sizes beforehand."""
    return int(rng.integers(fewest, most + 1))


def temperature_cases(rng: np.random.Generator) -> Cases:
    """Cases of `temperature_probs(logits, temp)`."""
    small = [[1.5, -0.5, 0.25, 3.0], [0.0, 2.0, -1.0, 0.5]]
    values = [Case(f"T = {decimal(temp)}", shifted(rng, small), temp) for temp in (1.0, 0.5, 2.0)]
    spans = ((0.25, 0.45), (0.6, 0.8), (1.2, 1.6), (0.2, 4))
    for temp in (*(float(rng.uniform(*span)) for span in spans), _some(rng, 2, 4)):
        square = _some(rng, 5, 8)
        values.append(Case("разные строки", random_logits(rng, _some(rng, 4, 6), _some(rng, 7, 12)), temp))
        values.append(Case("столько же строк, сколько токенов", random_logits(rng, square, square), temp))
    values.append(Case("большой словарь", random_logits(rng, 2, _some(rng, 6000, 9000)), 0.8))
    extremes = []
    for temp in (0.5, 1.0, 2.0):
        huge = [[1e4, 1e4 - 1, -1e4, 0.0], [-1e4, -1e4 + 2, -1e4 - 2, -1e4]]
        extremes.append(Case("логиты ±10 000", to_tensor(huge), temp))
        extremes.append(Case("логиты −inf", shifted(rng, [[0.5, -INF, 1.5, -INF], [-INF, -INF, 2.0, 1.0]]), temp))
    for dtype in HALVES:
        extremes.append(Case("логиты половинной точности", random_logits(rng, 4, _some(rng, 25, 35), dtype), 0.7))
    interface = [Case("батч из одной строки", random_logits(rng, 1, _some(rng, 5, 9)), temp) for temp in (0.7, 2)]
    interface.append(Case("словарь из одного токена", random_logits(rng, _some(rng, 2, 4), 1), 0.8))
    interface.append(Case("разные строки", random_logits(rng, _some(rng, 3, 5), _some(rng, 9, 12)), 1.7))
    return {"probs": values, "extremes": extremes, "interface": interface}


def top_k_cases(rng: np.random.Generator) -> Cases:
    """Cases of `top_k_probs(logits, k)`."""
    small = [[-2.0, -0.5, -4.0, -1.25], [0.5, 3.0, -1.0, 1.5]]
    values = [Case(f"k = {k}", shifted(rng, small), k) for k in (1, 2, 3)]
    for k in (1, _some(rng, 2, 4), _some(rng, 5, 6), _some(rng, 2, 7)):
        square = _some(rng, 8, 10)
        values.append(Case("разные строки", separated_logits(rng, _some(rng, 5, 7), _some(rng, 10, 14), k), k))
        values.append(Case("столько же строк, сколько токенов", separated_logits(rng, square, square, k), k))
    k = _some(rng, 40, 60)
    values.append(Case("большой словарь", separated_logits(rng, 2, _some(rng, 4000, 6000), k), k))
    vocab = _some(rng, 7, 11)
    edges = [Case("k не меньше размера словаря", random_logits(rng, 3, vocab), k) for k in (vocab, vocab + 1, 40)]
    edges.append(Case("равные логиты внутри первых k", shifted(rng, [[3.0, 1.0, 3.0, 0.0], [1.0, 1.0, -2.0, 5.0]]), 3))
    edges.append(
        Case("логиты ±10 000", to_tensor([[1e4, -1e4, 1e4 - 1, 0.0], [-1e4, -1e4 + 1, -1e4 - 3, -1e4 - 1]]), 2)
    )
    few = [[0.5, -INF, 1.5, -INF], [-INF, -INF, 2.0, -INF]]
    edges.append(Case("логитов, отличных от −inf, меньше k", shifted(rng, few), 3))
    for dtype in HALVES:
        k, vocab = _some(rng, 5, 7), _some(rng, 25, 35)
        edges.append(Case("логиты половинной точности", separated_logits(rng, 4, vocab, k, dtype), k))
    ks = (1, _some(rng, 3, 5))
    interface = [Case("батч из одной строки", separated_logits(rng, 1, _some(rng, 8, 12), k), k) for k in ks]
    interface.append(Case("разные строки", separated_logits(rng, _some(rng, 3, 5), _some(rng, 9, 12), 3), 3))
    return {"support": values, "probs": values, "edges": edges, "interface": interface}


def nucleus_cases(rng: np.random.Generator) -> Cases:
    """Cases of `nucleus_probs(probs, p)`."""
    small = [[0.2, 0.5, 0.3], [0.6, 0.1, 0.3], [0.08, 0.82, 0.1]]
    values = [Case(f"p = {decimal(p)}", to_tensor(small), p) for p in (0.3, 0.65, 0.75, 0.95)]
    for span in ((0.2, 0.3), (0.45, 0.55), (0.65, 0.75), (0.85, 0.95), (0.3, 0.9)):
        p, square = float(rng.uniform(*span)), _some(rng, 8, 10)
        values.append(Case("разные строки", nucleus_rows(rng, _some(rng, 5, 7), _some(rng, 10, 14), p), p))
        values.append(Case("столько же строк, сколько токенов", nucleus_rows(rng, square, square, p), p))
    values.append(Case("большой словарь", *wide_nucleus(rng, _some(rng, 3000, 5000))))
    edges = [
        Case("очень маленькое p", nucleus_rows(rng, _some(rng, 4, 6), _some(rng, 7, 9), 0.004), 0.004),
        Case("p = 1", to_tensor(rng.permuted(np.tile([0.4, 0.3, 0.15, 0.1, 0.05], (4, 1)), axis=1)), 1.0),
        Case("p = 1", to_tensor([[0.25, 0.25, 0.25, 0.25]]), 1),
        Case("среди вероятностей есть нули", to_tensor([[0.0, 0.3, 0.0, 0.7], [0.6, 0.0, 0.4, 0.0]]), 0.95),
        Case("один возможный токен", to_tensor([[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]), 0.5),
    ]
    interface = [Case("батч из одной строки", nucleus_rows(rng, 1, _some(rng, 8, 12), p), p) for p in (0.4, 0.8)]
    interface.append(Case("разные строки", nucleus_rows(rng, _some(rng, 3, 5), _some(rng, 9, 12), 0.6), 0.6))
    return {"support": values, "probs": values, "edges": edges, "interface": interface}


def entropy_cases(rng: np.random.Generator) -> Cases:
    """Cases of `entropy(probs)`."""
    vocab, square = _some(rng, 1500, 2500), _some(rng, 5, 8)  # in float32, term by term, a sum of more loses 1e-3
    values = [Case("разные строки", to_tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]]))]
    for size in (2, _some(rng, 4, 8), _some(rng, 30, 50)):
        values.append(Case("разные строки", to_tensor(positive(rng, size, _some(rng, 4, 6)))))
    values.append(Case("столько же строк, сколько токенов", to_tensor(positive(rng, square, square))))
    values.append(Case("равномерное распределение на большом словаре", to_tensor(np.full((2, vocab), 1 / vocab))))
    values.append(Case("большой словарь", to_tensor(positive(rng, vocab, 2))))
    zeros = [[0.5, 0.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.2, 0.0, 0.8]]
    size = _some(rng, 25, 35)
    holes = np.where(rng.random((4, size)) < 0.5, 0.0, positive(rng, size, 4))
    edges = [
        Case("есть нулевые вероятности", to_tensor(zeros)),
        Case("есть нулевые вероятности", to_tensor(holes / holes.sum(axis=1, keepdims=True))),
        Case("один возможный токен", to_tensor(np.eye(_some(rng, 4, 7))[[2, 0, 3]])),
    ]
    sizes = (1, _some(rng, 4, 8), _some(rng, 30, 50))
    interface = [Case("батч из одной строки", to_tensor(positive(rng, size, 1))) for size in sizes]
    interface.append(Case("разные строки", to_tensor(positive(rng, _some(rng, 8, 11), _some(rng, 3, 5)))))
    return {"values": values, "zeros": edges, "interface": interface}


def positive(rng: np.random.Generator, vocab: int, rows: int) -> np.ndarray:
    """Random probabilities without a zero: [rows, vocab]."""
    weights = rng.dirichlet(np.full(vocab, 0.7), rows) + 0.01 / vocab
    return weights / weights.sum(axis=1, keepdims=True)


MAKE: dict[str, Callable[[np.random.Generator], Cases]] = {
    "temperature_probs": temperature_cases,
    "top_k_probs": top_k_cases,
    "nucleus_probs": nucleus_cases,
    "entropy": entropy_cases,
}
RIGHT: dict[str, Callable[..., np.ndarray]] = {name: getattr(reference, name) for name in MAKE}


def examine_property(exam: Examination, name: str, cases: list[Case]) -> None:
    """Ask every case of one property; the first thing wrong is the examination's complaint."""
    for case in cases:
        exam.attempt(lambda case=case: _check(exam, name, case))


def _check(exam: Examination, name: str, case: Case) -> None:
    strict = name == "interface"
    got = exam.ask_untouched(*case.args) if strict else exam.ask(*case.args)
    right = RIGHT[exam.task](exact(case.given), *case.args[1:])
    array = as_array(exam.task, got, right.shape, torch.float32 if strict else None)
    if name == "support":
        _compare_support(exam.task, case.about, array, right)
    else:
        tolerance = ENTROPY_TOLERANCE if exam.task == "entropy" else PROBS_TOLERANCE
        compare(exam.task, case.about, array, right, tolerance)


def _compare_support(name: str, about: str, got: np.ndarray, right: np.ndarray) -> None:
    """WrongAnswer unless the same tokens have a probability above zero."""
    if not np.isfinite(got).all():
        raise WrongAnswer(f"{name}: {about} — в ответе NaN или бесконечность.")
    kept, needed = got > POSSIBLE, right > 0
    if (kept == needed).all():
        return
    row = int((kept != needed).any(axis=1).argmax())
    counts = int(kept[row].sum()), int(needed[row].sum())
    if counts[0] == counts[1]:
        raise WrongAnswer(f"{name}: {about} — вероятность больше нуля не у тех токенов, что нужно.")
    raise WrongAnswer(f"{name}: {about} — в строке осталось токенов: {counts[0]}, а должно остаться {counts[1]}.")


PLAIN: dict[str, Callable[[np.random.Generator], Case]] = {
    "temperature_probs": lambda rng: Case("", random_logits(rng, 4, 11), 1.7),
    "top_k_probs": lambda rng: Case("", separated_logits(rng, 4, 11, 3), 3),
    "nucleus_probs": lambda rng: Case("", nucleus_rows(rng, 4, 11, 0.6), 0.6),
    "entropy": lambda rng: Case("", to_tensor(positive(rng, 9, 4))),
}


def loops_over_rows(exam: Examination) -> bool:
    """Whether the answer handles its rows one after another in Python, seen by counting its tensor operations."""
    case = PLAIN[exam.task](exam.rng)
    many = case.given.repeat(16, 1)
    few, more = (
        exam.notebook.operations(exam.task, *case.args),
        exam.notebook.operations(exam.task, many, *case.args[1:]),
    )
    return bool(few and more and more / few > LOOP_RATIO)
