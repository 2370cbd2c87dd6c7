"""Exceptions with messages of 200 MB, with a million arguments, with a chain of 5,000 causes and with long notes.

nbgrader keeps the whole traceback in the notebook.
"""

SCORES = {"entropy": 0, "draw": 0, "nucleus_probs": 0, "top_k_probs": 0}
FAULT = (None, "memory", "output", "timeout")


# %% top_k_probs
def top_k_probs(logits, k):
    error = ValueError("x")
    for _ in range(1000):
        error.add_note("x" * 10_000)
    raise error


# %% nucleus_probs
def nucleus_probs(probs, p):
    error = ValueError("the first")
    for number in range(5000):
        following = ValueError(f"because of {number}")
        following.__cause__ = error
        error = following
    raise error


# %% entropy
def entropy(probs):
    raise ValueError("x" * (200 * 2**20))


# %% draw
def draw(probs):
    raise ValueError(*range(1_000_000))
