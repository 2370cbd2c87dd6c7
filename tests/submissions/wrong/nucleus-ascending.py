"""torch.sort without descending=True. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-ascending"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    ordered, ids = torch.sort(probs, dim=-1)
    before = torch.cumsum(ordered, dim=-1) - ordered
    ordered[before >= p] = 0
    kept = torch.zeros_like(probs)
    kept.scatter_(-1, ids, ordered)
    return kept / kept.sum(dim=-1, keepdim=True)
