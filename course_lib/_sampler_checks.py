# cython: annotation_typing=False
"""What the sampler refuses: every sentence names the argument, its value and the way out."""

from __future__ import annotations

import math
import numbers

import torch
from torch import Tensor


def may_look(tensor: Tensor) -> bool:
    """Whether the host can have numbers of the tensor without waiting for a GPU."""
    return not tensor.is_cuda


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")


def check_temp(value: object) -> None:
    if not 0 < as_float(value) < math.inf:
        raise ValueError(f"temp must be a finite number above 0, not {value!r}; for arg max use sample_mode='greedy'")


def check_penalty(value: object, held: torch.finfo) -> None:
    if not held.tiny <= as_float(value) <= held.max:
        raise ValueError(
            f"repetition_penalty must be a finite number above 0 that {held.dtype} holds, {held.tiny:.2g} to "
            f"{held.max:.2g}, not {value!r}; 1 leaves the logits as they are"
        )


def check_k(k: object, prob_mode: str) -> None:
    if k is None and prob_mode == "topk":
        raise ValueError("k must be given with prob_mode='topk', it is None")
    if k is not None and (not isinstance(k, numbers.Integral) or isinstance(k, bool) or k < 1):
        raise ValueError(f"k must be a whole number of at least 1, not {k!r}")


def check_share(name: str, value: object, mode: str, sample_mode: str) -> None:
    if value is None and sample_mode == mode:
        raise ValueError(f"{name} must be given with sample_mode={mode!r}, it is None")
    if value is not None and not 0 < as_float(value) <= 1:
        raise ValueError(f"{name} must be a number in (0, 1], not {value!r}")


def check_previous(previous: object, logits: Tensor, penalty: float) -> None:
    """On a GPU, where looking is waiting, a token outside of the vocabulary is ignored as a negative one is."""
    if previous is None:
        raise ValueError(
            f"previous must be given with repetition_penalty={penalty:g}, it is None; "
            f"give the tokens of every row so far, int64[batch, time], time may be 0"
        )
    shape = list(previous.shape) if isinstance(previous, Tensor) else type(previous).__name__
    if not isinstance(previous, Tensor) or previous.dim() != 2 or len(previous) != len(logits):
        raise ValueError(
            f"previous must be a tensor of shape [{len(logits)}, time], as many rows as logits, not {shape}"
        )
    if previous.dtype != torch.int64:
        raise ValueError(f"previous must hold int64, not {previous.dtype}; call previous.long()")
    if may_look(previous) and previous.numel() and int(previous.max()) >= logits.shape[1]:
        raise ValueError(
            f"previous must hold tokens below the vocabulary's size {logits.shape[1]}, not {int(previous.max())}; "
            f"negative ones are ignored"
        )


def as_float(value: object) -> float:
    """A number as Python's float, infinite if it is too large for one; NaN for what is no number."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def check_shape(logits: Tensor) -> None:
    if not isinstance(logits, Tensor) or logits.dim() != 2 or logits.shape[1] == 0:
        shape = list(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"logits must be a tensor of shape [batch, vocabulary], not {shape}")


def check_rows(probs: Tensor, logits: Tensor, first: int) -> None:
    """ValueError for a row without a distribution, counted from ``first``. On a GPU its probs and entropy are NaN."""
    if not may_look(probs):
        return
    bad = probs[:, 0].isnan()
    if bool(bad.any()):
        row = int(bad.nonzero()[0, 0])
        raise ValueError(f"{_no_distribution(first + row)} at all (its maximum is {float(logits[row].max())})")


def check_entropy(entropy: Tensor) -> None:
    """The same ValueError from what ``sample`` gave on a GPU. Waits for it."""
    bad = entropy.isnan().nonzero()
    if len(bad):
        raise ValueError(_no_distribution(int(bad[0, 0])))


def _no_distribution(row: int) -> str:
    return f"logits: row {row} holds NaN, +inf or no finite entry"
