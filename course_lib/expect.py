"""Asking a student's function and looking at what came back: every surprise becomes one Russian sentence."""

import contextlib
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Around every call of an answer: stderr goes to stdout, and torch uses one thread.

    nbgrader takes anything on stderr, warnings and progress bars included, for a failure. And the batches of a check
    are tiny: on a busy machine a pool of threads waits for itself far longer than it computes.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with contextlib.redirect_stderr(sys.stdout):
            yield
    finally:
        torch.set_num_threads(threads)


def call(name: str, function: Callable, *args: Any) -> Any:
    """function(*args); AssertionError, about `name`, if it changed a tensor that it was given."""
    before = {i: arg.clone() for i, arg in enumerate(args) if isinstance(arg, Tensor)}
    with answering():
        value = function(*args)
    for i, old in before.items():
        unchanged = torch.equal(old, args[i]) if old.shape == args[i].shape else False
        assert unchanged, f"{name}: входной тензор изменился. Он ещё понадобится тому, кто вызвал функцию."
    return value


def check_tensor(value: Any, name: str, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """`value` itself (detached) if it is the tensor it should be; else AssertionError with a sentence about it.

    Args:
        value: whatever the answer returned.
        name: what to call it in the sentence, e.g. "temperature_probs".
        shape, dtype, device: what is expected.
    """
    if value is None:
        raise AssertionError(f"{name}: вместо тензора вернулось None. Может быть, забыт return?")
    if not isinstance(value, Tensor):
        raise AssertionError(f"{name}: нужен тензор PyTorch, а вернулся объект типа {type(value).__name__}.")
    if tuple(value.shape) != tuple(shape):
        got = tuple(value.shape)
        hint = " Батч из одной строки — тоже батч, его ось нужно сохранить." if 1 in shape and 1 not in got else ""
        raise AssertionError(f"{name}: нужна форма {tuple(shape)}, а получилась {got}.{hint}")
    if value.dtype != dtype:
        raise AssertionError(f"{name}: нужен тип {dtype}, а получился {value.dtype}.")
    if value.device.type != torch.device(device).type:
        raise AssertionError(f"{name}: ответ лежит на {value.device}, а должен лежать там же, где вход: на {device}.")
    return value.detach()


def seed_everything(seed: int | None) -> None:
    """Seed the three global generators, so that an answer may draw from any of them; None seeds them afresh."""
    torch.seed() if seed is None else torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def check_repeats(title: str, ask: Callable[[], Tensor]) -> None:
    """AssertionError unless the same seed gives the same draws. Afterwards the generators are fresh."""
    results = []
    for _ in range(2):
        seed_everything(4)
        results.append(ask())
    seed_everything(None)
    assert torch.equal(*results), f"{title}: после одного и того же torch.manual_seed токены должны повторяться."


def check_value_errors(cls: type, cases: Iterable[tuple[str, dict[str, Any], Tensor]]) -> None:
    """AssertionError unless a sampler of each case's settings, given its logits, raises ValueError.

    A case is (what is wrong, in the student's language; arguments of the sampler; logits[B, V]).
    """
    for title, settings, logits in cases:
        try:
            with answering():
                cls(**settings).sample(logits)
        except ValueError:
            continue
        except Exception as error:
            raise AssertionError(f"Sampler: {title} — нужна ValueError, а случилась {type(error).__name__}.") from error
        raise AssertionError(f"Sampler: {title} — так работать нельзя, нужна ValueError с понятным сообщением.")
