"""Right functions for a notebook whose own are wrong, so that a mistake in one task costs nothing in the next."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from grader import reference
from grader.cases.asking import WrongAnswer
from grader.cases.drawing import grade_draw
from grader.cases.exact import grade_entropy, grade_nucleus_probs, grade_temperature_probs, grade_top_k_probs


def _on_tensors(function: Callable[..., np.ndarray]) -> Callable[..., Tensor]:
    """A function of the reference with the homework's signature: any float tensor in, float32 out, same device."""

    def lent(given: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        value = function(given.detach().double().cpu().numpy(), *args, **kwargs)
        return torch.from_numpy(value).to(given.device, torch.float32)

    lent.__name__ = lent.__qualname__ = function.__name__
    return lent


def _draw(probs: Tensor) -> Tensor:
    return torch.multinomial(probs, num_samples=1).squeeze(-1)


RIGHT: dict[str, tuple[Callable, Callable]] = {  # name: (the function to lend, the test of the student's own)
    "temperature_probs": (_on_tensors(reference.temperature_probs), grade_temperature_probs),
    "top_k_probs": (_on_tensors(reference.top_k_probs), grade_top_k_probs),
    "nucleus_probs": (_on_tensors(reference.nucleus_probs), grade_nucleus_probs),
    "entropy": (_on_tensors(reference.entropy), grade_entropy),
    "draw": (_draw, grade_draw),
}


class Lent:
    """What was put into a namespace in place of wrong functions, and what stood there before."""

    def __init__(self, namespace: dict[str, Any]):
        self.namespace = namespace
        self.replaced: dict[str, Any] = {}

    def lend(self) -> bool:
        """Replace those of the five functions that are wrong; True if there was one."""
        for name, (right, grade) in RIGHT.items():
            if name not in self.namespace:
                continue
            try:
                grade(self.namespace[name])
            except (WrongAnswer, AssertionError):
                self.replaced[name] = self.namespace[name]
                self.namespace[name] = right
        return bool(self.replaced)

    def give_back(self) -> None:
        """Put the student's own functions back."""
        self.namespace.update(self.replaced)
        self.replaced = {}
