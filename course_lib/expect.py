"""Asking a student's function and looking at what came back: every surprise becomes one Russian sentence."""

import contextlib
import random
import sys
from collections.abc import Iterator
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
    with one_thread(), contextlib.redirect_stderr(sys.stdout):
        yield


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Torch uses one thread: for work too small to share, where several would mostly wait for one another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def default_device() -> torch.device:
    """Where answers are checked: on the GPU, if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def check_tensor(value: Any, name: str, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """`value` itself (detached) if it is the tensor it should be; else AssertionError with a sentence about it.

    Args:
        value: whatever the answer returned.
        name: what to call it in the sentence, e.g. "temperature_probs".
        shape, dtype, device: what is expected.
    """
    if value is None:
        raise AssertionError(f"{name}: вместо тензора вернулось None: может быть, забыт return?")
    if not isinstance(value, Tensor):
        raise AssertionError(f"{name}: нужен тензор PyTorch, а вернулся объект типа {type_name(value)}.")
    if tuple(value.shape) != tuple(shape):
        got = tuple(value.shape)
        hint = ": батч из одной строки — тоже батч, и его ось не пропадает" if 1 in shape and 1 not in got else ""
        raise AssertionError(f"{name}: нужна форма {tuple(shape)}, а получилась {got}{hint}.")
    if value.dtype != dtype:
        raise AssertionError(f"{name}: нужен тип {dtype}, а получился {value.dtype}.")
    if value.device.type != torch.device(device).type:
        raise AssertionError(f"{name}: ответ лежит на {value.device}, а должен лежать там же, где вход: на {device}.")
    return value.detach()


def type_name(value: Any) -> str:
    """The name of a value's class, as the student knows it; a stand-in for a value says it by its `type_name`."""
    return getattr(value, "type_name", None) or type(value).__name__


def is_pair(value: Any) -> bool:
    """Whether two values came back together: in a tuple, named or not, or in a list."""
    return isinstance(value, (tuple, list)) and len(value) == 2


def seed_everything(seed: int | None) -> None:
    """Seed the three global generators, so that an answer may draw from any of them; None seeds them afresh."""
    torch.seed() if seed is None else torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
