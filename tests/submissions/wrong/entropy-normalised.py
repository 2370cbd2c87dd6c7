"""Divided by the largest possible entropy. Only this task is wrong."""

LOSES = {"entropy": "entropy-normalised"}


# %% entropy
def entropy(probs):
    h = -(probs * (probs + 1e-12).log()).sum(dim=-1)
    return h / torch.log(torch.tensor(float(probs.size(-1))))
