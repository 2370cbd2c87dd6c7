"""The terms come back, not their sum. Only this task is wrong."""

LOSES = {"entropy": "entropy-not-summed"}


# %% entropy
def entropy(probs):
    return torch.where(probs > 0, -probs * probs.log(), torch.zeros_like(probs))
