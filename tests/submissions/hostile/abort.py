"""Stops itself with SIGABRT and leaves a core dump, if it may.

With nbgrader the kernel is dead, and so are the other six tasks.
"""

SCORES = {"temperature_probs": 0}
FAULT = "crash"


# %% temperature_probs
def temperature_probs(logits, temp):
    import os

    os.abort()
