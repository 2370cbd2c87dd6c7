"""The seam between cases and answers: every value of an answer is asked for here and nowhere else.

The answer is any callable with the homework's signature. A later grader may put a proxy in its place that asks a
process elsewhere; the cases need nothing but what `ask_tensor` and `ask_pair` return.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib.expect import call, check_tensor


class WrongAnswer(AssertionError):
    """An answer is wrong; the message is the sentence for the student."""


def default_device() -> torch.device:
    """Where probes lie: on CUDA when there is one, by the same code."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def ask(name: str, function: Callable, *args: Any) -> Any:
    """function(*args); WrongAnswer if it raises or changes a tensor that it was given."""
    try:
        return call(name, function, *args)
    except NotImplementedError as error:
        raise WrongAnswer(f"{name}: здесь пока нет ответа.") from error
    except AssertionError as error:
        raise WrongAnswer(str(error) or f"{name}: сработал assert без сообщения.") from error
    except Exception as error:
        said = str(error).split("\n")[0][:200]
        raise WrongAnswer(f"{name}: код остановился с ошибкой «{type(error).__name__}: {said}».") from error


def ask_tensor(
    name: str, function: Callable, given: Tensor, *args: Any, shape: tuple, dtype: torch.dtype
) -> np.ndarray:
    """What the answer returns for `given`, as NumPy (float64 for floats); WrongAnswer if it is no such tensor."""
    return as_array(name, ask(name, function, given, *args), shape, dtype, given.device)


def ask_pair(name: str, function: Callable, logits: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """(tokens int64[B], entropies[B]) of `Sampler.sample`; WrongAnswer if it is no such pair."""
    pair = ask(name, function, logits)
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise WrongAnswer(f"{name}: нужна пара (токены, энтропия), а вернулся объект типа {type(pair).__name__}.")
    shape = (len(logits),)
    tokens = as_array(f"{name}, токены", pair[0], shape, torch.int64, logits.device)
    entropies = as_array(f"{name}, энтропия", pair[1], shape, torch.float32, logits.device)
    check_range(name, tokens, logits.shape[1])
    return tokens, entropies


def as_array(name: str, value: Any, shape: tuple, dtype: torch.dtype, device: torch.device) -> np.ndarray:
    """A tensor of the expected shape, type and place as NumPy, else WrongAnswer."""
    try:
        tensor = check_tensor(value, name, shape, dtype, device).cpu()
    except AssertionError as error:
        raise WrongAnswer(str(error)) from error
    return tensor.double().numpy() if dtype.is_floating_point else tensor.numpy()


def check_range(name: str, tokens: np.ndarray, vocab_size: int) -> None:
    """WrongAnswer unless every token is in 0 .. vocab_size - 1."""
    if tokens.min() < 0 or tokens.max() >= vocab_size:
        raise WrongAnswer(f"{name}: среди токенов есть номер, которого нет в словаре.")


def compare(name: str, about: str, got: np.ndarray, right: np.ndarray, tolerance: float) -> None:
    """WrongAnswer unless `got` is within `tolerance` of `right` everywhere; `about` says which kind of input it was."""
    if not np.isfinite(got).all():
        raise WrongAnswer(f"{name}: {about} — в ответе NaN или бесконечность.")
    if (worst := np.abs(got - right).max()) > tolerance:
        raise WrongAnswer(f"{name}: {about} — ответ неверен, наибольшее отличие {worst:.2g}.")
