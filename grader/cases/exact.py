"""Exact cases of the four functions without chance: probabilities to 1e-5, entropies to 1e-3 nats."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from grader import reference
from grader.cases.asking import ask_tensor, compare
from grader.cases.probes import exact, nucleus_rows, random_logits, separated_logits, to_tensor

PROBS_TOLERANCE = 1e-5
ENTROPY_TOLERANCE = 1e-3
INF = float("inf")
HALVES = (torch.float16, torch.bfloat16)


def grade_temperature_probs(function: Callable, seed: int | None = None) -> None:
    """Cases of `temperature_probs(logits, temp)`; WrongAnswer on the first that fails."""
    rng = np.random.default_rng(seed)

    def case(about: str, logits: Tensor, temp: float) -> None:
        _compare_probs("temperature_probs", function, about, logits, temp, reference.temperature_probs)

    for temp in (1.0, 0.5, 2.0):
        case(f"T = {temp}", to_tensor([[1.5, -0.5, 0.25, 3.0], [0.0, 2.0, -1.0, 0.5]]), temp)
    for temp in (0.3, 0.7, 1.3, 3, float(rng.uniform(0.2, 4))):
        case("разные строки", random_logits(rng, 5, 9), temp)
        case("столько же строк, сколько токенов", random_logits(rng, 6, 6), temp)
        case("батч из одной строки", random_logits(rng, 1, 7), temp)
    case("большой словарь", random_logits(rng, 2, 8000), 0.8)
    case("словарь из одного токена", random_logits(rng, 3, 1), 0.8)
    for temp in (0.5, 1.0, 2.0):
        case("логиты ±10 000", to_tensor([[1e4, 1e4 - 1, -1e4, 0.0], [-1e4, -1e4 + 2, -1e4 - 2, -1e4]]), temp)
        case("логиты −inf", to_tensor([[0.5, -INF, 1.5, -INF], [-INF, -INF, 2.0, 1.0]]), temp)
    for dtype in HALVES:
        case("логиты половинной точности", random_logits(rng, 4, 30, dtype), 0.7)


def grade_top_k_probs(function: Callable, seed: int | None = None) -> None:
    """Cases of `top_k_probs(logits, k)`; WrongAnswer on the first that fails."""
    rng = np.random.default_rng(seed)

    def case(about: str, logits: Tensor, k: int) -> None:
        _compare_probs("top_k_probs", function, about, logits, k, reference.top_k_probs)

    for k in (1, 2, 3):
        case(f"k = {k}", to_tensor([[-2.0, -0.5, -4.0, -1.25], [0.5, 3.0, -1.0, 1.5]]), k)
    for k in (1, 3, 5, int(rng.integers(2, 8))):
        case("разные строки", separated_logits(rng, 6, 12, k), k)
        case("столько же строк, сколько токенов", separated_logits(rng, 9, 9, k), k)
        case("батч из одной строки", separated_logits(rng, 1, 10, k), k)
    for k in (9, 10, 40):
        case("k не меньше размера словаря", random_logits(rng, 3, 9), k)
    case("большой словарь", separated_logits(rng, 2, 5000, 50), 50)
    case("равные логиты внутри первых k", to_tensor([[3.0, 1.0, 3.0, 0.0], [1.0, 1.0, -2.0, 5.0]]), 3)
    case("логиты ±10 000", to_tensor([[1e4, -1e4, 1e4 - 1, 0.0], [-1e4, -1e4 + 1, -1e4 - 3, -1e4 - 1]]), 2)
    case("логитов, отличных от −inf, меньше k", to_tensor([[0.5, -INF, 1.5, -INF], [-INF, -INF, 2.0, -INF]]), 3)
    for dtype in HALVES:
        case("логиты половинной точности", separated_logits(rng, 4, 30, 6, dtype), 6)


def grade_nucleus_probs(function: Callable, seed: int | None = None) -> None:
    """Cases of `nucleus_probs(probs, p)`; WrongAnswer on the first that fails."""
    rng = np.random.default_rng(seed)

    def case(about: str, probs: Tensor, p: float) -> None:
        _compare_probs("nucleus_probs", function, about, probs, p, reference.nucleus_probs)

    for p in (0.3, 0.65, 0.75, 0.95):
        case(f"p = {p}", to_tensor([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3], [0.08, 0.82, 0.1]]), p)
    for p in (0.25, 0.5, 0.7, 0.9, float(rng.uniform(0.3, 0.9))):
        case("разные строки", nucleus_rows(rng, 6, 12, p), p)
        case("столько же строк, сколько токенов", nucleus_rows(rng, 9, 9, p), p)
        case("батч из одной строки", nucleus_rows(rng, 1, 10, p), p)
    case("очень маленькое p", nucleus_rows(rng, 5, 8, 0.004), 0.004)
    case("p = 1", to_tensor(rng.permuted(np.tile([0.4, 0.3, 0.15, 0.1, 0.05], (4, 1)), axis=1)), 1.0)
    case("p = 1", to_tensor([[0.25, 0.25, 0.25, 0.25]]), 1)
    case("большой словарь", nucleus_rows(rng, 2, 5000, 0.8), 0.8)
    case("среди вероятностей есть нули", to_tensor([[0.0, 0.3, 0.0, 0.7], [0.6, 0.0, 0.4, 0.0]]), 0.95)
    case("один возможный токен", to_tensor([[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]]), 0.5)


def grade_entropy(function: Callable, seed: int | None = None) -> None:
    """Cases of `entropy(probs)`; WrongAnswer on the first that fails."""
    rng = np.random.default_rng(seed)

    def case(about: str, probs: Tensor) -> None:
        got = ask_tensor("entropy", function, probs, shape=(len(probs),), dtype=torch.float32)
        compare("entropy", about, got, reference.entropy(exact(probs)), ENTROPY_TOLERANCE)

    case("разные строки", to_tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]]))
    case("есть нулевые вероятности", to_tensor([[0.5, 0.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.2, 0.0, 0.8]]))
    for vocab in (1, 2, 5, 40):
        case("разные строки", to_tensor(rng.dirichlet(np.ones(vocab), 5)))
        case("батч из одной строки", to_tensor(rng.dirichlet(np.ones(vocab), 1)))
    case("столько же строк, сколько токенов", to_tensor(rng.dirichlet(np.full(6, 0.5), 6)))
    case("равномерное распределение на большом словаре", to_tensor(np.full((2, 8000), 1 / 8000)))
    case("большой словарь", to_tensor(rng.dirichlet(np.full(8000, 0.3), 2)))


def _compare_probs(
    name: str, function: Callable, about: str, given: Tensor, parameter: float, right: Callable[..., np.ndarray]
) -> None:
    got = ask_tensor(name, function, given, parameter, shape=tuple(given.shape), dtype=torch.float32)
    compare(name, about, got, right(exact(given), parameter), PROBS_TOLERANCE)
