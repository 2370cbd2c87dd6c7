"""cumsum along the first axis. Only this task is wrong."""

LOSES = {"nucleus_probs": "nucleus-over-batch"}


# %% nucleus_probs
def nucleus_probs(probs, p):
    falling, ids = probs.sort(dim=-1, descending=True)
    mass = torch.cumsum(falling, 0)
    kept = falling.masked_fill(mass - falling >= p, 0.0)
    kept = torch.zeros_like(probs).scatter(-1, ids, kept)
    return kept / kept.sum(dim=-1, keepdim=True)
