# cython: annotation_typing=False
"""What the sampler refuses: every sentence names the argument, its value and the way out."""

from __future__ import annotations

import math
import numbers

import torch
from torch import Tensor


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")


def check_positive(name: str, value: object, hint: str) -> None:
    if not is_number(value) or not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name} must be a finite number above 0, not {value!r}; {hint}")


def check_k(k: object, prob_mode: str) -> None:
    if k is None and prob_mode == "topk":
        raise ValueError("k must be given with prob_mode='topk', it is None")
    if k is not None and (not isinstance(k, numbers.Integral) or isinstance(k, bool) or k < 1):
        raise ValueError(f"k must be a whole number of at least 1, not {k!r}")


def check_share(name: str, value: object, mode: str, sample_mode: str) -> None:
    if value is None and sample_mode == mode:
        raise ValueError(f"{name} must be given with sample_mode={mode!r}, it is None")
    if value is not None and (not is_number(value) or not 0 < value <= 1):
        raise ValueError(f"{name} must be a number in (0, 1], not {value!r}")


def check_previous(previous: object, logits: Tensor, penalty: float) -> None:
    """Which tokens there are can be looked at on the CPU alone: on a GPU that would be waited for."""
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
    if not previous.is_cuda and previous.numel() and int(previous.max()) >= logits.shape[1]:
        raise ValueError(
            f"previous must hold tokens below the vocabulary's size {logits.shape[1]}, not {int(previous.max())}; "
            f"negative ones are ignored"
        )


def is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def check_shape(logits: Tensor) -> None:
    if not isinstance(logits, Tensor) or logits.dim() != 2 or logits.shape[1] == 0:
        shape = list(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"logits must be a tensor of shape [batch, vocabulary], not {shape}")
