"""Prints 300 MB of text in its answer.

nbgrader keeps every line in the notebook, and the feedback page shows it.
"""

SCORES = {"entropy": 0}
FAULT = "output"


# %% entropy
def entropy(probs):
    for _ in range(300):
        print("x" * 2**20)
    return -torch.xlogy(probs, probs).sum(dim=-1)
