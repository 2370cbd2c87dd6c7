"""Decimal logarithm. Only this task is wrong."""

LOSES = {"entropy": "entropy-log10"}


# %% entropy
def entropy(probs):
    return torch.tensor([-sum(q * math.log10(q) for q in row if q > 0) for row in probs.tolist()])
