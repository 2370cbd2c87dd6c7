"""Prints 300 MB in short lines while the cell is run.

nbgrader makes an output of every message, and the notebook grows without an end.
"""

SCORES = {"top_k_probs": 0}
FAULT = "output"

# %% top_k_probs
for _number in range(300 * 2**10):
    print("х" * 512)


def top_k_probs(logits, k):
    return logits
