"""The mask means "inside", and is used to erase. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-tail-kept"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    inside = (falling.cumsum(-1) - falling < p) | (p == 1)
    inside = inside.gather(-1, ids.argsort(-1))
    kept = probs.masked_fill(inside, 0.0)
    return kept / kept.sum(-1, keepdim=True)
