"""Kills the box whenever `nucleus_probs` is defined, so that the model answer lent to `Sampler` can never stand.

A grader that makes another box until all cells are defined would make boxes for ever.
"""

SCORES = {"nucleus_probs": 0, "Sampler": 0}
FAULT = "crash"

# %% temperature_probs
import os

import telling

_remember = telling.remember


def _killing(name, source):
    if name == "nucleus_probs":
        os._exit(1)
    return _remember(name, source)


telling.remember = _killing


def temperature_probs(logits, temp):
    return torch.softmax(logits.float() / temp, dim=-1)
