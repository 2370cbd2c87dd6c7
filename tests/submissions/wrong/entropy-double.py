"""float64 goes in at the start and is never left. Only this task is wrong."""

LOSES = {"entropy": "entropy-double"}


# %% entropy
def entropy(probs):
    probs = probs.double()
    return torch.special.entr(probs).sum(dim=-1)
