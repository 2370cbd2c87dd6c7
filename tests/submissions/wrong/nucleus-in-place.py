"""Probabilities outside are erased in the tensor that was given. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-in-place"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    for row in probs:
        falling, ids = row.sort(descending=True)
        outside = (falling.cumsum(0) - falling >= p) & (p < 1)
        row[ids[outside]] = 0
    return probs / probs.sum(dim=-1, keepdim=True)
