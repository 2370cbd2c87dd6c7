"""The token that crosses p is left out of the nucleus (the first is kept by hand). Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-exclusive"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    outside = falling.cumsum(dim=-1) > p
    outside[:, 0] = False
    kept = torch.zeros_like(probs).scatter(-1, ids, falling.masked_fill(outside, 0.0))
    return kept / kept.sum(dim=-1, keepdim=True)
