"""The terms overwrite the input. Only this task is wrong."""

LOSES = {"entropy": "entropy-in-place"}


# %% entropy
def entropy(probs):
    logs = torch.log(probs.clamp(min=1e-30))
    probs.mul_(logs)
    return -probs.sum(dim=-1)
