"""Replaces the built-in functions and the exceptions while its cell is run.

`isinstance`, `len` and `except Exception` of the tests are looked up in a module that the student may write to.
"""

SCORES = {"temperature_probs": 0, "*": (0, 3)}
FAULT = (None, "crash", "output", "timeout")

# %% temperature_probs
import builtins


class _Never(Exception):
    pass


builtins.isinstance = builtins.callable = builtins.hasattr = builtins.issubclass = lambda *args: True
builtins.abs = builtins.max = builtins.sum = lambda *args, **kwargs: 0
builtins.Exception = builtins.BaseException = builtins.ValueError = _Never
builtins.AssertionError = _Never


def temperature_probs(logits, temp):
    return torch.zeros(logits.shape)
