"""Ends the process at once and reports success.

An exit code of 0 is no proof that anything was tested.
"""

SCORES = {"draw": 0}
FAULT = "crash"


# %% draw
def draw(probs):
    import os

    os._exit(0)
