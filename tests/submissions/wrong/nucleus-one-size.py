"""The longest nucleus of the batch is everybody's. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-one-size"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    sizes = [sum(1 for mass, q in zip(row.cumsum(0), row, strict=False) if mass - q < p) for row in falling]
    best, ids = probs.topk(max(sizes), dim=-1)
    return torch.zeros_like(probs).scatter(-1, ids, best / best.sum(-1, keepdim=True))
