"""Summed over the batch. Only this task is wrong."""

LOSES = {"entropy": "entropy-wrong-axis"}


# %% entropy
def entropy(probs):
    return sum(torch.special.entr(row) for row in probs)
