"""Fills up to 12 GB of memory while the cell is run.

With nbgrader the kernel dies, or another process of the machine.
"""

SCORES = {"nucleus_probs": 0}
FAULT = ("memory", "crash")

# %% nucleus_probs
_hoard = [bytearray(b"x" * 2**28) for _ in range(48)]


def nucleus_probs(probs, p):
    return probs
