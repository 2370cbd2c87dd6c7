"""The mask is rolled, and what was last comes first. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-best-removed"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = torch.sort(probs, dim=1, descending=True)
    outside = falling.cumsum(1) > p
    outside = torch.cat([outside[:, -1:], outside[:, :-1]], dim=1)
    falling[outside] = 0
    kept = torch.zeros_like(probs).scatter(1, ids, falling)
    return kept / kept.sum(1, keepdim=True)
