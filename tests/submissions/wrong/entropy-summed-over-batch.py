"""sum() without an axis. Only this task is wrong."""

LOSES = {"entropy": "entropy-summed-over-batch"}


# %% entropy
def entropy(probs):
    possible = probs[probs > 0]
    return -(possible * possible.log()).sum()
