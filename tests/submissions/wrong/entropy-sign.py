"""The minus is forgotten. Only this task is wrong."""

LOSES = {"entropy": "entropy-sign"}


# %% entropy
def entropy(probs):
    return (probs * torch.log(probs + 1e-12)).sum(dim=1)
