"""p is what is cut away. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-tail-mass"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    rising, ids = torch.sort(probs, dim=-1)
    tail = rising.cumsum(dim=-1)
    rising[tail <= p] = 0
    kept = torch.empty_like(probs).scatter_(-1, ids, rising)
    return kept / kept.sum(dim=-1, keepdim=True)
