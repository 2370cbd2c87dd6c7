"""The mask is computed and forgotten. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-not-cut"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    outside = falling.cumsum(dim=-1) - falling >= p
    probs.masked_fill(outside, 0.0)
    return probs / probs.sum(dim=-1, keepdim=True)
