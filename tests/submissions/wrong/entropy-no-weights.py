"""Logarithms without their weights. Only this task is wrong."""

LOSES = {"entropy": "entropy-no-weights"}


# %% entropy
def entropy(probs):
    return -torch.log(probs).sum(dim=-1)
