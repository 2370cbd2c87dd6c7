"""mean in place of sum, and without an axis. Only this task is wrong."""

LOSES = {"entropy": "entropy-mean-of-all"}


# %% entropy
def entropy(probs):
    return (-probs * torch.clamp(probs, min=1e-20).log()).mean()
