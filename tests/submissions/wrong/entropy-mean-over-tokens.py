"""mean in place of sum. Only this task is wrong."""

LOSES = {"entropy": "entropy-mean-over-tokens"}


# %% entropy
def entropy(probs):
    return torch.special.entr(probs).mean(dim=-1)
