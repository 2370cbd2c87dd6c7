"""Stays inside one call of C code that no signal handler of Python interrupts.

A time limit that raises an exception in the process waits for the call to end.
"""

SCORES = {"draw": 0}
FAULT = ("timeout", "memory", "crash")


# %% draw
def draw(probs):
    import re

    re.match(r"(a|aa)+$", "a" * 200 + "b")
    return torch.multinomial(probs, num_samples=1).squeeze(-1)
