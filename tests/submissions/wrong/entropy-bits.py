"""Logarithm to base 2. Only this task is wrong."""

LOSES = {"entropy": "entropy-bits"}


# %% entropy
def entropy(probs):
    logs = torch.where(probs > 0, probs.log2(), torch.zeros_like(probs))
    return -(probs * logs).sum(dim=-1)
