"""Surprisal of the most probable token. Only this task is wrong."""

LOSES = {"entropy": "entropy-surprisal-of-best"}


# %% entropy
def entropy(probs):
    best = probs.argmax(dim=-1, keepdim=True)
    return -torch.log(probs.gather(-1, best)).squeeze(-1)
