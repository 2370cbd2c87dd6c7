"""Inside the box: stand-ins for what a student's code expects around it and must not have.

The model and the sampler that `generate` gets live in the grader; here are objects that ask it. `course_lib` is an
empty package whose `checks` do nothing, so that `from course_lib import checks` in an answer is no mistake.
"""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

Ask = Callable[[int, tuple], Any]
"""(number of the object in the grader, arguments) -> its answer. ValueError if it says so."""


class ModelStub(nn.Module):
    """Called like the seminar's LSTM: model(input_ids, init_states=None) -> (logits, (h, c))."""

    def __init__(self, ask: Ask, number: int, hidden_size: int, vocab_size: int, device: torch.device):
        super().__init__()
        self.hidden_size, self.vocab_size = hidden_size, vocab_size
        self.output = nn.Linear(1, 1, bias=False, device=device)  # so that parameters() tells the device
        self._ask = lambda arguments: ask(number, arguments)

    def forward(self, input_ids: Any, init_states: Any = None) -> Any:
        """Whatever the grader's model answers. RuntimeError for tensors on another device, ValueError if it says so."""
        device = self.output.weight.device
        states = tuple(init_states) if isinstance(init_states, (tuple, list)) else (init_states,)
        for tensor in (input_ids, *states):
            if isinstance(tensor, Tensor) and tensor.device.type != device.type:
                raise RuntimeError(f"Expected all tensors to be on {device.type}, but got one on {tensor.device.type}")
        return self._ask((input_ids, init_states))


class SamplerStub:
    """`sample(logits[B, V]) -> (tokens int64[B], entropy float32[B])`, answered by the grader."""

    def __init__(self, ask: Ask, number: int):
        self._ask = lambda arguments: ask(number, arguments)

    def sample(self, logits: Any) -> Any:
        """Whatever the grader's sampler answers. ValueError if it says so."""
        return self._ask((logits,))


class _Nothing(ModuleType):
    """A module in which every name is a function that does nothing."""

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


def put_course_lib() -> ModuleType:
    """Make `course_lib` with do-nothing `checks` importable; returns `checks`."""
    package, checks = ModuleType("course_lib"), _Nothing("course_lib.checks")
    package.__path__, package.checks = [], checks
    sys.modules.update({"course_lib": package, "course_lib.checks": checks})
    return checks
