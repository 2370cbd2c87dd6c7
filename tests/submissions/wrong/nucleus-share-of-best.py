"""min-p in place of top-p. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-share-of-best"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    best = probs.max(dim=-1, keepdim=True).values
    kept = probs.masked_fill(probs / best < p, 0.0)
    return kept / kept.sum(dim=-1, keepdim=True)
