"""The guard is written for one row, and guards the first row of the batch. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-first-row-guarded"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = torch.sort(probs, descending=True)
    remove = torch.cumsum(falling, dim=-1) > p
    remove[1:] = remove[:-1].clone()
    remove[0] = 0
    remove = remove.scatter(1, ids, remove)
    kept = probs.masked_fill(remove, 0.0)
    return kept / kept.sum(dim=-1, keepdim=True)
