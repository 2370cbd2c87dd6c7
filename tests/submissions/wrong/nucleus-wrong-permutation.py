"""Back to the vocabulary by indexing with the sorting ids once more. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-wrong-permutation"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    falling = falling * (falling.cumsum(-1) - falling < p)
    falling = falling / falling.sum(-1, keepdim=True)
    return torch.stack([row[order] for row, order in zip(falling, ids, strict=False)])
