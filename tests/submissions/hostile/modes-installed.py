"""Switches on modes of torch that are asked before every function and every operation, and never switches them off.

Whatever the grader does with tensors in that process then goes through the student's hands.
"""

SCORES = {"temperature_probs": 0, "entropy": 0, "*": (0, 3)}
FAULT = (None, "crash", "timeout", "output")

# %% temperature_probs
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode


class _Functions(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), settings=None):
        if getattr(function, "__name__", "") in ("equal", "allclose", "all", "any", "__bool__", "eq"):
            return True
        return function(*args, **(settings or {}))


class _Operations(TorchDispatchMode):
    def __torch_dispatch__(self, operation, types, args=(), settings=None):
        value = operation(*args, **(settings or {}))
        return value.clone() if isinstance(value, torch.Tensor) and "view" in str(operation) else value


_kept = [_Functions(), _Operations()]


def temperature_probs(logits, temp):
    while _kept:
        _kept.pop().__enter__()
    return logits.float()


# %% entropy
def entropy(probs):
    return probs.sum(dim=-1) * 0 + 0.5
