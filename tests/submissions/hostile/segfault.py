"""Reads at address 0, and calls into the middle of nowhere.

With nbgrader the kernel is dead, and so are the other six tasks.
"""

SCORES = {"entropy": 0, "generate": 0}
FAULT = "crash"


# %% entropy
def entropy(probs):
    import ctypes

    return ctypes.string_at(0)


# %% generate
def generate(*args):
    import ctypes

    return ctypes.CFUNCTYPE(None)(1)()
