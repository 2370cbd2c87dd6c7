"""1 - sum of p squared. Only this task is wrong."""

LOSES = {"entropy": "entropy-gini"}


# %% entropy
def entropy(probs):
    return (probs * (1 - probs)).sum(dim=-1)
