"""Leaves with sys.exit(0), with KeyboardInterrupt and with an exception that isn't an Exception.

An exit code of 0 is no proof that anything was tested, and `except Exception` doesn't catch an exit.
"""

SCORES = {"entropy": 0, "draw": 0, "nucleus_probs": 0, "Sampler": 0}
FAULT = (None, "crash")

# %% nucleus_probs
import sys

sys.exit(0)


# %% entropy
def entropy(probs):
    raise KeyboardInterrupt


# %% draw
def draw(probs):
    sys.exit("all tests passed")


# %% Sampler
class Enough(BaseException):
    pass


class Sampler:
    def __init__(self, **settings):
        raise GeneratorExit

    def sample(self, logits):
        raise Enough
